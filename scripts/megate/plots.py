"""Pages of the PDF report: tables of text, stacked bars, heat map; all A4, landscape.

Positions are in inches from the page's upper left corner, and what has to fit is measured before
it is placed: rows keep their height and labels their place, whatever the number of rows, and a
page costs one drawing (matplotlib's layout engines need several).
"""

import math
from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import lru_cache, partial

import matplotlib.style
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.collections import PolyCollection
from matplotlib.colors import Normalize
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.textpath import text_to_path
from matplotlib.ticker import MaxNLocator, StrMethodFormatter

PAGE = (11.69, 8.27)
COLOURS = {
    "passed": "#0072B2",
    "failed": "#D55E00",
    "raised": "#E69F00",
    "missing score": "#999999",
}
"""Colour of each outcome, from the palette of Okabe and Ito (distinct for the colour-blind)."""

_MARGIN = 0.6
_WIDTH = PAGE[0] - 2 * _MARGIN
_BODY = (1.2, PAGE[1] - 0.75)
_FONT = "DejaVu Sans"  # comes with matplotlib: the same everywhere
_SIZE = 7.5
_TEXT_SIZE = 8.5
_LINE = 0.19
_CELL_GAP = 0.15
_DARK, _GREY, _RULE = "#222222", "#666666", "#CCCCCC"
_MAX_LABEL = 0.42 * _WIDTH
_BAR = 0.16
_CELL = (0.45, 1.2)
_CELL_HEIGHT = 0.2
_SETTINGS = {
    "font.family": "sans-serif",
    "font.sans-serif": [_FONT],
    "font.size": _SIZE,
    "text.color": _DARK,
    "text.parse_math": False,  # a regex may have dollar signs
    "axes.edgecolor": _GREY,
    "axes.labelcolor": _DARK,
    "axes.axisbelow": True,
    "axes.linewidth": 0.6,
    "grid.color": _RULE,
    "grid.linewidth": 0.4,
    "xtick.color": _GREY,
    "xtick.labelcolor": _DARK,
    "ytick.color": _GREY,
    "ytick.labelcolor": _DARK,
}


@dataclass(frozen=True)
class Column:
    """A column of a table: its title, its share of the page's width, and its alignment."""

    title: str
    share: float
    align: str = "left"


@dataclass(frozen=True)
class Table:
    """A table that flows over pages; cells wrap, and a line break in a cell is kept.

    Attributes:
        note: a sentence under the heading
        n_bold: how many of the first rows are in bold
    """

    heading: str
    columns: Sequence[Column]
    rows: Sequence[Sequence[str]]
    note: str = ""
    n_bold: int = 0


@dataclass(frozen=True)
class Line:
    """One line of a page of text; `kind` is heading, note, header, row, more (of a row) or gap."""

    kind: str
    columns: Sequence[Column]
    cells: Sequence[str]
    bold: bool = False


@dataclass(frozen=True)
class BarChart:
    """Horizontal stacked bars, top to bottom, with their numbers at the right.

    Attributes:
        title: heading of its pages
        unit: what is counted ("combinations")
        counts: one row per bar (index: label), one column per outcome
        note: a sentence under the title
        n_bold: how many of the first bars have a bold label
        limits: a text for each bar, in a column of their own
        flagged: which of them stand out
    """

    title: str
    unit: str
    counts: pd.DataFrame
    note: str = ""
    n_bold: int = 0
    limits: Sequence[str] = ()
    flagged: Sequence[bool] = ()


@dataclass(frozen=True)
class HeatMap:
    """A map of numbers, printed in their cells.

    Attributes:
        values: rows x columns, NaN where there is none
        known: same shape; a cell without value is marked with a dash where this is true
        label: meaning and unit of the values
    """

    values: pd.DataFrame
    known: pd.DataFrame
    label: str
    note: str = ""


def style() -> AbstractContextManager[None]:
    """Matplotlib's own settings and ours, whatever the user's matplotlibrc says."""
    return matplotlib.style.context(_SETTINGS, after_reset=True)


# Text ---------------------------------------------------------------------------------------


def text_width(text: str, size: float = _SIZE, bold: bool = False) -> float:
    """Width of `text` (inches) in the report's font at `size` points, without kerning."""
    return sum(_advance(character, bold) for character in text) * size / 72


@lru_cache(maxsize=4096)
def _advance(character: str, bold: bool) -> float:
    """Advance of a character in a 1-point font (points). A pair of bars around it makes spaces
    count, which have no outline."""
    measure = partial(
        text_to_path.get_text_width_height_descent,
        prop=FontProperties(family=_FONT, size=100, weight="bold" if bold else "normal"),
        ismath=False,
    )
    return (measure(f"|{character}|")[0] - measure("||")[0]) / 100


def shorten(text: str, width: float, size: float = _SIZE, bold: bool = False) -> str:
    """`text`, with an ellipsis in its middle if it is wider than `width` (inches)."""
    text = " ".join(text.split())
    if text_width(text, size, bold) <= width:
        return text
    low, high = 0, len(text)
    while low < high:
        kept = (low + high + 1) // 2
        if text_width(_without_middle(text, kept), size, bold) <= width:
            low = kept
        else:
            high = kept - 1
    return _without_middle(text, low)


def _without_middle(text: str, kept: int) -> str:
    """`text` reduced to `kept` characters and an ellipsis."""
    return text[: (kept + 1) // 2] + "…" + text[len(text) - kept // 2 :]


def wrap(text: str, width: float, size: float = _SIZE, bold: bool = False) -> list[str]:
    """Lines of at most `width` (inches); a word that is wider is broken."""
    lines = []
    for paragraph in text.splitlines() or [""]:
        line = ""
        for word in paragraph.split():
            longer = f"{line} {word}".lstrip()
            if text_width(longer, size, bold) <= width:
                line = longer
                continue
            if line:
                lines.append(line)
            line = word
            while text_width(line, size, bold) > width:
                head = _head(line, width, size, bold)
                lines.append(line[:head])
                line = line[head:]
        lines.append(line)
    return lines


def _head(word: str, width: float, size: float, bold: bool) -> int:
    """How many of the first characters fit, one at least."""
    widths = np.cumsum([text_width(character, size, bold) for character in word])
    return max(1, int(np.searchsorted(widths, width, side="right")))


def draw_header(figure: Figure, title: str, number: int, total: int) -> None:
    """Title, page number and a rule, at the top of a page."""
    page = f"page {number} of {total}"
    width = _WIDTH - text_width(page, 9) - 0.3
    _text(figure, _MARGIN, 0.6, shorten(title, width, 13, bold=True), size=13, weight="bold")
    _text(figure, PAGE[0] - _MARGIN, 0.6, page, size=9, ha="right", color=_GREY)
    _rule(figure, 0.72, _GREY)


def _text(figure: Figure, x: float, y: float, text: str, **style: object) -> None:
    figure.text(x / PAGE[0], 1 - y / PAGE[1], text, **{"va": "baseline"} | style)


def _rule(figure: Figure, y: float, colour: str) -> None:
    ends = [_MARGIN / PAGE[0], 1 - _MARGIN / PAGE[0]]
    figure.add_artist(Line2D(ends, [1 - y / PAGE[1]] * 2, color=colour, linewidth=0.5))


def _axes(figure: Figure, left: float, top: float, width: float, height: float) -> Axes:
    bottom = PAGE[1] - top - height
    return figure.add_axes((left / PAGE[0], bottom / PAGE[1], width / PAGE[0], height / PAGE[1]))


# Tables -------------------------------------------------------------------------------------


def flow(tables: Sequence[Table]) -> list[list[Line]]:
    """Break tables into pages. A heading stays with its first rows; a table that goes on
    repeats its header."""
    capacity = int((_BODY[1] + 0.2 - _BODY[0]) / _LINE)
    pages: list[list[Line]] = [[]]
    for table in tables:
        head, header, body = _lines(table)
        needed = len(head) + len(header) + min(len(body), 3)
        if pages[-1] and len(pages[-1]) + 2 + needed > capacity:
            pages.append([])
        gap = [Line("gap", (), ())] * 2 if pages[-1] else []
        pages[-1] += [*gap, *head, *header]
        for line in body:
            if len(pages[-1]) >= capacity:
                pages.append(list(header))
            pages[-1].append(line)
    return pages


def _lines(table: Table) -> tuple[list[Line], list[Line], list[Line]]:
    """Heading and note, header, and body of a table."""
    head = [Line("heading", (Column("", 1.0),), (table.heading,), True)]
    notes = wrap(table.note, _WIDTH) if table.note else []
    head += [Line("note", (Column("", 1.0),), (text,)) for text in notes]
    titles = tuple(column.title for column in table.columns)
    header = [Line("header", table.columns, titles, True)] if any(titles) and table.rows else []
    body = []
    for number, row in enumerate(table.rows):
        bold = number < table.n_bold
        cells = [
            wrap(cell, column.share * _WIDTH - _CELL_GAP, _TEXT_SIZE, bold)
            for cell, column in zip(row, table.columns, strict=True)
        ]
        for i in range(max(map(len, cells))):
            texts = tuple(cell[i] if i < len(cell) else "" for cell in cells)
            body.append(Line("more" if i else "row", table.columns, texts, bold))
    return head, header, body


def draw_text_page(figure: Figure, lines: Sequence[Line]) -> None:
    """Draw one page of `flow`."""
    sizes = {"heading": 11.0, "note": _SIZE}
    for number, line in enumerate(lines):
        y = _BODY[0] + number * _LINE
        if line.kind == "row":
            _rule(figure, y - 0.71 * _LINE, _RULE)
        x = _MARGIN
        for cell, column in zip(line.cells, line.columns, strict=True):
            width = column.share * _WIDTH
            right = column.align == "right"
            _text(
                figure,
                x + (width - _CELL_GAP if right else 0),
                y,
                cell,
                ha=column.align,
                size=sizes.get(line.kind, _TEXT_SIZE),
                weight="bold" if line.bold else "normal",
                color=_GREY if line.kind in ("note", "header") else _DARK,
            )
            x += width


# Bars ---------------------------------------------------------------------------------------


BARS_PER_PAGE = int((_BODY[1] - _BODY[0]) / _BAR)


def draw_bar_page(figure: Figure, chart: BarChart, first: int) -> None:
    """Draw the bars of one page, from number `first` on. All pages share the labels' width and
    the scale."""
    _note(figure, chart.note, legend=True)
    counts = chart.counts.iloc[first : first + BARS_PER_PAGE]
    labels, columns = _label_width(chart), _number_columns(chart)
    left = _MARGIN + labels + 0.08
    width = PAGE[0] - _MARGIN - sum(width for _, width, _ in columns) - left
    axes = _axes(figure, left, _BODY[0], width, len(counts) * _BAR)
    _stack(axes, counts)
    axes.set_xlim(0, 1.01 * max(1, chart.counts.sum(axis=1).max()))
    axes.xaxis.set_major_locator(MaxNLocator(8, steps=[1, 2, 5, 10], integer=True, min_n_ticks=1))
    axes.xaxis.set_major_formatter(StrMethodFormatter("{x:,.0f}"))
    axes.set_xlabel(chart.unit)
    for row, label in enumerate(counts.index):
        bold = first + row < chart.n_bold
        _bar_text(figure, left - 0.06, row, shorten(str(label), labels, bold=bold), bold=bold)
    x = left + width
    for title, column_width, texts in columns:
        x += column_width
        _text(figure, x, _BODY[0] - 0.05, title, ha="right", color=_GREY, weight="bold")
        for row, text in enumerate(texts[first : first + BARS_PER_PAGE]):
            flagged = texts is chart.limits and chart.flagged[first + row]
            _bar_text(figure, x, row, text, COLOURS["failed"] if flagged else _DARK, flagged)


def _bar_text(
    figure: Figure, x: float, row: int, text: str, colour: str = _DARK, bold: bool = False
) -> None:
    """Text that ends at `x`, level with a bar. (As tick labels they would take twice as long.)"""
    y = _BODY[0] + (row + 0.5) * _BAR
    weight = "bold" if bold else "normal"
    _text(figure, x, y, text, ha="right", va="center_baseline", color=colour, weight=weight)


def _stack(axes: Axes, counts: pd.DataFrame) -> None:
    """Draw the bars, row 0 at the top, as one collection of rectangles."""
    lengths = counts[list(COLOURS)].to_numpy()
    ends = lengths.cumsum(axis=1)
    row, outcome = np.nonzero(lengths)  # an empty bar would still draw its white edge
    left, right = (ends - lengths)[row, outcome], ends[row, outcome]
    corners = [(left, row - 0.37), (right, row - 0.37), (right, row + 0.37), (left, row + 0.37)]
    bars = PolyCollection(
        np.array(corners).transpose(2, 0, 1),
        facecolors=np.array(list(COLOURS.values()))[outcome],
        edgecolors="white",
        linewidths=0.4,
    )
    axes.add_collection(bars, autolim=False)
    axes.set_ylim(len(counts) - 0.5, -0.5)
    axes.set_yticks([])
    axes.grid(axis="x")
    axes.spines[["top", "right", "bottom"]].set_visible(False)


def _label_width(chart: BarChart) -> float:
    widths = [
        text_width(str(label), bold=number < chart.n_bold)
        for number, label in enumerate(chart.counts.index)
    ]
    return min(max(widths, default=0.0) + 0.02, _MAX_LABEL)


def _number_columns(chart: BarChart) -> list[tuple[str, float, Sequence[str]]]:
    """Title, width (inches) and texts of each column at the right of the bars."""
    totals = chart.counts.sum(axis=1)
    numbers = [
        f"{passed:,} / {total:,}"
        for passed, total in zip(chart.counts["passed"], totals, strict=True)
    ]
    columns = [("passed / all", numbers)]
    if chart.limits:
        columns.append(("limit (SD)", chart.limits))
    return [
        (title, max(text_width(text, bold=True) for text in [title, *texts]) + 0.2, texts)
        for title, texts in columns
    ]


def _note(figure: Figure, note: str, legend: bool = False) -> None:
    """The sentence under the title, and the outcomes' colours at its right."""
    room = _WIDTH - (3.8 if legend else 0)
    for number, text in enumerate(wrap(note, room)[:2]):
        _text(figure, _MARGIN, 0.89 + 0.13 * number, text, color=_GREY)
    if legend:
        handles = [Patch(color=colour, label=outcome) for outcome, colour in COLOURS.items()]
        figure.legend(
            handles=handles,
            ncols=len(handles),
            frameon=False,
            loc="upper right",
            bbox_to_anchor=(1 - _MARGIN / PAGE[0], 1 - 0.8 / PAGE[1]),
            borderpad=0,
            borderaxespad=0,
            handlelength=1.2,
            handleheight=0.8,
            columnspacing=1.4,
        )


# Heat map -----------------------------------------------------------------------------------


@dataclass(frozen=True)
class HeatLayout:
    """What all pages of a heat map share (inches), and how many cells a page has."""

    label_width: float
    title_height: float
    cell_width: float
    n_rows: int
    n_columns: int


def heat_layout(heat_map: HeatMap) -> HeatLayout:
    """Measure the labels and see how many cells a page can have."""
    label_width = min(
        max(text_width(str(label)) for label in heat_map.values.index) + 0.02, _MAX_LABEL
    )
    widest = max(text_width(str(label)) for label in heat_map.values.columns)
    room = _WIDTH - label_width - 1.2  # the last for the colour bar
    n_columns = min(heat_map.values.shape[1], int(room / _CELL[0]))
    cell_width = min(_CELL[1], room / n_columns)
    upright = widest + 0.1 > cell_width
    title_height = min(widest, 1.6) + 0.1 if upright else 0.2
    n_rows = int((_BODY[1] - _BODY[0] - title_height) / _CELL_HEIGHT)
    return HeatLayout(label_width, title_height, cell_width, n_rows, n_columns)


def draw_heat_page(
    figure: Figure, heat_map: HeatMap, layout: HeatLayout, row: int, column: int
) -> None:
    """Draw the cells of one page, from (`row`, `column`) on. All pages share the colours."""
    _note(figure, heat_map.note)
    part = (slice(row, row + layout.n_rows), slice(column, column + layout.n_columns))
    values, known = heat_map.values.iloc[part], heat_map.known.iloc[part].to_numpy()
    left = _MARGIN + layout.label_width + 0.08
    top = _BODY[0] + layout.title_height
    width = values.shape[1] * layout.cell_width
    axes = _axes(figure, left, top, width, len(values) * _CELL_HEIGHT)
    highest = np.nanmax(heat_map.values.to_numpy(), initial=0.0)
    colours = ScalarMappable(Normalize(0, highest or 1.0), "cividis_r")
    axes.pcolormesh(
        np.ma.masked_invalid(values.to_numpy()),
        cmap=colours.cmap,
        norm=colours.norm,
        edgecolor="white",
        linewidth=0.5,
    )
    axes.invert_yaxis()
    _heat_labels(axes, values, layout)
    for (i, j), value in np.ndenumerate(values.to_numpy()):
        text = f"{value:.2f}" if math.isfinite(value) else "-" if known[i, j] else ""
        red, green, blue, _ = colours.to_rgba(value)
        dark = math.isfinite(value) and 0.3 * red + 0.6 * green + 0.1 * blue < 0.5
        colour = "white" if dark else _DARK
        axes.text(j + 0.5, i + 0.5, text, ha="center", va="center", color=colour)
    bar = _axes(figure, left + width + 0.3, top, 0.15, 2.0)
    figure.colorbar(colours, cax=bar, label=heat_map.label).outline.set_visible(False)


def _heat_labels(axes: Axes, values: pd.DataFrame, layout: HeatLayout) -> None:
    upright = layout.title_height > 0.2
    room = layout.title_height - 0.05 if upright else layout.cell_width
    columns = [shorten(str(label), room) for label in values.columns]
    axes.set_xticks(np.arange(len(columns)) + 0.5, columns, rotation=90 if upright else 0)
    rows = [shorten(str(label), layout.label_width) for label in values.index]
    axes.set_yticks(np.arange(len(rows)) + 0.5, rows)
    axes.tick_params(length=0, top=True, labeltop=True, bottom=False, labelbottom=False)
    axes.spines[:].set_visible(False)
