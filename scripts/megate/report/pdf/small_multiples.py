"""Small charts of the PDF report, one per e-model, nine on a page."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Flowable

from megate.core.vocabulary import Reason
from megate.report.pdf.canvas import Legend, draw_line, draw_rectangle, draw_text, ticks
from megate.report.pdf.document import HEIGHT, WIDTH
from megate.report.style import COLOURS, GREY, PALE, shorten, text_width
from megate.report.summaries import LOWEST_MARGIN, MARGIN_BIN

_COLUMNS, _ROWS = 3, 3
_CELL = (WIDTH / _COLUMNS, (HEIGHT - 15) / _ROWS)
_WIDTH, _HEIGHT = _CELL[0] - 54, _CELL[1] - 54
_LEFT = 36.0

Draw = Callable[[Canvas, pd.DataFrame], None]
"""Draws the chart of an e-model's table, with the origin of its axes at (0, 0)."""


def small_multiples(
    tables: Mapping[str, pd.DataFrame], draw: Draw, legend: Mapping[Any, str] | None = None
) -> Iterator[Flowable]:
    """The charts of all e-models, in flowables of a page each."""
    items = list(tables.items())
    for start in range(0, len(items), _COLUMNS * _ROWS):
        if legend:
            yield Legend(legend)
        yield _Grid(items[start : start + _COLUMNS * _ROWS], draw)


class _Grid(Flowable):
    """The charts of a page."""

    def __init__(self, tables: Sequence[tuple[str, pd.DataFrame]], draw: Draw) -> None:
        super().__init__()
        self.width, self.height = WIDTH, HEIGHT - 14
        self.tables, self.draw_one = tables, draw

    def draw(self) -> None:
        """Draw the charts (called by ReportLab)."""
        for number, (emodel, table) in enumerate(self.tables):
            row, column = divmod(number, _COLUMNS)
            self.canv.saveState()
            self.canv.translate(column * _CELL[0], self.height - row * _CELL[1] - 15 - _HEIGHT)
            name = shorten(emodel, _CELL[0] - 14, 9, bold=True)
            draw_text(self.canv, 0, _HEIGHT + 7, name, 9, bold=True)
            self.canv.translate(_LEFT, 0)
            self.draw_one(self.canv, table)
            self.canv.restoreState()


def draw_margins(canvas: Canvas, counts: pd.DataFrame, borderline_margin: float) -> None:
    """A histogram of `megate.report.summaries.margin_counts`."""
    lowest = LOWEST_MARGIN - MARGIN_BIN
    across = _WIDTH / (1.0 - lowest)
    marks = {LOWEST_MARGIN: f"< {LOWEST_MARGIN:g}", -1: "-1", 0: "0", 1: "1"}
    up = _draw_axes(
        canvas,
        max(1, counts.sum(axis=1).max()),
        {across * (x - lowest): text for x, text in marks.items()},
        "margin",
    )
    for start, heights in zip(counts.index, up * counts[list(COLOURS)].to_numpy(), strict=True):
        y = 0.0
        for height, colour in zip(heights, COLOURS.values(), strict=True):
            if height:
                x = across * (start - lowest) + 0.2
                draw_rectangle(canvas, x, y, across * MARGIN_BIN - 0.4, height, colour)
            y += height
    for margin in {-borderline_margin, borderline_margin}:
        if lowest <= margin <= 1.0:
            x = across * (margin - lowest)
            draw_line(canvas, [(x, 0), (x, _HEIGHT)], GREY, 0.6, dashed=True)


def draw_sweep(canvas: Canvas, sweep: pd.DataFrame) -> None:
    """Number of an e-model's combinations that pass, by the factor on all thresholds.

    Args:
        sweep: its rows of the table of `megate.gating.threshold_scan`
    """
    factors, released = sweep["factor"].to_numpy(float), sweep["released"].to_numpy(float)
    total = int(sweep["combinations"].iloc[0])
    first, last = factors[[0, -1]]
    now = float(np.interp(1.0, factors, released))
    across = _WIDTH / (last - first)
    shown = (x for x in (0.5, 1.0, 1.5, 2.0) if first <= x <= last)
    marks = {across * (x - first): f"{x:g}" for x in shown}
    up = _draw_axes(canvas, max(total, 1), marks, "factor on all thresholds")
    draw_line(canvas, [(0, up * total), (_WIDTH, up * total)], GREY, 0.6, dashed=True)
    colour = COLOURS[Reason.PASSED]
    draw_line(
        canvas, list(zip(across * (factors - first), up * released, strict=True)), colour, 1.2
    )
    x, y = across * (1.0 - first), up * now
    draw_line(canvas, [(x, 0), (x, y)], colour, 0.6)
    draw_rectangle(canvas, x - 2, y - 2, 4, 4, colour)
    label = f"{now:,.0f} of {total:,}"
    outside = x + 6 + text_width(label) > _WIDTH
    align, shift = ("right", -6) if outside else ("left", 6)
    draw_text(canvas, x + shift, y - 10, label, align=align)


def _draw_axes(canvas: Canvas, highest: float, marks: Mapping[float, str], label: str) -> float:
    """Draw the axes' lines and labels: `marks` (points -> text) across, whole numbers upwards.
    Returns how many points one upwards is."""
    up = _HEIGHT / (1.05 * highest)
    for tick in ticks(1.05 * highest, most=4):
        draw_line(canvas, [(0, up * tick), (_WIDTH, up * tick)], PALE, 0.4)
        draw_text(canvas, -4, up * tick - 2.5, f"{tick:,}", align="right")
    for x, text in marks.items():
        draw_line(canvas, [(x, 0), (x, -3)], GREY, 0.6)
        draw_text(canvas, x, -11.5, text, align="centre")
    draw_line(canvas, [(0, 0), (_WIDTH, 0)], GREY, 0.6)
    draw_text(canvas, _WIDTH / 2, -22, label, align="centre", colour=GREY)
    return up
