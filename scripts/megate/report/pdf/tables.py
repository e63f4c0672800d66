"""Tables of text in the PDF report: they wrap in their cells and flow over pages."""

from collections.abc import Sequence
from dataclasses import dataclass

from megate.report.colours import DARK, GREY, PALE
from megate.report.pdf.canvas import BODY, MARGIN, PAGE, WIDTH, Paper
from megate.report.text import SIZE, wrap

_TEXT_SIZE = 8.5
_LINE = 0.19
_CELL_GAP = 0.15


@dataclass(frozen=True)
class Column:
    """A column of a table: its title, its share of the page's width, and its alignment."""

    title: str
    share: float
    align: str = "left"


@dataclass(frozen=True)
class Table:
    """A table that flows over pages; cells wrap, and a line break in a cell is kept.

    Attributes:
        note: a sentence under the heading
        n_bold: how many of the first rows are in bold
    """

    heading: str
    columns: Sequence[Column]
    rows: Sequence[Sequence[str]]
    note: str = ""
    n_bold: int = 0


@dataclass(frozen=True)
class Line:
    """One line of a page of text; `kind` is heading, note, header, row, more (of a row) or gap."""

    kind: str
    columns: Sequence[Column]
    cells: Sequence[str]
    bold: bool = False


def flow(tables: Sequence[Table]) -> list[list[Line]]:
    """Break tables into pages. A heading stays with its first rows; a table that goes on
    repeats its header."""
    capacity = int((BODY[1] + 0.2 - BODY[0]) / _LINE)
    pages: list[list[Line]] = [[]]
    for table in tables:
        head, header, body = _lines(table)
        needed = len(head) + len(header) + min(len(body), 3)
        if pages[-1] and len(pages[-1]) + 2 + needed > capacity:
            pages.append([])
        gap = [Line("gap", (), ())] * 2 if pages[-1] else []
        pages[-1] += [*gap, *head, *header]
        for line in body:
            if len(pages[-1]) >= capacity:
                pages.append(list(header))
            pages[-1].append(line)
    return pages


def _lines(table: Table) -> tuple[list[Line], list[Line], list[Line]]:
    """Heading and note, header, and body of a table."""
    head = [Line("heading", (Column("", 1.0),), (table.heading,), True)]
    notes = wrap(table.note, WIDTH) if table.note else []
    head += [Line("note", (Column("", 1.0),), (text,)) for text in notes]
    titles = tuple(column.title for column in table.columns)
    header = [Line("header", table.columns, titles, True)] if any(titles) and table.rows else []
    body = []
    for number, row in enumerate(table.rows):
        bold = number < table.n_bold
        cells = [
            wrap(cell, column.share * WIDTH - _CELL_GAP, _TEXT_SIZE, bold)
            for cell, column in zip(row, table.columns, strict=True)
        ]
        for i in range(max(map(len, cells))):
            texts = tuple(cell[i] if i < len(cell) else "" for cell in cells)
            body.append(Line("more" if i else "row", table.columns, texts, bold))
    return head, header, body


def draw_text_page(paper: Paper, lines: Sequence[Line]) -> None:
    """Draw one page of `flow`."""
    sizes = {"heading": 11.0, "note": SIZE}
    for number, line in enumerate(lines):
        y = BODY[0] + number * _LINE
        if line.kind == "row":
            above = y - 0.71 * _LINE
            paper.line([(MARGIN, above), (PAGE[0] - MARGIN, above)], PALE)
        x = MARGIN
        for cell, column in zip(line.cells, line.columns, strict=True):
            width = column.share * WIDTH
            paper.text(
                x + (width - _CELL_GAP if column.align == "right" else 0),
                y,
                cell,
                sizes.get(line.kind, _TEXT_SIZE),
                bold=line.bold,
                colour=GREY if line.kind in ("note", "header") else DARK,
                align=column.align,
            )
            x += width
