"""Pages: what cells say and how they sort, nothing from elsewhere, nothing taken for markup."""

import logging
import re
from pathlib import Path

import pytest
from lxml import html
from markupsafe import Markup

from megate.core.vocabulary import Reason
from megate.report.html import page as pages
from megate.report.html.page import (
    Bar,
    Column,
    Page,
    Section,
    Table,
    cut_note,
    render,
    write_page,
)
from megate.report.style import COLOURS

COLUMNS = (
    Column("name", "long"),
    Column("score (SD)", "number"),
    Column("n", "number"),
    Column("outcomes", "bar"),
)
BAR = Bar({Reason.PASSED: 1, Reason.OVER_LIMIT: 3, Reason.SIMULATION_ERROR: 0})


def page(*rows: tuple) -> Page:
    table = Table(COLUMNS, rows, n_bold=1)
    return Page("A <title>", ["First."], [Section("Rows", "A note.", table)])


def cells(text: str) -> list[list[html.HtmlElement]]:
    return [list(row) for row in html.fromstring(text).findall(".//tbody/tr")]


def test_numbers_are_rounded_grouped_and_aligned():
    ((name, score, count, _),) = cells(render(page(("a", 1234.567, 12345, BAR))))
    assert name.text == "a"
    assert (score.text, count.text) == ("1,234.57", "12,345")
    assert score.get("class") == count.get("class") == "n"


def test_what_is_not_there_is_empty_and_infinity_has_a_number_to_sort_by():
    rows = cells(render(page((None, None, float("nan"), BAR), ("x", float("-inf"), 0, BAR))))
    assert [cell.text for cell in rows[0][:3]] == [None, None, None]
    assert rows[1][1].text == "-∞"
    assert rows[1][1].get("data-v") == "-Infinity"


def test_bars_have_the_outcomes_shares_and_colours():
    ((*_, bar),) = cells(render(page(("a", 1.0, 1, BAR))))
    parts = bar.findall(".//i")
    assert [part.get("style") for part in parts] == [
        f"width:25.00%;background:{COLOURS['passed']}",
        f"width:75.00%;background:{COLOURS['over_limit']}",
    ]
    assert [part.get("title") for part in parts] == ["passed: 1", "over limit: 3"]
    assert float(bar.get("data-v")) == 0.25
    ((*_, scaled),) = cells(render(page(("a", 1.0, 1, Bar({Reason.OVER_LIMIT: 3}, 12)))))
    assert [part.get("style") for part in scaled.findall(".//i")] == [
        f"width:25.00%;background:{COLOURS['over_limit']}"
    ]
    (nothing,) = cells(render(page(("a", 1.0, 1, Bar({Reason.PASSED: 0})))))
    assert nothing[3].findall(".//i") == []


def test_the_colours_that_bars_may_show_are_explained():
    (key,) = html.fromstring(render(page(("a", 1.0, 1, BAR)))).find_class("key")
    assert key.text_content() == "passedover limitsimulation error"
    nothing = Page("A", [], [Section("Rows", table=Table(COLUMNS[:3], [("a", 1.0, 1)]))])
    assert html.fromstring(render(nothing)).find_class("key") == []


def test_text_is_not_markup():
    text = render(page(("<script>alert(1)</script> & \"'", 1.0, 1, BAR)))
    assert "<script>alert" not in text
    ((name, *_),) = cells(text)
    assert name.text == "<script>alert(1)</script> & \"'"
    assert html.fromstring(text).findtext(".//h1") == "A <title>"


def test_long_tables_can_be_filtered_and_totals_are_bold():
    rows = [("all", 1.0, 1, BAR), *[("a", 1.0, 1, BAR)] * 10]
    assert html.fromstring(render(page(*rows))).findall(".//input")
    short = html.fromstring(render(page(*rows[:3])))
    assert not short.findall(".//input")
    assert [row.get("class") for row in short.findall(".//tbody/tr")] == ["bold", None, None]


def test_a_page_needs_nothing_from_elsewhere():
    figure = Section("Figure", figure=Markup("<svg></svg>"))
    text = render(Page("A", [], [*page(("a", 1.0, 1, BAR)).sections, figure]))
    assert not re.findall(r"""(?:src|href)\s*=|@import|url\(|fetch\(|import\s""", text)
    assert not re.findall(r"https?://", text)


def test_a_page_too_large_for_a_report_in_one_file_is_warned_about(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
):
    with caplog.at_level(logging.WARNING):
        write_page(tmp_path / "a.html", page(("a", 1.0, 1, BAR)))
        assert not caplog.messages
        monkeypatch.setattr(pages, "MAX_BYTES", 1000)
        write_page(tmp_path / "a.html", page(("a", 1.0, 1, BAR)))
    assert "report.zip" in caplog.text
    assert [path.name for path in tmp_path.iterdir()] == ["a.html"]


def test_the_largest_page_is_one_that_chromium_takes():
    """Base64 makes four bytes of three; the header says type, charset and file name."""
    assert pages.MAX_BYTES * 4 / 3 + 500 < 2 * 2**20


def test_the_note_says_what_was_cut():
    assert cut_note(3, 3, "the best", "There.") == ""
    assert cut_note(3, 12345, "the best", "There.") == "Shown: 3 of 12,345, the best. There."
