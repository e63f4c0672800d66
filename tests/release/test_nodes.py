"""nodes: a released combination for each cell of a circuit."""

from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import libsonata
import numpy as np
import pandas as pd
import pytest
from circuits import TEXT, Cell, write_sonata

from megate.core.errors import MegateError
from megate.inputs import cells as reading
from megate.release import nodes as writing
from megate.release.circuit import read_cells
from megate.release.nodes import MANDATORY, NodesOptions, write, write_nodes

A, B = ("5", "L5_TPC:A", "cADpyr", "a"), ("4", "L4_LBC", "dNAC", "b")
# e-model, cell, holding current, threshold current, input resistance
RELEASED = [
    ("pyr1", A, -0.1, 0.5, 100.0),
    ("pyr2", A, -0.2, 0.6, 50.0),
    ("lbc", B, 0.0, 0.125, 200.0),
]


def release(folder: Path, rows: list[tuple] = RELEASED) -> Path:
    path = folder / "cells.tsv"
    table = [
        {
            "combo_name": f"{emodel}_{morph}_{etype}",
            "emodel": emodel,
            "morph_name": morph,
            "layer": layer,
            "fullmtype": mtype,
            "etype": etype,
            "morphology": f"morphologies/asc/{morph}.asc",
            "holding_current": holding,
            "threshold_current": threshold,
            "input_resistance": resistance,
        }
        for emodel, (layer, mtype, etype, morph), holding, threshold, resistance in rows
    ]
    pd.DataFrame(table).to_csv(path, sep="\t", index=False, na_rep="nan")
    return path


class Folder:
    """Nodes and a release, to be joined."""

    def __init__(self, path: Path, cells: list[Cell], **options: Any) -> None:
        self.path, self.target, self.missing = path, path / "out.h5", path / "missing.tsv"
        self.source = write_sonata(path / "nodes.h5", cells, **options)
        self.cells = release(path)

    def change(self, change: Callable[[h5py.Group], object]) -> None:
        with h5py.File(self.source, "a") as file:
            change(file["nodes/cells"])

    def write(self, **options: Any) -> dict[str, Any]:
        options = {"source": self.source, **options}
        return write(NodesOptions(**options), self.cells, self.target, self.missing)

    def written(self, name: str, population: str = "cells") -> list[Any]:
        nodes = libsonata.NodeStorage(str(self.target)).open_population(population)
        everything = nodes.select_all()
        if name in nodes.dynamics_attribute_names:
            return nodes.get_dynamics_attribute(name, everything).tolist()
        return list(nodes.get_attribute(name, everything))

    def problem(self, **options: Any) -> str:
        with pytest.raises(MegateError) as caught:
            self.write(**options)
        return str(caught.value)


@pytest.fixture(params=[500_000, 3])
def block(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """All cells in one block, or in several."""
    monkeypatch.setattr(reading, "_BLOCK", request.param)
    monkeypatch.setattr(writing, "_BLOCK", request.param)


# ---- the draw -------------------------------------------------------------------------------


def expected_emodels(n_cells: int, seed: int, weights: dict[str, float]) -> list[str]:
    """By NumPy's documented generator and the definition of a weighted draw, one cell at a time;
    e-models in alphabetical order."""
    random = np.random.Generator(np.random.PCG64(seed))
    drawn = []
    for uniform in random.random(n_cells):
        left = uniform * sum(weights.values())
        for emodel in sorted(weights):
            left -= weights[emodel]
            if left < 0:
                drawn.append(emodel)
                break
    return drawn


@pytest.mark.usefixtures("block")
@pytest.mark.parametrize("plain", [(), ("morphology", "etype")])
def test_each_cell_gets_a_combination_of_its_type(plain: tuple[str, ...], tmp_path: Path) -> None:
    cells = [A, B, A, A, B, A, A, A, A, A]
    folder = Folder(tmp_path, cells, plain=plain)
    assert folder.write(seed=3)["cells"] == 10
    pyramids = expected_emodels(10, 3, {"pyr1": 1.0, "pyr2": 1.0})
    emodels = ["lbc" if cell is B else of for cell, of in zip(cells, pyramids, strict=True)]
    assert set(emodels) == {"pyr1", "pyr2", "lbc"}
    assert folder.written("model_template") == [f"hoc:{emodel}" for emodel in emodels]
    assert folder.written("model_type") == ["biophysical"] * 10
    values = {emodel: rest for emodel, _, *rest in RELEASED}
    for column, name in enumerate(("holding_current", "threshold_current", "input_resistance")):
        expected = [np.float32(values[emodel][column]) for emodel in emodels]
        assert folder.written(name) == expected
    assert not folder.missing.exists()


@pytest.mark.parametrize(
    "weights", [{}, {"pyr2": 3.0}, {"pyr1": 0.25, "pyr2": 0.5}, {"pyr1": 0.0}], ids=str
)
def test_the_draw_has_the_weights(weights: dict[str, float], tmp_path: Path) -> None:
    """Chi-square with one degree of freedom: 10.8 is exceeded by chance once in a thousand."""
    n_cells = 20_000
    folder = Folder(tmp_path, [A] * n_cells)
    folder.write(seed=1, weights=weights)
    complete = {"pyr1": 1.0, "pyr2": 1.0} | weights
    drawn = [text.removeprefix("hoc:") for text in folder.written("model_template")]
    assert drawn == expected_emodels(n_cells, 1, complete)
    counts, total = Counter(drawn), sum(complete.values())
    expected = {name: n_cells * weight / total for name, weight in complete.items() if weight}
    assert set(counts) == set(expected)
    assert sum((counts[name] - of) ** 2 / of for name, of in expected.items()) < 10.8


def test_the_draw_depends_on_the_seed_and_not_on_other_cells_or_the_files_order(
    tmp_path: Path,
) -> None:
    first = tmp_path / "first"
    first.mkdir()
    folder = Folder(first, [A] * 200)
    folder.write()
    drawn = folder.written("model_template")
    folder.write(seed=1)
    assert folder.written("model_template") != drawn
    other = Folder(tmp_path, [A, B] * 100)
    release(tmp_path, [*RELEASED[::-1], ("new", ("3", "L3", "cAD", "c"), 0.0, 0.0, 0.0)])
    other.write()
    assert other.written("model_template")[::2] == drawn[::2]


# ---- what is kept ---------------------------------------------------------------------------


def content(group: h5py.Group) -> dict[str, Any]:
    """All datasets and attributes, by name."""
    found: dict[str, Any] = {f"@{name}": group.attrs[name] for name in group.attrs}

    def visit(name: str, item: h5py.HLObject) -> None:
        found.update({f"{name}@{key}": item.attrs[key] for key in item.attrs})
        if isinstance(item, h5py.Dataset):
            found[name] = (item.dtype, item.shape, item[()].tolist())

    group.visititems(visit)
    return found


def add_everything(top: h5py.Group) -> None:
    """Attributes of every kind, another population, and edges in the same file."""
    n_cells, file = len(top["node_type_id"]), top.file
    file.attrs["version"] = np.array([0, 1], np.uint32)
    top.attrs["note"] = "a note"
    top["node_id"] = np.arange(n_cells)
    top["node_group_id"] = np.zeros(n_cells, np.uint8)
    top["node_group_index"] = np.arange(n_cells, dtype=np.uint64)
    group = top["0"]
    group["x"] = np.arange(n_cells, dtype=np.float32)
    group["x"].attrs["unit"] = "um"
    group["position"] = np.arange(3.0 * n_cells).reshape(n_cells, 3)
    names = [f"text {number}" for number in range(n_cells)]
    group.create_dataset("name", data=names, dtype=TEXT)
    group.create_dataset("packed", data=range(n_cells), chunks=(2,), compression="gzip")
    group["dynamics_params/exc_mini_frequency"] = np.linspace(0, 1, n_cells)
    group["morph_class"] = np.arange(n_cells) % 2
    group.create_dataset("@library/morph_class", data=["PYR", "INT"], dtype=TEXT)
    write_other = file.create_group("nodes/other/0")
    write_other["x"] = np.arange(3.0)
    file["nodes/other/node_type_id"] = np.full(3, -1)
    file["edges/default/source_node_id"] = [0, 1]


NEW = ("model_template", "model_type", "holding_current", "threshold_current", "input_resistance")


def old(found: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in found.items() if not name.endswith(NEW)}


@pytest.mark.usefixtures("block")
def test_everything_else_is_kept(tmp_path: Path) -> None:
    folder = Folder(tmp_path, [A, B, A, B, B])
    folder.change(add_everything)
    folder.write(population="cells")
    with h5py.File(folder.source) as source, h5py.File(folder.target) as target:
        before, after = content(source), content(target)
        assert target["nodes/cells/0/packed"].compression == "gzip"
    assert len(before) > 20
    assert str(old(after)) == str(before)  # arrays compare by element
    new = {name.rsplit("/", 1)[1] for name in after if name not in before}
    assert new == set(NEW)
    dtypes = {name: after[f"nodes/cells/0/dynamics_params/{name}"][0] for name in NEW[2:]}
    assert set(dtypes.values()) == {np.dtype(np.float32)}


@pytest.mark.usefixtures("block")
def test_left_out_cells_are_taken_out_of_every_attribute(tmp_path: Path) -> None:
    """Cells 1 and 4 have no combination."""
    cells = [A, ("5", "L5_TPC:A", "cADpyr", "z"), B, B, ("6", "L5_TPC:A", "cADpyr", "a"), A, B]
    kept = [0, 2, 3, 5, 6]
    folder = Folder(tmp_path, cells)
    folder.change(add_everything)
    outcome = folder.write(population="cells", leave_out=True)
    assert (outcome["cells"], outcome["left_out"]) == (5, 2)
    with h5py.File(folder.source) as source, h5py.File(folder.target) as target:
        before, after = source["nodes/cells"], target["nodes/cells"]
        for name in ("x", "position", "name", "packed", "morph_class", "mtype", "morphology"):
            assert after[f"0/{name}"][()].tolist() == before[f"0/{name}"][()][kept].tolist()
            assert after[f"0/{name}"].dtype == before[f"0/{name}"].dtype
        params = [group["0/dynamics_params/exc_mini_frequency"][()] for group in (before, after)]
        assert params[1].tolist() == params[0][kept].tolist()
        assert after["node_id"][()].tolist() == after["node_group_index"][()].tolist()
        assert after["node_id"][()].tolist() == [0, 1, 2, 3, 4]
        assert len(after["node_type_id"]) == len(after["node_group_id"]) == 5
        for name in before["0/@library"]:
            assert list(after[f"0/@library/{name}"]) == list(before[f"0/@library/{name}"])
        assert after["0/x"].attrs["unit"] == "um"
        assert after["0/packed"].compression == "gzip"
        assert after.attrs["note"] == "a note"
        assert content(target["nodes/other"]) == content(source["nodes/other"])
        assert target["edges/default/source_node_id"][()].tolist() == [0, 1]
    assert folder.written("morphology") == [cells[cell][3] for cell in kept]
    assert folder.missing.read_text() == (
        "cell\tmorphology\tlayer\tmtype\tetype\treason\n"
        "1\tz\t5\tL5_TPC:A\tcADpyr\tmorphology name 'z' is not in the release\n"
        "4\ta\t6\tL5_TPC:A\tcADpyr\tlayer '6' is not in the release\n"
    )


def test_leaving_out_cells_does_not_change_the_others(tmp_path: Path) -> None:
    """The draw of a cell depends on its number in the source."""
    one, two = tmp_path / "one", tmp_path / "two"
    one.mkdir()
    two.mkdir()
    full, part = Folder(one, [A] * 50), Folder(two, [A, (*A[:3], "z")] * 25)
    full.write()
    part.write(leave_out=True)
    assert part.written("model_template") == full.written("model_template")[::2]


def test_attributes_of_an_earlier_release_are_replaced(tmp_path: Path) -> None:
    folder = Folder(tmp_path, [A, B])

    def add(top: h5py.Group) -> None:
        top["0"].create_dataset("model_template", data=["hoc:x", "hoc:y"], dtype=TEXT)
        top["0/me_combo"] = [0, 0]
        top["0"].create_dataset("@library/me_combo", data=["old"], dtype=TEXT)
        top["0/dynamics_params/holding_current"] = [9.0, 9.0]

    folder.change(add)
    folder.write(weights={"pyr1": 0})
    assert folder.written("model_template") == ["hoc:pyr2", "hoc:lbc"]
    assert folder.written("me_combo") == ["pyr2_a_cADpyr", "lbc_b_dNAC"]
    assert folder.written("holding_current") == [np.float32(-0.2), 0.0]


def test_scales_of_adapted_cells_keep_all_digits(tmp_path: Path) -> None:
    """As float64: another last digit of a scale would give another cell."""
    folder = Folder(tmp_path, [A, B])
    folder.change(lambda top: top["0"].create_dataset("dynamics_params/AIS_scaler", data=[3, 4]))
    table = pd.read_csv(folder.cells, sep="\t")
    of_emodel = {"pyr1": 1.1, "pyr2": 1.2, "lbc": 1.000001}
    table["AIS_scaler"] = table["emodel"].map(of_emodel)
    table["soma_scaler"] = 0.834567
    table.to_csv(folder.cells, sep="\t", index=False)
    folder.write(weights={"pyr2": 0.0})
    with h5py.File(folder.target) as file:
        params = file["nodes/cells/0/dynamics_params"]
        assert params["AIS_scaler"].dtype == params["soma_scaler"].dtype == np.float64
        assert params["AIS_scaler"][()].tolist() == [1.1, 1.000001]
        assert params["soma_scaler"][()].tolist() == [0.834567] * 2


def test_without_an_earlier_one_there_is_no_me_combo(tmp_path: Path) -> None:
    folder = Folder(tmp_path, [A])
    folder.write()
    with h5py.File(folder.target) as file:
        assert "me_combo" not in file["nodes/cells/0"]


def test_extensions_regions_and_node_types_are_read_as_for_combinations(tmp_path: Path) -> None:
    folder = Folder(tmp_path, [(*A[:3], "a.asc"), (*B[:3], "b.swc")])
    types = tmp_path / "types.csv"
    types.write_text("node_type_id etype\n7 cADpyr\n8 dNAC\n")

    def change(top: h5py.Group) -> None:
        top["0"].move("layer", "subregion")
        top["0"].move("@library/layer", "@library/subregion")
        del top["0/etype"], top["0/@library/etype"]
        top["node_type_id"][...] = [7, 8]

    folder.change(change)
    outcome = folder.write(node_types=types, weights={"pyr1": 0})
    assert folder.written("model_template") == ["hoc:pyr2", "hoc:lbc"]
    assert folder.written("morphology") == ["a.asc", "b.swc"]
    assert "morphology names have an extension" in outcome["warnings"][1]


# ---- what simulators need -------------------------------------------------------------------


def test_missing_attributes_and_currents_are_told(tmp_path: Path) -> None:
    folder = Folder(tmp_path, [A, B, B])
    release(tmp_path, [RELEASED[0], ("lbc", B, None, 0.5, None)])
    lacking, holding, resistance = folder.write()["warnings"]
    for name in ("x", "orientation_w", "morph_class", "synapse_class"):
        assert name in lacking.split(": ")[1].split(", ")
    assert holding == "2 of 3 cells have no holding_current"
    assert resistance == "2 of 3 cells have no input_resistance"
    assert np.isnan(folder.written("holding_current")[1])
    folder.change(
        lambda top: [
            top["0"].create_dataset(n, data=np.zeros(3)) for n in MANDATORY if n not in top["0"]
        ]
    )
    assert folder.write()["warnings"] == [holding, resistance]


def test_a_value_that_no_cell_has_is_no_attribute(tmp_path: Path) -> None:
    """NaN would be used without a word."""
    folder = Folder(tmp_path, [B])
    release(tmp_path, [("lbc", B, 0.0, 0.5, None)])
    folder.write()
    with h5py.File(folder.target) as file:
        assert set(file["nodes/cells/0/dynamics_params"]) == {
            "holding_current",
            "threshold_current",
        }


# ---- what cannot be used --------------------------------------------------------------------


def test_cells_without_combination_are_an_error_after_they_are_listed(tmp_path: Path) -> None:
    strange = [
        (*A[:3], "z"),
        ("5", "L9", "cADpyr", "a"),
        ("5", "L5_TPC:A", "x", "a"),
        ("5", "L5_TPC:A", "dNAC", "a"),
        (*A[:3], "z"),
    ]
    folder = Folder(tmp_path, [A, *strange, B])
    message = folder.problem()
    assert message.startswith(f"{folder.source}: population 'cells': 5 of 7 cells have no released")
    assert message.splitlines()[1:] == [
        "  - cell 1 (layer '5', m-type 'L5_TPC:A', e-type 'cADpyr', morphology name 'z'): "
        "morphology name 'z' is not in the release (2 such cells)",
        "  - cell 2 (layer '5', m-type 'L9', e-type 'cADpyr', morphology name 'a'): "
        "m-type 'L9' is not in the release",
        "  - cell 3 (layer '5', m-type 'L5_TPC:A', e-type 'x', morphology name 'a'): "
        "e-type 'x' is not in the release",
        "  - cell 4 (layer '5', m-type 'L5_TPC:A', e-type 'dNAC', morphology name 'a'): "
        "this morphology is not released with this layer, m-type and e-type",
    ]
    listed = pd.read_csv(folder.missing, sep="\t")
    assert list(listed["cell"]) == [1, 2, 3, 4, 5]
    assert not folder.target.exists()


def test_no_cell_is_left(tmp_path: Path) -> None:
    folder = Folder(tmp_path, [A, A])
    message = folder.problem(leave_out=True, weights={"pyr1": 0, "pyr2": 0})
    assert "2 of 2 cells" in message
    assert "emodel_weights is 0 for all its e-models" in message


def test_the_list_of_an_earlier_run_is_removed(tmp_path: Path) -> None:
    folder = Folder(tmp_path, [A])
    folder.missing.write_text("old")
    folder.write()
    assert not folder.missing.exists()


def test_population_is_named_with_its_key(tmp_path: Path) -> None:
    folder = Folder(tmp_path, [A])
    write_sonata(folder.source, [B], "other")
    assert "choose one with circuit.nodes_population" in folder.problem()
    assert "no population 'x'" in folder.problem(population="x")
    folder.write(population="other")
    assert folder.written("model_template", "other") == ["hoc:lbc"]


def test_release_of_another_version(tmp_path: Path) -> None:
    folder = Folder(tmp_path, [A])
    table = pd.read_csv(folder.cells, sep="\t").drop(columns=["input_resistance", "emodel"])
    table.to_csv(folder.cells, sep="\t", index=False)
    assert "has no column emodel, input_resistance: another version" in folder.problem()
    folder.cells.unlink()
    assert "release: file not found" in folder.problem()


def test_names_that_look_like_missing_values_or_numbers_are_texts(tmp_path: Path) -> None:
    path = release(tmp_path, [("E", ("2", "NA", "nan", "007"), 0.0, 1.0, None)])
    names = ["layer", "fullmtype", "etype", "morph_name"]
    row = read_cells(path, [*names, "input_resistance"]).iloc[0]
    assert list(row[names]) == ["2", "NA", "nan", "007"]
    assert np.isnan(row["input_resistance"])


# ---- in a process of its own ----------------------------------------------------------------


def test_write_nodes(tmp_path: Path) -> None:
    folder = Folder(tmp_path, [A, B])
    options = NodesOptions(folder.source, weights={"pyr2": 0.0})
    outcome = write_nodes(options, folder.cells, folder.target, folder.missing)
    assert outcome["cells"] == 2
    assert folder.written("model_template") == ["hoc:pyr1", "hoc:lbc"]
    release(tmp_path, RELEASED[:1])
    with pytest.raises(MegateError, match=r"nodes: .*nodes\.h5: population 'cells': 1 of 2 cells"):
        write_nodes(NodesOptions(folder.source), folder.cells, folder.target, folder.missing)


def test_weights_of_unknown_emodels_are_named(tmp_path: Path) -> None:
    folder = Folder(tmp_path, [A])
    options = NodesOptions(folder.source, weights={"pyr3": 2.0, "x": 1.0, "lbc": 1.0})
    with pytest.raises(MegateError) as caught:
        write_nodes(options, folder.cells, folder.target, folder.missing)
    assert str(caught.value).splitlines()[1:] == ["  - pyr3 (nearest: pyr2)", "  - x"]


def test_a_damaged_file_is_one_message(tmp_path: Path) -> None:
    folder = Folder(tmp_path, [A])
    folder.source.write_bytes(folder.source.read_bytes()[:-500])
    with pytest.raises(MegateError, match=r"^nodes: .*nodes\.h5 cannot be opened"):
        write_nodes(NodesOptions(folder.source), folder.cells, folder.target, folder.missing)
    assert not folder.target.exists()
