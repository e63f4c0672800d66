"""Charts of the PDF report: stacked bars and heat maps that go on over several pages."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.collections import PolyCollection
from matplotlib.colors import Normalize
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator, StrMethodFormatter

from megate.paper import (
    BODY,
    COLOURS,
    DARK,
    GREY,
    MARGIN,
    PAGE,
    WIDTH,
    add_axes,
    draw_note,
    draw_text,
    shorten,
    text_width,
)

_MAX_LABEL = 0.42 * WIDTH
_BAR = 0.16
_CELL = (0.45, 1.2)
_CELL_HEIGHT = 0.2


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


BARS_PER_PAGE = int((BODY[1] - BODY[0]) / _BAR)


def draw_bar_page(figure: Figure, chart: BarChart, first: int) -> None:
    """Draw the bars of one page, from number `first` on. All pages share the labels' width and
    the scale."""
    draw_note(figure, chart.note, legend=True)
    counts = chart.counts.iloc[first : first + BARS_PER_PAGE]
    labels, columns = _label_width(chart), _number_columns(chart)
    left = MARGIN + labels + 0.08
    width = PAGE[0] - MARGIN - sum(width for _, width, _ in columns) - left
    axes = add_axes(figure, left, BODY[0], width, len(counts) * _BAR)
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
        draw_text(figure, x, BODY[0] - 0.05, title, ha="right", color=GREY, weight="bold")
        for row, text in enumerate(texts[first : first + BARS_PER_PAGE]):
            flagged = texts is chart.limits and chart.flagged[first + row]
            _bar_text(figure, x, row, text, COLOURS["failed"] if flagged else DARK, flagged)


def _bar_text(
    figure: Figure, x: float, row: int, text: str, colour: str = DARK, bold: bool = False
) -> None:
    """Text that ends at `x`, level with a bar. (As tick labels they would take twice as long.)"""
    y = BODY[0] + (row + 0.5) * _BAR
    weight = "bold" if bold else "normal"
    draw_text(figure, x, y, text, ha="right", va="center_baseline", color=colour, weight=weight)


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
    room = WIDTH - label_width - 1.2  # the last for the colour bar
    n_columns = min(heat_map.values.shape[1], int(room / _CELL[0]))
    cell_width = min(_CELL[1], room / n_columns)
    upright = widest + 0.1 > cell_width
    title_height = min(widest, 1.6) + 0.1 if upright else 0.2
    n_rows = int((BODY[1] - BODY[0] - title_height) / _CELL_HEIGHT)
    return HeatLayout(label_width, title_height, cell_width, n_rows, n_columns)


def draw_heat_page(
    figure: Figure, heat_map: HeatMap, layout: HeatLayout, row: int, column: int
) -> None:
    """Draw the cells of one page, from (`row`, `column`) on. All pages share the colours."""
    draw_note(figure, heat_map.note)
    part = (slice(row, row + layout.n_rows), slice(column, column + layout.n_columns))
    values, known = heat_map.values.iloc[part], heat_map.known.iloc[part].to_numpy()
    left = MARGIN + layout.label_width + 0.08
    top = BODY[0] + layout.title_height
    width = values.shape[1] * layout.cell_width
    axes = add_axes(figure, left, top, width, len(values) * _CELL_HEIGHT)
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
        colour = "white" if dark else DARK
        axes.text(j + 0.5, i + 0.5, text, ha="center", va="center", color=colour)
    bar = add_axes(figure, left + width + 0.3, top, 0.15, 2.0)
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
