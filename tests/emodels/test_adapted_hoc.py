"""The hoc gives the adapted cell that Python's BluePyOpt gives: the same areas, resistance, spikes."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from adapted_cells import EMODELS, Prepared

from megate.processes.child import ChildError

pytestmark = pytest.mark.slow

SCALES = (1.15, 0.85)


@pytest.fixture(autouse=True)
def findable(monkeypatch: pytest.MonkeyPatch):
    """Let the child processes import the functions of these tests."""
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parents[1] / "support"))


@pytest.fixture(scope="module", params=EMODELS, ids=lambda emodel: emodel.name)
def prepared(request: pytest.FixtureRequest, tmp_path_factory) -> Prepared:
    return Prepared.in_folder(tmp_path_factory.mktemp(request.param.name), request.param)


@pytest.fixture(scope="module")
def adaptation(prepared: Prepared, tmp_path_factory: pytest.TempPathFactory) -> Path:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", str(Path(__file__).parents[1] / "support"))
        return prepared.adaptation(tmp_path_factory.mktemp("adaptation"))


@pytest.fixture(scope="module")
def hoc(prepared: Prepared, adaptation: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return prepared.hoc(tmp_path_factory.mktemp("hoc"), adaptation=str(adaptation))


def assert_same(found: dict, expected: dict) -> None:
    """The sections and the response are the same to the bit, areas nearly so."""
    assert found["sections"] == expected["sections"]
    for name in ("areas", "diameters"):
        assert found[name] == pytest.approx(expected[name], rel=1e-12), name
    assert found["spikes"] == expected["spikes"]
    assert found["resistance"] == expected["resistance"]


@pytest.mark.parametrize("simulator", ["neuron", "bluecellulab"])
def test_hoc_and_python_are_equal(prepared: Prepared, adaptation: Path, hoc: Path, simulator: str):
    pytest.importorskip(simulator)
    morphology = prepared.emodel.other
    python = prepared.python(morphology, adaptation, *SCALES)
    assert_same(prepared.of_hoc(hoc, morphology, *SCALES, simulator=simulator), python)
    assert len(python["spikes"]) > 2
    plain = prepared.python(morphology, None)
    assert plain["spikes"] != python["spikes"]
    assert plain["resistance"] != pytest.approx(python["resistance"], rel=1e-3)
