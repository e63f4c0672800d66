"""Charts, nine on a page."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any

from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Flowable

from megate.report.pdf.canvas import Drawing, draw_line, draw_text, legend, ticks
from megate.report.pdf.document import HEIGHT, WIDTH
from megate.report.style import GREY, PALE, shorten

_PER_PAGE, _COLUMNS = 9, 3
_PAGE = HEIGHT - 14
_CELL = (WIDTH / _COLUMNS, (_PAGE - 1) / 3)
CHART_WIDTH, CHART_HEIGHT = _CELL[0] - 54, _CELL[1] - 54
"""Size of a chart's axes, points."""

Draw = Callable[[Canvas, Any], None]
"""Draws the chart of some values, with the origin of its axes at (0, 0)."""


def small_multiples(
    values: Mapping[str, Any], draw: Draw, colours: Mapping[Any, str] | None = None
) -> Iterator[Flowable]:
    """The charts of all values, by their titles, in flowables of a page each."""
    items = list(values.items())
    for start in range(0, len(items), _PER_PAGE):
        yield legend(colours or {})
        yield Drawing(WIDTH, _PAGE, partial(_draw_page, items[start : start + _PER_PAGE], draw))


def _draw_page(items: Sequence[tuple[str, Any]], draw: Draw, canvas: Canvas) -> None:
    for number, (title, of_chart) in enumerate(items):
        row, column = divmod(number, _COLUMNS)
        canvas.saveState()
        canvas.translate(column * _CELL[0], _PAGE - row * _CELL[1] - 15 - CHART_HEIGHT)
        name = shorten(title, _CELL[0] - 14, 9, bold=True)
        draw_text(canvas, 0, CHART_HEIGHT + 7, name, 9, bold=True)
        canvas.translate(36, 0)
        draw(canvas, of_chart)
        canvas.restoreState()


def draw_axes(canvas: Canvas, highest: float, marks: Mapping[float, str], label: str) -> float:
    """Draw the axes' lines and labels: `marks` (points -> text) across, whole numbers upwards.
    Returns how many points one upwards is."""
    up = CHART_HEIGHT / (1.05 * highest)
    for tick in ticks(1.05 * highest, most=4):
        draw_line(canvas, [(0, up * tick), (CHART_WIDTH, up * tick)], PALE, 0.4)
        draw_text(canvas, -4, up * tick - 2.5, f"{tick:,}", align="right")
    for x, text in marks.items():
        draw_line(canvas, [(x, 0), (x, -3)], GREY, 0.6)
        draw_text(canvas, x, -11.5, text, align="centre")
    draw_line(canvas, [(0, 0), (CHART_WIDTH, 0)], GREY, 0.6)
    draw_text(canvas, CHART_WIDTH / 2, -22, label, align="centre", colour=GREY)
    return up
