"""Small charts of the PDF report, one per e-model, nine on a page."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Flowable

from megate.core.vocabulary import Reason
from megate.report import margins
from megate.report.colours import COLOURS, GREY, PALE
from megate.report.pdf.canvas import (
    LEGEND_HEIGHT,
    draw_legend,
    draw_line,
    draw_rectangle,
    draw_text,
    ticks,
)
from megate.report.pdf.document import HEIGHT, WIDTH
from megate.report.text import shorten, text_width

_COLUMNS, _ROWS = 3, 3
_CELL = (WIDTH / _COLUMNS, (HEIGHT - LEGEND_HEIGHT - 1) / _ROWS)
_AXES = (_CELL[0] - 54, _CELL[1] - 54)
_LEFT = 36.0

Draw = Callable[[Canvas, float, float, str], None]
"""Draws the chart of an e-model; its arguments: canvas, left and bottom of the axes, e-model."""


def small_multiples(
    emodels: Sequence[str], draw: Draw, legend: Mapping[str, str] | None = None
) -> Iterator[Flowable]:
    """The charts of all e-models, in flowables of a page each."""
    for start in range(0, len(emodels), _COLUMNS * _ROWS):
        yield _Grid(emodels[start : start + _COLUMNS * _ROWS], draw, legend or {})


class _Grid(Flowable):
    """The charts of a page, and the meaning of their colours."""

    def __init__(self, emodels: Sequence[str], draw: Draw, legend: Mapping[str, str]) -> None:
        super().__init__()
        self.width, self.height = WIDTH, HEIGHT - 1
        self.emodels, self.draw_one, self.legend = emodels, draw, legend

    def draw(self) -> None:
        """Draw the charts (called by ReportLab)."""
        draw_legend(self.canv, WIDTH, self.height - 8, self.legend)
        for number, emodel in enumerate(self.emodels):
            left = (number % _COLUMNS) * _CELL[0]
            top = self.height - LEGEND_HEIGHT - (number // _COLUMNS) * _CELL[1]
            name = shorten(emodel, _CELL[0] - 14, 9, bold=True)
            draw_text(self.canv, left, top - 8, name, 9, bold=True)
            self.draw_one(self.canv, left + _LEFT, top - 15 - _AXES[1], emodel)


@dataclass(frozen=True)
class Axes:
    """A chart's coordinates: left and bottom of its axes, and the values at their ends."""

    left: float
    bottom: float
    x: tuple[float, float]
    y: tuple[float, float]

    def at(self, x: float, y: float) -> tuple[float, float]:
        """Where a value is on the canvas."""
        across = (x - self.x[0]) / (self.x[1] - self.x[0])
        up = (y - self.y[0]) / (self.y[1] - self.y[0])
        return self.left + across * _AXES[0], self.bottom + up * _AXES[1]


def draw_margins(
    canvas: Canvas, left: float, bottom: float, counts: pd.DataFrame, borderline_margin: float
) -> None:
    """A histogram of margins.

    Args:
        counts: from `megate.report.margins.margin_counts`
    """
    highest = 1.05 * max(1, counts.sum(axis=1).max())
    axes = Axes(left, bottom, (margins.LOWEST - margins.WIDTH, 1.0), (0.0, highest))
    marks = {margins.LOWEST: f"< {margins.LOWEST:g}", -1: "-1", 0: "0", 1: "1"}
    _draw_axes(canvas, axes, marks, "margin")
    low = np.zeros(len(counts), int)
    for reason, colour in COLOURS.items():
        for start, base, number in zip(counts.index, low, counts[reason], strict=True):
            if number:
                x, y = axes.at(start, base)
                right, top = axes.at(start + margins.WIDTH, base + number)
                draw_rectangle(canvas, x + 0.2, y, right - x - 0.4, top - y, colour)
        low = low + counts[reason].to_numpy()
    for x in {-borderline_margin, borderline_margin}:
        if axes.x[0] <= x <= axes.x[1]:
            draw_line(canvas, [axes.at(x, 0), axes.at(x, highest)], GREY, 0.6, dashed=True)


def draw_sweep(canvas: Canvas, left: float, bottom: float, sweep: pd.DataFrame) -> None:
    """Number of an e-model's combinations that pass, by the factor on all thresholds.

    Args:
        sweep: its rows of the table of `megate.gating.threshold_scan`
    """
    factors, released = sweep["factor"].to_numpy(float), sweep["released"].to_numpy(float)
    total = float(sweep["combinations"].iloc[0])
    ends = (float(factors[0]), float(factors[-1]))
    axes = Axes(left, bottom, ends, (0.0, 1.05 * max(total, 1.0)))
    marks = {x: f"{x:g}" for x in (0.5, 1.0, 1.5, 2.0) if ends[0] <= x <= ends[1]}
    _draw_axes(canvas, axes, marks, "factor on all thresholds")
    draw_line(canvas, [axes.at(x, total) for x in ends], GREY, 0.6, dashed=True)
    colour = COLOURS[Reason.PASSED]
    draw_line(
        canvas, [axes.at(*point) for point in zip(factors, released, strict=True)], colour, 1.2
    )
    now = float(np.interp(1.0, factors, released))
    x, y = axes.at(1.0, now)
    draw_line(canvas, [axes.at(1.0, 0), (x, y)], colour, 0.6)
    draw_rectangle(canvas, x - 2, y - 2, 4, 4, colour)
    label = f"{now:,.0f} of {total:,.0f}"
    outside = x + 6 + text_width(label) > left + _AXES[0]
    align, shift = ("right", -6) if outside else ("left", 6)
    draw_text(canvas, x + shift, y - 10, label, align=align)


def _draw_axes(canvas: Canvas, axes: Axes, marks: Mapping[float, str], label: str) -> None:
    """The axes' lines and labels; whole numbers upwards."""
    left, bottom = axes.left, axes.bottom
    for tick in ticks(axes.y[1], most=4):
        _, y = axes.at(axes.x[0], tick)
        draw_line(canvas, [(left, y), (left + _AXES[0], y)], PALE, 0.4)
        draw_text(canvas, left - 4, y - 2.5, f"{tick:,}", align="right")
    for mark, text in marks.items():
        x, _ = axes.at(mark, 0)
        draw_line(canvas, [(x, bottom), (x, bottom - 3)], GREY, 0.6)
        draw_text(canvas, x, bottom - 11.5, text, align="centre")
    draw_line(canvas, [(left, bottom), (left + _AXES[0], bottom)], GREY, 0.6)
    draw_text(canvas, left + _AXES[0] / 2, bottom - 22, label, align="centre", colour=GREY)
