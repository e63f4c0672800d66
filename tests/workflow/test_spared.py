"""Spares are for interruptions: who asks for a simulation to be done again, gets it done."""

from pathlib import Path

import pytest
from runs import Outcome
from small_project import EXEMPLAR, SmallProject

pytestmark = pytest.mark.slow


@pytest.fixture
def project(tmp_path: Path) -> SmallProject:
    """All is simulated, and not gathered yet."""
    project = SmallProject(tmp_path, ["a", "b"], "")
    call(project)
    assert project.shard("a").with_name(".a.parquet.spare").exists()
    return project


def call(project: SmallProject, *arguments: str) -> Outcome:
    outcome = project.snakemake("--until", "score_combo", *arguments)
    assert outcome.returncode == 0, outcome.output
    return outcome


def log_of(project: SmallProject, morphology: str) -> str:
    """What the last job for it has to say."""
    return (project.results / "logs" / "score_combo" / "small" / f"{morphology}.log").read_text()


def test_a_deleted_shard_is_simulated(project: SmallProject):
    project.shard("a").unlink()
    assert call(project).planned == {"score_combo": 1}
    assert "scores in" in log_of(project, "a")


@pytest.mark.parametrize("force", [["--forcerun", "score_combo"], ["--forceall"]])
def test_what_is_forced_is_simulated(force: list[str], project: SmallProject):
    assert call(project, *force).planned["score_combo"] == 3
    assert all("scores in" in log_of(project, name) for name in ("a", "b", EXEMPLAR))


def test_what_a_killed_snakemake_did_not_note_is_not_simulated(project: SmallProject):
    """As it leaves it: outputs with its mark, and without its record."""
    own = project.root / ".snakemake"
    for record in (own / "metadata").iterdir():
        record.rename(own / "incomplete" / record.name)
    inode = project.shard("a").stat().st_ino
    assert call(project).planned["score_combo"] == 3
    assert project.shard("a").stat().st_ino == inode
    assert "scores in" not in log_of(project, "a")
    assert "before Snakemake was interrupted" in log_of(project, "a")
