"""etype_map: which e-model stands for which types."""

import json
from pathlib import Path
from typing import Any

import pytest

from megate.core.errors import MegateError
from megate.inputs.etype_map import MapEntry, read_etype_map


def write(folder: Path, content: Any) -> Path:
    path = folder / "emodel_etype_map.json"
    path.write_text(json.dumps(content), encoding="utf-8")
    return path


def entry(**changes: Any) -> dict[str, Any]:
    return {"mm_recipe": "cADpyr", "etype": "cADpyr", "layer": ["5"]} | changes


def test_entries_in_the_files_order(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        {
            "z_legacy": entry(
                mm_recipe="z", layer=["4", 5, "str1"], mtype="L5_.*", morph_name="C06"
            ),
            "a": {"mm_recipe": "a", "layer": ["1"]},
        },
    )
    assert read_etype_map(path) == [
        MapEntry("z_legacy", "z", ("4", "5", "str1"), "cADpyr", "L5_.*", "C06"),
        MapEntry("a", "a", ("1",), ".*", ".*", ".*"),
    ]


def test_regions_stand_beside_layers_or_in_their_place(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        {
            "a": {"mm_recipe": "a", "region": ["VPL", "Rt"]},
            "b": {"mm_recipe": "b", "region": ["Rt"], "layer": [5]},
        },
    )
    assert read_etype_map(path) == [
        MapEntry("a", "a", ("VPL", "Rt")),
        MapEntry("b", "b", ("5", "Rt")),
    ]


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (entry(region="VPL"), "region is 'VPL', expected a list"),
        (entry(region=["VPL", None]), "region has None, expected a name"),
        (entry(region=["mc0;Rt"]), "region 'mc0;Rt' cannot be used"),
        ("text", "expected an object"),
        (None, "expected an object"),
        (["a"], "expected an object"),
        ({"layer": ["5"]}, "'mm_recipe' is missing"),
        ({"mm_recipe": "a"}, "'layer' is missing"),
        (entry(etpye="x"), "unknown key 'etpye'"),
        (entry(layer="5"), "layer is '5', expected a list"),
        (entry(layer=5), "layer is 5, expected a list"),
        (entry(layer=[]), "layer is [], expected a list"),
        (entry(layer=None), "layer is None, expected a list"),
        (entry(layer=[["5"]]), "['5']"),
        (entry(etype="("), "etype '(' is not a valid regular expression"),
        (entry(mtype="*"), "mtype '*' is not a valid regular expression"),
        (entry(morph_name="[a"), "morph_name '[a' is not a valid regular expression"),
        (entry(etype=None), "etype None is not a valid regular expression"),
        (entry(etype=5), "etype 5 is not a valid regular expression"),
        (entry(etype=["a"]), "etype ['a'] is not a valid regular expression"),
        (entry(mm_recipe="5PC"), "mm_recipe: e-model name '5PC'"),
        (entry(mm_recipe=5), "mm_recipe: e-model name '5'"),
        (entry(mm_recipe=None), "mm_recipe"),
        (entry(mm_recipe=True), "mm_recipe"),
        (entry(layer=["5", None]), "None"),
        (entry(layer=[True]), "True"),
    ],
)
def test_unusable_entry_is_named(value: Any, message: str, tmp_path: Path) -> None:
    path = write(tmp_path, {"the_emodel": value})
    with pytest.raises(MegateError) as caught:
        read_etype_map(path)
    assert str(path) in str(caught.value)
    assert "the_emodel" in str(caught.value)
    assert message in str(caught.value)


def test_unusable_entries_are_all_named(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        {"a": entry(etype="("), "b": entry(mm_recipe="b"), "c": {"layer": ["1"]}, "d e": entry()},
    )
    with pytest.raises(MegateError) as caught:
        read_etype_map(path)
    lines = str(caught.value).splitlines()
    assert [line[:5] for line in lines[1:]] == ["  - a", "  - c", "  - k"]
    assert "'d e'" in lines[3]


def test_all_that_is_wrong_with_an_entry_is_said(tmp_path: Path) -> None:
    wrong = entry(layer=[None, "a b"], mm_recipe="5", etype="(", mtype="a{99999999999}", x=1)
    with pytest.raises(MegateError) as caught:
        read_etype_map(write(tmp_path, {"e": wrong}))
    starts = [
        "unknown key 'x'",
        "mm_recipe: ",
        "layer has None",
        "layer 'a b'",
        "etype '('",
        "mtype 'a{",
    ]
    lines = str(caught.value).splitlines()[1:]
    assert [
        line.removeprefix("  - e: ")[: len(s)] for line, s in zip(lines, starts, strict=True)
    ] == starts


def test_two_entries_with_one_mm_recipe_are_refused(tmp_path: Path) -> None:
    path = write(tmp_path, {"a": entry(), "b": entry(), "c": entry(mm_recipe="c")})
    with pytest.raises(MegateError, match="a and b have the same mm_recipe 'cADpyr'"):
        read_etype_map(path)


def test_empty_map_is_refused(tmp_path: Path) -> None:
    with pytest.raises(MegateError, match=r"emodel_etype_map\.json holds no e-model"):
        read_etype_map(write(tmp_path, {}))


@pytest.mark.parametrize("content", [[], None, "text", [{"a": 1}]])
def test_other_than_an_object_is_refused(content: Any, tmp_path: Path) -> None:
    with pytest.raises(MegateError, match="expected a JSON object"):
        read_etype_map(write(tmp_path, content))


def test_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(MegateError, match=r"e-model e-type map: file not found: .*/map\.json"):
        read_etype_map(tmp_path / "map.json")
