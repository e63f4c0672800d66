"""Paper of the PDF report: pages to draw on, and text that is measured before it is placed.

A4, landscape. Positions are in inches from the page's upper left corner. Rows keep their height and
labels their place, whatever the number of rows. ReportLab writes the PDF: a page of a hundred
labels takes it 10 ms, where matplotlib needs half a second.
"""

from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

from reportlab.lib.colors import HexColor
from reportlab.pdfgen.canvas import Canvas

from megate.report.colours import DARK, GREY, PALE
from megate.report.text import SIZE, font_name, shorten, text_width, wrap

PAGE = (11.69, 8.27)
MARGIN = 0.6
WIDTH = PAGE[0] - 2 * MARGIN
BODY = (1.2, PAGE[1] - 0.75)
"""Top and bottom of what is between title and margin."""

_INCH = 72.0
_DRAW_STRING = {"left": "drawString", "centre": "drawCentredString", "right": "drawRightString"}
_colour = cache(HexColor)


class Paper:
    """A PDF file, drawn page after page. The same drawing gives the same bytes."""

    def __init__(self, path: Path, title: str) -> None:
        self._canvas = Canvas(
            str(path), pagesize=(PAGE[0] * _INCH, PAGE[1] * _INCH), invariant=1, pageCompression=1
        )
        self._canvas.setTitle(title)
        self._canvas.setCreator("megate")
        self._canvas.setProducer("ReportLab")

    def text(
        self,
        x: float,
        y: float,
        text: str,
        size: float = SIZE,
        bold: bool = False,
        colour: str = DARK,
        align: str = "left",
        upright: bool = False,
    ) -> None:
        """Text on the base line `y` that starts, is centred or ends (`align` left, centre, right)
        at `x`; `upright` turns it, to be read from below."""
        canvas = self._canvas
        canvas.setFont(font_name(bold), size)
        canvas.setFillColor(_colour(colour))
        draw = getattr(canvas, _DRAW_STRING[align])
        left, bottom = x * _INCH, (PAGE[1] - y) * _INCH
        if not upright:
            draw(left, bottom, text)
            return
        canvas.saveState()
        canvas.translate(left, bottom)
        canvas.rotate(90)
        draw(0, 0, text)
        canvas.restoreState()

    def line(
        self,
        points: Sequence[tuple[float, float]],
        colour: str = PALE,
        width: float = 0.5,
        dashed: bool = False,
    ) -> None:
        """A line through `points`, `width` points thick."""
        canvas = self._canvas
        canvas.setStrokeColor(_colour(colour))
        canvas.setLineWidth(width)
        canvas.setDash([2, 2] if dashed else [])
        path = canvas.beginPath()
        for number, (x, y) in enumerate(points):
            draw = path.lineTo if number else path.moveTo
            draw(x * _INCH, (PAGE[1] - y) * _INCH)
        canvas.drawPath(path)

    def rectangle(self, left: float, top: float, width: float, height: float, colour: str) -> None:
        self._canvas.setFillColor(_colour(colour))
        self._canvas.rect(
            left * _INCH,
            (PAGE[1] - top - height) * _INCH,
            width * _INCH,
            height * _INCH,
            stroke=0,
            fill=1,
        )

    def start_section(self, title: str) -> None:
        """Have the PDF's outline lead to this page."""
        key = f"page {self._canvas.getPageNumber()}"
        self._canvas.bookmarkPage(key)
        self._canvas.addOutlineEntry(title, key)

    def next_page(self) -> None:
        self._canvas.showPage()

    def save(self) -> None:
        self._canvas.save()


# What all pages have ------------------------------------------------------------------------


def draw_header(paper: Paper, title: str, number: int, total: int) -> None:
    """Title, page number and a rule, at the top of a page."""
    page = f"page {number} of {total}"
    room = WIDTH - text_width(page, 9) - 0.3
    paper.text(MARGIN, 0.6, shorten(title, room, 13, bold=True), 13, bold=True)
    paper.text(PAGE[0] - MARGIN, 0.6, page, 9, colour=GREY, align="right")
    paper.line([(MARGIN, 0.72), (PAGE[0] - MARGIN, 0.72)], GREY)


def draw_note(paper: Paper, note: str, legend: Mapping[str, str] | None = None) -> None:
    """The sentence under the title, and what the colours mean, at its right."""
    x = PAGE[0] - MARGIN
    for label, colour in reversed((legend or {}).items()):
        x -= text_width(label)
        paper.text(x, 0.89, label)
        x -= 0.19
        paper.rectangle(x, 0.82, 0.14, 0.08, colour)
        x -= 0.18
    for number, text in enumerate(wrap(note, x - MARGIN)[:2]):
        paper.text(MARGIN, 0.89 + 0.13 * number, text, colour=GREY)
