"""A job takes a finished simulation, unless the user asks for it to be simulated again."""

import json
import shutil
import subprocess
from base64 import b64decode
from pathlib import Path

import pytest
from runs import Outcome
from small_project import EXEMPLAR, SmallProject

ALL = ("a", "b", EXEMPLAR)


@pytest.fixture(scope="module")
def backup(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """All is simulated, and not gathered yet."""
    root = tmp_path_factory.mktemp("finished") / "project"
    project = SmallProject(root, ["a", "b"], "")
    assert call(project).planned["score_combo"] == 3
    assert simulated(project) == set(ALL)
    assert len(list(project.results.glob("finished/scores/small/*.parquet"))) == 3
    return root.rename(root.with_name("backup"))


@pytest.fixture
def project(backup: Path) -> SmallProject:
    """The project as it was, where it was made; files with two names (hard links) still have
    both."""
    root = backup.with_name("project")
    shutil.rmtree(root, ignore_errors=True)
    subprocess.run(["cp", "--archive", str(backup), str(root)], check=True)
    return SmallProject.at(root)


def call(project: SmallProject, *arguments: str) -> Outcome:
    outcome = project.snakemake("--until", "score_combo", *arguments)
    assert outcome.returncode == 0, outcome.output
    return outcome


def log_of(project: SmallProject, morphology: str) -> str:
    """The log of its last job."""
    return (project.results / "logs" / "score_combo" / "small" / f"{morphology}.log").read_text()


def simulated(project: SmallProject) -> set[str]:
    """Morphologies whose last job simulated; the others' took a finished simulation."""
    found = {name for name in ALL if "scores in" in log_of(project, name)}
    taken = {name for name in ALL if "; taken from results/finished/" in log_of(project, name)}
    assert found | taken == set(ALL)
    assert not found & taken
    return found


def inodes(project: SmallProject) -> list[int]:
    return [project.shard(name).stat().st_ino for name in ALL]


def written(project: SmallProject) -> list[tuple[int, int]]:
    """Inode and time of each shard: the file system may use a number again."""
    return [(each.st_ino, each.st_mtime_ns) for each in (project.shard(n).stat() for n in ALL)]


def set_parameter(project: SmallProject, change: float) -> None:
    path = project.root / "emodels" / "final.json"
    final = json.loads(path.read_text())
    final["small"]["params"] = {
        name: value * change for name, value in final["small"]["params"].items()
    }
    path.write_text(json.dumps(final))


def test_a_deleted_shard_comes_back(project: SmallProject):
    before = inodes(project)
    project.shard("a").unlink()
    assert call(project).planned == {"score_combo": 1}
    assert simulated(project) == {"b", EXEMPLAR}
    assert inodes(project) == before


def test_without_the_folder_it_is_simulated(project: SmallProject):
    for path in project.results.glob("finished/scores/small/a.*"):
        path.unlink()
    project.shard("a").unlink()
    assert call(project).planned == {"score_combo": 1}
    assert simulated(project) == set(ALL)


def test_a_parameter_that_is_changed_and_changed_back_simulates_once(project: SmallProject):
    before = inodes(project)
    set_parameter(project, 2)
    assert call(project).planned["score_combo"] == 3
    assert simulated(project) == set(ALL)
    set_parameter(project, 0.5)
    assert call(project).planned["score_combo"] == 3
    assert simulated(project) == set()
    assert inodes(project) == before


@pytest.mark.parametrize(
    "force",
    [
        ["--forcerun", "score_combo"],
        ["--forceall"],
        ["--force", *(f"results/scores/small/{name}.parquet" for name in ALL)],
        ["--forcerun", *(f"results/scores/small/{name}.parquet" for name in ALL)],
    ],
)
def test_forced_jobs_are_simulated(force: list[str], project: SmallProject):
    before = written(project)
    assert call(project, *force).planned["score_combo"] == 3
    assert simulated(project) == set(ALL)
    assert not set(written(project)) & set(before)


def test_a_job_that_a_killed_snakemake_did_not_record_is_not_simulated(project: SmallProject):
    """A killed Snakemake leaves outputs that are marked as incomplete, without their record."""
    own = project.root / ".snakemake"
    for record in (own / "metadata").iterdir():
        if b64decode(record.name).startswith(b"results/scores/"):
            record.rename(own / "incomplete" / record.name)
    before = inodes(project)
    assert call(project).planned["score_combo"] == 3
    assert simulated(project) == set()
    assert inodes(project) == before
