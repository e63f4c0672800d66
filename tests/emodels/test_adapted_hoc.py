"""The hoc gives the adapted cell that is scored: the same areas, resistance and spikes."""

from pathlib import Path

import numpy as np
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
    assert found["soma"] == expected["soma"]
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
    # the soma stays where it is: neurodamus takes its position in an electric field
    old, new = (np.array(cell["soma"])[:, :3] for cell in (plain, python))
    assert new[[0, -1]].mean(axis=0) == pytest.approx(old[[0, -1]].mean(axis=0), abs=1e-5)
    assert plain["spikes"] != python["spikes"]
    assert plain["resistance"] != pytest.approx(python["resistance"], rel=1e-3)


@pytest.mark.parametrize("parts", ["ais", "soma"])
def test_one_of_both_may_be_scaled(prepared: Prepared, parts: str, tmp_path: Path):
    """The other one is that of the morphology."""
    chosen = {name: name == parts for name in ("ais", "soma")}
    adaptation = prepared.adaptation(tmp_path, **chosen)
    scales = [scale if used else 1 for scale, used in zip(SCALES, chosen.values(), strict=True)]
    hoc = prepared.hoc(tmp_path, adaptation=str(adaptation))
    morphology = prepared.emodel.other
    python = prepared.python(morphology, adaptation, *scales)
    assert_same(prepared.of_hoc(hoc, morphology, *scales, simulator="neuron"), python)
    plain = prepared.python(morphology, None)
    own, other = (0, -1) if parts == "ais" else (-1, 0)  # soma and end of the new axon
    assert python["areas"][own] == plain["areas"][own]
    assert python["areas"][other] != plain["areas"][other]


def test_a_scale_of_1_is_the_unadapted_cell(prepared: Prepared, hoc: Path, tmp_path: Path):
    """To the bit, on a morphology with another axon and soma than the exemplar's."""
    morphology = prepared.emodel.other
    plain = prepared.of_hoc(prepared.hoc(tmp_path), morphology, simulator="neuron")
    assert prepared.of_hoc(hoc, morphology, 1, 1, simulator="neuron") == plain
    assert prepared.python(morphology, None) == plain


def test_the_hoc_of_a_combination_has_its_scales_in_it(
    prepared: Prepared, adaptation: Path, hoc: Path, tmp_path: Path
):
    morphology = prepared.emodel.other
    own = prepared.hoc(
        tmp_path,
        adaptation=str(adaptation),
        cells=[["combination", morphology]],
        scales={"combination": SCALES},
    )
    assert "NeededAttributes" not in own.read_text()
    expected = prepared.of_hoc(hoc, morphology, *SCALES, simulator="neuron")
    assert prepared.of_hoc(own, morphology, simulator="neuron") == expected


def test_the_e_models_hoc_needs_the_scales(prepared: Prepared, hoc: Path):
    name = prepared.emodel.name
    with pytest.raises(ChildError):
        prepared.of_hoc(hoc, prepared.emodel.other, simulator="neuron")
    assert (
        f"{name} needs (gid, morphology_dir, morphology_name, AIS_scaler, soma_scaler): the "
        "release's cells.tsv has the scalers of each cell"
    ) in (prepared.package.parent / "log").read_text()
    # the contract of neurodamus and BlueCelluLab
    assert (
        f'strdef {name}_NeededAttributes\n{name}_NeededAttributes = "AIS_scaler;soma_scaler"\n'
        in hoc.read_text().partition(f"begintemplate {name}\n")[0]
    )
