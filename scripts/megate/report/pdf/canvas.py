"""Text, lines and rectangles on a ReportLab canvas, in the reports' font and colours.

Positions and lengths are in points; y grows upwards from the lower edge of what is drawn.
"""

from collections.abc import Mapping, Sequence
from functools import cache

from matplotlib.ticker import MaxNLocator
from reportlab.lib.colors import HexColor
from reportlab.pdfgen.canvas import Canvas

from megate.report.colours import DARK, PALE
from megate.report.text import SIZE, font_name, text_width

CENTRED = 0.36 * SIZE
"""How far below the middle of a row its text's base line is."""

LEGEND_HEIGHT = 14.0

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
    upright: bool = False,
) -> None:
    """Text on the base line `y` that starts, is centred or ends (`align` left, centre, right) at
    `x`; `upright` turns it, to be read from below."""
    canvas.setFont(font_name(bold), size)
    canvas.setFillColor(_colour(colour))
    draw = getattr(canvas, _DRAW_STRING[align])
    if not upright:
        draw(x, y, text)
        return
    canvas.saveState()
    canvas.translate(x, y)
    canvas.rotate(90)
    draw(0, 0, text)
    canvas.restoreState()


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


def draw_legend(canvas: Canvas, right: float, y: float, colours: Mapping[str, str]) -> None:
    """The meaning of colours, in a line that ends at `right`; a `Reason` by its label."""
    x = right
    for name, colour in reversed(list(colours.items())):
        label = getattr(name, "label", name)
        x -= text_width(label)
        draw_text(canvas, x, y, label)
        x -= 14
        draw_rectangle(canvas, x, y, 10, 5.5, colour)
        x -= 13


def ticks(highest: float, most: int = 8) -> list[int]:
    """Whole numbers for an axis from 0 to `highest`."""
    locator = MaxNLocator(most, steps=[1, 2, 5, 10], integer=True, min_n_ticks=1)
    return [int(tick) for tick in locator.tick_values(0, highest) if 0 <= tick <= highest]
