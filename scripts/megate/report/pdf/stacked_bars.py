"""Horizontal stacked bars in the PDF report, continued over pages."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import pandas as pd
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Flowable

from megate.core.vocabulary import Reason
from megate.report.colours import COLOURS, DARK, GREY, PALE
from megate.report.pdf.canvas import (
    CENTRED,
    LEGEND_HEIGHT,
    draw_legend,
    draw_line,
    draw_rectangle,
    draw_text,
    ticks,
)
from megate.report.pdf.document import WIDTH
from megate.report.text import shorten, text_width

_BAR = 11.5
_ABOVE, _BELOW = LEGEND_HEIGHT + 14, 24.0
_MAX_LABEL = 0.42 * WIDTH


@dataclass(frozen=True)
class BarChart:
    """Horizontal stacked bars, top to bottom, with their numbers at the right.

    Attributes:
        unit: what is counted ("combinations")
        counts: one row per bar (index: label), one column per colour
        columns: title -> a text for each bar, at its right
        colours: colour of each column of `counts`
        n_bold: how many of the first bars have a bold label
        flagged: for each bar, whether its last text is bold and red
    """

    unit: str
    counts: pd.DataFrame
    columns: Mapping[str, Sequence[str]]
    colours: Mapping[Any, str] = field(default_factory=lambda: COLOURS)
    n_bold: int = 0
    flagged: Sequence[bool] = ()

    @cached_property
    def label_width(self) -> float:
        """Width of the labels."""
        widths = (text_width(str(label), bold=True) for label in self.counts.index)
        return min(max(widths, default=0.0) + 2, _MAX_LABEL)

    @cached_property
    def column_widths(self) -> list[float]:
        """Widths of the columns at the right."""
        return [
            max(text_width(text, bold=True) for text in [title, *texts]) + 14
            for title, texts in self.columns.items()
        ]

    @cached_property
    def highest(self) -> float:
        """The count at the bars' right end."""
        return 1.01 * max(1, self.counts.sum(axis=1).max())


class StackedBars(Flowable):
    """Draws the bars of a `BarChart` from `start` to `stop`; the parts on several pages have the
    same scale and widths."""

    def __init__(self, chart: BarChart, start: int = 0, stop: int | None = None) -> None:
        super().__init__()
        self.chart, self.start = chart, start
        self.stop = len(chart.counts) if stop is None else stop
        self.width = WIDTH
        self.height = _ABOVE + (self.stop - start) * _BAR + _BELOW

    def split(self, _: float, height: float) -> list[Flowable]:
        """The bars that fit into `height`, and the others (called by ReportLab)."""
        end = self.start + int((height - _ABOVE - _BELOW) / _BAR)
        if not self.start < end < self.stop:
            return []
        parts = ((self.start, end), (end, self.stop))
        return [StackedBars(self.chart, *part) for part in parts]

    def draw(self) -> None:
        """Draw bars, scale, labels and columns (called by ReportLab)."""
        canvas, chart = self.canv, self.chart
        colours = {name: colour for name, colour in chart.colours.items() if name in chart.counts}
        draw_legend(canvas, WIDTH, self.height - 8, colours)
        top, left = self.height - _ABOVE, chart.label_width + 6
        right = WIDTH - sum(chart.column_widths)
        _draw_scale(canvas, chart, left, right, top, _BELOW)
        x = right
        ends = [x := x + width for width in chart.column_widths]
        for title, end in zip(chart.columns, ends, strict=True):
            draw_text(canvas, end, top + 4, title, bold=True, colour=GREY, align="right")
        scale = (right - left) / chart.highest
        counts = chart.counts[list(colours)].iloc[self.start : self.stop]
        for number, row in enumerate(counts.itertuples(name=None), start=self.start):
            bottom = top - (number - self.start + 1) * _BAR
            lengths = [scale * count for count in row[1:]]
            _draw_bar(canvas, left, bottom, lengths, list(colours.values()))
            y, bold = bottom + _BAR / 2 - CENTRED, number < chart.n_bold
            label = shorten(str(row[0]), chart.label_width, bold=bold)
            draw_text(canvas, left - 4, y, label, bold=bold, align="right")
            for end, texts in zip(ends, chart.columns.values(), strict=True):
                flagged = end == x and any(chart.flagged[number : number + 1])
                colour = COLOURS[Reason.OVER_LIMIT] if flagged else DARK
                draw_text(canvas, end, y, texts[number], bold=flagged, colour=colour, align="right")


def _draw_scale(
    canvas: Canvas, chart: BarChart, left: float, right: float, top: float, bottom: float
) -> None:
    for tick in ticks(chart.highest):
        x = left + (right - left) * tick / chart.highest
        draw_line(canvas, [(x, top), (x, bottom)], PALE, 0.4)
        draw_text(canvas, x, bottom - 10, f"{tick:,}", align="centre")
    draw_line(canvas, [(left, top), (left, bottom)], GREY, 0.6)
    draw_text(canvas, (left + right) / 2, bottom - 20, chart.unit, align="centre")


def _draw_bar(
    canvas: Canvas, left: float, bottom: float, lengths: Sequence[float], colours: Sequence[str]
) -> None:
    for length, colour in zip(lengths, colours, strict=True):
        if length > 0:
            # a white gap separates neighbours; a short bar stays visible
            gap = min(0.45, length / 4)
            draw_rectangle(canvas, left, bottom + 0.13 * _BAR, length - gap, 0.74 * _BAR, colour)
        left += length
