"""The embedded example: run for real, compared with scores from elsewhere."""

import json
from collections import Counter
from pathlib import Path

import pandas as pd
import pytest
from runs import EXAMPLE_JOBS, REPOSITORY, Outcome, Project

EXPECTED_SCORES = Path(__file__).resolve().parents[1] / "data" / "example_scores.csv"


@pytest.fixture(scope="module")
def results(example: tuple[Project, Outcome]) -> Path:
    project, outcome = example
    assert outcome.returncode == 0, outcome.output
    return project.results


def test_every_job_is_planned_at_the_start(example: tuple[Project, Outcome]):
    _, outcome = example
    assert outcome.planned == EXAMPLE_JOBS


def test_scores_are_those_of_other_software(results: Path):
    """example_scores.csv was made without megate: the same packages, run as BluePyMM runs them,
    with BluePyOpt 1.12.63 and NEURON 8.2.7."""
    expected = pd.read_csv(EXPECTED_SCORES, float_precision="round_trip")
    scores = pd.read_parquet(results / "scores.parquet")
    assert set(scores["job"]) == set(expected["job"])

    currents = expected[expected["feature"].isin(["holding_current", "threshold_current"])]
    runs = scores.drop_duplicates("job").set_index("job")
    for row in currents.itertuples():
        found = runs.loc[row.job, row.feature]
        assert found == pytest.approx(row.score, rel=1e-6, nan_ok=True), f"{row.job} {row.feature}"

    expected = expected.drop(currents.index).dropna(subset="feature")
    merged = expected.merge(scores, on=["job", "feature"], how="outer", suffixes=("_elsewhere", ""))
    merged = merged[merged["feature"].notna()]
    assert len(merged) == len(expected) == 222
    # Bits may differ between processors; a spike more or less would not.
    assert merged["score"].to_numpy() == pytest.approx(
        merged["score_elsewhere"].to_numpy(), rel=1e-6, abs=1e-9
    )


def test_the_combination_that_raises_is_a_result(results: Path):
    shard = pd.read_parquet(results / "scores" / "cADpyr_TPC" / "tpc140312-B1.parquet")
    assert len(shard) == 1
    assert shard["feature"].isna().all()
    assert "MissingAxonError" in shard["exception"].iloc[0]
    failures = pd.read_csv(results / "release" / "failures.tsv", sep="\t")
    row = failures.set_index("morph_name").loc["tpc140312-B1"]
    assert row["reason"] == "simulation_error"
    assert "no reconstructed axon" in row["message"]


def test_outcome_and_summary(example: tuple[Project, Outcome], results: Path):
    _, outcome = example
    assert "17 combinations: 12 passed, 4 over limit, 1 simulation error" in outcome.output
    failures = pd.read_csv(results / "release" / "failures.tsv", sep="\t")
    assert Counter(failures["reason"]) == {"over_limit": 4, "simulation_error": 1}
    # the README of the example says which, and why
    assert set(failures["morph_name"]) == {
        "tpc140305-A1",
        "tpc140406_1",
        "lbc140507.1",
        "tpc140312-B1",
    }
    released = pd.read_csv(results / "release" / "mecombo_emodel.tsv", sep="\t")
    assert len(released) == 12
    searched = released["emodel"] == "cADpyr_TPC"
    assert (released.loc[searched, "threshold_current"] > 0).all()
    assert released.loc[~searched, "threshold_current"].isna().all()


def test_one_simulation_serves_all_rows_that_need_it(results: Path):
    combos = pd.read_parquet(results / "combos.parquet")
    assert len(combos) == 25
    assert combos["job"].nunique() == 15
    both = combos[(combos["morph_name"] == "lbc140503.1")]
    assert both["etype"].tolist() == ["cNAC", "dNAC"]
    assert both["job"].nunique() == 1


def test_release_is_complete_and_where_it_says(results: Path):
    release = results / "release"
    content = json.loads((release / "mecombo_release.json").read_text())
    assert all(Path(path).exists() for path in content["output_paths"].values())
    assert (release / "megating.pdf").read_bytes().startswith(b"%PDF-")
    hoc = sorted(path.name for path in (release / "emodels_hoc").iterdir())
    assert hoc == ["cADpyr_TPC.hoc", "cNAC_LBC.hoc"]


def test_circuits_get_a_folder_with_all_they_need(results: Path):
    circuit = results / "release" / "circuit"
    mecombos = pd.read_csv(circuit / "mecombo_emodel.tsv", sep=r"\s+")  # as brainbuilder reads it
    assert len(mecombos) == 12
    assert mecombos["combo_name"].is_unique
    released = pd.read_csv(results / "release" / "mecombo_emodel.tsv", sep="\t")
    assert released["combo_name"].nunique() == 9  # three morphologies have two e-types
    assert sorted(path.name for path in (circuit / "hoc").iterdir()) == [
        "cADpyr_TPC.hoc",
        "cNAC_LBC.hoc",
    ]
    mechanisms = REPOSITORY.glob("config/example/emodels/*/mechanisms/*.mod")
    assert {path.name for path in (circuit / "mechanisms").iterdir()} == {
        path.name for path in mechanisms
    }
    cells = pd.read_csv(circuit / "cells.tsv", sep="\t")
    assert all((circuit / file).is_file() for file in cells["morphology"])
    conditions = cells[["emodel", "celsius", "v_init"]].drop_duplicates().to_numpy().tolist()
    assert conditions == [["cADpyr_TPC", 34, -80], ["cNAC_LBC", 34, -70]]


def test_every_job_has_a_readable_log(results: Path):
    logs = sorted((results / "logs" / "score_combo").rglob("*.log"))
    assert len(logs) == 15
    text = (results / "logs" / "score_combo" / "cNAC_LBC" / "lbc140501-1.log").read_text()
    assert "12 scores in" in text


def test_inputs_stay_as_they_were(example: tuple[Project, Outcome]):
    project, _ = example
    here = {path.relative_to(project.root) for path in (project.root / "config").rglob("*")}
    there = {path.relative_to(REPOSITORY) for path in (REPOSITORY / "config").rglob("*")}
    assert here == there
    assert not list(project.root.rglob("oops"))


def test_a_second_run_has_nothing_to_do(example: tuple[Project, Outcome]):
    project, _ = example
    outcome = project.snakemake("--dry-run")
    assert outcome.returncode == 0
    assert outcome.planned == {}
