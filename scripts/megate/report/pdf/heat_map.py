"""Maps of numbers in the PDF report: tables with coloured cells."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

import matplotlib
import numpy as np
import pandas as pd
from matplotlib.colors import to_hex
from reportlab.lib.colors import HexColor
from reportlab.platypus import Flowable, LongTable

from megate.report.colours import DARK, GREY
from megate.report.pdf.canvas import CENTRED, draw_rectangle, draw_text
from megate.report.pdf.document import WIDTH
from megate.report.text import SIZE, font_name, shorten, text_width

_MAX_LABEL = 0.42 * WIDTH
_CELL = (32.0, 86.0)
_ROW = 14.4


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
    """The map as tables: one for as many columns as fit side by side."""
    values = heat_map.values
    label_width = min(max(text_width(str(label)) for label in values.index) + 7, _MAX_LABEL)
    widest = max(text_width(str(label)) for label in values.columns) + 7
    n_columns = min(values.shape[1], int((WIDTH - label_width) / _CELL[0]))
    cell_width = min(_CELL[1], (WIDTH - label_width) / n_columns)
    title_height = _ROW if widest <= cell_width else min(widest, 120)
    largest = float(np.max(values.to_numpy()[np.isfinite(values)], initial=0.0))
    scale = _Scale(heat_map.label, min(largest, heat_map.highest) or 1.0, largest)
    labels = [shorten(str(label), label_width - 7) for label in values.index]
    for start in range(0, values.shape[1], n_columns):
        part = values.iloc[:, start : start + n_columns]
        known = None if heat_map.known is None else heat_map.known[part.columns]
        cells, colours = _cells(part, known, scale.highest)
        titles = [_Title(str(label), cell_width, title_height) for label in part.columns]
        rows = [
            [scale],
            ["", *titles],
            *([label, *row] for label, row in zip(labels, cells, strict=True)),
        ]
        yield LongTable(
            rows,
            colWidths=[label_width, *[cell_width] * part.shape[1]],
            rowHeights=[24, title_height, *[_ROW] * len(part)],
            repeatRows=2,
            hAlign="LEFT",
            style=[
                ("FONT", (0, 0), (-1, -1), font_name(False), SIZE),
                ("ALIGN", (0, 2), (0, -1), "RIGHT"),
                ("ALIGN", (1, 2), (-1, -1), "CENTRE"),
                ("VALIGN", (0, 0), (-1, -1), "MIDDLE"),
                ("LEFTPADDING", (0, 0), (-1, -1), 0),
                ("RIGHTPADDING", (0, 0), (-1, -1), 0),
                ("RIGHTPADDING", (0, 2), (0, -1), 5),
                ("TOPPADDING", (0, 0), (-1, -1), 0),
                ("BOTTOMPADDING", (0, 0), (-1, -1), 0),
                ("GRID", (1, 2), (-1, -1), 0.7, HexColor("#FFFFFF")),
                *colours,
            ],
        )


def _cells(
    values: pd.DataFrame, known: pd.DataFrame | None, highest: float
) -> tuple[list[list[str]], list[tuple]]:
    """The cells' texts, and the styles that colour them."""
    texts, styles = values.map(lambda x: f"{x:.3g}" if x >= 100 else f"{x:.2f}"), []
    blank = "" if known is None else known.map({True: "-", False: ""}.get)
    texts = texts.where(np.isfinite(values), blank)
    for (row, column), value in np.ndenumerate(values.to_numpy()):
        if math.isfinite(value):
            at = (column + 1, row + 2)
            background, light = _shade(value / highest)
            styles.append(("BACKGROUND", at, at, HexColor(background)))
            if not light:
                styles.append(("TEXTCOLOR", at, at, HexColor("#FFFFFF")))
    return texts.to_numpy().tolist(), styles


class _Title(Flowable):
    """A column's title, upright where it is wider than the column."""

    def __init__(self, text: str, width: float, height: float) -> None:
        super().__init__()
        self.text, self.width, self.height = text, width, height

    def draw(self) -> None:
        """Draw the title (called by ReportLab)."""
        middle = self.width / 2
        if self.height > _ROW:
            text = shorten(self.text, self.height - 7)
            draw_text(self.canv, middle + CENTRED, 4, text, upright=True)
        else:
            draw_text(self.canv, middle, 4, shorten(self.text, self.width), align="centre")


class _Scale(Flowable):
    """The colours of a heat map, from 0 to the value of the darkest one."""

    def __init__(self, label: str, highest: float, largest: float) -> None:
        super().__init__()
        self.label, self.highest, self.beyond = label, highest, largest > highest
        self.width, self.height = 300.0, 20.0

    def draw(self) -> None:
        """Draw the scale (called by ReportLab)."""
        left, width, steps = text_width(self.label) + 10, 144, 60
        draw_text(self.canv, 0, 11, self.label, colour=GREY)
        for step in range(steps):
            shade, _ = _shade((step + 0.5) / steps)
            draw_rectangle(
                self.canv, left + width * step / steps, 10, 1.05 * width / steps, 8, shade
            )
        for share in (0, 0.5, 1):
            text = f"{share * self.highest:.3g}" + (
                " and more" if share == 1 and self.beyond else ""
            )
            draw_text(self.canv, left + share * width, 1, text, align="centre", colour=DARK)


def _shade(share: float) -> tuple[str, bool]:
    """Colour of a value (0 to 1 of the highest), and whether dark text can be read on it."""
    shades = _shades()
    return shades[max(0, min(int(share * len(shades)), len(shades) - 1))]


@cache
def _shades() -> list[tuple[str, bool]]:
    shades = matplotlib.colormaps["cividis_r"](np.linspace(0, 1, 256))
    return [(to_hex(shade), bool(shade[:3] @ [0.3, 0.6, 0.1] >= 0.5)) for shade in shades]
