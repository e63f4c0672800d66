"""Test a hoc on morphologies, in NEURON."""

import math
from pathlib import Path

import hoc_emodel
import pytest
from hoc_emodel import DENDRITE_DIAM_UM, DENDRITE_UM, G_PAS, NAME, RA, swc

from megate.core.vocabulary import Evaluator
from megate.emodels.hoc_tests import TESTS, HocSettings, HocTests
from megate.emodels.manifest import Manifest
from megate.processes.child import ChildError, Limits, run_in_child
from megate.project.jobs import Job
from megate.scores.shards import JobResult
from megate.simulation.run import score_job

CURRENTS = {
    "holding_voltage_mV": -75.0,
    "threshold_precision_nA": 0.001,
    "max_current_nA": 2.0,
}
SETTINGS = HocSettings(
    input_resistance=0.35,
    spike_count=0.4,
    voltage_mV=3.5,
    celsius=34.0,
    v_init_mV=-80.0,
    **CURRENTS,
)


def _package(folder: Path, hoc: str = hoc_emodel.HOC, morphology: str | None = None) -> Path:
    package = hoc_emodel.write(folder / "package", hoc, morphology)
    HocTests(SETTINGS).write(package)
    return package


def _measured(package: Path) -> dict:
    exemplar = str(package / "morphology" / "exemplar.swc")
    arguments = {"morph_path": exemplar}
    return run_in_child("hoc_child:measured", arguments, package, package.parent / "log")[0]


def _scored(package: Path, morphology: Path) -> JobResult:
    job = Job(f"{NAME}/cell", NAME, NAME, NAME, morphology.stem, morphology, None)
    features = [test.feature for test in TESTS]
    manifest = Manifest(NAME, NAME, {}, features, [], [], "0" * 64, Evaluator.HOC)
    limits = Limits(timeout_s=300, memory_mb=2000)
    return score_job(job, manifest, package, package.parent / "log", limits, currents=CURRENTS)


def _scores(result: JobResult) -> dict[str, float]:
    assert result.status == "scored", result.exception
    return {each["feature"]: each["score"] for each in result.features}


def test_input_resistance_of_a_passive_cable(tmp_path: Path) -> None:
    """The input resistance at the end of a sealed cable is R_inf / tanh(L / lambda) (Rall 1959).
    The soma is small: its membrane adds 0.5 %. A passive cell does not spike."""
    small = 2.0
    package = _package(tmp_path, hoc_emodel.passive(), swc(DENDRITE_UM, small))
    found = _measured(package)
    diameter = DENDRITE_DIAM_UM * 1e-4  # cm
    length = math.sqrt(diameter / 4 / (RA * G_PAS))  # the space constant, cm
    infinite = 4 * RA * length / (math.pi * diameter**2)  # ohm
    cable = math.tanh(DENDRITE_UM * 1e-4 / length) / infinite  # S
    soma = math.pi * (small * 1e-4) ** 2 * G_PAS
    expected = 1e-6 / (cable + soma)  # MOhm
    assert found["values"]["mm.Rin.soma.input_resistance"] == pytest.approx(expected, rel=5e-3)
    assert "does not spike with steps of up to 2 nA" in found["problem"]
    assert found["values"]["mm.Step_130.soma.spikes"] is None


def test_cells_are_compared_with_the_exemplar(tmp_path: Path) -> None:
    package = _package(tmp_path, morphology=swc(axon=True))
    exemplar = package / "morphology" / "exemplar.swc"
    values = _measured(package)["values"]
    HocTests(SETTINGS, values).write(package)
    own = _scored(package, exemplar)
    passed = {test.feature for test in TESTS if values[test.feature] is not None}
    assert {name: score for name, score in _scores(own).items() if name in passed} == {
        # the axon is passive, so the soma spikes first
        name: pytest.approx(100.0) if name.endswith("ais_first") else 0.0
        for name in passed
    }
    assert values["mm.bAP.dendrites.back_propagation"] == 1.0
    assert own.holding_voltage == pytest.approx(-75.0, abs=0.1)
    assert own.resting_potential == pytest.approx(-65, abs=1.0)

    # plain NEURON, with the released hoc's own file
    holding, threshold = own.holding_current, own.threshold_current
    steps = [[holding, factor * threshold, 2000] for factor in (0.98, 1.0)]
    steps += [[holding, percent / 100 * threshold, 1350] for percent in (130, 160, 200)]
    arguments = {
        "hoc": str(package / "hoc" / "hh_cell.hoc"),
        "template": NAME,
        "morph_path": str(exemplar),
        "steps": steps,
    }
    below, at, *counts = run_in_child(
        "hoc_child:spikes_in_neuron", arguments, package, tmp_path / "log"
    )[0]
    assert below == 0
    assert at > 0
    assert counts == [values[f"mm.Step_{p}.soma.spike_count"] for p in (130, 160, 200)]

    # a cell with a much longer dendrite has a smaller input resistance
    other = tmp_path / "other.swc"
    other.write_text(swc(1500.0, axon=True))
    result = _scored(package, other)
    feature = "mm.Rin.soma.input_resistance"
    value = next(each["value"] for each in result.features if each["feature"] == feature)
    assert value == pytest.approx(result.input_resistance)
    mean = values[feature]
    assert value < 0.8 * mean
    assert _scores(result)[feature] == pytest.approx((mean - value) / (0.35 * mean))


def test_template_of_bluepyopt(tmp_path: Path) -> None:
    """It builds the same cell as the template for circuits."""
    of_circuits = _measured(_package(tmp_path / "a"))
    assert of_circuits["problem"] is None
    assert _measured(_package(tmp_path / "b", hoc_emodel.of_bluepyopt())) == of_circuits


def test_template_fails(tmp_path: Path) -> None:
    failing = hoc_emodel.HOC.replace(
        "  importer.inst", '  execerror("no axon", "")\n  importer.inst'
    )
    with pytest.raises(ChildError, match=r"template hh_cell fails on exemplar.swc: no axon"):
        _measured(_package(tmp_path, failing))
