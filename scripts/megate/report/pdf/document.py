"""The PDF document: pages with a title and a number, paragraphs, page references."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from xml.sax.saxutils import escape

from reportlab.lib.colors import HexColor
from reportlab.lib.enums import TA_LEFT, TA_RIGHT
from reportlab.lib.pagesizes import A4, landscape
from reportlab.lib.styles import ParagraphStyle
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import (
    BaseDocTemplate,
    CondPageBreak,
    Flowable,
    Frame,
    PageBreak,
    PageTemplate,
    Paragraph,
    Spacer,
)

from megate.report.pdf.canvas import draw_line, draw_text
from megate.report.style import DARK, GREY, SIZE, font_name, shorten, text_width

PAGE = landscape(A4)
MARGIN = 43.0
WIDTH = PAGE[0] - 2 * MARGIN
TOP = 74.0
"""Height of title and note, above the body."""
HEIGHT = PAGE[1] - TOP - MARGIN

TEXT_SIZE = 8.5
"""Points of text in tables."""
_REFERENCE = (24.0, 10.0)
_N_PAGES = "n_pages"


@dataclass(frozen=True)
class Page:
    """What starts on a page of its own and continues over as many as it needs.

    Attributes:
        note: sentence under the heading
        section: entry of the outline that begins here; "" if it belongs to the one before. The
            first page lists those with the name of their page.
    """

    title: str
    content: Sequence[Flowable]
    note: str = ""
    section: str = ""


def section_of(emodel: str) -> str:
    """Name of an e-model's section."""
    return f"e-model {emodel}"


class PageReference(Flowable):
    """The number of the page where a section begins, as a link. It is known when the document is
    complete: `Document` defines it last."""

    def __init__(self, section: str) -> None:
        super().__init__()
        self.key = _key(section)
        self.width, self.height = _REFERENCE

    def draw(self) -> None:
        """Draw the form (called by ReportLab)."""
        self.canv.doForm(self.key)
        self.canv.linkRect("", self.key, (0, 0, *_REFERENCE), relative=1)


def _key(section: str) -> str:
    """A section's name inside of the PDF, where names are letters and digits."""
    return f"section{hashlib.sha1(section.encode()).hexdigest()}"


class Document(BaseDocTemplate):
    """A PDF file of A4 pages, landscape. The same pages give the same bytes."""

    def __init__(self, path: Path, title: str) -> None:
        super().__init__(
            str(path), pagesize=PAGE, invariant=1, pageCompression=1, title=title, creator="megate"
        )
        frame = Frame(MARGIN, MARGIN, WIDTH, HEIGHT, 0, 0, 0, 0)
        self.addPageTemplates(PageTemplate(frames=[frame], onPageEnd=self._draw_header))
        self.current, self.starts = Page(title, ()), dict[str, int]()

    def write(self, pages: Sequence[Page]) -> None:
        """Write the file."""
        story: list[Flowable] = []
        for page in pages:
            start = Spacer(0, 0)
            start.starts = page
            story += [PageBreak(), start, *page.content]
        self.build(story[1:])

    def afterFlowable(self, flowable: Flowable) -> None:  # noqa: N802
        """Note where pages and sections begin (called by ReportLab)."""
        self.current = getattr(flowable, "starts", self.current)
        section = self.current.section
        if section and section not in self.starts:
            self.starts[section] = self.page
            self.canv.bookmarkPage(_key(section))
            self.canv.addOutlineEntry(section, _key(section))

    def _draw_header(self, canvas: Canvas, _: "Document") -> None:
        number = f"page {self.page} of "
        right = PAGE[0] - MARGIN - 22
        room = right - text_width(number, TEXT_SIZE) - MARGIN - 10
        y = PAGE[1] - MARGIN
        draw_text(canvas, MARGIN, y, shorten(self.current.title, room, 13, True), 13, bold=True)
        draw_text(canvas, right, y, number, TEXT_SIZE, colour=GREY, align="right")
        draw_line(canvas, [(MARGIN, y - 8), (PAGE[0] - MARGIN, y - 8)], GREY)
        text = note(self.current.note)
        _, height = text.wrapOn(canvas, WIDTH, TOP)
        text.drawOn(canvas, MARGIN, y - 11 - height)
        canvas.translate(right, y)
        canvas.doForm(_N_PAGES)

    def _endBuild(self) -> None:  # noqa: N802
        """Define the forms of page numbers, now that they are known (called by ReportLab)."""
        numbers = {_key(section): number for section, number in self.starts.items()}
        for name, number in {**numbers, _N_PAGES: self.page}.items():
            self.canv.beginForm(name, 0, -5, 50, 15)
            if name == _N_PAGES:
                draw_text(self.canv, 0, 0, str(number), TEXT_SIZE, colour=GREY)
            else:
                draw_text(self.canv, _REFERENCE[0], 3, str(number), TEXT_SIZE, align="right")
            self.canv.endForm()
        super()._endBuild()


def heading(text: str) -> list[Flowable]:
    """A heading, on a new page where there is no room for some lines below it."""
    return [CondPageBreak(90), paragraph(text, 11, bold=True, spaceBefore=18, spaceAfter=4)]


def note(text: str) -> Paragraph:
    """A sentence in grey."""
    return paragraph(text, SIZE, colour=GREY, spaceAfter=6)


def paragraph(
    text: str,
    size: float,
    bold: bool = False,
    colour: str = DARK,
    align: str = "left",
    **style: float,
) -> Paragraph:
    """Text that wraps; line breaks are kept, and a word that is too long is broken."""
    look = ParagraphStyle(
        "",
        fontName=font_name(bold),
        fontSize=size,
        leading=1.25 * size,
        textColor=HexColor(colour),
        alignment=TA_RIGHT if align == "right" else TA_LEFT,
        **style,
    )
    return Paragraph("<br/>".join(escape(text).splitlines()), look)
