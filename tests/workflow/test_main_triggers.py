"""The most frequent changes, and the jobs that follow. test_triggers.py has the rest."""

import json

import pytest
from runs import Project, jobs_by_name

NOTHING: set[str] = set()
AGGREGATION = {"aggregate", "report_pages", "all"}
SCORES = {"gather_scores"} | AGGREGATION
OF_LBC = {"prepare_emodel cNAC_LBC", "emodel_hoc cNAC_LBC"}


@pytest.fixture
def project(finished_example: Project) -> Project:
    return finished_example


def would_run(project: Project) -> set[str]:
    return jobs_by_name(project.snakemake("--dry-run"))


def test_no_change_runs_nothing(project: Project):
    assert would_run(project) == NOTHING


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
