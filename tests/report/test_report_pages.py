"""The pages about release, e-models and runs: numbers counted by hand from a small outcome."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from lxml import html
from outcomes import COMBOS, write_results

from megate.report.html.coverage_page import coverage_page
from megate.report.html.emodel_page import emodel_page
from megate.report.html.page import MAX_ROWS, Page, Section, render
from megate.report.html.release_page import release_page
from megate.report.html.report import write_pages
from megate.report.html.runtime_page import runtime_page
from megate.report.results import Results, read_results
from megate.report.summaries import count_causes, feature_table, ranked


@pytest.fixture
def results(tmp_path: Path) -> Results:
    write_results(tmp_path)
    names = ("decisions.parquet", "combos.parquet", "scores.parquet", "coverage.tsv")
    return read_results(*(tmp_path / name for name in names))


def with_combos(results: Results, combos: pd.DataFrame) -> Results:
    return replace(results, combos=combos)


def section(page: Page, heading: str) -> Section:
    (found,) = [part for part in page.sections if part.heading == heading]
    return found


def column(part: Section, title: str) -> list[object]:
    assert part.table is not None
    (number,) = [i for i, column in enumerate(part.table.columns) if column.title == title]
    return [row[number] for row in part.table.rows]


def test_totals_per_emodel(results: Results):
    page = release_page(results)
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


def test_types_without_a_released_combination_come_first(results: Results):
    page = coverage_page(results)
    assert page.lead[0] == "Nothing is released for 3 of 4 types."
    holes = section(page, "Types without a released combination")
    assert column(holes, "m-type") == ["L4_TPC", "L5_BP", "L6_BP"]
    assert column(holes, "e-type") == ["cAD", "cAD", "NA"]
    assert column(holes, "reason") == [
        "0 of 3 combinations are released",
        "0 of 1 combinations are released",
        "no morphology",
    ]
    covered = section(page, "Types with released combinations")
    assert column(covered, "m-type") == ["L5_TPC"]
    assert column(covered, "released") == [2]
    assert column(covered, "e-models") == ["pyr"]
    assert "cells" not in [column.title for column in covered.table.columns]


def test_coverage_of_a_circuit_counts_cells(results: Results):
    table = results.coverage.assign(cells=[1, 20, 300, 4000]).astype({"cells": "Int64"})
    page = coverage_page(replace(results, coverage=table))
    assert page.lead[0] == "Nothing is released for 3 of 4 types (321 of 4,321 cells)."
    assert column(section(page, "Types without a released combination"), "cells") == [1, 20, 300]


def test_complete_coverage(results: Results):
    complete = results.coverage[results.coverage["released"] > 0]
    page = coverage_page(replace(results, coverage=complete))
    assert page.lead[0] == "All 1 types have released combinations."
    assert section(page, "Types without a released combination").note == "None."
    nothing = results.coverage[results.coverage["released"] == 0]
    page = coverage_page(replace(results, coverage=nothing))
    assert section(page, "Types with released combinations").note == "None."


def test_open_gates_are_told_first(results: Results):
    (warning,) = release_page(results).lead[1:]
    assert warning == (
        "pyr: the exemplar's S.open could not be computed (score 250): the limit is 1250 or more."
    )


def test_causes_are_counted(results: Results):
    causes = count_causes(results.combos)
    assert [tuple(row) for row in causes.itertuples(index=False)] == [
        ("over_limit", "S.g", 1, 2),
        ("simulation_error", "NrnError: no <axon> & no soma", 2, 2),
        ("missing_score", "S.f", 1, 1),
    ]


def test_a_missing_threshold_current_is_shown_with_its_reason(results: Results):
    """Of the two released combinations, b has none."""
    combos = results.combos.copy()
    combos.loc[2, ["passed", "reason"]] = [False, "no_threshold"]
    combos.loc[2, "message"] = "the cell spikes without a step"
    page = release_page(with_combos(results, combos))
    totals = section(page, "Combinations per e-model")
    assert column(totals, "no threshold") == [1, 0, 1]
    assert column(totals, "passed") == [1, 0, 1]
    causes = count_causes(combos)
    assert ("no_threshold", "the cell spikes without a step", 1, 1) in [
        tuple(row) for row in causes.itertuples(index=False)
    ]
    others = section(page, "Combinations that are not released")
    assert column(others, "morphology")[-1] == "b"
    # the other combinations' limiting features are counted as before
    table, before = (feature_table(results.gates["pyr"], each) for each in (combos, results.combos))
    assert table["limiting"].tolist() == before["limiting"].tolist()
    render(page)
    render(emodel_page("pyr", with_combos(results, combos)))


def test_combinations_that_were_stopped_early(results: Results):
    """c fails by S.g and has no score of S.f."""
    combos, gates = results.combos.copy(), results.gates["pyr"]
    combos.loc[3, "stopped_at"] = "S.g"
    scores = gates.scores.copy()
    scores.loc[3, "S.f"] = np.nan
    passed = gates.passed.copy()
    passed.loc[3, "S.f"] = False
    stopped = replace(
        results, combos=combos, gates={"pyr": replace(gates, scores=scores, passed=passed)}
    )
    sentence = "1 of 7 combinations were stopped early (scoring.stop_early), at a feature over its"
    page = release_page(stopped)
    assert page.lead[1].startswith(sentence)
    render(page)
    page = emodel_page("pyr", stopped)
    assert any("1 of 6 combinations were stopped early" in text for text in page.lead)
    table = section(page, "Features by which combinations fail")
    by_feature = dict(
        zip(column(table, "gated feature"), column(table, "not computed"), strict=True)
    )
    assert by_feature == {"S.f": 1, "S.g": 0, "S.open": 0}
    missing = dict(zip(column(table, "gated feature"), column(table, "missing score"), strict=True))
    assert missing["S.f"] == 1  # of f
    render(page)
    assert not any("stopped" in text for text in release_page(results).lead)
    plain = section(emodel_page("pyr", results), "Features by which combinations fail")
    assert "not computed" not in [each.title for each in plain.table.columns]


def test_released_combinations_closest_to_their_limit_first(results: Results):
    part = section(release_page(results), "Released combinations")
    assert column(part, "morphology") == ["b", "a"]
    assert column(part, "margin (%)") == [pytest.approx(5), 75]
    assert column(part, "limiting feature") == ["S.g", "S.f"]
    assert column(part, "threshold (nA)") == [0.5, 0.5]
    assert column(part, "median score (SD)") == [2.0, 1.0]


def test_others_that_failed_least_first(results: Results):
    part = section(release_page(results), "Combinations that are not released")
    assert column(part, "morphology") == ["d", "c", "f", "e", "a"]
    assert column(part, "limiting feature, or message") == [
        "S.g",
        "S.g",
        "S.f",
        *["NrnError: no <axon> & no soma"] * 2,
    ]


def test_long_tables_are_cut_with_a_sentence(results: Results):
    combos = pd.concat([results.combos] * 1500, ignore_index=True)
    page = release_page(with_combos(results, combos))
    for heading, total in (("Released combinations", 3000), ("Combinations that are not", 7500)):
        (part,) = [part for part in page.sections if part.heading.startswith(heading)]
        assert len(part.table.rows) == MAX_ROWS == 1000
        assert f"Shown: 1,000 of {total:,}" in part.note
    assert set(column(part, "reason")) == {"over limit"}


def test_everything_released_and_nothing_released(results: Results):
    combos = results.combos
    all_pass = release_page(with_combos(results, combos.iloc[:2]))
    assert section(all_pass, "Combinations that are not released").note == "None."
    assert section(all_pass, "Why combinations are not released").table is None
    nothing = release_page(with_combos(results, combos.iloc[2:]))
    assert section(nothing, "Released combinations").note == "None."
    empty = release_page(replace(results, combos=combos.iloc[:0], gates={}))
    assert empty.lead == ["0 of 0 combinations are released."]
    for page in (all_pass, nothing, empty):
        assert html.fromstring(render(page)).findtext(".//h1") == "Release"


def test_features_ranked_by_what_they_keep_out(results: Results):
    ranking = ranked(feature_table(results.gates["pyr"], results.combos))
    # S.f and S.g both keep two out; S.g is the tightest of two, S.f of one (its score is missing)
    assert ranking.index.tolist() == ["S.g", "S.f", "S.open"]
    assert ranking["over_limit"].tolist() == [2, 1, 0]
    assert ranking["missing_score"].tolist() == [0, 1, 0]
    assert ranking["passed"].tolist() == [3, 3, 5]
    assert ranking["simulation_error"].tolist() == [1, 1, 1]
    assert ranking["fails"].tolist() == [2, 2, 0]
    assert ranking["alone"].tolist() == [1, 1, 0]  # c fails by both, d by S.g, f by S.f
    assert ranking["limiting"].tolist() == [2, 1, 0]
    assert ranking["lowest"].tolist() == ranking["highest"].tolist() == [5.0, 4.0, 1250.0]
    assert ranking["median"].tolist() == [4.75, 2.5, 0.0]
    assert ranking["uncomputable"].tolist() == [False, False, True]


def test_page_of_an_emodel(results: Results):
    page = emodel_page("pyr", results)
    assert (
        page.lead[0]
        == "6 combinations: 2 passed, 2 over limit, 1 simulation error, 1 missing score."
    )
    mtypes = section(page, "Outcome per m-type")
    assert column(mtypes, "m-type") == ["L4_TPC", "L5_TPC"]
    assert column(mtypes, "passed") == [0, 2]
    assert column(mtypes, "simulation error") == [1, 0]
    assert column(mtypes, "median score (SD)") == [None, 1.5]
    features = section(page, "Features by which combinations fail")
    assert column(features, "fail (%)") == [40.0, 40.0, 0.0]
    assert [bar.counts for bar in column(features, "combinations that fail")] == [
        {"over_limit": 2, "missing_score": 0},
        {"over_limit": 1, "missing_score": 1},
        {"over_limit": 0, "missing_score": 0},
    ]
    assert "The longest bar is 2 of 6 combinations." in features.note
    titles = [column.title for column in features.table.columns]
    assert "exemplar" in titles
    assert "highest limit (SD)" not in titles  # the same for all combinations
    assert "Without margin (no score or no limit): 2." in section(page, "Margins").note
    root = html.fromstring(render(page))
    assert "margin: (limit - score) / limit" in root.find(".//figure/svg").text_content()


def test_features_that_were_refused(results: Results):
    """`uncomputable_exemplar_feature: fail`: a feature without limit, that nothing passes."""
    gates = results.gates["pyr"]
    gates = replace(
        gates,
        limits=gates.limits.assign(**{"S.open": np.nan}),
        passed=gates.passed.assign(**{"S.open": False}),
    )
    refused = replace(results, gates={"pyr": gates})
    (warning,) = release_page(refused).lead[1:]
    assert "S.open could not be computed (score 250): no score passes" in warning
    page = emodel_page("pyr", refused)
    part = section(page, "Features by which combinations fail")
    assert column(part, "gated feature")[0] == "S.open"
    assert column(part, "exemplar") == ["refused", "", ""]
    assert column(part, "fail (%)")[0] == 100.0
    assert "highest limit (SD)" not in [column.title for column in part.table.columns]


def test_emodel_without_scores_and_without_combinations(results: Results):
    page = emodel_page("bac", results)
    assert "Nothing is gated" in section(page, "Features by which combinations fail").note
    assert "<svg" in render(page)
    unused = emodel_page("no", results)
    assert unused.lead == ["This project has no combination with this e-model."]


def test_hundreds_of_mtypes_are_rows_that_can_be_filtered(results: Results):
    combos = pd.concat([results.combos.iloc[:1]] * 300, ignore_index=True)
    combos["fullmtype"] = [f"L1_{number:03d}" for number in range(300)]
    page = emodel_page("pyr", with_combos(results, combos))
    assert column(section(page, "Outcome per m-type"), "m-type") == sorted(combos["fullmtype"])


def test_runs_per_emodel(results: Results):
    page = runtime_page(results)
    part = section(page, "Simulations per e-model")
    assert column(part, "e-model") == ["all e-models", "bac", "pyr"]
    assert column(part, "simulations") == [7, 1, 6]
    assert column(part, "raised") == [2, 1, 1]
    assert column(part, "CPU, all (s)") == [273.0, 69.0, 204.0]
    assert column(part, "CPU, median (s)") == [39.0, 69.0, 34.0]
    assert column(part, "in NEURON (%)") == [50.0, None, 50.0]  # not told by those that raised
    assert column(part, "memory, largest (MB)") == [170.0, 170.0, 160.0]


def test_longest_and_ended_runs(results: Results):
    runs = results.runs.assign(status=["timeout", *results.runs["status"][1:]])
    page = runtime_page(replace(results, runs=runs))
    longest = section(page, "The 7 longest")
    assert column(longest, "simulation")[:2] == ["bac/a", "pyr/f"]
    assert column(longest, "NEURON's runs (CPU s)")[:2] == [None, 29.5]
    ended = section(page, "Simulations without scores")
    assert column(ended, "simulation") == ["pyr/a", "bac/a", "pyr/e"]
    assert column(ended, "message") == ["", *["NrnError: no <axon> & no soma"] * 2]
    assert "<axon>" not in render(page)


def test_scores_without_runtimes(results: Results):
    page = runtime_page(replace(results, runs=results.runs.assign(cpu_s=0.0)))
    assert page.lead == ["The scores do not record how long the simulations took."]
    assert len(COMBOS) == len(results.runs)


def test_every_output_has_its_page(tmp_path: Path, results: Results):
    """As the rule's script does; pages of other e-models are removed."""
    (tmp_path / "emodels").mkdir()
    (tmp_path / "emodels" / "old.html").touch()
    emodels = [str(tmp_path / "emodels" / f"{name}.html") for name in ("bac", "pyr")]
    for name, paths in (("release", str(tmp_path / "release.html")), ("emodels", emodels)):
        write_pages(name, paths, results)
    titles = {
        path.stem: html.parse(str(path)).findtext(".//h1") for path in tmp_path.rglob("*.html")
    }
    assert titles == {"release": "Release", "bac": "bac", "pyr": "pyr"}
