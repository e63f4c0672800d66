"""Maps of numbers in the PDF report, continued over pages."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

import matplotlib
import numpy as np
import pandas as pd
from matplotlib.colors import to_hex
from matplotlib.ticker import MaxNLocator
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Flowable

from megate.report.colours import DARK, GREY
from megate.report.pdf.canvas import CENTRED, draw_rectangle, draw_text
from megate.report.pdf.document import WIDTH
from megate.report.text import shorten, text_width

_MAX_LABEL = 0.42 * WIDTH
_CELL = (32.0, 86.0)
_ROW = 14.4
_COLOUR_BAR = (86.0, 144.0)
"""Width, with its labels, and height."""


@dataclass(frozen=True)
class HeatMap:
    """A map of numbers, printed in their cells.

    Attributes:
        values: rows x columns, NaN where there is none
        label: meaning and unit of the values
        known: same shape; a cell without value has a dash where this is true (None: nowhere)
        highest: the value of the darkest colour; larger ones have it too
    """

    values: pd.DataFrame
    label: str
    known: pd.DataFrame | None = None
    highest: float = math.inf


def heat_maps(heat_map: HeatMap) -> Iterator[Flowable]:
    """The map as flowables: one for as many columns as fit side by side."""
    layout = _Layout.of(heat_map)
    for start in range(0, heat_map.values.shape[1], layout.n_columns):
        columns = slice(start, start + layout.n_columns)
        yield _Part(heat_map, layout, slice(None), columns)


@dataclass(frozen=True)
class _Layout:
    """Widths and heights that all parts share, and their largest colour."""

    label_width: float
    title_height: float
    upright: bool
    cell_width: float
    n_columns: int
    largest: float

    @classmethod
    def of(cls, heat_map: HeatMap) -> "_Layout":
        values = heat_map.values
        label_width = min(max(text_width(str(label)) for label in values.index) + 2, _MAX_LABEL)
        widest = max(text_width(str(label)) for label in values.columns)
        room = WIDTH - label_width - 6 - _COLOUR_BAR[0]
        n_columns = min(values.shape[1], int(room / _CELL[0]))
        cell_width = min(_CELL[1], room / n_columns)
        upright = widest + 7 > cell_width
        title_height = min(widest, 115) + 7 if upright else _ROW
        finite = values.to_numpy()[np.isfinite(values.to_numpy())]
        largest = float(np.max(finite, initial=0.0))
        return cls(label_width, title_height, upright, cell_width, n_columns, largest)


class _Part(Flowable):
    """Some rows and columns of a heat map, and the colour bar."""

    def __init__(self, heat_map: HeatMap, layout: _Layout, rows: slice, columns: slice) -> None:
        super().__init__()
        self.map, self.layout, self.rows, self.columns = heat_map, layout, rows, columns
        self.values = heat_map.values.iloc[rows, columns]
        self.width = WIDTH
        below_titles = max(len(self.values) * _ROW, _COLOUR_BAR[1])
        self.height = layout.title_height + below_titles + 8

    def split(self, _: float, height: float) -> list[Flowable]:
        """The rows that fit into `height`, and the others (called by ReportLab)."""
        room = height - self.layout.title_height - 8
        fit = int(room / _ROW)
        if room < _COLOUR_BAR[1] or fit >= len(self.values):
            return []
        start = self.rows.start or 0
        parts = (slice(start, start + fit), slice(start + fit, self.rows.stop))
        return [_Part(self.map, self.layout, part, self.columns) for part in parts]

    def draw(self) -> None:
        """Draw cells, labels and colour bar (called by ReportLab)."""
        canvas, layout, values = self.canv, self.layout, self.values
        left, top = layout.label_width + 6, self.height - layout.title_height
        known = None if self.map.known is None else self.map.known.iloc[self.rows, self.columns]
        highest = min(layout.largest, self.map.highest) or 1.0
        for (i, j), value in np.ndenumerate(values.to_numpy()):
            x, y = left + j * layout.cell_width, top - (i + 1) * _ROW
            text, colour = f"{value:.3g}" if value >= 100 else f"{value:.2f}", DARK
            if math.isfinite(value):
                background, light = _shade(value / highest)
                draw_rectangle(canvas, x, y, layout.cell_width - 0.7, _ROW - 0.7, background)
                colour = DARK if light else "#FFFFFF"
            else:
                text = "-" if known is not None and known.iloc[i, j] else ""
            middle = (x + layout.cell_width / 2, y + _ROW / 2 - CENTRED)
            draw_text(canvas, *middle, text, colour=colour, align="centre")
        _draw_labels(canvas, values, layout, left, top)
        right = left + values.shape[1] * layout.cell_width + 20
        _draw_colour_bar(canvas, right, top, highest, layout.largest > highest)
        middle = top - _COLOUR_BAR[1] / 2
        draw_text(canvas, right + 50, middle, self.map.label, align="centre", upright=True)


def _draw_labels(
    canvas: Canvas, values: pd.DataFrame, layout: _Layout, left: float, top: float
) -> None:
    room = layout.title_height - 4 if layout.upright else layout.cell_width
    for j, label in enumerate(values.columns):
        x, text = left + (j + 0.5) * layout.cell_width, shorten(str(label), room)
        if layout.upright:
            draw_text(canvas, x + CENTRED, top + 4, text, upright=True)
        else:
            draw_text(canvas, x, top + 4, text, align="centre")
    for i, label in enumerate(values.index):
        y = top - (i + 0.5) * _ROW - CENTRED
        draw_text(canvas, left - 4, y, shorten(str(label), layout.label_width), align="right")


def _draw_colour_bar(canvas: Canvas, left: float, top: float, highest: float, beyond: bool) -> None:
    height, steps = _COLOUR_BAR[1], 60
    for step in range(steps):
        bottom = top - height + height * step / steps
        shade, _ = _shade((step + 0.5) / steps)
        draw_rectangle(canvas, left, bottom, 11, 1.05 * height / steps, shade)
    for tick in MaxNLocator(5).tick_values(0, highest):
        if 0 <= tick <= 1.001 * highest:
            y = top - height * (1 - tick / highest) - CENTRED
            draw_text(canvas, left + 15, y, f"{tick:.4g}")
    if beyond:
        draw_text(canvas, left, top + 5, "and more", colour=GREY)


def _shade(share: float) -> tuple[str, bool]:
    """Colour of a value (0 to 1 of the highest), and whether dark text can be read on it."""
    shades = _shades()
    return shades[max(0, min(int(share * len(shades)), len(shades) - 1))]


@cache
def _shades() -> list[tuple[str, bool]]:
    shades = matplotlib.colormaps["cividis_r"](np.linspace(0, 1, 256))
    return [(to_hex(shade), bool(shade[:3] @ [0.3, 0.6, 0.1] >= 0.5)) for shade in shades]
