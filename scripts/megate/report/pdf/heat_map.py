"""Maps of numbers in the PDF report: tables with coloured cells."""

import math
from collections.abc import Iterator
from functools import cache

import matplotlib
import numpy as np
import pandas as pd
from matplotlib.colors import to_hex
from reportlab.lib.colors import HexColor
from reportlab.platypus import Flowable

from megate.report.pdf.canvas import Legend, draw_text
from megate.report.pdf.document import WIDTH, long_table
from megate.report.style import SIZE, font_name, shorten, text_width

_MAX_LABEL = 0.42 * WIDTH
_CELL = (32.0, 86.0)
_ROW = 14.4


def heat_maps(
    values: pd.DataFrame, label: str, known: pd.DataFrame | None = None, highest: float = math.inf
) -> Iterator[Flowable]:
    """Tables with numbers in coloured cells: one for as many columns as fit side by side.

    Args:
        values: rows x columns, NaN where there is none
        label: meaning and unit of the values
        known: same shape; a cell without value has a dash where this is true (None: nowhere)
        highest: the value of the darkest colour; larger ones have it too
    """
    label_width = min(max(text_width(str(name)) for name in values.index) + 7, _MAX_LABEL)
    widest = max(text_width(str(name)) for name in values.columns) + 7
    n_columns = min(values.shape[1], int((WIDTH - label_width) / _CELL[0]))
    cell_width = min(_CELL[1], (WIDTH - label_width) / n_columns)
    title_height = _ROW if widest <= cell_width else min(widest, 120)
    finite = np.isfinite(values)
    largest = float(np.max(values.to_numpy()[finite], initial=0.0))
    top = min(largest, highest) or 1.0
    steps = {f"{share * top:.3g}": _shade(share)[0] for share in (0.25, 0.5, 0.75)}
    most = f"{top:.3g} and more" if largest > top else f"{top:.3g}"
    legend = Legend({f"{label}: 0": _shade(0)[0], **steps, most: _shade(1)[0]})
    texts = values.map(lambda x: f"{x:.3g}" if x >= 100 else f"{x:.2f}")
    texts = texts.where(finite, "" if known is None else known.map({True: "-", False: ""}.get))
    labels = [shorten(str(name), label_width - 7) for name in values.index]
    for start in range(0, values.shape[1], n_columns):
        part = values.columns[start : start + n_columns]
        rows = texts[part].to_numpy().tolist()
        yield long_table(
            [
                [legend],
                ["", *(_Title(str(name), cell_width, title_height) for name in part)],
                *([name, *row] for name, row in zip(labels, rows, strict=True)),
            ],
            [label_width, *[cell_width] * len(part)],
            2,
            [
                ("FONT", (0, 0), (-1, -1), font_name(False), SIZE),
                ("ALIGN", (0, 2), (0, -1), "RIGHT"),
                ("ALIGN", (1, 2), (-1, -1), "CENTRE"),
                ("VALIGN", (0, 0), (-1, -1), "MIDDLE"),
                ("RIGHTPADDING", (0, 0), (-1, -1), 0),
                ("RIGHTPADDING", (0, 2), (0, -1), 5),
                ("TOPPADDING", (0, 0), (-1, -1), 0),
                ("BOTTOMPADDING", (0, 0), (-1, -1), 0),
                ("GRID", (1, 2), (-1, -1), 0.7, HexColor("#FFFFFF")),
                *_backgrounds(values[part].to_numpy() / top),
            ],
            rowHeights=[20, title_height, *[_ROW] * len(labels)],
        )


def _backgrounds(shares: np.ndarray) -> Iterator[tuple]:
    """The styles that colour cells by their share of the highest value."""
    for (row, column), share in np.ndenumerate(shares):
        if math.isfinite(share):
            at = (column + 1, row + 2)
            background, light = _shade(share)
            yield "BACKGROUND", at, at, HexColor(background)
            if not light:
                yield "TEXTCOLOR", at, at, HexColor("#FFFFFF")


class _Title(Flowable):
    """A column's title, upright where it is wider than the column."""

    def __init__(self, text: str, width: float, height: float) -> None:
        super().__init__()
        self.text, self.width, self.height = text, width, height

    def draw(self) -> None:
        """Draw the title (called by ReportLab)."""
        if self.height > _ROW:
            self.canv.rotate(90)
            text = shorten(self.text, self.height - 7)
            draw_text(self.canv, 4, -self.width / 2 - 0.36 * SIZE, text)
        else:
            text = shorten(self.text, self.width)
            draw_text(self.canv, self.width / 2, 4, text, align="centre")


def _shade(share: float) -> tuple[str, bool]:
    """Colour of a value (0 to 1 of the highest), and whether dark text can be read on it."""
    return _shades()[max(0, min(int(share * 256), 255))]


@cache
def _shades() -> list[tuple[str, bool]]:
    shades = matplotlib.colormaps["cividis_r"](np.linspace(0, 1, 256))
    return [(to_hex(shade), bool(shade[:3] @ [0.3, 0.6, 0.1] >= 0.5)) for shade in shades]
