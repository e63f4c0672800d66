"""Classes written for older BluePyOpt, called as a current BluePyOpt calls them."""

from types import SimpleNamespace
from typing import Any

import pytest

ephys = pytest.importorskip("bluepyopt.ephys")

from megate.simulation.compat import adapt_older_packages  # noqa: E402


class OlderProtocol(ephys.protocols.SweepProtocol):
    """As packages wrote it before BluePyOpt 1.14."""

    def __init__(self) -> None:
        super().__init__("older", stimuli=[], recordings=[])
        self.seen: dict[str, Any] = {}

    def instantiate(self, sim=None, icell=None):
        self.seen["icell"] = icell
        super().instantiate(sim, icell)

    def run(self, cell_model, param_values, sim=None, isolate=None):
        self.seen["isolate"] = isolate
        return {"ran": cell_model}


class OlderChild(OlderProtocol):
    """Overrides again, and calls what it overrides."""

    def run(self, cell_model, param_values, sim=None, isolate=None):
        return super().run(cell_model, param_values, sim=sim, isolate=isolate) | {"child": True}


class CurrentProtocol(ephys.protocols.SweepProtocol):
    def run(self, cell_model, param_values, sim=None, isolate=None, timeout=None):
        return timeout


class OlderMorphology(ephys.morphologies.NrnFileMorphology):
    def replace_axon(self, sim=None, icell=None):
        return self, icell


class OlderStaticMorphology(ephys.morphologies.NrnFileMorphology):
    @staticmethod
    def replace_axon(sim=None, icell=None):
        return icell


@pytest.fixture(autouse=True)
def adapted():
    adapt_older_packages()
    adapt_older_packages()  # once more does no harm


@pytest.mark.parametrize("cls", [OlderProtocol, OlderChild])
def test_instantiate_gets_the_icell(cls: type):
    protocol = cls()
    protocol.instantiate(sim=None, cell_model=SimpleNamespace(icell="the cell"))
    assert protocol.seen["icell"] == "the cell"


def test_the_base_class_still_takes_a_cell_model():
    protocol = CurrentProtocol("current", stimuli=[], recordings=[])
    protocol.instantiate(sim=None, cell_model=ephys.models.CellModel("cell"))


@pytest.mark.parametrize("cls", [OlderProtocol, OlderChild])
def test_run_is_spared_the_timeout(cls: type):
    protocol = cls()
    assert protocol.run("model", {}, sim=None, isolate=False, timeout=3)["ran"] == "model"
    assert protocol.seen["isolate"] is False


def test_a_current_run_keeps_its_timeout():
    protocol = CurrentProtocol("current", stimuli=[], recordings=[])
    assert protocol.run("model", {}, timeout=3) == 3


def test_replace_axon_is_spared_the_stub_axon():
    arguments = {"sim": None, "icell": "c", "axon_stub_length": 60, "axon_nseg_frequency": 40}
    morphology = OlderMorphology("m.asc")
    assert morphology.replace_axon(**arguments) == (morphology, "c")
    assert OlderStaticMorphology("m.asc").replace_axon(**arguments) == "c"
