"""Small charts of the PDF report, one per e-model, several on a page: margins, threshold sweep."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from megate.report.colours import COLOURS, GREY, PALE
from megate.report.pdf.canvas import BODY, MARGIN, WIDTH, Paper, draw_note
from megate.report.pdf.charts import ticks
from megate.report.text import shorten, text_width

_COLUMNS, _ROWS = 3, 3
PANELS_PER_PAGE = _COLUMNS * _ROWS
_PANEL = (WIDTH / _COLUMNS, (BODY[1] + 0.1 - BODY[0]) / _ROWS)
_AXES = (_PANEL[0] - 0.75, _PANEL[1] - 0.75)

MARGIN_BINS = np.linspace(-1.0, 1.0, 41)
"""Edges of the margins' histogram; what is outside counts in the first or last bin."""


@dataclass(frozen=True)
class Axes:
    """A small chart's coordinates: where its plot area is (inches), and the values that its edges
    stand for."""

    left: float
    top: float
    x: tuple[float, float]
    y: tuple[float, float]

    def at(self, x: float, y: float) -> tuple[float, float]:
        """Where a value is on the page."""
        across = (x - self.x[0]) / (self.x[1] - self.x[0])
        up = (y - self.y[0]) / (self.y[1] - self.y[0])
        return self.left + across * _AXES[0], self.top + (1 - up) * _AXES[1]


@dataclass(frozen=True)
class Panels:
    """One chart per e-model.

    Attributes:
        draw: draws the one of an e-model; its arguments: paper, e-model, left and top (inches)
        legend: colour of each label
    """

    title: str
    note: str
    emodels: Sequence[str]
    draw: Callable[[Paper, str, float, float], None]
    legend: Mapping[str, str]


def draw_panels_page(paper: Paper, panels: Panels, first: int) -> None:
    """Draw the charts of one page, from number `first` on."""
    draw_note(paper, panels.note, panels.legend)
    for number, emodel in enumerate(panels.emodels[first : first + PANELS_PER_PAGE]):
        left = MARGIN + (number % _COLUMNS) * _PANEL[0]
        top = BODY[0] + (number // _COLUMNS) * _PANEL[1]
        paper.text(left, top + 0.1, shorten(emodel, _PANEL[0] - 0.2, 9, bold=True), 9, bold=True)
        panels.draw(paper, emodel, left + 0.5, top + 0.2)


def draw_margins(
    paper: Paper, left: float, top: float, combos: pd.DataFrame, borderline_margin: float
) -> None:
    """A histogram of the margins of an e-model's combinations.

    Args:
        combos: its rows of the table of `Decisions`
    """
    known = combos[combos["margin"].notna()]
    counts = {
        reason: np.histogram(rows["margin"].clip(-1.0, 1.0), MARGIN_BINS)[0]
        for reason, rows in known.groupby("reason")
    }
    heights = sum(counts.values(), start=np.zeros(len(MARGIN_BINS) - 1, int))
    axes = Axes(left, top, (-1.0, 1.0), (0.0, 1.05 * max(1, heights.max())))
    _draw_axes(paper, axes, {-1: "≤ -1", -0.5: "-0.5", 0: "0", 0.5: "0.5", 1: "1"}, "margin")
    below = np.zeros(len(heights), int)
    for reason, colour in COLOURS.items():
        for start, end, low, n in zip(
            MARGIN_BINS, MARGIN_BINS[1:], below, counts.get(reason, below * 0), strict=False
        ):
            if n:
                x, y = axes.at(start, low + n)
                paper.rectangle(
                    x + 0.003, y, axes.at(end, 0)[0] - x - 0.006, axes.at(0, low)[1] - y, colour
                )
        below = below + counts.get(reason, 0)
    for x in {-borderline_margin, borderline_margin}:
        if abs(x) <= 1:
            paper.line([axes.at(x, 0), axes.at(x, axes.y[1])], GREY, 0.6, dashed=True)


def draw_sweep(paper: Paper, left: float, top: float, sweep: pd.DataFrame) -> None:
    """How many of an e-model's combinations pass, by the factor on all thresholds.

    Args:
        sweep: its rows of the table of `megate.gating.threshold_scan`
    """
    factors, released = sweep["factor"].to_numpy(float), sweep["released"].to_numpy(float)
    total = float(sweep["combinations"].iloc[0])
    axes = Axes(left, top, (float(factors[0]), float(factors[-1])), (0.0, 1.05 * max(total, 1.0)))
    marks = {x: f"{x:g}" for x in (0.5, 1.0, 1.5, 2.0) if factors[0] <= x <= factors[-1]}
    _draw_axes(paper, axes, marks, "factor on all thresholds")
    paper.line([axes.at(factors[0], total), axes.at(factors[-1], total)], GREY, 0.6, dashed=True)
    points = [axes.at(x, y) for x, y in zip(factors, released, strict=True)]
    paper.line(points, COLOURS["passed"], 1.2)
    now = float(np.interp(1.0, factors, released))
    x, y = axes.at(1.0, now)
    paper.line([axes.at(1.0, 0), (x, y)], COLOURS["passed"], 0.6)
    paper.rectangle(x - 0.03, y - 0.03, 0.06, 0.06, COLOURS["passed"])
    label = f"{now:,.0f} of {total:,.0f}"
    outside = x + 0.08 + text_width(label) > left + _AXES[0]
    paper.text(
        x + (-0.08 if outside else 0.08), y + 0.14, label, align="right" if outside else "left"
    )


def _draw_axes(paper: Paper, axes: Axes, marks: Mapping[float, str], label: str) -> None:
    """The axes' lines and labels; whole numbers upwards."""
    bottom = axes.top + _AXES[1]
    for tick in ticks(axes.y[1], most=4):
        _, y = axes.at(axes.x[0], tick)
        paper.line([(axes.left, y), (axes.left + _AXES[0], y)], PALE, 0.4)
        paper.text(axes.left - 0.06, y + 0.035, f"{tick:,}", align="right")
    for x, text in marks.items():
        at, _ = axes.at(x, 0)
        paper.line([(at, bottom), (at, bottom + 0.04)], GREY, 0.6)
        paper.text(at, bottom + 0.16, text, align="centre")
    paper.line([(axes.left, bottom), (axes.left + _AXES[0], bottom)], GREY, 0.6)
    paper.text(axes.left + _AXES[0] / 2, bottom + 0.3, label, align="centre", colour=GREY)
