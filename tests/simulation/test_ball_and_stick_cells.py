"""Test resistances and scales of passive cells, for which there are formulas."""

import math
from dataclasses import replace
from itertools import chain

import pytest
from ball_and_stick import (
    AXON_UM,
    DENDRITE_UM,
    SOMA_UM,
    adapt,
    axon,
    cable,
    describe,
    exemplar,
    soma,
    write_cell,
    write_package,
)

from megate.adaptation.geometry import Soma
from megate.adaptation.resistance import SCALES
from megate.processes.child import ChildError

EXEMPLAR_UM, OTHER_UM = 400.0, 500.0
"""Lengths of the dendrites."""


@pytest.fixture(scope="module")
def package(tmp_path_factory):
    return write_package(tmp_path_factory.mktemp("ball") / "package")


@pytest.fixture(scope="module")
def measured(package):
    return describe(package, write_cell(package / "exemplar.swc", EXEMPLAR_UM))


def test_resistances_of_the_exemplar(measured):
    dendrite = cable(DENDRITE_UM, EXEMPLAR_UM)
    found = {
        name: measured[f"rin_{name}"] for name in ("ais", "soma", "without_ais", "without_soma")
    }
    assert found == pytest.approx(
        {
            "ais": 1 / axon(),
            "soma": 1 / soma(),
            "without_ais": 1 / (dendrite + soma()),
            "without_soma": 1 / (dendrite + axon()),
        },
        rel=3e-3,
    )
    assert measured["rin_of_ais"] == pytest.approx([1 / axon(s) for s in SCALES], rel=3e-3)
    assert measured["rin_of_soma"] == pytest.approx([1 / soma(s) for s in SCALES], rel=3e-3)
    assert measured["soma"] == pytest.approx({"area": math.pi * SOMA_UM**2, "radius": SOMA_UM / 2})
    assert [*chain(*measured["ais"]["diameters"])] == pytest.approx([AXON_UM, AXON_UM])


def test_scales_are_those_of_the_formula(package, measured):
    dendrite, other = cable(DENDRITE_UM, EXEMPLAR_UM), cable(DENDRITE_UM, OTHER_UM)
    rho_axon = (dendrite + soma()) / axon()
    rho = (dendrite + axon()) / soma()
    soma_scale = 1.0
    for _ in range(2):
        wanted = (other + soma(soma_scale)) / rho_axon
        ais_scale = _solve(lambda scale, wanted=wanted: axon(scale) - wanted)
        soma_scale = (other + axon(ais_scale)) / rho / soma()
    cell = write_cell(package / "other.swc", OTHER_UM)
    found = adapt(package, cell, exemplar(measured))
    assert not found["at_limit"]
    assert found["AIS_scaler"] == pytest.approx(ais_scale, rel=3e-3)
    assert found["soma_scaler"] == pytest.approx(soma_scale, rel=3e-3)
    assert found["rho"] == pytest.approx(rho, rel=5e-3)
    assert found["rho_axon"] == pytest.approx(rho_axon, rel=0.02)
    # not from the fit, but measured in the cell that is scored
    own = found["measured"]
    assert own["rin_soma"] / own["rin_without_soma"] == pytest.approx(rho, rel=0.01)
    assert own["rin_ais"] / own["rin_without_ais"] == pytest.approx(rho_axon, rel=0.02)
    # after many rounds both are in proportion to the dendrite
    many = adapt(package, cell, exemplar(measured), rounds=10)
    assert many["soma_scaler"] == pytest.approx(other / dendrite, rel=5e-3)


def test_the_cell_has_the_scaled_parts(package, measured):
    cell = write_cell(package / "other.swc", OTHER_UM)
    found = adapt(package, cell, exemplar(measured), limits=(0.9, 1.05))
    assert (found["AIS_scaler"], found["soma_scaler"]) == (1.05, 1.05)
    assert found["at_limit"]
    assert found["areas"]["soma[0]"] == pytest.approx(1.05 * math.pi * SOMA_UM**2)
    stub = 1.05 * math.pi * AXON_UM * 30
    assert [found["areas"][f"axon[{n}]"] for n in (0, 1)] == pytest.approx([stub, stub])


def test_a_cell_like_the_exemplar_keeps_its_size(package, measured):
    found = adapt(package, package / "exemplar.swc", exemplar(measured))
    assert found["AIS_scaler"] == pytest.approx(1, abs=2e-3)
    assert found["soma_scaler"] == pytest.approx(1, abs=2e-3)


def test_a_cell_that_is_built_in_another_way_is_refused(package, measured, tmp_path):
    other = write_package(tmp_path / "package")
    code = other / "setup" / "__init__.py"
    text = code.read_text().replace("CellModel = ephys.models.CellModel", _OWN_CELL_MODEL)
    code.write_text(text)
    cell = write_cell(tmp_path / "cell.swc", OTHER_UM)
    larger = replace(exemplar(measured), soma=Soma(1500.0, 12.0))
    with pytest.raises(ChildError, match=r"does not build the cell from cell_model\.morphology"):
        adapt(other, cell, larger)


_OWN_CELL_MODEL = """
class CellModel(ephys.models.CellModel):
    \"\"\"It keeps the morphology for itself.\"\"\"

    def __init__(self, name, morph, **arguments):
        super().__init__(name, morph=morph, **arguments)
        self.own_morphology = morph

    def instantiate_morphology(self, sim):
        self.icell = self.create_empty_cell(
            self.name, sim=sim, seclist_names=self.seclist_names,
            secarray_names=self.secarray_names)
        self.own_morphology.instantiate(sim=sim, icell=self.icell)
"""


@pytest.mark.parametrize(
    ("has_axon", "message"),
    [(True, r"found 1 sections \(200 um\), expected the stub"), (False, "found no axon, expected")],
)
def test_an_axon_of_another_kind_is_refused(has_axon, message, tmp_path):
    package = write_package(tmp_path / "package", replace_axon=False)
    cell = write_cell(tmp_path / "cell.swc", EXEMPLAR_UM, has_axon)
    with pytest.raises(ChildError, match=message):
        describe(package, cell)
    assert "rin_soma" in describe(package, cell, ais=False)


def _solve(function):
    low, high = 0.1, 10.0
    for _ in range(100):
        middle = (low + high) / 2
        low, high = (middle, high) if function(middle) < 0 else (low, middle)
    return low
