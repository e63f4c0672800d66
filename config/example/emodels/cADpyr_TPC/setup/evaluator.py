# SPDX-License-Identifier: Apache-2.0
"""The e-model's evaluators: cell, protocols and target features."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from bluepyopt import ephys

from . import model, protocols

PACKAGE = Path(__file__).parent.parent


def read_json(name: str) -> dict[str, Any]:
    """Read a file of the package's `config` folder."""
    return json.loads((PACKAGE / "config" / f"{name}.json").read_text(encoding="utf-8"))


class CurrentFeature(ephys.efeatures.EFeature):
    """A holding or threshold current (nA), which the main protocol adds to the responses."""

    max_score = 250.0

    def __init__(self, name: str, response_name: str, exp_mean: float, exp_std: float) -> None:
        """Take the response's name, and mean and standard deviation of the experiments (nA)."""
        super().__init__(name)
        self.response_name = response_name
        self.exp_mean = exp_mean
        self.exp_std = exp_std

    def calculate_feature(
        self, responses: dict[str, Any], raise_warnings: bool = False
    ) -> float | None:
        """The current, nA."""
        return responses.get(self.response_name)

    def calculate_score(self, responses: dict[str, Any], trace_check: bool = False) -> float:
        """Distance from the experimental mean, in standard deviations."""
        current = self.calculate_feature(responses)
        if current is None:
            return self.max_score
        return abs(current - self.exp_mean) / self.exp_std


def create_feature(
    prefix: str, name: str, mean: float, std: float, config: dict[str, Any]
) -> ephys.efeatures.EFeature:
    """The feature `<protocol>.<location>.v.<efel name>`; mean and std in eFEL's units."""
    protocol, location, _, efel_name = name.split(".")
    full_name = f"{prefix}.{name}"
    if efel_name.startswith("bpo_"):
        return CurrentFeature(full_name, f"{prefix}.{efel_name}", mean, std)
    timing = config[protocol] if protocol in config else config["steps"][protocol]
    start, stop = timing["delay"], timing["delay"] + timing["duration"]
    if protocol == "bAP":  # the spike arrives after the stimulus
        stop = timing["total"]
    return ephys.efeatures.eFELFeature(
        full_name,
        efel_feature_name=efel_name,
        recording_names={"": f"{prefix}.{protocol}.{location}.v"},
        stim_start=start,
        stim_end=stop,
        exp_mean=mean,
        exp_std=std,
        threshold=-20.0,
        stimulus_current=timing.get("amplitude"),
        int_settings={"strict_stiminterval": True},
    )


class MultiEvaluator:
    """One CellEvaluator per morphology."""

    def __init__(self, evaluators: list[ephys.evaluators.CellEvaluator]) -> None:
        """Take the evaluators."""
        self.evaluators = evaluators


def create(etype: str, altmorph: list[list[Any]] | None = None) -> MultiEvaluator:
    """Create the evaluators of this e-model.

    Args:
        etype: name of the e-model, which becomes the name of the cell model.
        altmorph: a list of `[prefix, morphology path, apical point]`. The prefix starts the names
            of responses and scores; the apical point is the index, in NEURON's `apic`, of the
            section that ends in the main bifurcation, or None. Default: the exemplar, as `mm`.
    """
    config = read_json("protocols")
    targets = read_json("features")
    if altmorph is None:
        exemplar = config["exemplar"]
        path = PACKAGE / "morphologies" / exemplar["file"]
        altmorph = [["mm", str(path), exemplar["apical_point_isec"]]]

    simulator = ephys.simulators.NrnSimulator()
    evaluators = []
    for prefix, morphology_path, apical_point_isec in altmorph:
        cell_model = model.create(etype, str(morphology_path))
        objectives = []
        for name, (mean, std) in targets.items():
            feature = create_feature(prefix, name, mean, std, config)
            objectives.append(ephys.objectives.SingletonObjective(feature.name, feature))
        evaluators.append(
            ephys.evaluators.CellEvaluator(
                cell_model=cell_model,
                param_names=[p.name for p in cell_model.params.values() if not p.frozen],
                fitness_protocols={
                    "main": protocols.MainProtocol(prefix, config, apical_point_isec)
                },
                fitness_calculator=ephys.objectivescalculators.ObjectivesCalculator(objectives),
                sim=simulator,
            )
        )
    return MultiEvaluator(evaluators)
