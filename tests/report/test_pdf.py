"""The PDF report: the numbers that it shows, its pages, and cases with little to show."""

import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import matplotlib
import numpy as np
import pandas as pd
import pytest

from megate.config.config import Select
from megate.gating.decide import Decisions, EmodelGates
from megate.report import style, summaries
from megate.report.pdf import report
from megate.report.pdf.canvas import Drawing
from megate.report.pdf.document import Document, Page
from megate.report.pdf.pages import emodels
from megate.report.pdf.tables import Column, text_table
from megate.report.summaries import feature_table, ranked

FACTS = [("recipe", "circuit/recipe.yaml"), ("megate", "1.2.3")]
SELECT = Select(
    megate_thresholds=[
        {"features": [".*"], "megate_threshold": 5},
        {"emodel": ["pyr$"], "features": ["Step.*$", "IV.*"], "megate_threshold": 2.5},
    ],
    to_skip_features=[".*bAP", "typo"],
)
MISSING = "missing_score"
OUTCOMES = ["passed", "over_limit", "simulation_error", MISSING]


def combos_table(rows: list[tuple]) -> pd.DataFrame:
    columns = ["combo", "morph_name", "fullmtype", "etype", "emodel", "reason", "median_score"]
    table = pd.DataFrame(rows, columns=columns).set_index("combo", drop=False)
    return table.assign(
        passed=table["reason"] == "passed",
        combo_name=table["morph_name"],
        margin=np.where(table["reason"] == "simulation_error", np.nan, 0.5),
        borderline=False,
        stopped_at=None,
        limiting_feature="Step.b",
        limiting_feature_score=1.0,
        limiting_feature_limit=2.0,
    )


def gates_of(
    emodel: str,
    scores: pd.DataFrame,
    limits: pd.DataFrame,
    uncomputable: Sequence[str] = (),
) -> EmodelGates:
    """Every limit set by rule 1."""
    rules = limits.notna().astype(int)
    passed = scores[limits.columns] <= limits
    return EmodelGates(emodel, scores, limits, rules, passed, list(uncomputable))


@pytest.fixture
def decisions() -> Decisions:
    """Five combinations of `pyr`: 10 passes, 11 fails `Step.b`, 12 lacks `Step.b`, 13 raised, 14
    passes; two of `bac`, of which one passes. Combinations 10 and 11 share a morphology."""
    combos = combos_table(
        [
            (10, "m1", "L5_TPC:A", "cAD", "pyr", "passed", 1.0),
            (20, "m1", "L5_BP", "bAC", "bac", "over_limit", 7.0),
            (11, "m1", "L5_TPC:B", "cAD", "pyr", "over_limit", 2.0),
            (12, "m2", "L5_TPC:A", "cAD", "pyr", MISSING, 0.5),
            (13, "m3", "L5_TPC:A", "cAD", "pyr", "simulation_error", np.nan),
            (14, "m4", "L5_TPC:A", "cAD", "pyr", "passed", 4.0),
            (21, "m3", "L5_BP", "bAC", "bac", "passed", 0.25),
        ]
    )
    index = pd.Index([10, 11, 12, 13, 14], name="combo")
    scores = pd.DataFrame(
        {
            "Step.z": [1.0, 1.0, 1.0, np.nan, 6.0],
            "soma.bAP": [9.0, 9.0, np.nan, np.nan, 9.0],
            "Step.b": [1.0, 3.0, np.nan, np.nan, 2.0],
        },
        index=index,
    )
    limits = pd.DataFrame({"Step.z": 1250.0, "Step.b": [2.5, 2.5, 2.5, 2.5, 5.0]}, index=index)
    pyr = gates_of("pyr", scores, limits, ["Step.z"])
    few = pd.DataFrame({"IV.v": [7.0, 0.25]}, index=pd.Index([20, 21], name="combo"))
    bac = gates_of("bac", few, few * 0 + 5.0)
    return Decisions(combos, [bac, pyr], True, ["pyr: Step.z is open"])


def raised_decisions(n: int) -> Decisions:
    """`n` combinations of one e-model that all raised: there are no features."""
    rows = [(i, f"m{i}", "L1_A", "cAD", "pyr", "simulation_error", np.nan) for i in range(n)]
    combos = combos_table(rows)
    nothing = pd.DataFrame(index=combos.index)
    return Decisions(combos, [gates_of("pyr", nothing, nothing)], True, [])


def many_mtypes(n: int) -> Decisions:
    """One combination for each of `n` m-types, all of which pass a limit of infinity."""
    rows = [(i, f"m{i}", f"L1_{i:03d}", "cAD", "pyr", "passed", 1.0) for i in range(n)]
    combos = combos_table(rows)
    scores = pd.DataFrame({"Step.a": 1.0}, index=combos.index)
    return Decisions(combos, [gates_of("pyr", scores, scores * np.inf)], True, [])


def titles(decisions: Decisions, select: Select = SELECT) -> list[str]:
    """The titles of all pages, in order."""
    return [page.title for page in report.report_pages(decisions, select, FACTS)]


def pdf_text(path: Path, *options: str) -> str:
    if shutil.which("pdftotext") is None:
        pytest.skip("pdftotext is not installed")
    command = ["pdftotext", "-layout", *options, str(path), "-"]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def n_pages(path: Path) -> int:
    """Pages of a PDF; fails if the file is not whole."""
    content = path.read_bytes()
    assert content.startswith(b"%PDF-")
    assert content.rstrip().endswith(b"%%EOF")
    return len(re.findall(rb"/Type /Page\b", content))


# Numbers ------------------------------------------------------------------------------------


def test_outcomes_per_group(decisions):
    table = summaries.count_outcomes(decisions.combos, ["fullmtype"])
    assert list(table.columns) == ["passed", "over_limit", "simulation_error", MISSING]
    assert {name: list(row) for name, row in table.iterrows()} == {
        "L5_BP": [1, 1, 0, 0],
        "L5_TPC:A": [2, 0, 1, 1],
        "L5_TPC:B": [0, 1, 0, 0],
    }


def test_outcomes_per_feature_keep_the_order_of_the_emodel(decisions):
    table = feature_table(decisions.gates[1], decisions.combos)
    assert list(table.columns[:4]) == OUTCOMES
    assert list(table.index) == ["Step.z", "Step.b"]
    assert list(table.loc["Step.z", OUTCOMES]) == [4, 0, 1, 0]
    assert list(table.loc["Step.b", OUTCOMES]) == [2, 1, 1, 1]
    assert table["uncomputable"].tolist() == [True, False]
    assert list(table["lowest"]) == [1250.0, 2.5]
    assert list(table["highest"]) == [1250.0, 5.0]


def test_raised_combinations_do_not_count_as_failed():
    table = feature_table(raised_decisions(3).gates[0], raised_decisions(3).combos)
    assert table.empty
    # the same, beside a combination that ran: its features are known
    combos = combos_table(
        [
            (0, "a", "M", "E", "pyr", "simulation_error", np.nan),
            (1, "b", "M", "E", "pyr", "over_limit", 9.0),
        ]
    )
    scores = pd.DataFrame({"f": [np.nan, 9.0]}, index=combos.index)
    gates = gates_of("pyr", scores, scores * 0 + 5)
    assert list(feature_table(gates, combos).loc["f", OUTCOMES]) == [0, 1, 1, 0]


def test_emodels_per_morphology_take_the_best_outcome(decisions):
    table = summaries.count_emodels(decisions.combos)
    assert {name: list(row) for name, row in table.iterrows()} == {
        "m1": [1, 1, 0, 0],  # pyr passed as one m-type and failed as the other; bac failed
        "m2": [0, 0, 0, 1],
        "m3": [1, 0, 1, 0],
        "m4": [1, 0, 0, 0],
    }


def test_medians_are_those_of_released_combinations(decisions):
    table = summaries.metype_medians(decisions.combos)
    assert list(table.index) == ["L5_BP", "L5_TPC:A", "L5_TPC:B"]
    assert list(table.columns) == ["bAC", "cAD"]
    expected = [[0.25, np.nan], [np.nan, 2.5], [np.nan, np.nan]]
    np.testing.assert_array_equal(table.to_numpy(), expected)


def test_limits_are_shown_as_number_range_or_infinity():
    limits = [(5.0, 5.0), (2.5, 1250.0), (np.inf, np.inf), (0.0, 0.0125), (np.nan, np.nan)]
    assert [emodels.limits_text(*pair) for pair in limits] == [
        "5.00",
        "2.50 to 1,250.00",
        "∞",
        "0.00 to 0.013",
        "none passes",
    ]


def test_failing_features_most_frequent_first():
    combos = combos_table(
        [(i, f"m{i}", "M", "E", "pyr", "over_limit", 1.0) for i in range(4)]
        + [
            (4, "m4", "M", "E", "pyr", "simulation_error", np.nan),
            (5, "m5", "M", "E", "pyr", "passed", 1.0),
        ]
    )
    scores = pd.DataFrame(
        {
            "a": [6.0, 6.0, 1.0, 1.0, np.nan, 1.0],
            "b": [6.0, 6.0, 6.0, np.nan, np.nan, 1.0],
            "c": [1.0] * 4 + [np.nan, 1.0],
        },
        index=combos.index,
    )
    table = ranked(feature_table(gates_of("pyr", scores, scores * 0 + 5), combos))
    # m0 and m1 fail by a and b, m2 by b, m3 for want of b's score; m4 raised, c fails nobody
    assert list(table.index) == ["b", "a", "c"]
    assert table["fails"].tolist() == [4, 2, 0]
    assert table["alone"].tolist() == [2, 0, 0]


def test_feature_medians_are_over_all_combinations_of_an_emodel(decisions):
    table = summaries.feature_medians(decisions.gates)
    assert table["bac"].dropna().to_dict() == {"IV.v": 3.625}
    assert table["pyr"].dropna().to_dict() == {"Step.z": 1.0, "soma.bAP": 9.0, "Step.b": 2.0}


# Pages --------------------------------------------------------------------------------------


def test_pages_in_order(decisions):
    assert titles(decisions) == [
        "me-gating report",
        "Gating rules",
        "Margins",
        "Threshold sweep",
        "bac: combinations per gated feature",
        "bac: failing features",
        "bac: combinations per m-type",
        "pyr: combinations per gated feature",
        "pyr: failing features",
        "pyr: combinations per m-type",
        "Median scores per feature and e-model",
        "Median scores of released combinations per me-type",
        "Combinations per me-type",
    ]


def test_emodels_per_morphology_are_optional(decisions):
    pages = titles(decisions, Select(plot_emodels_per_morphology=True))
    assert pages[-2:] == ["E-models per morphology", "Combinations per me-type"]


def test_combinations_that_were_stopped_early(tmp_path, decisions):
    """Combination 12, which lacks a score, as one that was stopped at another feature."""
    combos, pyr = decisions.combos, decisions.gates[1]
    combos.loc[12, ["reason", "stopped_at"]] = ["over_limit", "Step.z"]
    pyr.scores.loc[12, "Step.z"], pyr.passed.loc[12, "Step.z"] = 1300.0, False
    report.write_report(tmp_path / "r.pdf", decisions, SELECT, FACTS)
    text = " ".join(pdf_text(tmp_path / "r.pdf").split())
    assert text.count("1 of 7 combinations were stopped early (scoring.stop_early)") == 3
    assert text.count("1 of 5 combinations were stopped early (scoring.stop_early)") == 1
    assert "Grey: with those that may pass, but were stopped early." in text
    assert text.count("Percentages are of those that were not stopped before") == 1
    failing = text[text.index("pyr: failing features") :]
    # Step.z: of 10, 11, 12 and 14; Step.b: of 10, 11 and 14
    assert "25.0 %" in failing and "33.3 %" in failing


def test_many_mtypes_are_broken_into_pages(tmp_path):
    report.write_report(tmp_path / "r.pdf", many_mtypes(300), SELECT, FACTS)
    pages = pdf_text(tmp_path / "r.pdf").split("\f")
    mtypes = [page for page in pages if "pyr: combinations per m-type" in page]
    assert len(mtypes) >= 300 / 40
    assert re.findall(r"L1_\d{3}", "".join(mtypes)) == [f"L1_{number:03d}" for number in range(300)]
    for page in mtypes:  # legend, column's title and scale are repeated
        words = "".join(page.split())
        assert all(text in words for text in ("overlimit", "passed/all", "combinations"))


def test_written_pages(tmp_path, decisions):
    path = tmp_path / "release" / "megating.pdf"
    report.write_report(path, decisions, SELECT, FACTS)
    assert n_pages(path) == 13
    assert [file.name for file in path.parent.iterdir()] == ["megating.pdf"]


def test_first_page(tmp_path, decisions):
    report.write_report(tmp_path / "r.pdf", decisions, SELECT, FACTS)
    lines = [line.split() for line in pdf_text(tmp_path / "r.pdf", "-l", "1").splitlines()]
    assert ["recipe", "circuit/recipe.yaml"] in lines
    assert ["all", "e-models", "7", "3", "2", "1", "1", "42.9", "0"] in lines
    assert ["pyr", "5", "2", "1", "1", "1", "40.0", "0", "8"] in lines
    assert ["13", "Combinations", "per", "me-type"] in lines
    assert ["pyr:", "Step.z", "is", "open"] in lines


def coverage_table(*rows: tuple) -> pd.DataFrame:
    columns = ["layer", "fullmtype", "etype", "cells", "morphologies", "combinations", "released"]
    table = pd.DataFrame(rows, columns=[*columns, "emodels"])
    return table.astype({"cells": "Int64"})


@pytest.mark.parametrize("cells", [None, 1234])
def test_coverage_page_comes_after_the_first_page(tmp_path, decisions, cells):
    table = coverage_table(
        ("6", "L6_BPC", "bNAC", cells, 0, 0, 0, ""),
        ("5", "L5_BP", "bAC", cells, 2, 12, 3, "bac,pyr"),
    )
    report.write_report(tmp_path / "r.pdf", decisions, SELECT, FACTS, table)
    assert n_pages(tmp_path / "r.pdf") == 14
    page = pdf_text(tmp_path / "r.pdf", "-f", "2", "-l", "2")
    lines = [line.split() for line in page.splitlines()]
    shown = [] if cells is None else ["1,234"]
    assert ["6", "L6_BPC", "bNAC", *shown, "0", "0", "0"] in lines
    assert ["5", "L5_BP", "bAC", *shown, "2", "12", "3", "bac,", "pyr"] in lines
    text = " ".join(page.split())
    of_cells = "" if cells is None else " (1,234 of 2,468 cells)"
    assert f"Nothing is released for 1 of 2 types{of_cells}" in text
    assert ("cells" in text.replace("circuit's cells", "").replace(of_cells, "")) == bool(cells)
    first = [line.split() for line in pdf_text(tmp_path / "r.pdf", "-l", "1").splitlines()]
    assert ["2", "Coverage"] in first


def test_complete_coverage_and_many_types(tmp_path, decisions):
    rows = [("5", f"L5_{number:03d}", "bAC", None, 2, 12, 3, "bac") for number in range(600)]
    report.write_report(tmp_path / "r.pdf", decisions, SELECT, FACTS, coverage_table(*rows))
    text = " ".join(pdf_text(tmp_path / "r.pdf").split())
    assert "All 600 types have released combinations" in text
    assert "L5_499" in text
    assert "L5_500" not in text
    assert "... and 100 more" in text


def test_rules_are_shown_as_written(tmp_path, decisions):
    report.write_report(tmp_path / "r.pdf", decisions, SELECT, FACTS)
    lines = [line.split() for line in pdf_text(tmp_path / "r.pdf", "-f", "2").splitlines()]
    assert [".*bAP", "1"] in lines
    assert ["typo", "0"] in lines  # matches no feature
    assert ["2", "pyr$", ".*", ".*", "Step.*$", "2.5"] in lines
    assert ["IV.*"] in lines


def test_feature_page(tmp_path, decisions):
    report.write_report(tmp_path / "r.pdf", decisions, SELECT, FACTS)
    text = pdf_text(tmp_path / "r.pdf", "-f", "8", "-l", "8")
    # pdftotext leaves narrow spaces out
    rows = [line.split() for line in text.replace(" / ", "/").splitlines() if "/5" in line]
    assert rows == [
        ["passed", "all", "2/5"],
        ["Step.z", "4/5", "1,250.00"],
        ["Step.b", "2/5", "2.50", "to", "5.00"],
    ]


def test_maps_of_medians(tmp_path, decisions):
    report.write_report(tmp_path / "r.pdf", decisions, SELECT, FACTS)
    features, metypes = (
        [line.split() for line in pdf_text(tmp_path / "r.pdf", "-f", page, "-l", page).splitlines()]
        for page in ("11", "12")
    )
    assert ["bac", "pyr"] in features
    assert ["IV.v", "3.62"] in features
    assert ["soma.bAP", "9.00"] in features
    assert ["bAC", "cAD"] in metypes
    assert ["L5_BP", "0.25"] in metypes
    assert ["L5_TPC:A", "2.50"] in metypes
    assert ["L5_TPC:B", "-"] in metypes  # tested, none released


@pytest.mark.parametrize(
    ("scarce", "pages"),
    [(raised_decisions(1), 8), (raised_decisions(3), 8), (many_mtypes(1), 10)],
    ids=["one that raised", "all raised", "one that passed, limit of infinity"],
)
def test_scarce_cases(tmp_path, scarce, pages):
    select = Select(plot_emodels_per_morphology=True)
    report.write_report(tmp_path / "r.pdf", scarce, select, [])
    assert n_pages(tmp_path / "r.pdf") == pages


def test_nothing_passed_and_nothing_gated(tmp_path, decisions):
    rows = decisions.combos.assign(passed=False, reason=MISSING)
    gates = [
        gates_of(gates.emodel, gates.scores, gates.limits.iloc[:, :0]) for gates in decisions.gates
    ]
    report.write_report(tmp_path / "r.pdf", Decisions(rows, gates, True, []), Select(), FACTS)
    assert n_pages(tmp_path / "r.pdf") == 11


def test_scores_below_zero_and_without_end_are_drawn(tmp_path):
    combos = combos_table([(i, f"m{i}", "M", "E", "pyr", "passed", -1.0) for i in range(3)])
    scores = pd.DataFrame({"a": -3.0, "b": np.inf, "c": [-0.5, 0.0, 7.0]}, index=combos.index)
    decisions = Decisions(combos, [gates_of("pyr", scores, scores * 0 + 5)], True, [])
    report.write_report(tmp_path / "r.pdf", decisions, SELECT, FACTS)
    assert n_pages(tmp_path / "r.pdf") == 10


def test_the_best_are_not_said_to_pass_all_gates(tmp_path, decisions):
    reasons = decisions.combos["reason"].replace("over_limit", "not_among_best")
    best = replace(decisions, by_limits=False, combos=decisions.combos.assign(reason=reasons))
    report.write_report(tmp_path / "r.pdf", best, Select(select_perc_best=0.4), FACTS)
    text = pdf_text(tmp_path / "r.pdf")
    assert "not among best" in text
    assert "over limit" not in text.replace("(over limit, or", "")
    assert "passed all" not in text
    assert "The best 0.4 of the combinations" in text
    assert "Threshold sweep" not in text


def test_a_missing_threshold_current_has_a_column_of_its_own(tmp_path, decisions):
    reasons = decisions.combos["reason"].replace("over_limit", "no_threshold")
    without = replace(decisions, combos=decisions.combos.assign(reason=reasons, message="spikes"))
    report.write_report(tmp_path / "r.pdf", without, SELECT, FACTS)
    assert "no threshold" in pdf_text(tmp_path / "r.pdf", "-l", "1")


def test_same_input_same_bytes_whatever_the_users_settings(tmp_path, decisions):
    report.write_report(tmp_path / "a.pdf", decisions, SELECT, FACTS)
    with matplotlib.rc_context({"font.size": 20, "axes.grid": True, "font.family": "serif"}):
        settings = dict(matplotlib.rcParams)
        report.write_report(tmp_path / "b.pdf", decisions, SELECT, FACTS)
        assert dict(matplotlib.rcParams) == settings
    assert (tmp_path / "a.pdf").read_bytes() == (tmp_path / "b.pdf").read_bytes()
    assert b"/CreationDate (D:20000101000000" in (tmp_path / "a.pdf").read_bytes()


def test_a_failure_leaves_the_old_report_and_nothing_else(tmp_path, decisions, monkeypatch):
    path = tmp_path / "megating.pdf"
    path.write_text("old")

    def fail(*args: object, **options: object) -> None:
        raise RuntimeError("no drawing today")

    monkeypatch.setattr(Drawing, "draw", fail)
    with pytest.raises(RuntimeError, match="no drawing today"):
        report.write_report(path, decisions, SELECT, FACTS)
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


# Text that fits -----------------------------------------------------------------------------


def test_long_names_are_shortened_in_the_middle():
    name = "mm.Step_280.soma.v." + "x" * 100 + ".inv_fifth_ISI"
    short = style.shorten(name, 144)
    assert 137 < style.text_width(short) <= 144
    start, end = short.split("…")
    assert name.startswith(start)
    assert name.endswith(end)
    assert abs(len(start) - len(end)) <= 1
    assert style.shorten("L5_TPC:A", 144) == "L5_TPC:A"


def table_text(path: Path, rows: Sequence[Sequence[str]]) -> list[str]:
    """The text of the pages with a table of two columns."""
    columns = (Column("pattern", 0.3), Column("t (SD)", 0.7, "right"))
    Document(path, "Rules").write([Page("Rules", [text_table(columns, rows)])])
    return pdf_text(path).split("\f")[:-1]


def test_text_wraps_and_long_words_break(tmp_path):
    cells = ["one two\nthree", "start " + "y" * 300 + " end", "<b>&amp;"]
    (page,) = table_text(tmp_path / "t.pdf", [(cell, "5") for cell in cells])
    words = [line.split() for line in page.splitlines()]
    assert ["one", "two", "5"] in words
    assert ["three"] in words
    assert "".join(page.split()).count("y") == 300
    assert ["<b>&amp;", "5"] in words


def test_tables_repeat_their_header_on_the_next_page(tmp_path):
    pages = table_text(tmp_path / "t.pdf", [(f"rule{i}", "5") for i in range(100)])
    assert len(pages) > 2
    assert all("pattern" in page and "Rules" in page for page in pages)
    assert re.findall(r"rule\d+", "".join(pages)) == [f"rule{i}" for i in range(100)]


def test_a_row_that_is_longer_than_a_page_goes_on(tmp_path):
    patterns = [f"feature{i}" for i in range(200)]
    pages = table_text(tmp_path / "t.pdf", [("\n".join(patterns), "5")])
    assert re.findall(r"feature\d+", "".join(pages)) == patterns


def test_drawing_needs_no_display_and_no_pyplot():
    command = "import sys, megate.report.pdf.report; sys.exit('matplotlib.pyplot' in sys.modules)"
    scripts = Path(report.__file__).parents[3]
    subprocess.run([sys.executable, "-c", command], check=True, cwd=scripts)
