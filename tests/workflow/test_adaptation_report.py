"""The comparison of what is released with and without adaptation, on the example."""

import shutil
from pathlib import Path

import pandas as pd
import pytest
from lxml import html
from runs import Outcome, Project, copy_prepared

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def adapted(
    example: tuple[Project, Outcome], tmp_path_factory: pytest.TempPathFactory
) -> tuple[Project, Outcome]:
    """The small e-model of the example, run with adaptation after it was run without."""
    finished, _ = example
    project = copy_prepared(finished, tmp_path_factory.mktemp("adapted") / "project")
    for folder in ("scores", "finished"):
        target = project.results / folder
        shutil.rmtree(target)
        shutil.copytree(finished.results / folder, target)
    project.keep("LBC")
    return project, project.snakemake("--config", "adapt=true")


def decided(path: Path) -> pd.DataFrame:
    return pd.read_parquet(path).drop_duplicates("combo")


def by_name(decisions: pd.DataFrame) -> pd.DataFrame:
    """Some of the decisions' columns. (Combinations that share a name share a simulation.)"""
    columns = ["passed", "reason", "limiting_feature", "margin", "holding_current"]
    rows = decisions.astype({"combo_name": str}).drop_duplicates("combo_name")
    return rows.set_index("combo_name")[columns].sort_index()


def test_both_decisions_are_compared(
    adapted: tuple[Project, Outcome], example: tuple[Project, Outcome]
):
    project, outcome = adapted
    assert outcome.returncode == 0, outcome.output
    before = decided(example[0].results / "decisions.parquet")
    after = decided(project.results / "decisions.parquet")
    unadapted = decided(project.results / "adaptation" / "decisions_unadapted.parquet")
    own = after[after["AIS_scaler"].notna()]
    # the decisions without adaptation are those of the run without it
    expected = by_name(before[before["combo_name"].isin(own["combo_name"])])
    pd.testing.assert_frame_equal(by_name(unadapted), expected, check_categorical=False)
    table = pd.read_csv(project.results / "release" / "adaptation.tsv", sep="\t")
    (row,) = table.to_dict("records")
    assert row["combinations"] == len(after)
    assert row["adapted"] == row["compared"] == len(own)
    assert row["released"] == after["passed"].sum()
    assert row["released_without"] == unadapted["passed"].sum()
    assert row["released_with"] == own["passed"].sum()
    assert row["gained"] - row["lost"] == row["released_with"] - row["released_without"]
    assert row["at_limit"] == own["at_limit"].sum()
    assert row["AIS_scaler_max"] == own["AIS_scaler"].max()
    assert row["rho_error"] < 0.05
    assert row["rho_axon_error"] < 0.05
    assert f"adaptation: of {len(own)} combinations simulated both ways" in outcome.output


def test_the_page_and_the_scores_without_adaptation(adapted: tuple[Project, Outcome]):
    project, _ = adapted
    page = html.parse(str(project.results / "report" / "adaptation.html"))
    assert page.findtext(".//h1") == "AIS and soma adaptation"
    scores = pd.read_parquet(project.results / "adaptation" / "scores_unadapted.parquet")
    assert scores["AIS_scaler"].isna().all()
    combos = pd.read_parquet(project.results / "combos.parquet")
    assert set(scores["job"]) == set(combos["job"])


def test_other_thresholds_decide_both_anew(adapted: tuple[Project, Outcome]):
    project, _ = adapted
    select = 'select={"megate_thresholds": [{"features": [".*"], "megate_threshold": 0.0}]}'
    outcome = project.snakemake("--config", "adapt=true", select)
    assert outcome.returncode == 0, outcome.output
    assert "score_combo" not in outcome.planned
    table = pd.read_csv(project.results / "release" / "adaptation.tsv", sep="\t")
    assert table[["released_without", "released_with"]].to_numpy().sum() == 0


def test_without_adaptation_again_nothing_of_it_stays(
    adapted: tuple[Project, Outcome], example: tuple[Project, Outcome]
):
    project, _ = adapted
    outcome = project.snakemake()
    assert outcome.returncode == 0, outcome.output
    for name in ("release/adaptation.tsv", "report/adaptation.html"):
        assert not (project.results / name).exists()
    assert not (project.results / "adaptation" / "decisions_unadapted.parquet").exists()
    name = "mecombo_emodel.tsv"
    found, expected = (
        pd.read_csv(root / "release" / name, sep="\t")
        for root in (project.results, example[0].results)
    )
    expected = expected[expected["emodel"].isin(found["emodel"])].reset_index(drop=True)
    pd.testing.assert_frame_equal(found, expected)
