"""morphologies: a morphology's file, in one folder or one for each extension; its apical point."""

import json
from pathlib import Path
from typing import Any

import pytest

from megate.core.errors import MegateError
from megate.morphologies.release import MorphologyDirectory, MorphologyRelease


def directory(path: Path, *files: str, apical_points: Any = None) -> MorphologyDirectory:
    for file in files:
        (path / file).touch()
    if apical_points is not None:
        (path / "apical_points_isec.json").write_text(json.dumps(apical_points))
    return MorphologyDirectory(path)


def release(path: Path, *files: str) -> MorphologyRelease:
    """A release of a folder for each extension: a/ for .asc, s/ for .swc, h/ for .h5."""
    folders = {"h5": path / "h", "swc": path / "s", "asc": path / "a"}
    for folder in folders.values():
        folder.mkdir()
    for file in files:
        (path / file).touch()
    return MorphologyRelease(folders)


@pytest.mark.parametrize(
    ("files", "found"),
    [
        (["m.asc"], "m.asc"),
        (["m.swc"], "m.swc"),
        (["m.h5"], "m.h5"),
        (["m.ASC"], "m.ASC"),
        (["m.SWC"], "m.SWC"),
        (["m.H5"], "m.H5"),
        (["m.h5", "m.swc", "m.asc"], "m.asc"),
        (["m.h5", "m.swc"], "m.swc"),
        (["m.asc.bak", "xm.asc", "m.x.asc", "m.Asc", "m"], None),
        ([], None),
    ],
)
def test_a_morphologys_file(files: list[str], found: str | None, tmp_path: Path) -> None:
    expected = None if found is None else tmp_path / found
    directory(tmp_path, *files)
    assert MorphologyRelease(tmp_path).find("m") == expected


def test_a_dot_belongs_to_the_name(tmp_path: Path) -> None:
    directory(tmp_path, "lbc140503.1.asc")
    morphs = MorphologyRelease(tmp_path)
    assert morphs.find("lbc140503.1") == tmp_path / "lbc140503.1.asc"
    assert morphs.find("lbc140503") is None


@pytest.mark.parametrize(
    ("files", "found"),
    [
        (["h/m.h5", "s/m.swc", "a/m.asc"], "a/m.asc"),
        (["h/m.h5", "s/m.swc"], "s/m.swc"),
        (["h/m.h5", "s/n.swc", "a/n.asc"], "h/m.h5"),
        (["h/m.H5"], "h/m.H5"),
        (["h/m.asc", "a/m.swc", "s/m.h5"], None),  # each in the folder of another extension
    ],
)
def test_a_file_is_looked_for_in_the_folder_of_its_extension(
    files: list[str], found: str | None, tmp_path: Path
) -> None:
    expected = None if found is None else tmp_path / found
    assert release(tmp_path, *files).find("m") == expected


def test_folders_are_each_named_once_in_the_order_of_preference(tmp_path: Path) -> None:
    assert release(tmp_path).folders == [tmp_path / "a", tmp_path / "s", tmp_path / "h"]
    assert MorphologyRelease(tmp_path).folders == [tmp_path]
    same = MorphologyRelease({"h5": tmp_path / "h", "swc": tmp_path / "a", "asc": tmp_path / "a"})
    assert same.folders == [tmp_path / "a", tmp_path / "h"]


def test_each_folder_is_listed_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    morphs, listed = release(tmp_path, "a/m.asc", "h/n.h5"), []
    iterdir = Path.iterdir
    monkeypatch.setattr(Path, "iterdir", lambda path: listed.append(path.name) or iterdir(path))
    for name in ("m", "n", "o") * 10:
        morphs.find(name)
    assert sorted(listed) == ["a", "h", "s"]


def test_the_place_of_a_file(tmp_path: Path) -> None:
    assert release(tmp_path).place_of("x.1.SWC") == tmp_path / "s" / "x.1.SWC"
    assert MorphologyRelease(tmp_path).place_of("x.any") == tmp_path / "x.any"
    with pytest.raises(MegateError, match=r"no folder is given for 'x\.swc', only for asc, h5"):
        MorphologyRelease({"asc": tmp_path / "a", "h5": tmp_path / "h"}).place_of("x.swc")


def test_apical_points_are_those_of_the_first_folder_that_has_any(tmp_path: Path) -> None:
    morphs = release(tmp_path)
    (tmp_path / "s" / "apical_points_isec.json").write_text('{"m": 5}')
    (tmp_path / "h" / "apical_points_isec.json").write_text('{"m": 7}')
    assert morphs.has_apical_points
    assert morphs.apical_points == {"m": 5}
    (tmp_path / "none").mkdir()
    assert not MorphologyRelease(tmp_path / "none").has_apical_points
    assert MorphologyRelease(tmp_path / "none").apical_points == {}


def test_has(tmp_path: Path) -> None:
    morphs = directory(tmp_path, "m.asc")
    assert morphs.has("m.asc")
    assert not morphs.has("m")


def test_missing_directory_is_named(tmp_path: Path) -> None:
    with pytest.raises(MegateError, match=r"directory not found: .*/gone"):
        MorphologyRelease(tmp_path / "gone").find("m")
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
