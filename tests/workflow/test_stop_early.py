"""Simulations that are stopped early: the release is the same, and only what a change concerns runs
again. The example's e-model without code, of whose combinations one cell fails."""

import shutil
from pathlib import Path

import pandas as pd
import pytest
from runs import Outcome, Project, copy_prepared, jobs_by_name

pytestmark = pytest.mark.slow

EMODEL, FAILING = "cNAC_LBC", "cNAC_LBC/lbc140507.1"
FEATURE = "mm.Step_-0.05.soma.v.ohmic_input_resistance_vb_ssse"
AGGREGATION = {"aggregate", "circuit", "report_pages", "all"}
AGAIN = {f"score_combo {FAILING}", "gather_scores"} | AGGREGATION
ON = ("scoring={stop_early: true}",)


def threshold(value: float) -> str:
    return f"select={{megate_thresholds: [{{features: ['.*'], megate_threshold: {value}}}]}}"


def would_run(project: Project, *config: str) -> set[str]:
    return jobs_by_name(project.snakemake("--dry-run", *(["--config", *config] if config else [])))


def run(project: Project, *config: str) -> Outcome:
    outcome = project.snakemake("--config", *config)
    assert outcome.returncode == 0, outcome.output
    assert would_run(project, *config) == set()
    return outcome


def scores(project: Project) -> pd.DataFrame:
    return pd.read_parquet(project.results / "scores.parquet").set_index(["job", "feature"])


def decided(project: Project) -> pd.DataFrame:
    table = pd.read_parquet(project.results / "decisions.parquet").drop_duplicates("combo")
    own = table[table["emodel"] == EMODEL].astype({"combo_name": str, "etype": str, "reason": str})
    return own.set_index(["combo_name", "etype"])[["passed", "reason"]].sort_index()


def simulated(project: Project) -> set[str]:
    """The simulations whose last job simulated."""
    folder = project.results / "logs" / "score_combo" / EMODEL
    logs = {f"{EMODEL}/{path.stem}": path.read_text() for path in folder.glob("*.log")}
    return {job for job, log in logs.items() if "scores in" in log}


@pytest.fixture(scope="module")
def backup(
    example: tuple[Project, Outcome], tmp_path_factory: pytest.TempPathFactory
) -> tuple[Project, str]:
    """The example's e-model, run with `stop_early`; what was printed."""
    root = tmp_path_factory.mktemp("stopped") / "project"
    project = copy_prepared(example[0], root)
    project.keep("LBC")
    return project, run(project, *ON).output


@pytest.fixture
def project(backup: tuple[Project, str]) -> Project:
    """The project as it was, where it was made."""
    root = backup[0].root
    kept = root.with_name("backup")
    if not kept.exists():
        shutil.copytree(root, kept)
    shutil.rmtree(root)
    shutil.copytree(kept, root)
    return backup[0]


def test_the_release_is_that_of_whole_simulations(
    backup: tuple[Project, str], example: tuple[Project, Outcome]
):
    project, output = backup
    whole = example[0]
    pd.testing.assert_frame_equal(decided(project), decided(whole))
    tables = ("extneurondb.dat", "mecombo_emodel.tsv")
    for name in tables:
        lines = [
            (each.results / "release" / name).read_text().splitlines(keepends=True)
            for each in (project, whole)
        ]
        assert lines[0] == [line for line in lines[1] if EMODEL in line or "combo_name" in line]
    number = len(decided(project))
    assert f"2 of {number} combinations were stopped early (scoring.stop_early)" in output
    failures = pd.read_csv(project.results / "release" / "failures.tsv", sep="\t")
    assert set(failures["message"]) == {"stopped early; what remained was not computed"}
    assert set(failures["limiting_feature"]) == {FEATURE}
    medians = project.results / "release" / "extra_data" / "all_median_scores.csv"
    assert pd.read_csv(medians)["median_score"].isna().sum() == len(failures)


def test_the_shard_says_where_it_was_stopped(
    backup: tuple[Project, str], example: tuple[Project, Outcome]
):
    project, _ = backup
    found, expected = scores(project), scores(example[0])
    stopped = found.loc[FAILING]
    assert set(stopped["stopped_at"]) == {FEATURE}
    assert set(stopped["status"]) == {"scored"}
    assert list(stopped.index) == [n for n in expected.loc[FAILING].index if "Step_-0.05" in n]
    assert (stopped["sweeps"] == 1).all()
    assert stopped["resting_potential"].isna().all()
    others = found.drop(FAILING, level="job")
    assert others["stopped_at"].isna().all()
    same = found["score"] == expected["score"].reindex(found.index)
    assert same.all()
    exemplars = ("cNAC_LBC/lbc140501-1", "cNAC_LBC/lbc140501-1@unrepaired")
    digests = found["stop_early"].groupby("job").first()
    assert set(digests.index[digests.isna()]) == set(exemplars)


def test_what_may_pass_is_simulated_and_nothing_else(
    project: Project, example: tuple[Project, Outcome]
):
    assert would_run(project, *ON) == set()
    assert would_run(project, *ON, threshold(4)) == AGGREGATION
    assert would_run(project, *ON, threshold(13)) == AGGREGATION  # the score is 13.19
    assert would_run(project, *ON, threshold(14)) == AGAIN
    assert would_run(project, *ON, "select={to_skip_features: ['mm.Step_-0.05']}") == AGAIN
    assert would_run(project) == AGAIN  # off

    run(project, *ON, threshold(14))
    assert simulated(project) >= {FAILING}
    release = project.results / "release" / "mecombo_emodel.tsv"
    assert "lbc140507.1" in release.read_text()
    whole = scores(example[0]).loc[FAILING, "score"]
    pd.testing.assert_series_equal(scores(project).loc[FAILING, "score"], whole)
    # it is whole now
    assert would_run(project, *ON) == AGGREGATION
    assert would_run(project) == AGGREGATION


def test_off_simulates_the_stopped_ones_as_a_whole(project: Project):
    run(project, "scoring={stop_early: false}")
    assert simulated(project) >= {FAILING}
    assert scores(project)["stopped_at"].isna().all()
    assert scores(project).loc[FAILING, "stop_early"].isna().all()
    assert would_run(project, *ON) == set()


def test_on_runs_nothing(example: tuple[Project, Outcome], tmp_path: Path):
    finished = Project(tmp_path / "project")
    shutil.copytree(example[0].root, finished.root)
    # (a copy writes some tables anew, because they record the location)
    assert would_run(finished, *ON) == would_run(finished) <= {"combos"} | AGGREGATION


def test_another_exemplar_simulates_only_what_may_pass(project: Project):
    """All jobs of the e-model run, because the exemplar's scores set their limits. They take the
    kept results, also the stopped one, as the scores are the same."""
    with (project.inputs / "morphologies" / "lbc140501-1.swc").open("a") as file:
        file.write("# changed\n")
    outcome = run(project, *ON)
    assert outcome.planned["score_combo"] == 4
    assert simulated(project) & {FAILING} == set()
    assert (scores(project).loc[FAILING, "stopped_at"] == FEATURE).all()


def test_a_deleted_shard_comes_back(project: Project):
    (project.results / "scores" / f"{FAILING}.parquet").unlink()
    assert run(project, *ON).planned["score_combo"] == 1
    assert simulated(project) & {FAILING} == set()


def test_bundles_of_simulations_do_not_wait_for_each_other(project: Project):
    """The exemplar, which sets the limits, is in a bundle of its own."""
    shutil.rmtree(project.results)
    bundles = ("--executor", "slurm", "--jobs", "2", "--group-components", "score=10")
    outcome = project.snakemake(*bundles, "--config", *ON)  # there is no cluster
    assert outcome.planned["score_combo"] == 5, outcome.output
    assert "Job submission failed" in outcome.output
