from pathlib import Path

import pytest

from megate.core.errors import MegateError
from megate.core.paths import Paths
from megate.steps.start_folder import check_start_folder, keep_start_folder


@pytest.fixture
def started(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of a project whose run was started there."""
    for name in ("project", "elsewhere"):
        (tmp_path / name).mkdir()
    monkeypatch.chdir(tmp_path / "project")
    check_start_folder(Paths(Path("results")))  # none yet
    keep_start_folder(Paths(Path("results")))
    return tmp_path / "project"


def test_the_same_folder_and_spelling(started: Path):
    check_start_folder(Paths(Path("results")))


def test_another_spelling(started: Path):
    with pytest.raises(MegateError, match=rf"with results: results; found {started}, with results"):
        check_start_folder(Paths(started / "results"))


def test_another_folder(started: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(started.parent / "elsewhere")
    with pytest.raises(MegateError, match=rf"were started in {started}, with results: results;"):
        check_start_folder(Paths(Path("../project/results")))


def test_a_moved_project(started: Path, monkeypatch: pytest.MonkeyPatch):
    moved = started.rename(started.parent / "moved")
    monkeypatch.chdir(moved)
    check_start_folder(Paths(Path("results")))
    check_start_folder(Paths(moved / "results"))
