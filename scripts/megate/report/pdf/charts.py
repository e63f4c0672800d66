"""Charts of the PDF report that go on over several pages: stacked bars and heat maps."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache

import matplotlib
import numpy as np
import pandas as pd
from matplotlib.colors import to_hex
from matplotlib.ticker import MaxNLocator

from megate.core.vocabulary import Reason
from megate.report.colours import COLOURS, DARK, GREY, PALE
from megate.report.pdf.canvas import BODY, MARGIN, WIDTH, Paper, draw_note
from megate.report.text import SIZE, shorten, text_width

_MAX_LABEL = 0.42 * WIDTH
_BAR = 0.16
_CELL = (0.45, 1.2)
_CELL_HEIGHT = 0.2
CENTRED = 0.36 * SIZE / 72
"""How far below the middle of a row its text's base line is (inches)."""


@dataclass(frozen=True)
class BarChart:
    """Horizontal stacked bars, top to bottom, with their numbers at the right.

    Attributes:
        title: heading of its pages
        unit: what is counted ("combinations")
        counts: one row per bar (index: label), one column per colour
        columns: title -> a text for each bar, at its right
        note: a sentence under the title
        colours: colour of each column of `counts`
        n_bold: how many of the first bars have a bold label
        flagged: which bars' last text stands out
    """

    title: str
    unit: str
    counts: pd.DataFrame
    columns: Mapping[str, Sequence[str]]
    note: str = ""
    colours: Mapping[str, str] = field(default_factory=lambda: COLOURS)
    n_bold: int = 0
    flagged: Sequence[bool] = ()


@dataclass(frozen=True)
class HeatMap:
    """A map of numbers, printed in their cells.

    Attributes:
        values: rows x columns, NaN where there is none
        known: same shape; a cell without value is marked with a dash where this is true (None:
            nowhere)
        label: meaning and unit of the values
        highest: the value of the darkest colour; larger ones have it too
    """

    values: pd.DataFrame
    known: pd.DataFrame | None
    label: str
    note: str = ""
    highest: float = math.inf


BARS_PER_PAGE = int((BODY[1] - BODY[0]) / _BAR)


@dataclass(frozen=True)
class BarLayout:
    """What all pages of a bar chart share: widths (inches) of labels, bars and columns, and the
    count at the bars' right end."""

    labels: float
    bars: float
    columns: Sequence[float]
    highest: float


def bar_layout(chart: BarChart) -> BarLayout:
    """Measure the texts and see how much room is left for the bars."""
    labels = [
        text_width(str(label), bold=number < chart.n_bold)
        for number, label in enumerate(chart.counts.index)
    ]
    width = min(max(labels, default=0.0) + 0.02, _MAX_LABEL)
    columns = [
        max(text_width(text, bold=True) for text in [title, *texts]) + 0.2
        for title, texts in chart.columns.items()
    ]
    highest = 1.01 * max(1, chart.counts.sum(axis=1).max())
    return BarLayout(width, WIDTH - width - 0.08 - sum(columns), columns, highest)


def draw_bar_page(paper: Paper, chart: BarChart, layout: BarLayout, first: int) -> None:
    """Draw the bars of one page, from number `first` on."""
    legend = {
        getattr(name, "label", name): colour
        for name, colour in chart.colours.items()
        if name in chart.counts
    }
    draw_note(paper, chart.note, legend)
    counts = chart.counts.iloc[first : first + BARS_PER_PAGE]
    left = MARGIN + layout.labels + 0.08
    _draw_scale(paper, left, layout.bars, len(counts) * _BAR, layout.highest, chart.unit)
    _draw_bars(paper, left, layout.bars / layout.highest, counts, chart.colours)
    for row, label in enumerate(counts.index):
        bold = first + row < chart.n_bold
        text = shorten(str(label), layout.labels, bold=bold)
        _bar_text(paper, left - 0.06, row, text, bold=bold)
    x = left + layout.bars
    last = list(chart.columns)[-1]
    for (title, texts), column in zip(chart.columns.items(), layout.columns, strict=True):
        x += column
        paper.text(x, BODY[0] - 0.05, title, bold=True, colour=GREY, align="right")
        for row, text in enumerate(texts[first : first + BARS_PER_PAGE]):
            flagged = title == last and any(chart.flagged[first + row : first + row + 1])
            colour = COLOURS[Reason.OVER_LIMIT] if flagged else DARK
            _bar_text(paper, x, row, text, colour, bold=flagged)


def ticks(highest: float, most: int = 8) -> list[int]:
    """Whole numbers for an axis from 0 to `highest`."""
    locator = MaxNLocator(most, steps=[1, 2, 5, 10], integer=True, min_n_ticks=1)
    return [int(tick) for tick in locator.tick_values(0, highest) if 0 <= tick <= highest]


def _bar_text(
    paper: Paper, x: float, row: int, text: str, colour: str = DARK, bold: bool = False
) -> None:
    """Text that ends at `x`, level with a bar."""
    y = BODY[0] + (row + 0.5) * _BAR + CENTRED
    paper.text(x, y, text, bold=bold, colour=colour, align="right")


def _draw_scale(
    paper: Paper, left: float, width: float, height: float, highest: float, unit: str
) -> None:
    bottom = BODY[0] + height
    for tick in ticks(highest):
        x = left + width * tick / highest
        paper.line([(x, BODY[0]), (x, bottom)], PALE, 0.4)
        paper.text(x, bottom + 0.14, f"{tick:,}", align="centre")
    paper.line([(left, BODY[0]), (left, bottom)], GREY, 0.6)
    paper.text(left + width / 2, bottom + 0.28, unit, align="centre")


def _draw_bars(
    paper: Paper, left: float, scale: float, counts: pd.DataFrame, colours: Mapping[str, str]
) -> None:
    """Draw the bars, row 0 at the top; `scale` in inches per count."""
    shown = {name: colour for name, colour in colours.items() if name in counts}
    for row, lengths in enumerate(counts[list(shown)].to_numpy()):
        x = left
        for length, colour in zip(lengths * scale, shown.values(), strict=True):
            if length > 0:
                # a white gap tells neighbours apart, but a short bar is never all gap
                gap = min(0.006, length / 4)
                top = BODY[0] + (row + 0.13) * _BAR
                paper.rectangle(x, top, length - gap, 0.74 * _BAR, colour)
            x += length


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
    paper: Paper, heat_map: HeatMap, layout: HeatLayout, row: int, column: int
) -> None:
    """Draw the cells of one page, from (`row`, `column`) on. All pages share the colours."""
    draw_note(paper, heat_map.note)
    part = (slice(row, row + layout.n_rows), slice(column, column + layout.n_columns))
    values = heat_map.values.iloc[part]
    known = None if heat_map.known is None else heat_map.known.iloc[part].to_numpy()
    left, top = MARGIN + layout.label_width + 0.08, BODY[0] + layout.title_height
    known_values = heat_map.values.to_numpy()
    largest = float(np.max(known_values[np.isfinite(known_values)], initial=0.0))
    highest = min(largest, heat_map.highest) or 1.0
    for (i, j), value in np.ndenumerate(values.to_numpy()):
        x, y = left + j * layout.cell_width, top + i * _CELL_HEIGHT
        text = f"{value:.3g}" if value >= 100 else f"{value:.2f}"
        colour = DARK
        if math.isfinite(value):
            background, light = _heat_colour(value / highest)
            paper.rectangle(x, y, layout.cell_width - 0.01, _CELL_HEIGHT - 0.01, background)
            colour = DARK if light else "#FFFFFF"
        else:
            text = "-" if known is not None and known[i, j] else ""
        centre = (x + layout.cell_width / 2, y + _CELL_HEIGHT / 2 + CENTRED)
        paper.text(*centre, text, colour=colour, align="centre")
    _heat_labels(paper, values, layout, left, top)
    beyond = largest > highest
    _draw_colour_bar(paper, left + values.shape[1] * layout.cell_width + 0.3, top, highest, beyond)
    x = left + values.shape[1] * layout.cell_width + 0.95
    paper.text(x, top + 1.0, heat_map.label, align="centre", upright=True)


def _heat_colour(share: float) -> tuple[str, bool]:
    """Colour of a value (0 to 1 of the highest), and whether dark text can be read on it."""
    colours = _heat_colours()
    return colours[max(0, min(int(share * len(colours)), len(colours) - 1))]


@cache
def _heat_colours() -> list[tuple[str, bool]]:
    shades = matplotlib.colormaps["cividis_r"](np.linspace(0, 1, 256))
    return [(to_hex(shade), bool(shade[:3] @ [0.3, 0.6, 0.1] >= 0.5)) for shade in shades]


def _draw_colour_bar(
    paper: Paper, left: float, top: float, highest: float, beyond: bool, height: float = 2.0
) -> None:
    steps = 60
    for step in range(steps):
        colour, _ = _heat_colour((step + 0.5) / steps)
        step_top = top + height * (1 - (step + 1) / steps)
        paper.rectangle(left, step_top, 0.15, 1.05 * height / steps, colour)
    for tick in MaxNLocator(5).tick_values(0, highest):
        if 0 <= tick <= 1.001 * highest:
            y = top + height * (1 - tick / highest) + CENTRED
            paper.text(left + 0.21, y, f"{tick:.4g}")
    if beyond:
        paper.text(left, top - 0.06, "and more", colour=GREY)


def _heat_labels(
    paper: Paper, values: pd.DataFrame, layout: HeatLayout, left: float, top: float
) -> None:
    upright = layout.title_height > 0.2
    room = layout.title_height - 0.05 if upright else layout.cell_width
    for j, label in enumerate(values.columns):
        x, text = left + (j + 0.5) * layout.cell_width, shorten(str(label), room)
        if upright:
            paper.text(x + CENTRED, top - 0.05, text, upright=True)
        else:
            paper.text(x, top - 0.06, text, align="centre")
    for i, label in enumerate(values.index):
        y = top + (i + 0.5) * _CELL_HEIGHT + CENTRED
        paper.text(left - 0.06, y, shorten(str(label), layout.label_width), align="right")
