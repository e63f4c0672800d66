"""morphologies: a morphology's file and its apical point."""

import json
from pathlib import Path
from typing import Any

import pytest

from megate.errors import MegateError
from megate.morphologies import MorphologyDirectory


def directory(path: Path, *files: str, apical_points: Any = None) -> MorphologyDirectory:
    for file in files:
        (path / file).touch()
    if apical_points is not None:
        (path / "apical_points_isec.json").write_text(json.dumps(apical_points))
    return MorphologyDirectory(path)


@pytest.mark.parametrize(
    ("files", "found"),
    [
        (["m.asc"], "m.asc"),
        (["m.swc"], "m.swc"),
        (["m.ASC"], "m.ASC"),
        (["m.SWC"], "m.SWC"),
        (["m.swc", "m.asc"], "m.asc"),
        (["m.h5", "m.asc.bak", "xm.asc", "m.x.asc"], None),
        ([], None),
    ],
)
def test_a_morphologys_file(files: list[str], found: str | None, tmp_path: Path) -> None:
    expected = None if found is None else tmp_path / found
    assert directory(tmp_path, *files).find("m") == expected


def test_a_dot_belongs_to_the_name(tmp_path: Path) -> None:
    morphs = directory(tmp_path, "lbc140503.1.asc")
    assert morphs.find("lbc140503.1") == tmp_path / "lbc140503.1.asc"
    assert morphs.find("lbc140503") is None


def test_has(tmp_path: Path) -> None:
    morphs = directory(tmp_path, "m.asc")
    assert morphs.has("m.asc")
    assert not morphs.has("m")


def test_missing_directory_is_named(tmp_path: Path) -> None:
    with pytest.raises(MegateError, match=r"directory not found: .*/gone"):
        MorphologyDirectory(tmp_path / "gone").find("m")
    with pytest.raises(MegateError, match=r"directory not found: .*/gone"):
        _ = MorphologyDirectory(tmp_path / "gone").apical_points


def test_apical_points(tmp_path: Path) -> None:
    points = {"a": 7, "b": 0, "c": None, "d": "12", "e": 3.0}
    assert directory(tmp_path, apical_points=points).apical_points == {
        "a": 7,
        "b": 0,
        "d": 12,
        "e": 3,
    }


def test_without_the_file_there_are_no_apical_points(tmp_path: Path) -> None:
    assert directory(tmp_path, "m.asc").apical_points == {}


@pytest.mark.parametrize("index", ["x", "", [7], {}, 3.7, float("nan"), float("inf"), True, "3.7"])
def test_apical_point_that_is_no_index_is_named(index: Any, tmp_path: Path) -> None:
    morphs = directory(tmp_path, apical_points={"a": 1, "the_morph": index})
    with pytest.raises(MegateError) as caught:
        _ = morphs.apical_points
    assert str(tmp_path / "apical_points_isec.json") in str(caught.value)
    assert f"'the_morph' has {index!r}" in str(caught.value)


@pytest.mark.parametrize("content", [[], ["a"], "text"])
def test_apical_points_other_than_an_object_are_refused(content: Any, tmp_path: Path) -> None:
    with pytest.raises(MegateError, match=r"apical_points_isec\.json holds .*, expected"):
        _ = directory(tmp_path, apical_points=content).apical_points


@pytest.mark.parametrize(("folder", "why"), [("a$b", "'$' in a path"), ("\u00fc", "ASCII")])
def test_a_folder_where_neuron_cannot_open_files(folder: str, why: str, tmp_path: Path) -> None:
    (tmp_path / folder).mkdir()
    with pytest.raises(MegateError, match=r"morphologies: .*: NEURON .*open") as caught:
        MorphologyDirectory(tmp_path / folder).has("m.asc")
    assert why in str(caught.value)


def test_apical_points_that_are_none_are_all_named(tmp_path: Path) -> None:
    (tmp_path / "apical_points_isec.json").write_text('{"a": 1.5, "b": 2, "c": [], "d": true}')
    with pytest.raises(MegateError) as caught:
        _ = MorphologyDirectory(tmp_path).apical_points
    lines = str(caught.value).splitlines()[1:]
    assert [line[:9] for line in lines] == ["  - 'a' h", "  - 'c' h", "  - 'd' h"]
