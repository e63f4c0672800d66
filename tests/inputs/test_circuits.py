"""circuit_mvd3, circuit_sonata, cells: which typed morphologies a circuit's cells are."""

import os
from collections.abc import Callable, Sequence
from pathlib import Path

import h5py
import numpy as np
import pandas as pd
import pytest
from circuits import NAMES, TEXT, Cell, write_mvd3, write_sonata

from megate.core.errors import MegateError
from megate.inputs import cells as counting
from megate.inputs.circuit import keep_cells, kept_cells, read_circuit
from megate.inputs.circuit_mvd3 import read_mvd3
from megate.inputs.circuit_sonata import read_sonata

CELLS: list[Cell] = [
    ("5", "L5_TPC:A", "cADpyr", "z"),
    ("5", "L5_LBC", "dNAC", "m"),
    ("5", "L5_TPC:A", "cADpyr", "z"),
    ("6", "L5_LBC", "dNAC", "m"),
    ("5", "L5_LBC", "cNAC", "m"),
    ("5", "L5_LBC", "dNAC", "m"),
    ("6", "L6_BP", "cNAC", "a"),
]
DISTINCT = [CELLS[0], CELLS[1], CELLS[3], CELLS[4], CELLS[6]]


def rows(table: object) -> list[Cell]:
    columns = ["layer", "fullmtype", "etype", "morph_name"]
    return list(table[columns].itertuples(index=False, name=None))


def message(read: Callable[[], object]) -> str:
    with pytest.raises(MegateError) as caught:
        read()
    return str(caught.value)


@pytest.fixture(params=[500_000, 2, 1])
def block(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """All cells in one block, or in several."""
    monkeypatch.setattr(counting, "_BLOCK", request.param)


# ---- circuit.mvd3 ---------------------------------------------------------------------------


@pytest.mark.parametrize("layers", ["library", "numbers", "texts"])
@pytest.mark.parametrize(
    "text", [TEXT, "S40", h5py.string_dtype("ascii"), h5py.string_dtype(length=20)]
)
@pytest.mark.usefixtures("block")
def test_mvd3_gives_each_type_once_in_the_cells_order(
    text: object, layers: str, tmp_path: Path
) -> None:
    assert rows(read_mvd3(write_mvd3(tmp_path / "c.mvd3", CELLS, layers, text))) == DISTINCT


@pytest.mark.parametrize("dtype", ["i1", "u1", ">i2", "i4", "u8", ">i8"])
def test_indices_may_have_any_width(dtype: str, tmp_path: Path) -> None:
    path = write_mvd3(tmp_path / "c.mvd3", CELLS)
    with h5py.File(path, "a") as file:
        for name in NAMES:
            indices = file[f"cells/properties/{name}"][()]
            del file[f"cells/properties/{name}"]
            file[f"cells/properties/{name}"] = indices.astype(dtype)
    assert rows(read_mvd3(path)) == DISTINCT


def test_two_indices_of_one_label_are_one_type(tmp_path: Path) -> None:
    path = write_mvd3(tmp_path / "c.mvd3", [("5", "t", "e", "m"), ("5", "t", "f", "m")])
    with h5py.File(path, "a") as file:
        del file["library/etype"]
        file.create_dataset("library/etype", data=["x", "e", "e"], dtype=TEXT)
    assert rows(read_mvd3(path)) == [("5", "t", "e", "m")]


# ---- SONATA ---------------------------------------------------------------------------------


@pytest.mark.parametrize("plain", [(), NAMES, ("layer",), ("mtype", "morphology")])
@pytest.mark.usefixtures("block")
def test_sonata_gives_each_type_once_in_the_cells_order(
    plain: tuple[str, ...], tmp_path: Path
) -> None:
    path = write_sonata(tmp_path / "nodes.h5", CELLS, plain=plain)
    assert rows(read_sonata(path)) == DISTINCT


def test_sonata_texts_of_fixed_length(tmp_path: Path) -> None:
    """As labels; libsonata does not read them as values."""
    text = h5py.string_dtype(length=20)
    assert rows(read_sonata(write_sonata(tmp_path / "a.h5", CELLS, text=text))) == DISTINCT
    path = write_sonata(tmp_path / "b.h5", CELLS, text=text, plain=["mtype"])
    assert "0/mtype holds strings of fixed length" in message(lambda: read_sonata(path))


@pytest.mark.parametrize("dtype", ["i1", "u1", "i2", "u4", "i8", "u8"])
def test_sonata_layers_may_be_numbers(dtype: str, tmp_path: Path) -> None:
    path = write_sonata(tmp_path / "nodes.h5", CELLS)
    with h5py.File(path, "a") as file:
        group = file["nodes/cells/0"]
        del group["layer"], group["@library/layer"]
        group["layer"] = np.array([int(cell[0]) for cell in CELLS], dtype)
    assert rows(read_sonata(path)) == DISTINCT


@pytest.mark.parametrize("plain", [(), ("layer",)])
def test_sonata_regions_stand_in_place_of_missing_layers(
    plain: tuple[str, ...], tmp_path: Path
) -> None:
    path = write_sonata(tmp_path / "nodes.h5", CELLS, plain=plain)
    with h5py.File(path, "a") as file:
        group = file["nodes/cells/0"]
        group.move("layer", "subregion")
        if not plain:
            group.move("@library/layer", "@library/subregion")
    assert rows(read_sonata(path)) == DISTINCT
    with h5py.File(path, "a") as file:  # a layer counts more
        file["nodes/cells/0/layer"] = np.full(len(CELLS), 2)
    assert {row[0] for row in rows(read_sonata(path))} == {"2"}


@pytest.mark.usefixtures("block")
def test_cells_of_each_type_are_counted(tmp_path: Path) -> None:
    """By hand: the first two of `DISTINCT` stand twice in CELLS."""
    for table in (
        read_sonata(write_sonata(tmp_path / "nodes.h5", CELLS)),
        read_mvd3(write_mvd3(tmp_path / "c.mvd3", CELLS)),
        read_circuit("sonata_nodes_path", tmp_path / "nodes.h5", None, None),
    ):
        assert list(table["cells"]) == [2, 2, 1, 1, 1]


def test_cells_of_one_morphology_with_several_extensions_are_counted_together(
    tmp_path: Path,
) -> None:
    names = ["a.swc", "b", "a.asc", "a"]
    path = write_sonata(tmp_path / "nodes.h5", [("5", "t", "e", name) for name in names])
    table = read_sonata(path)
    assert dict(zip(table["morph_name"], table["cells"], strict=True)) == {"a": 3, "b": 1}


def test_sonata_morphologies_lose_their_extension(tmp_path: Path) -> None:
    names = ["a.swc", "a.asc", "a.h5", "a", "b.1.SWC", "b.1", "c.swc.x"]
    path = write_sonata(tmp_path / "nodes.h5", [("5", "t", "e", name) for name in names])
    assert [row[3] for row in rows(read_sonata(path))] == ["a", "b.1", "c.swc.x"]


def test_population_is_the_only_one_or_the_one_that_is_named(tmp_path: Path) -> None:
    path = write_sonata(tmp_path / "nodes.h5", CELLS[:1], "here")
    assert rows(read_sonata(path)) == rows(read_sonata(path, "here")) == CELLS[:1]
    write_sonata(path, CELLS[1:2], "there")
    assert rows(read_sonata(path, "there")) == CELLS[1:2]
    listed = ":\n  - here\n  - there"
    assert f"{path}: several populations" in message(lambda: read_sonata(path))
    assert message(lambda: read_sonata(path)).endswith(f"with sonata_population{listed}")
    unknown = message(lambda: read_sonata(path, "nowhere"))
    assert unknown == f"{path}: no population 'nowhere'; there are{listed}"


def test_file_without_population(tmp_path: Path) -> None:
    path = tmp_path / "nodes.h5"
    with h5py.File(path, "w") as file:
        file.create_group("nodes")
    assert message(lambda: read_sonata(path)) == f"{path}: no population in it"
    assert message(lambda: read_sonata(path, "x")) == f"{path}: no population in it"
    with h5py.File(path, "w") as file:
        file.create_group("edges")
    assert message(lambda: read_sonata(path)) == f"{path}: nodes is missing"


def test_several_groups_of_a_population_are_refused(tmp_path: Path) -> None:
    path = write_sonata(tmp_path / "nodes.h5", CELLS)
    with h5py.File(path, "a") as file:
        file.create_group("nodes/cells/1")
    assert message(lambda: read_sonata(path)) == (
        f"{path}: population 'cells' has several node groups (0, 1), expected one"
    )


NODE_TYPES = (
    "node_type_id pop_name   mtype etype layer morphology model\n"
    '104 "a b" L5_LBC cNAC 5 m.swc NULL\n'
    "100 x L5_TPC:A cADpyr 5 z.swc NULL\n\n"
    "7 x L6_BP 'not used' 6 a.swc NULL\n"
)


def typed_nodes(folder: Path, missing: Sequence[str], ids: Sequence[int]) -> tuple[Path, Path]:
    """SONATA nodes without some attributes, and a file of node types."""
    nodes, types = folder / "nodes.h5", folder / "node_types.csv"
    write_sonata(nodes, CELLS[: len(ids)])
    with h5py.File(nodes, "a") as file:
        for name in missing:
            del file[f"nodes/cells/0/{name}"], file[f"nodes/cells/0/@library/{name}"]
        file["nodes/cells/node_type_id"][...] = ids
    types.write_text(NODE_TYPES.replace("'not used'", "u"))
    return nodes, types


@pytest.mark.usefixtures("block")
def test_attributes_may_be_those_of_the_node_types(tmp_path: Path) -> None:
    nodes, types = typed_nodes(tmp_path, NAMES, [104, 100, 104])
    found = [("5", "L5_LBC", "cNAC", "m"), ("5", "L5_TPC:A", "cADpyr", "z")]
    assert rows(read_sonata(nodes, None, types)) == found


def test_what_the_nodes_have_counts_more_than_their_types(tmp_path: Path) -> None:
    """The first two CELLS are TPC:A z and LBC m, in layer 5."""
    nodes, types = typed_nodes(tmp_path, ["mtype", "etype"], [104, 100])
    found = [("5", "L5_LBC", "cNAC", "z"), ("5", "L5_TPC:A", "cADpyr", "m")]
    assert rows(read_sonata(nodes, None, types)) == found
    table = read_circuit("sonata_nodes_path", nodes, None, types)
    assert rows(table) == found


def test_missing_attributes_are_listed_with_the_key_of_node_types(tmp_path: Path) -> None:
    nodes, types = typed_nodes(tmp_path, ["etype", "layer"], [104, 100])
    missing = ["nodes/cells/0/layer is missing", "nodes/cells/0/etype is missing"]
    without = message(lambda: read_sonata(nodes))
    assert all(f"  - {each}" in without for each in missing)
    assert "set sonata_node_types_path" in without
    types.write_text("node_type_id layer model_type\n104 5 biophysical\n100 5 biophysical\n")
    given = message(lambda: read_sonata(nodes, None, types))
    assert missing[0] not in given
    assert missing[1] in given
    assert "the node types have the columns layer, model_type" in given
    nodes.unlink()
    nodes, _ = typed_nodes(tmp_path, ["etype", "layer"], [-1, -1])  # no node types
    without = message(lambda: read_sonata(nodes))
    assert all(f"  - {each}" in without for each in missing)
    assert "node_types" not in without


def test_cell_of_an_unknown_node_type_is_named(tmp_path: Path) -> None:
    nodes, types = typed_nodes(tmp_path, ["etype"], [104, 105, 100])
    found = message(lambda: read_sonata(nodes, None, types))
    assert "nodes/cells/node_type_id: cell 1 has the node type 105" in found


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ("", "the columns are ''"),
        ("id mtype\n1 a\n", "the columns are 'id mtype', expected node_type_id"),
        ("node_type_id,mtype\n1,a\n", "separated by blanks"),
        ("node_type_id mtype\nx a\n", "line 2: node_type_id is 'x', expected a whole number"),
        ("node_type_id mtype\n1 a\n1 b\n", "line 3: node_type_id is '1', expected a whole number"),
        ("node_type_id mtype\n1 a b\n", "line 2: 3 values, expected 2"),
    ],
)
def test_node_types_that_cannot_be_used(content: str, problem: str, tmp_path: Path) -> None:
    nodes, types = typed_nodes(tmp_path, ["mtype"], [1, 1])
    types.write_text(content)
    found = message(lambda: read_sonata(nodes, None, types))
    assert found.startswith(f"node types: {types}:")
    assert problem in found


# ---- files that cannot be used --------------------------------------------------------------

Read = Callable[[Path], object]
Spoil = Callable[[h5py.Group, h5py.Group], object]


@pytest.fixture(params=["mvd3", "SONATA"])
def made(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[Path, Read, str, str]:
    """A circuit file, its reader, and the groups of its cells and labels."""
    if request.param == "mvd3":
        return write_mvd3(tmp_path / "c.mvd3", CELLS), read_mvd3, "cells/properties", "library"
    path = write_sonata(tmp_path / "nodes.h5", CELLS)
    return path, read_sonata, "nodes/cells/0", "nodes/cells/0/@library"


def replaced(group: h5py.Group, name: str, data: object, **options: object) -> None:
    del group[name]
    group.create_dataset(name, data=data, **options)


def set_index(group: h5py.Group, name: str, cell: int, index: int) -> None:
    indices = group[name][()].astype("i8")
    indices[cell] = index
    replaced(group, name, indices)


def linked(group: h5py.Group, name: str, link: object) -> None:
    del group[name]
    group[name] = link


def unwritten(group: h5py.Group, name: str, length: int, dtype: object = "u4") -> None:
    """A dataset that claims to be large, in a small file."""
    del group[name]
    group.create_dataset(name, (length,), dtype, chunks=(1000,), compression="gzip")


BAD: dict[str, tuple[Spoil, str]] = {
    "missing values": (
        lambda cells, labels: cells.__delitem__("etype"),
        "{cells}/etype is missing",
    ),
    "a group": (
        lambda cells, labels: linked(cells, "etype", cells.file.create_group("g")),
        "{cells}/etype is a gr",
    ),
    "floats": (
        lambda cells, labels: replaced(cells, "etype", np.zeros(7)),
        "{cells}/etype holds values of the type float64, expected integers",
    ),
    "truth values": (
        lambda cells, labels: replaced(cells, "etype", np.zeros(7, bool)),
        "of the type bool",
    ),
    "compound": (
        lambda cells, labels: replaced(cells, "etype", np.zeros(7, "i4,i4")),
        "{cells}/etype holds",
    ),
    "references": (
        lambda cells, labels: replaced(cells, "etype", [cells.ref] * 7, dtype=h5py.ref_dtype),
        "{cells}/etype holds values of the type object",
    ),
    "texts as indices": (
        lambda cells, labels: replaced(cells, "etype", ["e"] * 7, dtype=TEXT),
        "{cells}/etype holds texts, expected integers",
    ),
    "float layers": (
        lambda cells, labels: (labels.__delitem__("layer"), replaced(cells, "layer", np.ones(7))),
        "{cells}/layer holds values of the type float64, expected integers or texts",
    ),
    "numbers as labels": (
        lambda cells, labels: replaced(labels, "mtype", [1, 2, 3]),
        "{library}/mtype holds integers, expected texts",
    ),
    "a table": (
        lambda cells, labels: replaced(cells, "etype", np.zeros((7, 1), int)),
        "has the shape (7, 1)",
    ),
    "a single value": (
        lambda cells, labels: replaced(cells, "etype", 1),
        "{cells}/etype has the shape ()",
    ),
    "nothing": (
        lambda cells, labels: replaced(cells, "etype", h5py.Empty("u2")),
        "{cells}/etype has the shape None",
    ),
    "no label": (
        lambda cells, labels: replaced(labels, "mtype", [], dtype=TEXT),
        "{library}/mtype has 0 values, expected 1 to 5,000,000",
    ),
    "index too large": (
        lambda cells, labels: set_index(cells, "morphology", 4, 4),
        "{cells}/morphology: cell 4 has the index 4, expected 0 to 3 (there are 4 labels)",
    ),
    "index beyond 32 bits": (
        lambda cells, labels: set_index(cells, "etype", 0, 2**32 + 1),
        "index 4294967297",
    ),
    "negative index": (
        lambda cells, labels: set_index(cells, "mtype", 6, -1),
        "{cells}/mtype: cell 6 has the index -1, expected 0 to 3",
    ),
    "a thousand billion cells": (
        lambda cells, labels: unwritten(cells, "etype", 10**12),
        "{cells}/etype has 1,000,000,000,000 values, expected 1 to 200,000,000",
    ),
    "a thousand billion labels": (
        lambda cells, labels: unwritten(labels, "etype", 10**12, TEXT),
        "{library}/etype has 1,000,000,000,000 values, expected 1 to 5,000,000",
    ),
}


@pytest.mark.parametrize("case", BAD)
def test_what_cannot_be_used_is_named(case: str, made: tuple[Path, Read, str, str]) -> None:
    path, read, in_cells, in_library = made
    spoil, expected = BAD[case]
    with h5py.File(path, "a") as file:
        spoil(file[in_cells], file[in_library])
    said = message(lambda: read(path))
    assert str(path) in said
    assert expected.format(cells=in_cells, library=in_library) in said


def test_all_that_is_missing_is_named_together(made: tuple[Path, Read, str, str]) -> None:
    path, read, in_cells, _ = made
    with h5py.File(path, "a") as file:
        del file[in_cells]["etype"], file[in_cells]["morphology"]
        replaced(file[in_cells], "mtype", np.zeros(7))
    said = message(lambda: read(path))
    assert said.splitlines()[1:] == [
        f"  - {in_cells}/mtype holds values of the type float64, expected integers",
        f"  - {in_cells}/etype is missing",
        f"  - {in_cells}/morphology is missing",
    ]


def test_lists_of_different_lengths(made: tuple[Path, Read, str, str]) -> None:
    path, read, in_cells, _ = made
    with h5py.File(path, "a") as file:
        replaced(file[in_cells], "etype", [1, 1])
    lengths = {
        read_mvd3: "different lengths: layer 7, mtype 7, etype 2, morphology 7",
        read_sonata: "0/etype has 2 values, expected 7, as node_type_id",
    }
    assert lengths[read] in message(lambda: read(path))


def test_labels_that_cannot_be_used_are_all_named(made: tuple[Path, Read, str, str]) -> None:
    """Those that no cell has need not be usable."""
    path, read, in_cells, in_library = made
    with h5py.File(path, "a") as file:
        labels = [b"no cell has it", b"../z", b"", b"a b"]
        replaced(file[in_library], "morphology", labels, dtype=TEXT)
    lines = message(lambda: read(path)).splitlines()[1:]
    assert [line.split(" cannot")[0] for line in lines] == [
        f"  - {in_cells}/morphology: morphology name {label!r}" for label in ("../z", "", "a b")
    ]


def test_labels_that_are_not_utf8(made: tuple[Path, Read, str, str]) -> None:
    path, read, _, in_library = made
    with h5py.File(path, "a") as file:
        replaced(file[in_library], "morphology", [b"x", b"\xff\xfe", b"y", b"z"], dtype="S2")
    assert "utf-8" in message(lambda: read(path)).lower()


def test_circuit_without_cells(tmp_path: Path) -> None:
    path = write_mvd3(tmp_path / "c.mvd3", CELLS)
    with h5py.File(path, "a") as file:
        for name in NAMES:
            replaced(file["cells/properties"], name, np.zeros(0, "u2"))
    assert "cells/properties/etype has 0 values" in message(lambda: read_mvd3(path))
    path = write_sonata(tmp_path / "nodes.h5", CELLS)
    with h5py.File(path, "a") as file:
        replaced(file["nodes/cells"], "node_type_id", np.zeros(0, "i8"))
    assert "nodes/cells/node_type_id has 0 values" in message(lambda: read_sonata(path))


def test_mvd3_without_its_groups_says_so_once(tmp_path: Path) -> None:
    path = tmp_path / "c.mvd3"
    with h5py.File(path, "w") as file:
        file.create_group("edges")
    assert message(lambda: read_mvd3(path)).splitlines()[1:] == ["  - cells is missing"]


# ---- in a process of its own ----------------------------------------------------------------


def test_mtype_and_subtype_are_told_apart(tmp_path: Path) -> None:
    table = read_circuit("circuitmvd3_path", write_mvd3(tmp_path / "c.mvd3", CELLS))
    assert rows(table) == DISTINCT
    assert list(table["mtype"]) == ["L5_TPC", "L5_LBC", "L5_LBC", "L5_LBC", "L6_BP"]
    assert list(table["msubtype"]) == ["A", "", "", "", ""]
    sonata = read_circuit("sonata_nodes_path", write_sonata(tmp_path / "n.h5", CELLS), "cells")
    assert sonata.to_dict("list") == table.to_dict("list")


def test_table_for_batch_jobs_belongs_to_the_file_and_its_options(tmp_path: Path) -> None:
    kept = tmp_path / "results" / "cells.parquet"
    nodes = write_sonata(tmp_path / "n.h5", CELLS)
    source = ("sonata_nodes_path", nodes, "cells", None)
    assert kept_cells(kept, *source) is None
    cells = read_circuit(*source)
    keep_cells(cells, kept, *source)
    pd.testing.assert_frame_equal(kept_cells(kept, *source), cells)
    assert kept_cells(kept, "sonata_nodes_path", nodes, None, None) is None
    assert kept_cells(kept, "sonata_nodes_path", nodes, "cells", tmp_path / "types.csv") is None
    os.utime(nodes, ns=(0, 1))  # another file in its place
    assert kept_cells(kept, *source) is None
    nodes.unlink()
    assert kept_cells(kept, *source) is None


@pytest.mark.parametrize("options", [("circuitmvd3_path",), ("sonata_nodes_path", None)])
def test_file_that_is_none_is_one_message_and_nothing_else(
    options: tuple[str | None, ...], tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    key, *options = options
    path = tmp_path / "circuit.h5"
    read = lambda: read_circuit(key, path, *options)  # noqa: E731
    assert message(read) == f"circuit: file not found: {path}"
    path.mkdir()
    assert message(read) == f"circuit: file not found: {path}"
    path.rmdir()
    path.write_text("<xml/>")
    assert message(read) == f"circuit: {path} is not an HDF5 file"
    write_mvd3(path, CELLS)
    path.write_bytes(path.read_bytes()[:3000])
    assert f"circuit: {path} cannot be opened: " in message(read)
    assert "truncated" in message(read)
    assert capfd.readouterr() == ("", "")


def test_crash_hang_and_greed_are_one_message(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The child is told to run something else than a reader."""
    from megate.inputs import circuit

    path = tmp_path / "c.mvd3"

    def run(code: str, timeout_s: float = 60, memory_mb: float = 900, cpu_s: float = 50) -> str:
        module = tmp_path / "fake_reader.py"
        module.write_text(f"def read(key, path, options):\n    {code}\n")
        child = circuit.run_in_child
        with monkeypatch.context() as patch:
            patch.setenv("PYTHONPATH", str(tmp_path))
            limits = circuit.Limits(timeout_s, memory_mb, cpu_s)
            patch.setattr(circuit, "limits_for", lambda _: limits)
            patch.setattr(
                circuit, "run_in_child", lambda _, *rest: child("fake_reader:read", *rest)
            )
            return message(lambda: read_circuit("circuitmvd3_path", path))

    start = f"circuit: {path} cannot be read: "
    assert (
        run("import os; os.kill(os.getpid(), 11)", timeout_s=60, memory_mb=900)
        == start + "the HDF5 library crashed on it"
    )
    waits = run("import time; time.sleep(60)", timeout_s=0.1)
    assert waits == start + "it was not read in 50 s of CPU time (0.1 s in all)"
    loops = run("while True: pass", cpu_s=1)
    assert loops == start + "it was not read in 1 s of CPU time (60 s in all)"
    greedy = run("import time; x = bytearray(9**9); time.sleep(60)", memory_mb=200)
    assert greedy == start + "reading it took more than 200 MB of memory"
    assert run("raise OSError('Can\\'t read data')") == start + "OSError: Can't read data"
