"""Horizontal stacked bars in the PDF report, continued over pages."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

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
    colours: Mapping[str, str] = field(default_factory=lambda: COLOURS)
    n_bold: int = 0
    flagged: Sequence[bool] = ()


class StackedBars(Flowable):
    """Draws a `BarChart`; the parts on several pages have the same scale and widths."""

    def __init__(self, chart: BarChart, layout: "_Layout | None" = None) -> None:
        super().__init__()
        self.chart = chart
        self.layout = layout or _Layout.of(chart)
        self.width = WIDTH
        self.height = _ABOVE + len(chart.counts) * _BAR + _BELOW

    def split(self, _: float, height: float) -> list[Flowable]:
        """The bars that fit into `height`, and the others (called by ReportLab)."""
        fit = int((height - _ABOVE - _BELOW) / _BAR)
        if fit < min(3, len(self.chart.counts)):
            return []
        return [
            StackedBars(_rows(self.chart, part), self.layout)
            for part in (slice(fit), slice(fit, None))
            if len(self.chart.counts.iloc[part])
        ]

    def draw(self) -> None:
        """Draw bars, scale, labels and columns (called by ReportLab)."""
        canvas, chart, layout = self.canv, self.chart, self.layout
        colours = {name: colour for name, colour in chart.colours.items() if name in chart.counts}
        draw_legend(canvas, WIDTH, self.height - 8, colours)
        top = self.height - _ABOVE
        left = layout.labels + 6
        _draw_scale(canvas, left, top, layout, len(chart.counts) * _BAR, chart.unit)
        scale = layout.bars / layout.highest
        x = left + layout.bars
        rights = []
        for (title, _), width in zip(chart.columns.items(), layout.columns, strict=True):
            x += width
            rights.append(x)
            draw_text(canvas, x, top + 4, title, bold=True, colour=GREY, align="right")
        for row, lengths in enumerate(chart.counts[list(colours)].to_numpy() * scale):
            bottom = top - (row + 1) * _BAR
            _draw_bar(canvas, left, bottom, lengths, list(colours.values()))
            y = bottom + _BAR / 2 - CENTRED
            bold = row < chart.n_bold
            label = shorten(str(chart.counts.index[row]), layout.labels, bold=bold)
            draw_text(canvas, left - 4, y, label, bold=bold, align="right")
            for right, texts in zip(rights, chart.columns.values(), strict=True):
                flagged = right == x and any(chart.flagged[row : row + 1])
                colour = COLOURS[Reason.OVER_LIMIT] if flagged else DARK
                draw_text(canvas, right, y, texts[row], bold=flagged, colour=colour, align="right")


@dataclass(frozen=True)
class _Layout:
    """Widths of labels, bars and columns, and the count at the bars' right end."""

    labels: float
    bars: float
    columns: Sequence[float]
    highest: float

    @classmethod
    def of(cls, chart: BarChart) -> "_Layout":
        labels = (
            text_width(str(label), bold=number < chart.n_bold)
            for number, label in enumerate(chart.counts.index)
        )
        width = min(max(labels, default=0.0) + 2, _MAX_LABEL)
        columns = [
            max(text_width(text, bold=True) for text in [title, *texts]) + 14
            for title, texts in chart.columns.items()
        ]
        highest = 1.01 * max(1, chart.counts.sum(axis=1).max())
        return cls(width, WIDTH - width - 6 - sum(columns), columns, highest)


def _rows(chart: BarChart, part: slice) -> BarChart:
    return replace(
        chart,
        counts=chart.counts.iloc[part],
        columns={title: texts[part] for title, texts in chart.columns.items()},
        n_bold=max(0, chart.n_bold - (part.start or 0)),
        flagged=chart.flagged[part],
    )


def _draw_scale(
    canvas: Canvas, left: float, top: float, layout: _Layout, height: float, unit: str
) -> None:
    for tick in ticks(layout.highest):
        x = left + layout.bars * tick / layout.highest
        draw_line(canvas, [(x, top), (x, top - height)], PALE, 0.4)
        draw_text(canvas, x, top - height - 10, f"{tick:,}", align="centre")
    draw_line(canvas, [(left, top), (left, top - height)], GREY, 0.6)
    draw_text(canvas, left + layout.bars / 2, top - height - 20, unit, align="centre")


def _draw_bar(
    canvas: Canvas, left: float, bottom: float, lengths: Sequence[float], colours: Sequence[str]
) -> None:
    for length, colour in zip(lengths, colours, strict=True):
        if length > 0:
            # a white gap separates neighbours; a short bar stays visible
            gap = min(0.45, length / 4)
            draw_rectangle(canvas, left, bottom + 0.13 * _BAR, length - gap, 0.74 * _BAR, colour)
        left += length
