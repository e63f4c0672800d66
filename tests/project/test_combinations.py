"""combos: recipe x neuronDB x e-type map, exemplar rows, jobs. Every expected row is written by
hand, from the rules."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import Any

import pandas as pd
import pyarrow as pa
import pytest
from tables import with_none

from megate.core.errors import MegateError
from megate.emodels.exemplar import Exemplar, find_exemplar
from megate.inputs.etype_map import MapEntry
from megate.inputs.final_json import FinalEmodel
from megate.morphologies.release import MorphologyDirectory, MorphologyRelease
from megate.project import combinations as combining
from megate.project.combinations import (
    SCHEMA,
    assemble,
    exemplar_rows,
    join_recipe,
    locate,
)
from megate.project.jobs import Job, Jobs

Row = tuple[Any, ...]


def recipe(*rows: Row) -> pd.DataFrame:
    """Rows: layer, fullmtype, etype."""
    return pd.DataFrame(rows, columns=["layer", "fullmtype", "etype"])


def neurondb(*rows: Row) -> pd.DataFrame:
    """Rows: morphology, full m-type, layer."""
    records = [
        (name, fullmtype, mtype, msubtype, layer)
        for name, fullmtype, layer in rows
        for mtype, _, msubtype in [fullmtype.partition(":")]
    ]
    columns = ["morph_name", "fullmtype", "mtype", "msubtype", "layer"]
    return pd.DataFrame(records, columns=columns)


def combine(
    recipe: pd.DataFrame, neurondb: pd.DataFrame, etype_map: Sequence[MapEntry]
) -> tuple[pd.DataFrame, list[MapEntry]]:
    typed, left_out = join_recipe(recipe, neurondb)
    assert left_out == []
    return combining.combine(typed, etype_map)


def entry(name: str, layers: Sequence[str] = ("5",), **patterns: str) -> MapEntry:
    return MapEntry(f"{name}_legacy", name, tuple(layers), **patterns)


def rows(table: pd.DataFrame, *columns: str) -> list[Row]:
    return list(table[list(columns)].itertuples(index=False, name=None))


def combined(table: pd.DataFrame) -> list[Row]:
    return rows(table, "morph_name", "layer", "fullmtype", "etype", "emodel")


# ---- the join ------------------------------------------------------------------------------


def test_columns_of_a_combination() -> None:
    table, in_use = combine(
        recipe(("5", "L5_TPC:A", "cADpyr")), neurondb(("m", "L5_TPC:A", "5")), [entry("pyr")]
    )
    assert table.to_dict("records") == [
        {
            "morph_name": "m",
            "fullmtype": "L5_TPC:A",
            "mtype": "L5_TPC",
            "msubtype": "A",
            "layer": "5",
            "etype": "cADpyr",
            "emodel": "pyr",
            "original_emodel": "pyr_legacy",
        }
    ]
    assert in_use == [entry("pyr")]


def test_neurondb_joins_the_recipe_on_layer_and_full_mtype() -> None:
    """Neither the layer nor the m-type alone will do, and a subtype is part of the type."""
    table, _ = combine(
        recipe(
            ("4", "L4_TPC", "bAC"),
            ("5", "L5_TPC:A", "cADpyr"),
            ("5", "L5_TPC:B", "cNAC"),
            ("6", "L5_TPC:A", "dNAC"),
        ),
        neurondb(("m", "L5_TPC:A", "5"), ("n", "L5_TPC:A", "6"), ("o", "L5_TPC:B", "5")),
        [entry("any", ["4", "5", "6"])],
    )
    assert combined(table) == [
        ("m", "5", "L5_TPC:A", "cADpyr", "any"),
        ("n", "6", "L5_TPC:A", "dNAC", "any"),
        ("o", "5", "L5_TPC:B", "cNAC", "any"),
    ]


def test_the_result_joins_the_map_on_layer_mtype_and_etype() -> None:
    table, in_use = combine(
        recipe(
            ("5", "L5_TPC:A", "cADpyr"),
            ("5", "L5_LBC", "cNAC"),
            ("5", "L5_LBC", "dNAC"),
            ("6", "L5_LBC", "cNAC"),
        ),
        neurondb(("m", "L5_LBC", "5"), ("n", "L5_LBC", "6"), ("o", "L5_TPC:A", "5")),
        [
            entry("other_layer", ["1", "2"]),
            entry("c", ["5", "6"], etype="cNAC", mtype="L5_LBC"),
            entry("d", ["5", "6"], etype="dNAC", mtype="L5_LBC"),
            entry("pyr", ["5"], etype="cADpyr", mtype="L5_TPC:A"),
            entry("other_etype", ["5"], etype="bAC"),
            entry("other_mtype", ["5"], mtype="L5_BPC"),
        ],
    )
    assert combined(table) == [
        ("m", "5", "L5_LBC", "cNAC", "c"),
        ("m", "5", "L5_LBC", "dNAC", "d"),
        ("n", "6", "L5_LBC", "cNAC", "c"),
        ("o", "5", "L5_TPC:A", "cADpyr", "pyr"),
    ]
    assert [used.emodel for used in in_use] == ["c", "d", "pyr"]


@pytest.mark.parametrize(
    ("pattern", "matches"),
    [
        (".*", True),
        ("cADpyr", True),
        ("cAD.*", True),
        ("cAD|cADpyr", True),
        ("cADpyr$", True),
        ("^cADpyr", True),
        ("cAD", False),
        ("ADpyr", False),
        (".ADpy", False),
        ("cadpyr", False),
        ("", False),
    ],
)
@pytest.mark.parametrize("key", ["etype", "mtype"])
def test_etype_and_mtype_must_match_fully(key: str, pattern: str, matches: bool) -> None:
    """m-type and e-type are the same text here, so the same patterns serve for both."""
    table, _ = combine(
        recipe(("5", "cADpyr", "cADpyr")),
        neurondb(("m", "cADpyr", "5")),
        [entry("catchall"), entry("tested", **{key: pattern})],
    )
    assert list(table["emodel"]) == (["catchall", "tested"] if matches else ["catchall"])


def test_mtype_is_matched_with_its_subtype() -> None:
    table, _ = combine(
        recipe(("5", "L5_TPC:A", "e"), ("5", "L5_TPC", "e")),
        neurondb(("m", "L5_TPC:A", "5"), ("n", "L5_TPC", "5")),
        [
            entry("without", mtype="L5_TPC"),
            entry("with", mtype="L5_TPC:A"),
            entry("either", mtype="L5_TPC(:A)?"),
        ],
    )
    assert rows(table, "morph_name", "emodel") == [
        ("m", "with"),
        ("m", "either"),
        ("n", "without"),
        ("n", "either"),
    ]


@pytest.mark.parametrize(
    ("pattern", "kept"),
    [
        (".*", ["C060110A2", "C060114A5", "xC060110A2"]),
        ("", ["C060110A2", "C060114A5", "xC060110A2"]),
        ("C06", ["C060110A2", "C060114A5"]),
        ("C0601.0", ["C060110A2"]),
        (".*A5", ["C060114A5"]),
        ("C060110A2$|x", ["C060110A2", "xC060110A2"]),
        ("C060110A$|x", ["xC060110A2"]),
    ],
)
def test_morph_name_must_match_at_its_start(pattern: str, kept: list[str]) -> None:
    names = ["C060110A2", "C060114A5", "xC060110A2"]
    table, _ = combine(
        recipe(("5", "t", "e")),
        neurondb(*((name, "t", "5") for name in names)),
        [entry("a", morph_name=pattern)],
    )
    assert list(table["morph_name"]) == kept
    assert list(table.index) == list(range(len(kept)))


def test_order_is_neurondbs_then_the_recipes_then_the_maps() -> None:
    table, _ = combine(
        recipe(("5", "t", "z"), ("1", "u", "a"), ("5", "t", "a")),
        neurondb(("n", "t", "5"), ("b", "u", "1"), ("a", "t", "5")),
        [entry("second", ["5", "1"]), entry("first", ["1", "5"])],
    )
    assert combined(table) == [
        ("n", "5", "t", "z", "second"),
        ("n", "5", "t", "z", "first"),
        ("n", "5", "t", "a", "second"),
        ("n", "5", "t", "a", "first"),
        ("b", "1", "u", "a", "second"),
        ("b", "1", "u", "a", "first"),
        ("a", "5", "t", "z", "second"),
        ("a", "5", "t", "z", "first"),
        ("a", "5", "t", "a", "second"),
        ("a", "5", "t", "a", "first"),
    ]


def test_layers_are_texts() -> None:
    """'5' is not '05', and a layer need not be a number."""
    table, in_use = combine(
        recipe(("5", "t", "e"), ("str1", "t", "e"), ("05", "t", "f")),
        neurondb(("m", "t", "5"), ("n", "t", "str1"), ("o", "t", "05")),
        [entry("number", ["5"]), entry("text", ["str1"]), entry("zero", ["05"])],
    )
    assert combined(table) == [
        ("m", "5", "t", "e", "number"),
        ("n", "str1", "t", "e", "text"),
        ("o", "05", "t", "f", "zero"),
    ]
    assert len(in_use) == 3


def test_a_layer_that_an_entry_has_twice_counts_once() -> None:
    table, _ = combine(recipe(("5", "t", "e")), neurondb(("m", "t", "5")), [entry("a", ["5", "5"])])
    assert len(table) == 1


def test_a_morphology_of_two_types_has_combinations_of_both() -> None:
    table, _ = combine(
        recipe(("5", "t", "e"), ("6", "t", "e")),
        neurondb(("m", "t", "5"), ("m", "t", "6")),
        [entry("a", ["5", "6"])],
    )
    assert rows(table, "morph_name", "layer") == [("m", "5"), ("m", "6")]


def test_recipe_rows_without_morphology_have_no_combinations() -> None:
    """Nor do they need an e-model."""
    table, in_use = combine(
        recipe(("5", "t", "e"), ("1", "nobody", "none")),
        neurondb(("m", "t", "5")),
        [entry("a"), entry("b", ["1"], etype="other")],
    )
    assert combined(table) == [("m", "5", "t", "e", "a")]
    assert in_use == [entry("a")]


# ---- what is missing -----------------------------------------------------------------------


@pytest.mark.parametrize("count", [1, 3, 60])
def test_morphologies_without_recipe_row_are_all_listed(count: int) -> None:
    with pytest.raises(MegateError) as caught:
        combine(
            recipe(("5", "t", "e")),
            neurondb(
                ("fine", "t", "5"),
                ("other_layer", "t", "6"),
                *((f"m{number}", "t:A", "5") for number in range(count)),
            ),
            [entry("a")],
        )
    lines = str(caught.value).splitlines()[1:]
    assert lines == [
        "  - other_layer: layer '6', m-type 't'",
        *(f"  - m{number}: layer '5', m-type 't:A'" for number in range(count)),
    ]


@pytest.mark.parametrize("count", [1, 3, 60])
def test_morphologies_without_recipe_row_can_be_left_out(count: int) -> None:
    typed, left_out = join_recipe(
        recipe(("5", "t", "e"), ("5", "t", "f")),
        neurondb(
            ("other_layer", "t", "6"),
            ("fine", "t", "5"),
            *((f"m{number}", "t:A", "5") for number in range(count)),
        ),
        leave_out=True,
    )
    assert rows(typed, "morph_name", "etype") == [("fine", "e"), ("fine", "f")]
    assert list(typed.index) == [0, 1]
    assert left_out == [
        "other_layer: layer '6', m-type 't'",
        *(f"m{number}: layer '5', m-type 't:A'" for number in range(count)),
    ]


def test_leaving_all_morphologies_out_is_an_error() -> None:
    with pytest.raises(MegateError, match=r"no morphology is left.*\n  - m: layer '5', m-type 'u'"):
        join_recipe(recipe(("5", "t", "e")), neurondb(("m", "u", "5")), leave_out=True)


@pytest.mark.parametrize("count", [1, 3, 60])
def test_types_without_emodel_are_all_listed_once(count: int) -> None:
    with pytest.raises(MegateError) as caught:
        combine(
            recipe(("5", "t", "e"), *(("5", "t", f"x{number}") for number in range(count))),
            neurondb(("m", "t", "5"), ("n", "t", "5")),
            [entry("a", etype="e"), entry("b", ["6"])],
        )
    lines = str(caught.value).splitlines()[1:]
    assert lines == [f"  - layer '5', m-type 't', e-type 'x{number}'" for number in range(count)]


def test_layer_is_part_of_the_type_that_needs_an_emodel() -> None:
    with pytest.raises(MegateError, match="layer '6', m-type 't', e-type 'e'") as caught:
        combine(
            recipe(("5", "t", "e"), ("6", "t", "e")),
            neurondb(("m", "t", "5"), ("n", "t", "6")),
            [entry("a")],
        )
    assert "layer '5'" not in str(caught.value)


def test_emodel_whose_combinations_morph_name_filters_is_in_use() -> None:
    """Its type has it as its e-model: that no morphology's name matches is no error."""
    table, in_use = combine(
        recipe(("5", "t", "e"), ("5", "u", "f")),
        neurondb(("m", "t", "5"), ("n", "u", "5")),
        [entry("kept", etype="e"), entry("emptied", etype="f", morph_name="x"), entry("b", ["6"])],
    )
    assert combined(table) == [("m", "5", "t", "e", "kept")]
    assert [used.emodel for used in in_use] == ["kept", "emptied"]


def test_no_combination_left_is_an_error() -> None:
    with pytest.raises(MegateError, match="no combination is left"):
        combine(recipe(("5", "t", "e")), neurondb(("m", "t", "5")), [entry("a", morph_name="x")])


# ---- exemplars -----------------------------------------------------------------------------

REP_NEURONDB = neurondb(("other", "L1_DAC", "1"), ("x", "L5_TPC:A", "5"), ("x", "L6_TPC:B", "6"))


def test_exemplar_rows() -> None:
    exemplar = Exemplar("x", Path("/unrep/x.asc"), Path("/rep/x.asc"))
    made = exemplar_rows(entry("pyr", etype="cAD.*"), exemplar, '{"f": 1.5}', REP_NEURONDB)
    same = {
        "layer": None,
        "fullmtype": "L5_TPC:A",
        "mtype": "L5_TPC",
        "msubtype": "A",
        "etype": "cAD.*",
        "morph_name": "x",
        "original_emodel": "pyr_legacy",
        "is_exemplar": True,
    }
    repaired = {"morph_path": "/rep/x.asc", "is_repaired": True, "opt_scores": None}
    unrepaired = {"morph_path": "/unrep/x.asc", "is_repaired": False, "opt_scores": '{"f": 1.5}'}
    assert made == [
        same | repaired | {"emodel": "pyr", "is_original": False},
        same | repaired | {"emodel": "pyr_legacy", "is_original": True},
        same | unrepaired | {"emodel": "pyr", "is_original": False},
        same | unrepaired | {"emodel": "pyr_legacy", "is_original": True},
    ]


def test_exemplar_rows_without_the_repaired_exemplar() -> None:
    made = exemplar_rows(
        entry("pyr"), Exemplar("x", Path("/unrep/x.asc"), None), "{}", pd.DataFrame()
    )
    assert [(row["emodel"], row["is_repaired"], row["is_original"]) for row in made] == [
        ("pyr", False, False),
        ("pyr_legacy", False, True),
    ]
    for row in made:
        assert [row[key] for key in ("layer", "fullmtype", "mtype", "msubtype")] == [None] * 4
        assert (row["etype"], row["opt_scores"]) == (".*", "{}")


def test_exemplar_that_the_repaired_neurondb_does_not_have_is_named() -> None:
    exemplar = Exemplar("gone", Path("/unrep/gone.asc"), Path("/rep/gone.asc"))
    with pytest.raises(MegateError, match="pyr_legacy: its exemplar 'gone' is not in") as caught:
        exemplar_rows(entry("pyr"), exemplar, "{}", REP_NEURONDB)
    assert "skip_repaired_exemplar" in str(caught.value)


def final(morph_path: str) -> FinalEmodel:
    return FinalEmodel({}, {}, PurePosixPath(morph_path), PurePosixPath())


@pytest.fixture
def folders(tmp_path: Path) -> dict[str, Path]:
    """A package, and folders for repaired and unrepaired exemplars, each with some x."""
    paths = {name: tmp_path / name for name in ("package", "rep", "unrep", "morphs")}
    for folder in (*paths.values(), paths["package"] / "sub"):
        folder.mkdir()
    for name in ("x.asc", "x.swc"):
        for folder in (paths["package"] / "sub", paths["rep"], paths["unrep"], paths["morphs"]):
            (folder / name).touch()
    return paths


@pytest.mark.parametrize("extension", ["asc", "swc"])
@pytest.mark.parametrize("unrep", [True, False])
@pytest.mark.parametrize("skip_repaired", [True, False])
def test_where_exemplars_are(
    skip_repaired: bool, unrep: bool, extension: str, folders: dict[str, Path]
) -> None:
    """The extension is final.json's; unrepaired ones lie in unrep_morph_path, whatever folder
    final.json names, or inside the package."""
    exemplar = find_exemplar(
        entry("pyr"),
        final(f"sub/x.{extension}"),
        folders["package"],
        MorphologyRelease(folders["rep"]),
        MorphologyDirectory(folders["unrep"]) if unrep else None,
        skip_repaired,
    )
    file = f"x.{extension}"
    assert exemplar == Exemplar(
        "x",
        folders["unrep"] / file if unrep else folders["package"] / "sub" / file,
        None if skip_repaired else folders["rep"] / file,
    )


@pytest.mark.parametrize("kind", ["unrepaired", "repaired"])
def test_missing_exemplar_is_named(kind: str, folders: dict[str, Path]) -> None:
    path = folders["unrep" if kind == "unrepaired" else "rep"] / "x.asc"
    path.unlink()
    with pytest.raises(MegateError) as caught:
        find_exemplar(
            entry("pyr"),
            final("sub/x.asc"),
            folders["package"],
            MorphologyRelease(folders["rep"]),
            MorphologyDirectory(folders["unrep"]),
            False,
        )
    assert f"pyr_legacy: {kind} exemplar not found: {path}" in str(caught.value)


def test_a_repaired_exemplar_is_in_the_folder_of_its_extension(folders: dict[str, Path]) -> None:
    rep = MorphologyRelease({"asc": folders["rep"], "swc": folders["morphs"]})
    for extension, folder in (("asc", "rep"), ("swc", "morphs")):
        exemplar = find_exemplar(
            entry("pyr"), final(f"sub/x.{extension}"), folders["package"], rep, None, False
        )
        assert exemplar.repaired == folders[folder] / f"x.{extension}"
    with pytest.raises(MegateError, match=r"'sub/x\.h5': rep_morph_path: no folder is given for"):
        find_exemplar(entry("pyr"), final("sub/x.h5"), folders["package"], rep, None, False)


def test_missing_repaired_exemplar_may_be_skipped(folders: dict[str, Path]) -> None:
    (folders["rep"] / "x.asc").unlink()
    rep = MorphologyRelease(folders["rep"])
    exemplar = find_exemplar(entry("pyr"), final("sub/x.asc"), folders["package"], rep, None, True)
    assert exemplar.repaired is None


@pytest.mark.parametrize("morph_path", ["/tmp/x.asc", "../unrep/x.asc", "sub/../../unrep/x.asc"])
def test_exemplar_outside_the_package_needs_unrep_morph_path(
    morph_path: str, folders: dict[str, Path]
) -> None:
    rep, unrep = MorphologyRelease(folders["rep"]), MorphologyDirectory(folders["unrep"])
    with pytest.raises(MegateError, match="leaves the e-model's directory; set unrep_morph_path"):
        find_exemplar(entry("pyr"), final(morph_path), folders["package"], rep, None, False)
    exemplar = find_exemplar(entry("pyr"), final(morph_path), folders["package"], rep, unrep, False)
    assert exemplar.unrepaired == folders["unrep"] / "x.asc"


# ---- the table and its jobs ----------------------------------------------------------------


def test_locate(tmp_path: Path) -> None:
    for name in ("m.asc", "n.swc"):
        (tmp_path / name).touch()
    table = locate(pd.DataFrame({"morph_name": ["n", "m", "n"]}), MorphologyRelease(tmp_path))
    assert list(table["morph_path"]) == [
        str(tmp_path / "n.swc"),
        str(tmp_path / "m.asc"),
        str(tmp_path / "n.swc"),
    ]


def test_morphologies_without_file_are_all_named_once(tmp_path: Path) -> None:
    (tmp_path / "m.asc").touch()
    with pytest.raises(MegateError) as caught:
        locate(
            pd.DataFrame({"morph_name": ["gone", "m", "lost", "gone"]}),
            MorphologyRelease(tmp_path),
        )
    assert str(tmp_path) in str(caught.value)
    assert str(caught.value).splitlines()[1:] == ["  - gone", "  - lost"]


def table_of(
    folders: Mapping[str, Path],
    morphs: Sequence[str],
    entries: Sequence[MapEntry],
    rep: str | None = "rep",
    unrep: str = "unrep",
) -> pd.DataFrame:
    """The table for `morphs` of one type and e-models that all have the exemplar x."""
    directory = MorphologyRelease(folders["morphs"])
    for name in morphs:
        (folders["morphs"] / f"{name}.asc").touch()
    combos, in_use = combine(
        recipe(("5", "L5_TPC:A", "cADpyr")),
        neurondb(*((name, "L5_TPC:A", "5") for name in morphs)),
        entries,
    )
    exemplar = Exemplar(
        "x", folders[unrep] / "x.asc", None if rep is None else folders[rep] / "x.asc"
    )
    exemplars = [
        row
        for used in in_use
        for row in exemplar_rows(used, exemplar, json.dumps({"f": 2.0}), REP_NEURONDB)
    ]
    return with_none(assemble(exemplars, locate(combos, directory), directory))


def test_exemplar_rows_come_first_then_neurondbs_order(folders: dict[str, Path]) -> None:
    table = table_of(folders, ["n", "x", "a"], [entry("pyr"), entry("b")])
    columns = ("combo", "morph_name", "emodel", "is_exemplar", "is_repaired", "is_original")
    assert rows(table, *columns) == [
        (0, "x", "pyr", True, True, False),
        (1, "x", "pyr_legacy", True, True, True),
        (2, "x", "pyr", True, False, False),
        (3, "x", "pyr_legacy", True, False, True),
        (4, "x", "b", True, True, False),
        (5, "x", "b_legacy", True, True, True),
        (6, "x", "b", True, False, False),
        (7, "x", "b_legacy", True, False, True),
        (8, "n", "pyr", False, True, False),
        (9, "n", "b", False, True, False),
        (10, "x", "pyr", False, True, False),
        (11, "x", "b", False, True, False),
        (12, "a", "pyr", False, True, False),
        (13, "a", "b", False, True, False),
    ]
    assert list(table["layer"]) == [None] * 8 + ["5"] * 6
    assert set(table["fullmtype"]) == {"L5_TPC:A"}
    scored = [None, None, '{"f": 2.0}', '{"f": 2.0}']
    assert list(table["opt_scores"]) == [*scored, *scored, *[None] * 6]


def test_table_has_the_schema(folders: dict[str, Path]) -> None:
    table = table_of(folders, ["m"], [entry("pyr")])
    assert list(table.columns) == SCHEMA.names
    assert SCHEMA.names == [
        *("combo", "layer", "fullmtype", "mtype", "msubtype", "etype", "morph_name", "morph_path"),
        *("emodel", "original_emodel", "is_exemplar", "is_repaired", "is_original"),
        *("opt_scores", "job"),
    ]
    assert pa.Table.from_pandas(table, schema=SCHEMA, preserve_index=False).num_rows == 5
    assert all(field.metadata[b"about"] for field in SCHEMA)


def test_emodels_not_in_use_have_no_rows(folders: dict[str, Path]) -> None:
    entries = [entry("pyr"), entry("other_layer", ["6"]), entry("other_etype", etype="bAC")]
    table = table_of(folders, ["m"], entries)
    assert set(table["original_emodel"]) == {"pyr_legacy"}


def test_emodel_in_use_without_combination_has_exemplar_rows(folders: dict[str, Path]) -> None:
    table = table_of(folders, ["m"], [entry("pyr"), entry("emptied", morph_name="nothing")])
    of_it = table[table["original_emodel"] == "emptied_legacy"]
    assert rows(of_it, "emodel", "is_exemplar", "job") == [
        ("emptied", True, "emptied/x@repaired"),
        ("emptied_legacy", True, "emptied/x@repaired@original"),
        ("emptied", True, "emptied/x@unrepaired"),
        ("emptied_legacy", True, "emptied/x@unrepaired@original"),
    ]


def test_jobs_of_three_files_and_two_names(folders: dict[str, Path]) -> None:
    """Release, repaired and unrepaired exemplar are three files; mm_recipe is another name."""
    table = table_of(folders, ["x", "m"], [entry("pyr")])
    assert list(table["job"]) == [
        "pyr/x@repaired",
        "pyr/x@repaired@original",
        "pyr/x@unrepaired",
        "pyr/x@unrepaired@original",
        "pyr/x",
        "pyr/m",
    ]


def test_jobs_when_the_repaired_exemplar_is_the_releases(folders: dict[str, Path]) -> None:
    table = table_of(folders, ["x", "m"], [entry("pyr")], rep="morphs")
    assert list(table["job"]) == [
        "pyr/x",
        "pyr/x@original",
        "pyr/x@unrepaired",
        "pyr/x@unrepaired@original",
        "pyr/x",
        "pyr/m",
    ]


def test_jobs_when_mm_recipe_is_the_original_name(folders: dict[str, Path]) -> None:
    same_name = MapEntry("pyr", "pyr", ("5",))
    table = table_of(folders, ["x"], [same_name])
    repaired, unrepaired = "pyr/x@repaired", "pyr/x@unrepaired"
    assert list(table["job"]) == [repaired, repaired, unrepaired, unrepaired, "pyr/x"]


def test_one_file_and_one_name_is_one_job(folders: dict[str, Path]) -> None:
    same_name = MapEntry("pyr", "pyr", ("5",))
    table = table_of(folders, ["x", "m"], [same_name], rep="morphs", unrep="morphs")
    assert list(table["job"]) == ["pyr/x"] * 5 + ["pyr/m"]
    assert list(Jobs(table, {})) == ["pyr/x", "pyr/m"]


def test_jobs_without_repaired_exemplar(folders: dict[str, Path]) -> None:
    table = table_of(folders, ["m"], [entry("pyr")], rep=None)
    assert list(table["job"]) == ["pyr/x@unrepaired", "pyr/x@unrepaired@original", "pyr/m"]
    assert rows(table.head(2), "fullmtype", "mtype", "msubtype") == [(None, None, None)] * 2


def test_a_job_is_shared_by_all_types_of_a_morphology(folders: dict[str, Path]) -> None:
    (folders["morphs"] / "m.asc").touch()
    morphs = MorphologyRelease(folders["morphs"])
    combos, _ = combine(
        recipe(("5", "t", "e"), ("5", "t", "f"), ("6", "u", "e")),
        neurondb(("m", "t", "5"), ("m", "u", "6")),
        [entry("a", ["5", "6"]), entry("b", ["5"])],
    )
    table = assemble([], locate(combos, morphs), morphs)
    assert rows(table, "layer", "etype", "job") == [
        ("5", "e", "a/m"),
        ("5", "e", "b/m"),
        ("5", "f", "a/m"),
        ("5", "f", "b/m"),
        ("6", "e", "a/m"),
    ]
    assert list(Jobs(table, {})) == ["a/m", "b/m"]


def test_two_emodels_that_have_each_others_original_name(folders: dict[str, Path]) -> None:
    """The e-model named b has a's parameters and the other way round: four different jobs."""
    crossed = [MapEntry("a", "b", ("5",)), MapEntry("b", "a", ("5",))]
    table = table_of(folders, ["m"], crossed, rep=None)
    assert rows(table, "emodel", "original_emodel", "job") == [
        ("b", "a", "b/x@unrepaired"),
        ("a", "a", "b/x@unrepaired@original"),
        ("a", "b", "a/x@unrepaired"),
        ("b", "b", "a/x@unrepaired@original"),
        ("b", "a", "b/m"),
        ("a", "b", "a/m"),
    ]
    made = Jobs(table, {})
    assert {(job.name, job.package, job.emodel, job.original_emodel) for job in made.values()} == {
        ("b/x@unrepaired", "b", "b", "a"),
        ("b/x@unrepaired@original", "b", "a", "a"),
        ("a/x@unrepaired", "a", "a", "b"),
        ("a/x@unrepaired@original", "a", "b", "b"),
        ("b/m", "b", "b", "a"),
        ("a/m", "a", "a", "b"),
    }


def test_job_names_stay_when_rows_are_added(folders: dict[str, Path]) -> None:
    """So that a shard of an earlier run stays the shard of its combination."""
    key = ["emodel", "original_emodel", "morph_path"]
    few = table_of(folders, ["m"], [entry("pyr")])
    more_morphs = table_of(folders, ["k", "x", "m", "m.1", "z"], [entry("pyr")])
    more_emodels = table_of(folders, ["m"], [entry("b"), entry("pyr"), entry("c")])
    for more in (more_morphs, more_emodels):
        both = few[[*key, "job"]].merge(more[[*key, "job"]], on=key, how="left")
        assert list(both["job_x"]) == list(both["job_y"])
        assert more.groupby(key)["job"].nunique().eq(1).all()
        assert more.groupby("job")["morph_path"].nunique().eq(1).all()


def test_job_names_of_unusual_morphologies_are_safe_and_unique(folders: dict[str, Path]) -> None:
    names = ["m@unrepaired", "m@original", "m@repaired", "m:1", "m_1", "m~1"]
    table = table_of(folders, names, [entry("pyr")])
    assert table["job"].nunique() == 4 + len(names)
    for job in table.loc[~table["is_exemplar"], "job"]:
        package, _, name = job.partition("/")
        assert package == "pyr"
        assert name.isascii()
        assert not set(name) & set("/@: ")


def test_files_that_neuron_cannot_open_are_all_named(folders: dict[str, Path]) -> None:
    """It takes no letter outside of ASCII in a path."""
    with pytest.raises(
        MegateError, match="cannot open, because their names are not ASCII"
    ) as caught:
        table_of(folders, ["m", "\u7d30\u80de", "Zellk\u00f6rper"], [entry("pyr")])
    lines = [line.strip(" -") for line in str(caught.value).splitlines()[1:]]
    assert lines == ["\u7d30\u80de", "Zellk\u00f6rper"]


def test_jobs(folders: dict[str, Path]) -> None:
    table = table_of(folders, ["m"], [entry("pyr")])
    points = {folders["morphs"]: {"m": 7, "x": 1}, folders["rep"]: {"x": 0}}
    made = Jobs(table, points)
    rep, unrep, morph = (
        folders["rep"] / "x.asc",
        folders["unrep"] / "x.asc",
        folders["morphs"] / "m.asc",
    )
    assert list(made) == list(table["job"])
    assert list(made.values()) == [
        Job("pyr/x@repaired", "pyr", "pyr", "pyr_legacy", "x", rep, 0),
        Job("pyr/x@repaired@original", "pyr", "pyr_legacy", "pyr_legacy", "x", rep, 0),
        Job("pyr/x@unrepaired", "pyr", "pyr", "pyr_legacy", "x", unrep, None),
        Job("pyr/x@unrepaired@original", "pyr", "pyr_legacy", "pyr_legacy", "x", unrep, None),
        Job("pyr/m", "pyr", "pyr", "pyr_legacy", "m", morph, 7),
    ]
