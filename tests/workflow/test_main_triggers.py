"""The most frequent changes, and the jobs that follow. test_triggers.py has the rest."""

import json
import shutil
from pathlib import Path

import pytest
from runs import Outcome, Project, jobs_by_name

AGGREGATION = {"aggregate", "circuit", "report_pages", "all"}
SCORES = {"gather_scores"} | AGGREGATION
OF_LBC = {"prepare_emodel cNAC_LBC", "emodel_hoc cNAC_LBC"}


@pytest.fixture(scope="module")
def backup(example: tuple[Project, Outcome], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the finished example. What names its place was run again."""
    finished, outcome = example
    assert outcome.returncode == 0, outcome.output
    root = tmp_path_factory.mktemp("triggers") / "project"
    shutil.copytree(finished.root, root)
    moved = Project(root).snakemake()
    assert moved.returncode == 0, moved.output
    assert "score_combo" not in moved.planned
    return root.rename(root.with_name("backup"))


@pytest.fixture
def project(backup: Path) -> Project:
    """The copy as it was, where it was made."""
    root = backup.with_name("project")
    shutil.rmtree(root, ignore_errors=True)
    shutil.copytree(backup, root)
    return Project(root)


def would_run(project: Project) -> set[str]:
    return jobs_by_name(project.snakemake("--dry-run"))


def test_no_change_runs_nothing(project: Project):
    outcome = project.snakemake()
    assert outcome.returncode == 0, outcome.output
    assert outcome.planned == {}


def test_a_threshold_runs_the_aggregation(project: Project):
    project.edit("config.yaml", "megate_threshold: 5", "megate_threshold: 14")
    assert would_run(project) == AGGREGATION


def test_a_changed_morphology_runs_its_own_job(project: Project):
    release = project.inputs / "morphologies"
    (release / "lbc140507.1.asc").write_bytes((release / "lbc140503.1.asc").read_bytes())
    assert would_run(project) == {"score_combo cNAC_LBC/lbc140507.1"} | SCORES


def test_a_parameter_runs_its_emodel(project: Project):
    path = project.inputs / "emodels" / "final.json"
    final = json.loads(path.read_text())
    final["cNAC_LBC"]["params"]["gbar_NaW96.somatic"] = 0.36
    path.write_text(json.dumps(final))
    shards = (project.results / "scores" / "cNAC_LBC").glob("*.parquet")
    simulations = {f"score_combo cNAC_LBC/{shard.stem}" for shard in shards}
    assert len(simulations) > 3
    assert would_run(project) == simulations | OF_LBC | SCORES


def test_a_deleted_result_is_made_again(project: Project):
    (project.results / "scores" / "cNAC_LBC" / "lbc140507.1.parquet").unlink()
    assert would_run(project) == {"score_combo cNAC_LBC/lbc140507.1"} | SCORES
