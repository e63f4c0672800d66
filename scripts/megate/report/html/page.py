"""HTML pages of Snakemake's report, each a file without references.

Click a column's title to sort a table; long tables can be filtered. Figures are SVG elements of the
page. A report in one file passes each page to the browser as a ``data:`` address; Chromium shows
none above 2 MiB. Long tables are therefore cut, with a sentence that says so.
"""

import logging
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from numbers import Integral
from pathlib import Path

import jinja2
import pandas as pd
from markupsafe import Markup

from megate.core.vocabulary import Reason
from megate.files.atomic import written_whole
from megate.report.html.size import MAX_BYTES
from megate.report.style import COLOURS
from megate.report.summaries import outcomes_of

logger = logging.getLogger(__name__)

MAX_ROWS = 1000
ENVIRONMENT = jinja2.Environment(
    loader=jinja2.FileSystemLoader(Path(__file__).resolve().parent / "templates"),
    autoescape=True,
    trim_blocks=True,
    lstrip_blocks=True,
    undefined=jinja2.StrictUndefined,
)


@dataclass(frozen=True)
class Bar:
    """A stacked bar of the numbers of each outcome; at `full` (None: their sum) it fills its
    cell."""

    counts: Mapping[Reason, int]
    full: int | None = None


@dataclass(frozen=True)
class Column:
    """A column of a table.

    Attributes:
        kind: text, long (text that wraps), number or bar
        digits: decimals of a number that is not whole
        about: tooltip of the title
        key: name of its values for `Table.of`
    """

    title: str
    kind: str = "text"
    digits: int = 2
    about: str = ""
    key: str = ""

    def cell(self, value: object) -> Markup:
        """The cell of `value`: text, a number, a `Bar`, or None for an empty one."""
        if isinstance(value, Bar):
            return _bar(value)
        if self.kind == "number":
            return _number(value, self.digits)
        kind = Markup(' class="l"') if self.kind == "long" else ""
        return Markup("<td{}>{}</td>").format(kind, "" if _is_none(value) else value)


@dataclass(frozen=True)
class Table:
    """A table: per row a value for every column. The first `n_bold` rows are totals, which stay at
    the top when the table is sorted."""

    columns: Sequence[Column]
    rows: Sequence[Sequence[object]]
    n_bold: int = 0

    @classmethod
    def of(cls, values: pd.DataFrame, columns: Sequence[Column], n_bold: int = 0) -> "Table":
        """The table with the values of each column's `key`."""
        cells = values[[column.key for column in columns]].astype(object)
        rows = cells.where(cells.notna(), None).itertuples(index=False, name=None)
        return cls(columns, list(rows), n_bold)

    @property
    def colours(self) -> dict[Reason, str]:
        """The outcomes in the bars' legend, with their colours."""
        bars = (cell for row in self.rows for cell in row if isinstance(cell, Bar))
        shown = {outcome for bar in bars for outcome in bar.counts}
        return {outcome: colour for outcome, colour in COLOURS.items() if outcome in shown}


@dataclass(frozen=True)
class Section:
    """A heading, a note, a figure (SVG), a table."""

    heading: str
    note: str = ""
    table: Table | None = None
    figure: Markup | None = None


@dataclass(frozen=True)
class Page:
    """A page: title, introductory sentences, sections."""

    title: str
    lead: Sequence[str]
    sections: Sequence[Section]


def render(page: Page) -> str:
    """The page as HTML."""
    return ENVIRONMENT.get_template("page.html.jinja2").render(page=page)


def write_page(path: Path, page: Page) -> None:
    """Write the page, whole or not at all. Warn if it is too large for a report in one file."""
    content = render(page).encode()
    if len(content) > MAX_BYTES:
        logger.warning(
            "%s has %.1f MB; browsers do not show pages of more than %.1f MB in a report in one "
            "file; use --report report.zip",
            path,
            len(content) / 1e6,
            MAX_BYTES / 1e6,
        )
    with written_whole(path) as partial:
        partial.write_bytes(content)


def cut_note(shown: int, total: int, which: str, rest: str) -> str:
    """Sentence about a table that is cut: which rows it shows, and where the others are. "" if it
    shows all rows."""
    return f"Shown: {shown:,} of {total:,}, {which}. {rest}" if shown < total else ""


def cut_table(
    rows: pd.DataFrame, most: int, columns: Sequence[Column], note: str, which: str, rest: str
) -> tuple[str, Table]:
    """A table of at most the first `most` rows, and `note` with a `cut_note`."""
    note += cut_note(min(most, len(rows)), len(rows), which, rest)
    return note, Table.of(rows.head(most), columns)


def bars(counts: pd.DataFrame, full: int | None = None) -> pd.Series:
    """A bar for each row of a table with a column per outcome."""
    shown = [outcome for outcome in Reason if outcome in counts]
    rows = counts[shown].itertuples(index=False)
    values = [Bar(dict(zip(shown, map(int, row), strict=True)), full) for row in rows]
    return pd.Series(values, index=counts.index, dtype=object)


def outcome_columns(combos: pd.DataFrame) -> list[Column]:
    """Columns of `bars` (key: `bar`) and of `megate.report.summaries.with_totals`."""
    return [
        Column("outcomes", "bar", key="bar"),
        Column("combinations", "number", key="combinations"),
        *(Column(name.label, "number", key=name) for name in outcomes_of(combos["reason"])),
        Column("passed (%)", "number", 1, key="percent"),
    ]


def _bar(bar: Bar) -> Markup:
    """A cell that sorts by the share of the first outcome, or with `full` by the bar's length."""
    first, length = next(iter(bar.counts.values())), sum(bar.counts.values())
    total = length if bar.full is None else bar.full
    if not total:
        return Markup('<td class="bar"><div></div></td>')
    parts = [
        Markup('<i style="width:{:.2f}%;background:{}" title="{}: {:,}"></i>').format(
            100 * count / total, COLOURS[outcome], outcome.label, count
        )
        for outcome, count in bar.counts.items()
        if count
    ]
    share = (first if bar.full is None else length) / total
    return Markup('<td class="bar" data-v="{:.6g}"><div>{}</div></td>').format(
        share, Markup("").join(parts)
    )


def _number(value: object, digits: int) -> Markup:
    if _is_none(value):
        return Markup('<td class="n"></td>')
    number = float(value)  # type: ignore[arg-type]
    if math.isinf(number):
        sign = "-" if number < 0 else ""
        return Markup('<td class="n" data-v="{}Infinity">{}∞</td>').format(sign, sign)
    digits = 0 if isinstance(value, Integral) else digits
    return Markup('<td class="n">{}</td>').format(f"{number:,.{digits}f}")


def _is_none(value: object) -> bool:
    return value is None or value != value
