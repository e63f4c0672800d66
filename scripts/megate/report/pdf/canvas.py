"""Text, lines and rectangles on a ReportLab canvas, in the reports' font and colours.

Positions and lengths are in points; y grows upwards from the lower edge of what is drawn.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any

from matplotlib.ticker import MaxNLocator
from reportlab.lib.colors import HexColor
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Flowable

from megate.report.style import DARK, PALE, SIZE, font_name, text_width

_DRAW_STRING = {"left": "drawString", "centre": "drawCentredString", "right": "drawRightString"}
_colour = cache(HexColor)


def draw_text(
    canvas: Canvas,
    x: float,
    y: float,
    text: str,
    size: float = SIZE,
    bold: bool = False,
    colour: str = DARK,
    align: str = "left",
) -> None:
    """Text on the base line `y` that starts, is centred or ends (left, centre, right) at `x`."""
    canvas.setFont(font_name(bold), size)
    canvas.setFillColor(_colour(colour))
    getattr(canvas, _DRAW_STRING[align])(x, y, text)


def draw_line(
    canvas: Canvas,
    points: Sequence[tuple[float, float]],
    colour: str = PALE,
    width: float = 0.5,
    dashed: bool = False,
) -> None:
    """A line through `points`."""
    canvas.setStrokeColor(_colour(colour))
    canvas.setLineWidth(width)
    canvas.setDash([2, 2] if dashed else [])
    path = canvas.beginPath()
    path.moveTo(*points[0])
    for point in points[1:]:
        path.lineTo(*point)
    canvas.drawPath(path)


def draw_rectangle(
    canvas: Canvas, left: float, bottom: float, width: float, height: float, colour: str
) -> None:
    """A filled rectangle."""
    canvas.setFillColor(_colour(colour))
    canvas.rect(left, bottom, width, height, stroke=0, fill=1)


class Drawing(Flowable):
    """A rectangle that `paint` draws; the origin is its lower left corner."""

    def __init__(self, width: float, height: float, paint: Callable[[Canvas], None]) -> None:
        super().__init__()
        self.width, self.height, self.paint = width, height, paint

    def draw(self) -> None:
        """Called by ReportLab."""
        self.paint(self.canv)


def legend(colours: Mapping[Any, str]) -> Drawing:
    """The meaning of colours, in a line; a `Reason` by its label."""

    def paint(canvas: Canvas) -> None:
        x = 0.0
        for name, colour in colours.items():
            label = getattr(name, "label", name)
            draw_rectangle(canvas, x, 4, 10, 5.5, colour)
            draw_text(canvas, x + 14, 4, label)
            x += 27 + text_width(label)

    return Drawing(0, 12, paint)


def ticks(highest: float, most: int) -> list[int]:
    """At most about `most` whole numbers for an axis from 0 to `highest`."""
    locator = MaxNLocator(most, steps=[1, 2, 5, 10], integer=True, min_n_ticks=1)
    return [int(tick) for tick in locator.tick_values(0, highest) if 0 <= tick <= highest]
