"""The pages about adaptation: numbers counted by hand from a few combinations."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from lxml import html
from outcomes import run_row
from tables import combo, combos_table, decide, exemplar, scores_table

from megate.adaptation.emodel import EmodelAdaptation
from megate.adaptation.resistance import SCALES, ResistanceFit
from megate.config.config import Select
from megate.gating.decisions import write_decisions
from megate.gating.outcome import Decisions
from megate.release.adaptation import (
    Adaptation,
    compare,
    headline,
    read_adaptation,
    write_adaptation,
)
from megate.report.adaptation import (
    AT_LIMIT,
    WITHIN,
    causes_of_change,
    changed,
    scale_counts,
    scaled_parts,
)
from megate.report.html.adaptation_page import adaptation_page
from megate.report.html.emodel_page import emodel_page
from megate.report.html.page import Page, Section, render
from megate.report.html.release_page import release_page
from megate.report.pdf.report import report_pages, write_report
from megate.report.results import Results, read_adaptation_results
from megate.scores.shards import SCHEMA, write_table

FIVE = [{"features": [".*"], "megate_threshold": 5}]
LIMITS = [0.8, 1.2]
RAISED = "Traceback\nValueError: no spike"
# job -> scores with adaptation, scores without, AIS_scaler, soma_scaler, rho_axon, rho, at_limit
CELLS: dict[str, tuple] = {
    "E/gained": ({"f": 1.0, "g": 1.0}, {"f": 9.0, "g": 7.0}, 1.1, 0.9, 8.08, 3.5, False),
    "E/lost": ({"f": 6.0, "g": 1.0}, {"f": 1.0, "g": 1.0}, 0.8, 1.0625, 9.6, 3.5, True),
    "E/raised": ({"f": 1.0, "g": 1.0}, RAISED, 1.05, 0.95, 7.92, 3.43, False),
    "E/fails": ({"f": 8.0, "g": 1.0}, {"f": 9.0, "g": 6.0}, 1.2, 1.1, 7.0, 3.5, True),
    "E/new": ({"f": 1.0, "g": 1.0}, None, 0.9, 1.1, 8.0, 3.5, False),
}
RESISTANCES = {"ais": (900.0, -1.0, 8.0), "soma": (400.0, -1.0, 3.5)}


def fit(resistance: float, exponent: float) -> ResistanceFit:
    return ResistanceFit.to(SCALES.tolist(), (resistance * SCALES**exponent).tolist())


def of_exemplar(*parts: str) -> EmodelAdaptation:
    values: dict[str, object] = {}
    for part in parts:
        resistance, exponent, rho = RESISTANCES[part]
        values[f"{part}_resistance"] = fit(resistance, exponent)
        values["rho_axon" if part == "ais" else "rho"] = rho
    return EmodelAdaptation("E", "ex", -83.0, **values)


def adapted_scores(jobs: dict[str, tuple]) -> pd.DataFrame:
    scores = scores_table(
        {"E/ex": {"f": 0.5, "g": 0.5}} | {job: found[0] for job, found in jobs.items()}
    )
    names = ["AIS_scaler", "soma_scaler", "rho_axon", "rho", "at_limit"]
    values = {job: dict(zip(names, found[2:], strict=True)) for job, found in jobs.items()}
    for name in names:
        scores[name] = [values.get(job, {}).get(name) for job in scores["job"]]
    return scores


@pytest.fixture
def decisions() -> Decisions:
    table = combos_table(exemplar(), combo("ex"), *(combo(job[2:]) for job in CELLS))
    return decide(table, adapted_scores(CELLS), FIVE)


@pytest.fixture
def adaptation(decisions: Decisions) -> Adaptation:
    return adaptation_of(decisions, CELLS, of_exemplar("ais", "soma"))


def adaptation_of(
    decisions: Decisions, cells: dict[str, tuple], measured: EmodelAdaptation
) -> Adaptation:
    both = {job: found[1] for job, found in cells.items() if found[1] is not None}
    without = Decisions(decisions.combos.iloc[:0], [], True, [])
    if both:
        table = combos_table(exemplar(), *(combo(job[2:]) for job in both))
        numbers = decisions.combos.set_index("job")["combo"]
        table["combo"] = [numbers.get(job, 0) for job in table["job"]]
        scores = scores_table({"E/ex": {"f": 0.5, "g": 0.5}} | both)
        without = decide(table, scores, FIVE)
    return Adaptation(
        compare(decisions.combos, without.combos, [measured]),
        without.combos,
        {gates.emodel: gates for gates in without.gates},
        {"E": measured},
        LIMITS,
    )


def results_of(decisions: Decisions, adaptation: Adaptation) -> Results:
    gates = {gates.emodel: gates for gates in decisions.gates}
    combos = decisions.combos.assign(message=None)
    return Results(combos, gates, pd.DataFrame(), pd.DataFrame(), adaptation)


# Numbers ------------------------------------------------------------------------------------


def test_counts_and_quality_per_emodel(adaptation: Adaptation):
    (row,) = adaptation.table.to_dict("records")
    assert {name: row[name] for name in adaptation.table.columns[:10]} == {
        "emodel": "E",
        "combinations": 6,  # with the exemplar's own, which is not adapted
        "released": 4,
        "adapted": 5,
        "at_limit": 2,
        "compared": 4,
        "released_without": 1,
        "released_with": 2,
        "gained": 2,
        "lost": 1,
    }
    assert [row[f"AIS_scaler_{name}"] for name in ("min", "median", "max")] == [0.8, 1.05, 1.2]
    assert [row[f"soma_scaler_{name}"] for name in ("min", "median", "max")] == [0.9, 1.0625, 1.1]
    assert (row["rho_axon_exemplar"], row["rho_exemplar"]) == (8.0, 3.5)
    # of the cells within the limits: 8.08, 7.92 and 8.0; 3.5, 3.43 and 3.5
    assert row["rho_axon_error"] == pytest.approx(0.01)
    assert row["rho_error"] == pytest.approx(0.02)
    assert row["ais_fit_error"] < 1e-9


def test_the_table_is_read_as_it_was_written(adaptation: Adaptation, tmp_path: Path):
    write_adaptation(tmp_path / "adaptation.tsv", adaptation.table)
    read = read_adaptation(tmp_path / "adaptation.tsv")
    pd.testing.assert_frame_equal(read, adaptation.table, check_exact=True)


def test_a_part_that_is_not_scaled_has_no_values(decisions: Decisions, tmp_path: Path):
    found = adaptation_of(decisions, CELLS, of_exemplar("soma"))
    write_adaptation(tmp_path / "adaptation.tsv", found.table)
    (row,) = read_adaptation(tmp_path / "adaptation.tsv").to_dict("records")
    assert np.isnan([row["AIS_scaler_min"], row["rho_axon_error"], row["ais_fit_error"]]).all()
    assert row["rho_error"] == pytest.approx(0.02)
    assert [part.name for part in scaled_parts(found)] == ["soma"]


def test_headline(decisions: Decisions, adaptation: Adaptation):
    assert headline(adaptation.table) == (
        "of 4 combinations simulated both ways, 2 are released with adaptation and 1 without "
        "(2 gained, 1 lost); 2 of 5 adapted cells have a scale at a limit"
    )
    never = {job: (found[0], None, *found[2:]) for job, found in CELLS.items()}
    table = adaptation_of(decisions, never, of_exemplar("ais")).table
    assert headline(table) == (
        "no combination was simulated without adaptation; "
        "2 of 5 adapted cells have a scale at a limit"
    )


def test_scales_are_counted_between_the_limits():
    scales = pd.Series([0.8, 0.8, 0.81, 0.999999, 1.000001, 1.2, 1.19, np.nan])
    counts = scale_counts(scales, LIMITS)
    assert counts[AT_LIMIT].sum() == 3
    assert counts[WITHIN].sum() == 4
    assert counts.index[0] == 0.8
    assert (counts.iloc[0][AT_LIMIT], counts.iloc[0][WITHIN]) == (2, 1)
    assert (counts.iloc[-1][AT_LIMIT], counts.iloc[-1][WITHIN]) == (1, 1)
    fixed = scale_counts(pd.Series([1.000001]), [1, 1])
    assert fixed[AT_LIMIT].tolist() == [1] + [0] * 19


def test_changed_combinations(decisions: Decisions, adaptation: Adaptation):
    rows = changed(decisions.combos, adaptation)
    assert rows["morph_name"].tolist() == ["gained", "lost", "raised"]
    assert rows["reason"].tolist() == ["passed", "over_limit", "passed"]
    assert rows["reason_without"].tolist() == ["over_limit", "passed", "simulation_error"]
    assert rows["limiting_feature_without"].tolist()[0] == "f"
    assert rows["margin_without"].tolist()[0] == pytest.approx(-0.8)


def test_causes_of_change(decisions: Decisions, adaptation: Adaptation):
    gates = {gates.emodel: gates for gates in decisions.gates}
    found = causes_of_change(decisions.combos, gates, adaptation)
    # without: `gained` and `fails` fail by both, `raised` has no scores; with: `lost` and `fails`
    # fail by f
    assert [tuple(row) for row in found.itertuples(index=False)] == [
        ("E", "f", 2, 2, 1, 1),
        ("E", "g", 2, 0, 1, 0),
        ("E", "simulation error", 1, 0, 1, 0),
    ]


@pytest.mark.parametrize("compared", [True, False])
def test_the_comparison_is_read_from_its_files(
    decisions: Decisions, compared: bool, tmp_path: Path
):
    cells = CELLS if compared else {job: (c[0], None, *c[2:]) for job, c in CELLS.items()}
    adaptation = adaptation_of(decisions, cells, of_exemplar("ais", "soma"))
    without = Decisions(adaptation.without, list(adaptation.gates_without.values()), True, [])
    write_decisions(tmp_path / "decisions.parquet", without)
    write_adaptation(tmp_path / "adaptation.tsv", adaptation.table)
    adaptation.exemplars["E"].write(tmp_path / "E.json")
    runs = [row for job in adaptation.without["job"] for row in run_row(job, "passed", 9.0)]
    write_table(tmp_path / "scores.parquet", pa.Table.from_pylist(runs, SCHEMA))
    jobs = decisions.combos[["combo", "job"]]
    jobs.to_parquet(tmp_path / "combos.parquet", index=False)
    read = read_adaptation_results(
        *(tmp_path / name for name in ("adaptation.tsv", "decisions.parquet")),
        *(tmp_path / name for name in ("combos.parquet", "scores.parquet")),
        [tmp_path / "E.json"],
        LIMITS,
    )
    assert read.exemplars == adaptation.exemplars
    gates = {gates.emodel: gates for gates in decisions.gates}
    causes = [causes_of_change(decisions.combos, gates, each) for each in (read, adaptation)]
    pd.testing.assert_frame_equal(*causes)
    assert len(causes[0]) == (3 if compared else 0)
    shown = [changed(decisions.combos, each)["morph_name"].tolist() for each in (read, adaptation)]
    assert shown[0] == shown[1]
    render(adaptation_page(results_of(decisions, read)))
    render(emodel_page("E", results_of(decisions, read)))


# Pages --------------------------------------------------------------------------------------


def section(page: Page, heading: str) -> Section:
    (found,) = [part for part in page.sections if part.heading == heading]
    return found


def column(part: Section, title: str) -> list[object]:
    assert part.table is not None
    numbers = [i for i, each in enumerate(part.table.columns) if each.title == title]
    return [row[numbers[0]] for row in part.table.rows]


def test_html_page(decisions: Decisions, adaptation: Adaptation):
    page = adaptation_page(results_of(decisions, adaptation))
    assert page.lead[0].startswith("Of 4 combinations simulated both ways, 2 are released")
    totals = section(page, "Combinations per e-model")
    assert column(totals, "e-model") == ["all e-models", "E"]
    assert column(totals, "released with") == [2, 2]
    assert column(totals, "gained") == [2, 2]
    quality = section(page, "Scales and resistances per e-model")
    assert column(quality, "difference (%)") == [pytest.approx(1.0)]
    assert column(quality, "rho") == [3.5]
    part = section(page, "Combinations whose outcome changes")
    assert column(part, "morphology") == ["gained", "raised", "lost"]
    assert column(part, "AIS scale") == [1.1, 1.05, 0.8]
    assert column(part, "at a limit") == ["", "", "yes"]
    outcomes = "without: outcome, limiting feature"
    assert column(part, outcomes) == ["over limit: f", "simulation error", "passed: f"]
    figure = html.fromstring(render(page)).find(".//figure/svg")
    assert "scale of the soma" in figure.text_content()


def test_html_page_without_anything_to_compare(decisions: Decisions):
    never = {job: (found[0], None, *found[2:]) for job, found in CELLS.items()}
    found = adaptation_of(decisions, never, of_exemplar("ais"))
    page = adaptation_page(results_of(decisions, found))
    assert page.lead[0].startswith("No combination was simulated without adaptation")
    assert section(page, "Failing features, without and with adaptation").table is None
    assert section(page, "Combinations whose outcome changes").note == "None."
    text = html.fromstring(render(page)).text_content()
    assert "scale of the AIS" in text
    assert "scale of the soma" not in text


def test_page_of_an_emodel_shows_its_fits(decisions: Decisions, adaptation: Adaptation):
    page = emodel_page("E", results_of(decisions, adaptation))
    part = section(page, "Scales of AIS and soma")
    assert "2 of 5 adapted cells" in part.note
    text = html.fromstring(str(part.figure)).text_content()
    assert "AIS alone (MOhm)" in text
    assert "largest error 0.00%" in text
    off = replace(results_of(decisions, adaptation), adaptation=None)
    assert "Scales" not in render(emodel_page("E", off))


def test_tables_of_combinations_have_scales(decisions: Decisions, adaptation: Adaptation):
    page = release_page(results_of(decisions, adaptation))
    part = section(page, "Released combinations")
    scales = dict(zip(column(part, "morphology"), column(part, "soma scale"), strict=True))
    assert scales == {"gained": 0.9, "raised": 0.95, "new": 1.1, "ex": None}
    others = section(page, "Combinations that are not released")
    assert column(others, "at a limit") == ["yes", "yes"]
    off = decisions.combos.assign(AIS_scaler=np.nan, soma_scaler=np.nan, at_limit=None)
    page = release_page(results_of(replace(decisions, combos=off), adaptation))
    assert "soma scale" not in render(page)


def test_pdf_pages(decisions: Decisions, adaptation: Adaptation, tmp_path: Path):
    select = Select(megate_thresholds=FIVE, to_skip_features=[])
    titles = [page.title for page in report_pages(decisions, select, [], None, adaptation)]
    assert titles[1:5] == [
        "AIS and soma adaptation",
        "Scales of AIS and soma",
        "Input resistances of AIS and soma",
        "Gating rules",
    ]
    write_report(tmp_path / "r.pdf", decisions, select, [], None, adaptation)
    assert (tmp_path / "r.pdf").stat().st_size > 0
    never = {job: (found[0], None, *found[2:]) for job, found in CELLS.items()}
    one = adaptation_of(decisions, never, of_exemplar("ais"))
    write_report(tmp_path / "one.pdf", decisions, select, [], None, one)
