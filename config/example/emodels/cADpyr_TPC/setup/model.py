# SPDX-License-Identifier: Apache-2.0
"""The cell: mechanisms and parameters on a morphology."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from bluepyopt import ephys

from .morphology import StubAxonMorphology

PARAMETERS_FILE = Path(__file__).parent.parent / "config" / "parameters.json"

# Ih grows with the distance from the soma (µm): Hay et al. (2011), PLoS Comput. Biol. 7:e1002107,
# after the recordings of Kole et al. (2006).
IH_DISTRIBUTION = "(-0.8696 + 2.087 * math.exp(0.0031 * {distance})) * {value}"


def read_mechanisms(config: dict[str, Any]) -> list[ephys.mechanisms.NrnMODMechanism]:
    """One mechanism per section list and channel."""
    return [
        ephys.mechanisms.NrnMODMechanism(
            name=f"{suffix}.{region}", suffix=suffix, locations=[location(region)]
        )
        for region, suffixes in config["mechanisms"].items()
        for suffix in suffixes
    ]


def read_parameters(config: dict[str, Any]) -> list[ephys.parameters.NrnParameter]:
    """Global and frozen parameters, then the free ones, which final.json gives values for."""
    parameters: list[ephys.parameters.NrnParameter] = [
        ephys.parameters.NrnGlobalParameter(name=name, param_name=name, value=value, frozen=True)
        for name, value in config["global"].items()
    ]
    for region, values in config["frozen"].items():
        for name, value in values.items():
            parameters.append(
                ephys.parameters.NrnSectionParameter(
                    name=f"{name}.{region}",
                    param_name=name,
                    value=value,
                    frozen=True,
                    locations=[location(region)],
                )
            )
    for full_name, bounds in config["free"].items():
        name, region = full_name.split(".")
        scaler = None
        if full_name in config["exponential"]:
            scaler = ephys.parameterscalers.NrnSegmentSomaDistanceScaler(
                name=f"{full_name}.exponential", distribution=IH_DISTRIBUTION
            )
        parameters.append(
            ephys.parameters.NrnRangeParameter(
                name=full_name,
                param_name=name,
                bounds=bounds,
                value_scaler=scaler,
                locations=[location(region)],
            )
        )
    return parameters


def location(region: str) -> ephys.locations.NrnSeclistLocation:
    """The sections of a region (`all`, `somatic`, ...)."""
    return ephys.locations.NrnSeclistLocation(region, seclist_name=region)


def create(name: str, morphology_path: str) -> ephys.models.CellModel:
    """The cell model, named `name`, on the morphology in a file."""
    config = json.loads(PARAMETERS_FILE.read_text(encoding="utf-8"))
    return ephys.models.CellModel(
        name,
        morph=StubAxonMorphology(morphology_path),
        mechs=read_mechanisms(config),
        params=read_parameters(config),
    )
