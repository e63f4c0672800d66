"""The evaluator: three current steps, the first one twice, and a few features of each."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

from bluepyopt import ephys

from . import faults

STEPS = {"Low": 0.1, "High": 0.2, "Mid": 0.15}
FEATURES = {
    "voltage_base": (-65.0, 1.0),
    "Spikecount": (5.0, 2.0),
    "maximum_voltage": (30.0, 10.0),
    "minimum_voltage": (-75.0, 2.0),
}
START, END, TOTAL = 20.0, 60.0, 80.0

SOMA = ephys.locations.NrnSeclistCompLocation("soma", "somatic", 0, 0.5)
ALL = ephys.locations.NrnSeclistLocation("all", "all")


class Step(ephys.protocols.SweepProtocol):
    """A current step."""

    def __init__(self, name: str, response: str, amplitude: float, morphology: str) -> None:
        self.morphology = morphology
        step = ephys.stimuli.NrnSquarePulse(amplitude, START, END - START, TOTAL, SOMA)
        recording = ephys.recordings.CompRecording(response, SOMA, "v")
        super().__init__(name, [step], [recording])

    def instantiate(self, sim: Any = None, cell_model: Any = None) -> None:
        faults.at("sweep", self.morphology, self, sim, cell_model.icell)
        super().instantiate(sim=sim, cell_model=cell_model)

    def destroy(self, sim: Any = None) -> None:
        super().destroy(sim=sim)
        faults.at("swept", self.morphology, self, sim)


class Main(ephys.protocols.Protocol):
    """All steps, one after the other."""

    def __init__(self, prefix: str, morphology: str) -> None:
        super().__init__("Main")
        self.prefix = prefix
        self.morphology = morphology

    def run(
        self,
        cell_model: Any,
        param_values: dict[str, float],
        sim: Any = None,
        isolate: bool | None = None,
        timeout: float | None = None,
    ) -> dict[str, Any]:
        responses: dict[str, Any] = {}
        for name in ("Low", *STEPS):  # the first one twice, as after a search
            step = Step(name, f"{self.prefix}.{name}.soma.v", STEPS[name], self.morphology)
            responses |= step.run(cell_model, param_values, sim=sim, isolate=isolate)
            faults.at("between", self.morphology, cell_model)
        responses[f"{self.prefix}.bpo_holding_current"] = -0.125
        return responses


class Feature(ephys.efeatures.eFELFeature):
    """An eFEL feature that can go wrong."""

    def calculate_score(self, responses: dict[str, Any], trace_check: bool = False) -> float:
        faults.at("features", self.morphology)
        return super().calculate_score(responses, trace_check)


def cell_model(name: str, morphology: str) -> ephys.models.CellModel:
    def parameter(parameter_name: str, value: float | None, bounds: Any = None) -> Any:
        return ephys.parameters.NrnSectionParameter(
            f"{parameter_name}.all",
            value,
            bounds is None,
            bounds,
            param_name=parameter_name,
            locations=[ALL],
        )

    return ephys.models.CellModel(
        name,
        morph=ephys.morphologies.NrnFileMorphology(morphology),
        mechs=[
            ephys.mechanisms.NrnMODMechanism("pas", suffix="pas", locations=[ALL]),
            ephys.mechanisms.NrnMODMechanism("hh", suffix="hh", locations=[ALL]),
        ],
        params=[
            ephys.parameters.NrnGlobalParameter("celsius", 6.3, True, param_name="celsius"),
            ephys.parameters.NrnGlobalParameter("v_init", -65, True, param_name="v_init"),
            parameter("g_pas", 1e-5),
            parameter("gnabar_hh", None, bounds=(0.0, 1.0)),
        ],
    )


def create(etype: str, altmorph: list[list[Any]]) -> SimpleNamespace:
    """The evaluator, as e-model packages give it."""
    prefix, path, _ = altmorph[0]
    morphology = Path(path).stem
    faults.at("create", morphology)
    objectives = []
    for name in STEPS:
        for efel_name, (mean, std) in FEATURES.items():
            feature = Feature(
                f"{prefix}.{name}.soma.v.{efel_name}",
                efel_feature_name=efel_name,
                recording_names={"": f"{prefix}.{name}.soma.v"},
                stim_start=START,
                stim_end=END,
                exp_mean=mean,
                exp_std=std,
            )
            feature.morphology = morphology
            objectives.append(ephys.objectives.SingletonObjective(feature.name, feature))
    evaluator = ephys.evaluators.CellEvaluator(
        cell_model=cell_model(etype, path),
        param_names=["gnabar_hh.all"],
        fitness_protocols={"main": Main(prefix, morphology)},
        fitness_calculator=ephys.objectivescalculators.ObjectivesCalculator(objectives),
        sim=ephys.simulators.NrnSimulator(),
    )
    return SimpleNamespace(evaluators=[evaluator])
