# SPDX-License-Identifier: Apache-2.0
"""The e-model's evaluator: cell, steps of fixed amplitudes, and target features."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from bluepyopt import ephys

PACKAGE = Path(__file__).parent.parent
EXEMPLAR = PACKAGE / "morphologies" / "lbc140501-1.swc"

SOMA = ephys.locations.NrnSeclistCompLocation(
    name="soma", seclist_name="somatic", sec_index=0, comp_x=0.5
)


def read_json(name: str) -> dict[str, Any]:
    """A file of the package's `config` folder."""
    return json.loads((PACKAGE / "config" / f"{name}.json").read_text(encoding="utf-8"))


def create_cell_model(name: str) -> ephys.models.CellModel:
    """The cell on the exemplar: mechanisms, then global, frozen and free parameters."""
    config = read_json("parameters")
    regions = {
        region: ephys.locations.NrnSeclistLocation(region, seclist_name=region)
        for region in ("all", "somatic", "basal", "axonal")
    }
    mechanisms = [
        ephys.mechanisms.NrnMODMechanism(
            name=f"{suffix}.{region}", suffix=suffix, locations=[regions[region]]
        )
        for region, suffixes in config["mechanisms"].items()
        for suffix in suffixes
    ]
    parameters: list[ephys.parameters.NrnParameter] = [
        ephys.parameters.NrnGlobalParameter(name=key, param_name=key, value=value, frozen=True)
        for key, value in config["global"].items()
    ]
    for region, values in config["frozen"].items():
        for key, value in values.items():
            parameters.append(
                ephys.parameters.NrnSectionParameter(
                    name=f"{key}.{region}",
                    param_name=key,
                    value=value,
                    frozen=True,
                    locations=[regions[region]],
                )
            )
    for full_name, bounds in config["free"].items():
        key, region = full_name.split(".")
        parameters.append(
            ephys.parameters.NrnSectionParameter(
                name=full_name, param_name=key, bounds=bounds, locations=[regions[region]]
            )
        )
    return ephys.models.CellModel(
        name,
        morph=ephys.morphologies.NrnFileMorphology(str(EXEMPLAR), do_replace_axon=True),
        mechs=mechanisms,
        params=parameters,
    )


def create_protocol(name: str, timing: dict[str, float]) -> ephys.protocols.SweepProtocol:
    """A current step into the soma: amplitude in nA, delay, duration and total in ms."""
    stimulus = ephys.stimuli.NrnSquarePulse(
        step_amplitude=timing["amplitude"],
        step_delay=timing["delay"],
        step_duration=timing["duration"],
        total_duration=timing["total"],
        location=SOMA,
    )
    recording = ephys.recordings.CompRecording(name=f"{name}.soma.v", location=SOMA, variable="v")
    return ephys.protocols.SweepProtocol(name, [stimulus], [recording])


def create_feature(
    protocol: str, timing: dict[str, float], efel_name: str, mean: float, std: float
) -> ephys.efeatures.eFELFeature:
    """A feature of the soma's voltage; mean and standard deviation in eFEL's units."""
    recording = f"{protocol}.soma.v"
    return ephys.efeatures.eFELFeature(
        f"{recording}.{efel_name}",
        efel_feature_name=efel_name,
        recording_names={"": recording},
        stim_start=timing["delay"],
        stim_end=timing["delay"] + timing["duration"],
        exp_mean=mean,
        exp_std=std,
        threshold=-20.0,
        stimulus_current=timing["amplitude"],
        int_settings={"strict_stiminterval": True},
    )


def create(etype: str) -> ephys.evaluators.CellEvaluator:
    """Create the evaluator of this e-model.

    Args:
        etype: name of the e-model, which becomes the name of the cell model.

    Returns:
        An evaluator on the exemplar; set `cell_model.morphology.morphology_path` for another.
    """
    timings = read_json("protocols")
    features = [
        create_feature(protocol, timings[protocol], efel_name, mean, std)
        for protocol, targets in read_json("features").items()
        for efel_name, (mean, std) in targets.items()
    ]
    objectives = [ephys.objectives.SingletonObjective(f.name, f) for f in features]
    cell_model = create_cell_model(etype)
    return ephys.evaluators.CellEvaluator(
        cell_model=cell_model,
        param_names=[p.name for p in cell_model.params.values() if not p.frozen],
        fitness_protocols={name: create_protocol(name, t) for name, t in timings.items()},
        fitness_calculator=ephys.objectivescalculators.ObjectivesCalculator(objectives),
        sim=ephys.simulators.NrnSimulator(),
    )
