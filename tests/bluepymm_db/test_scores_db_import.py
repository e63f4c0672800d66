"""The configuration of an import, and the hoc files that are imported."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from loading import Load, message_of

from megate.bluepymm_db.import_scores import copy_hoc, hoc_names
from megate.config.config import Config
from megate.core.errors import MegateError

RULES = [{"features": [".*"], "megate_threshold": 5}]


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Results of runs in the folder that the tests are started in do not count."""
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def settings(tmp_path: Path) -> Mapping[str, Any]:
    """The least that an import needs."""
    (tmp_path / "old.sqlite").touch()
    return {"scores_db": "old.sqlite", "select": {"megate_thresholds": RULES}}


# ---- configuration -------------------------------------------------------------------------


def test_an_import_needs_no_inputs(settings: Mapping[str, Any], load: Load, tmp_path: Path) -> None:
    config = load(settings | {"emodels_hoc_dir": "hoc"})
    assert config.prepare is None
    assert config.scores_db == tmp_path / "old.sqlite"
    assert config.emodels_hoc_dir == tmp_path / "hoc"
    assert config.select.megate_thresholds == RULES
    assert config.select.skip_repaired_exemplar is False
    assert Config.from_plain(json.loads(json.dumps(config.plain()))) == config


@pytest.mark.parametrize("bluepymm", [".", {"select": "select.json"}])
def test_of_a_bluepymm_project_select_is_read(
    bluepymm: Any, settings: Mapping[str, Any], load: Load, tmp_path: Path
) -> None:
    select = {"megate_thresholds": RULES, "skip_repaired_exemplar": True, "scores_db": "gone"}
    (tmp_path / "select.json").write_text(json.dumps(select))
    config = load({"scores_db": settings["scores_db"], "bluepymm": bluepymm})
    assert config.select.megate_thresholds == RULES
    assert config.select.skip_repaired_exemplar is True
    assert config.scores_db == tmp_path / "old.sqlite"
    assert config.prepare is None


def test_without_an_import_all_three_files_are_needed(load: Load, tmp_path: Path) -> None:
    (tmp_path / "select.json").write_text("{}")
    message = message_of(load, {"bluepymm": {"select": "select.json"}})
    assert "expected prepare.json and run.json and select.json" in message
    assert "run configuration: file not found" in message_of(
        load, {"bluepymm": _with_prepare(tmp_path)}
    )


def _with_prepare(folder: Path) -> str:
    (folder / "prepare.json").write_text("{}")
    return str(folder)


def test_what_does_not_go_together(settings: Mapping[str, Any], load: Load, tmp_path: Path) -> None:
    keys = ["recipe_path", "morph_path", "rep_morph_path", "emodels_dir"]
    prepare = dict.fromkeys([*keys, "emodel_etype_map_path", "final_json_path"], "x")
    assert "both 'scores_db' and 'prepare' are given" in message_of(
        load, settings | {"prepare": prepare}
    )
    assert "emodels_hoc_dir is for the hoc of an imported run" in message_of(
        load, {"prepare": prepare, "emodels_hoc_dir": "x"}
    )
    (tmp_path / "old.sqlite").unlink()
    assert f"scores_db: file not found: {tmp_path / 'old.sqlite'}" in message_of(load, settings)
    assert "none of 'prepare' (the inputs), 'bluepymm'" in message_of(load, {"scores_db": None})


def test_braces_are_refused(settings: Mapping[str, Any], load: Load, tmp_path: Path) -> None:
    (tmp_path / "{old}.sqlite").touch()
    message = message_of(load, settings | {"scores_db": "{old}.sqlite"})
    assert "- scores_db: " in message
    assert "braces" in message


# ---- hoc -----------------------------------------------------------------------------------


def test_hoc_is_copied(tmp_path: Path) -> None:
    old, new = tmp_path / "old", tmp_path / "new"
    old.mkdir()
    for name in ("b.hoc", "a.hoc", "notes.txt"):
        (old / name).write_text(f"// {name}")
    names = hoc_names(old)
    assert names == ["a", "b"]
    copy_hoc([old / f"{n}.hoc" for n in names], [new / f"{n}.hoc" for n in names], {"b"})
    assert {path.name: path.read_text() for path in new.iterdir()} == {
        "a.hoc": "// a.hoc",
        "b.hoc": "// b.hoc",
    }


def test_no_hoc_is_no_mistake() -> None:
    assert hoc_names(None) == []
    copy_hoc([], [], {"E"})


def test_hoc_that_is_missing_or_misnamed(tmp_path: Path) -> None:
    with pytest.raises(MegateError, match=rf"found no \.hoc file in {tmp_path}, expected"):
        hoc_names(tmp_path)
    (tmp_path / "a.hoc").touch()
    with pytest.raises(MegateError, match=rf"{tmp_path} has no E\.hoc, F\.hoc; expected a file"):
        copy_hoc([tmp_path / "a.hoc"], [tmp_path / "new.hoc"], {"F", "E"})
    assert not (tmp_path / "new.hoc").exists()
    (tmp_path / "1-a.hoc").touch()
    with pytest.raises(MegateError, match=r"/1-a\.hoc: e-model name '1-a' cannot be used"):
        hoc_names(tmp_path)
