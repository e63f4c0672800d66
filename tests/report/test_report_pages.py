"""The pages about release, e-models and runs: numbers counted by hand from a small outcome."""

from pathlib import Path

import pandas as pd
import pytest
from lxml import html
from outcomes import COMBOS, write_results

from megate.report.html import emodel_page, release_page, runtime_page
from megate.report.html.pages import MAX_ROWS, Page, Section, render
from megate.report.html.tables import Outcome, read_outcome, read_runs


@pytest.fixture
def runs(tmp_path: Path) -> pd.DataFrame:
    write_results(tmp_path)
    return read_runs(tmp_path / "scores.parquet")


@pytest.fixture
def outcome(tmp_path: Path, runs: pd.DataFrame) -> Outcome:
    return read_outcome(tmp_path / "decisions.parquet", tmp_path / "combos.parquet", runs)


def section(page: Page, heading: str) -> Section:
    (found,) = [part for part in page.sections if part.heading == heading]
    return found


def column(part: Section, title: str) -> list[object]:
    assert part.table is not None
    (number,) = [i for i, column in enumerate(part.table.columns) if column.title == title]
    return [row[number] for row in part.table.rows]


def test_totals_per_emodel(outcome: Outcome):
    page = release_page.release_page(outcome)
    totals = section(page, "Combinations per e-model")
    assert page.lead[0] == "2 of 7 combinations are released (28.6 %)."
    assert column(totals, "e-model") == ["all e-models", "bac", "pyr"]
    assert column(totals, "combinations") == [7, 1, 6]
    assert column(totals, "passed") == [2, 0, 2]
    assert column(totals, "over limit") == [2, 0, 2]
    assert column(totals, "simulation error") == [2, 1, 1]
    assert column(totals, "missing score") == [1, 0, 1]
    assert column(totals, "borderline") == [1, 0, 1]
    assert column(totals, "passed (%)") == [pytest.approx(200 / 7), 0.0, pytest.approx(200 / 6)]


def test_open_gates_are_told_first(outcome: Outcome):
    (warning,) = release_page.release_page(outcome).lead[1:]
    assert warning.startswith("pyr: the gate of S.open is open")


def test_causes_are_counted(outcome: Outcome):
    causes = release_page.causes(outcome.combos)
    assert [tuple(row) for row in causes.itertuples(index=False)] == [
        ("over_limit", "S.g", 1, 2),
        ("simulation_error", "NrnError: no <axon> & no soma", 2, 2),
        ("missing_score", "S.f", 1, 1),
    ]


def test_released_combinations_closest_to_their_limit_first(outcome: Outcome):
    part = section(release_page.release_page(outcome), "Released combinations")
    assert column(part, "morphology") == ["b", "a"]
    assert column(part, "margin (%)") == [pytest.approx(5), 75]
    assert column(part, "tightest feature") == ["S.g", "S.f"]
    assert column(part, "threshold (nA)") == [0.5, 0.5]
    assert column(part, "median score (SD)") == [2.0, 1.0]


def test_others_that_failed_least_first(outcome: Outcome):
    part = section(release_page.release_page(outcome), "Combinations that are not released")
    assert column(part, "morphology") == ["d", "c", "f", "e", "a"]
    assert column(part, "tightest feature, or message") == [
        "S.g",
        "S.g",
        "S.f",
        *["NrnError: no <axon> & no soma"] * 2,
    ]


def test_long_tables_are_cut_with_a_sentence(outcome: Outcome):
    combos = pd.concat([outcome.combos] * 1500, ignore_index=True)
    page = release_page.release_page(Outcome(combos, outcome.features))
    for heading, total in (("Released combinations", 3000), ("Combinations that are not", 7500)):
        (part,) = [part for part in page.sections if part.heading.startswith(heading)]
        assert len(part.table.rows) == MAX_ROWS == 1000
        assert f"Shown: 1,000 of {total:,}" in part.note
    assert set(column(part, "reason")) == {"over limit"}


def test_everything_released_and_nothing_released(outcome: Outcome):
    combos = outcome.combos
    all_pass = release_page.release_page(Outcome(combos.iloc[:2], outcome.features))
    assert section(all_pass, "Combinations that are not released").note == "None."
    assert section(all_pass, "What keeps combinations out").table is None
    nothing = release_page.release_page(Outcome(combos.iloc[2:], outcome.features))
    assert section(nothing, "Released combinations").note == "None."
    empty = release_page.release_page(Outcome(combos.iloc[:0], outcome.features.iloc[:0]))
    assert empty.lead == ["0 of 0 combinations are released."]
    for page in (all_pass, nothing, empty):
        assert html.fromstring(render(page)).findtext(".//h1") == "Release"


def test_features_ranked_by_what_they_keep_out(outcome: Outcome):
    ranking = emodel_page.feature_ranking(outcome.of_emodel("pyr"))
    # S.f and S.g both keep two out; S.g is the tightest of two, S.f of one (its score is missing)
    assert ranking.index.tolist() == ["S.g", "S.f", "S.open"]
    assert ranking["over_limit"].tolist() == [2, 1, 0]
    assert ranking["missing_score"].tolist() == [0, 1, 0]
    assert ranking["passed"].tolist() == [3, 3, 5]
    assert ranking["simulation_error"].tolist() == [1, 1, 1]
    assert ranking["limiting"].tolist() == [2, 1, 0]
    assert ranking["lowest"].tolist() == ranking["highest"].tolist() == [5.0, 4.0, 1250.0]
    assert ranking["median"].tolist() == [4.75, 2.5, 0.0]
    assert ranking["open"].tolist() == [False, False, True]


def test_page_of_an_emodel(outcome: Outcome):
    page = emodel_page.emodel_page("pyr", outcome.of_emodel("pyr"))
    assert (
        page.lead[0]
        == "6 combinations: 2 passed, 2 over limit, 1 simulation error, 1 missing score."
    )
    mtypes = section(page, "Outcome per m-type")
    assert column(mtypes, "m-type") == ["L4_TPC", "L5_TPC"]
    assert column(mtypes, "passed") == [0, 2]
    assert column(mtypes, "simulation error") == [1, 0]
    assert column(mtypes, "median score (SD)") == [None, 1.5]
    features = section(page, "Features that keep combinations out")
    assert column(features, "keeps out (%)") == [40.0, 40.0, 0.0]
    assert [bar.counts for bar in column(features, "keeps out")] == [
        {"over_limit": 2, "missing_score": 0},
        {"over_limit": 1, "missing_score": 1},
        {"over_limit": 0, "missing_score": 0},
    ]
    assert "The longest bar stands for 2 of 6 combinations." in features.note
    titles = [column.title for column in features.table.columns]
    assert "gate" in titles
    assert "highest limit (SD)" not in titles  # the same for all combinations
    assert "Without margin, for want of score or limit: 2." in section(page, "Margins").note
    root = html.fromstring(render(page))
    assert "margin: (limit - score) / limit" in root.find(".//figure/svg").text_content()


def test_features_that_were_refused(outcome: Outcome):
    """`uncomputable_exemplar_feature: fail`: a feature without limit, that nothing passes."""
    is_open = outcome.features["uncomputable_in_exemplar"]
    features = outcome.features.assign(
        limit=outcome.features["limit"].mask(is_open),
        feature_passed=outcome.features["feature_passed"] & ~is_open,
    )
    refused = Outcome(outcome.combos, features)
    (warning,) = release_page.release_page(refused).lead[1:]
    assert warning.startswith("pyr: no combination passes S.open")
    page = emodel_page.emodel_page("pyr", refused.of_emodel("pyr"))
    part = section(page, "Features that keep combinations out")
    assert column(part, "gated feature")[0] == "S.open"
    assert column(part, "gate") == ["refused", "", ""]
    assert column(part, "keeps out (%)")[0] == 100.0
    assert "highest limit (SD)" not in [column.title for column in part.table.columns]


def test_emodel_without_scores_and_without_combinations(outcome: Outcome):
    page = emodel_page.emodel_page("bac", outcome.of_emodel("bac"))
    assert "Nothing is gated" in section(page, "Features that keep combinations out").note
    assert "<svg" in render(page)
    unused = emodel_page.emodel_page("no", outcome.of_emodel("no"))
    assert unused.lead == ["It stands for no combination of this project."]


def test_hundreds_of_mtypes_are_rows_that_can_be_filtered(outcome: Outcome):
    combos = pd.concat([outcome.combos.iloc[:1]] * 300, ignore_index=True)
    combos["fullmtype"] = [f"L1_{number:03d}" for number in range(300)]
    page = emodel_page.emodel_page("pyr", Outcome(combos, outcome.features))
    assert column(section(page, "Outcome per m-type"), "m-type") == sorted(combos["fullmtype"])


def test_runs_per_emodel(runs: pd.DataFrame):
    page = runtime_page.runtime_page(runs)
    part = section(page, "Simulations per e-model")
    assert column(part, "e-model") == ["all e-models", "bac", "pyr"]
    assert column(part, "simulations") == [7, 1, 6]
    assert column(part, "raised") == [2, 1, 1]
    assert column(part, "CPU, all (s)") == [273.0, 69.0, 204.0]
    assert column(part, "CPU, median (s)") == [39.0, 69.0, 34.0]
    assert column(part, "in NEURON (%)") == [50.0, None, 50.0]  # not told by those that raised
    assert column(part, "memory, largest (MB)") == [170.0, 170.0, 160.0]


def test_longest_and_ended_runs(runs: pd.DataFrame):
    runs = runs.assign(status=["timeout", *runs["status"][1:]])
    page = runtime_page.runtime_page(runs)
    longest = section(page, "The 7 longest")
    assert column(longest, "simulation")[:2] == ["bac/a", "pyr/f"]
    assert column(longest, "NEURON's runs")[:2] == [None, 29.5]
    ended = section(page, "Ended before they had scores")
    assert column(ended, "simulation") == ["pyr/a", "bac/a", "pyr/e"]
    assert column(ended, "what ended it") == ["", *["NrnError: no <axon> & no soma"] * 2]
    assert "<axon>" not in render(page)


def test_scores_without_runtimes(runs: pd.DataFrame):
    page = runtime_page.runtime_page(runs.assign(cpu_s=0.0))
    assert page.lead == ["The scores do not tell how long the simulations took."]
    assert len(COMBOS) == len(runs)
