"""Create the evaluator of a hoc."""

from dataclasses import asdict
from pathlib import Path

from bluepyopt import ephys

from megate.builtin.names import MAIN
from megate.emodels.hoc_package import Hoc
from megate.emodels.hoc_tests import TESTS, HocSettings, HocTests
from megate.simulation.hoc.cell import HocCell
from megate.simulation.hoc.features import TestFeature
from megate.simulation.hoc.protocol import HocProtocol, steps


def create_evaluator(
    package: Path, hoc: Hoc, emodel: str, morph_path: str
) -> ephys.evaluators.CellEvaluator:
    """Create the evaluator of a hoc for a morphology.

    Args:
        package: the prepared e-model's folder
        hoc: its hoc
        emodel: its name

    Raises:
        MegateError: the folder was not prepared by this version of megate.
    """
    tests = HocTests.read(package)
    of_name = {step.name: step for step in steps()}
    objectives = [
        ephys.objectives.SingletonObjective(
            test.feature, TestFeature(test, tests, of_name.get(test.protocol))
        )
        for test in TESTS
    ]
    evaluator = ephys.evaluators.CellEvaluator(
        cell_model=HocCell(emodel, hoc, morph_path, global_parameters(hoc, tests.settings)),
        param_names=[],
        fitness_protocols={MAIN: HocProtocol(list(of_name.values()), asdict(tests.settings))},
        fitness_calculator=ephys.objectivescalculators.ObjectivesCalculator(objectives),
        sim=ephys.simulators.NrnSimulator(),
        use_params_for_seed=True,
    )
    evaluator.needs_apical_point = False
    evaluator.inserted_mechanisms = hoc.mechanisms
    return evaluator


def global_parameters(hoc: Hoc, settings: HocSettings) -> dict[str, float]:
    """NEURON's global parameters with which a hoc is simulated, by name."""
    return {"celsius": settings.celsius, "v_init": settings.v_init_mV} | hoc.global_parameters
