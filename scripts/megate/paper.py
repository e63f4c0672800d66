"""Pages of the PDF report: what all of them share, text and tables; A4, landscape.

Positions are in inches from the page's upper left corner, and what has to fit is measured before
it is placed: rows keep their height and labels their place, whatever the number of rows, and a
page costs one drawing (matplotlib's layout engines need several).
"""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import lru_cache, partial

import matplotlib.style
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.textpath import text_to_path

PAGE = (11.69, 8.27)
COLOURS = {
    "passed": "#0072B2",
    "failed": "#D55E00",
    "raised": "#E69F00",
    "missing score": "#999999",
}
"""Colour of each outcome, from the palette of Okabe and Ito (distinct for the colour-blind)."""

MARGIN = 0.6
WIDTH = PAGE[0] - 2 * MARGIN
BODY = (1.2, PAGE[1] - 0.75)
_FONT = "DejaVu Sans"  # comes with matplotlib: the same everywhere
_SIZE = 7.5
_TEXT_SIZE = 8.5
_LINE = 0.19
_CELL_GAP = 0.15
DARK, GREY, _RULE = "#222222", "#666666", "#CCCCCC"
_SETTINGS = {
    "font.family": "sans-serif",
    "font.sans-serif": [_FONT],
    "font.size": _SIZE,
    "text.color": DARK,
    "text.parse_math": False,  # a regex may have dollar signs
    "axes.edgecolor": GREY,
    "axes.labelcolor": DARK,
    "axes.axisbelow": True,
    "axes.linewidth": 0.6,
    "grid.color": _RULE,
    "grid.linewidth": 0.4,
    "xtick.color": GREY,
    "xtick.labelcolor": DARK,
    "ytick.color": GREY,
    "ytick.labelcolor": DARK,
}


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


def style() -> AbstractContextManager[None]:
    """Matplotlib's own settings and ours, whatever the user's matplotlibrc says."""
    return matplotlib.style.context(_SETTINGS, after_reset=True)


# Text ---------------------------------------------------------------------------------------


def text_width(text: str, size: float = _SIZE, bold: bool = False) -> float:
    """Width of `text` (inches) in the report's font at `size` points, without kerning."""
    return sum(_advance(character, bold) for character in text) * size / 72


@lru_cache(maxsize=4096)
def _advance(character: str, bold: bool) -> float:
    """Advance of a character in a 1-point font (points). A pair of bars around it makes spaces
    count, which have no outline."""
    measure = partial(
        text_to_path.get_text_width_height_descent,
        prop=FontProperties(family=_FONT, size=100, weight="bold" if bold else "normal"),
        ismath=False,
    )
    return (measure(f"|{character}|")[0] - measure("||")[0]) / 100


def shorten(text: str, width: float, size: float = _SIZE, bold: bool = False) -> str:
    """`text`, with an ellipsis in its middle if it is wider than `width` (inches)."""
    text = " ".join(text.split())
    if text_width(text, size, bold) <= width:
        return text
    low, high = 0, len(text)
    while low < high:
        kept = (low + high + 1) // 2
        if text_width(_without_middle(text, kept), size, bold) <= width:
            low = kept
        else:
            high = kept - 1
    return _without_middle(text, low)


def _without_middle(text: str, kept: int) -> str:
    """`text` reduced to `kept` characters and an ellipsis."""
    return text[: (kept + 1) // 2] + "…" + text[len(text) - kept // 2 :]


def wrap(text: str, width: float, size: float = _SIZE, bold: bool = False) -> list[str]:
    """Lines of at most `width` (inches); a word that is wider is broken."""
    lines = []
    for paragraph in text.splitlines() or [""]:
        line = ""
        for word in paragraph.split():
            longer = f"{line} {word}".lstrip()
            if text_width(longer, size, bold) <= width:
                line = longer
                continue
            if line:
                lines.append(line)
            line = word
            while text_width(line, size, bold) > width:
                head = _head(line, width, size, bold)
                lines.append(line[:head])
                line = line[head:]
        lines.append(line)
    return lines


def _head(word: str, width: float, size: float, bold: bool) -> int:
    """How many of the first characters fit, one at least."""
    widths = np.cumsum([text_width(character, size, bold) for character in word])
    return max(1, int(np.searchsorted(widths, width, side="right")))


def draw_header(figure: Figure, title: str, number: int, total: int) -> None:
    """Title, page number and a rule, at the top of a page."""
    page = f"page {number} of {total}"
    width = WIDTH - text_width(page, 9) - 0.3
    draw_text(figure, MARGIN, 0.6, shorten(title, width, 13, bold=True), size=13, weight="bold")
    draw_text(figure, PAGE[0] - MARGIN, 0.6, page, size=9, ha="right", color=GREY)
    draw_rule(figure, 0.72, GREY)


def draw_text(figure: Figure, x: float, y: float, text: str, **style: object) -> None:
    figure.text(x / PAGE[0], 1 - y / PAGE[1], text, **{"va": "baseline"} | style)


def draw_rule(figure: Figure, y: float, colour: str) -> None:
    ends = [MARGIN / PAGE[0], 1 - MARGIN / PAGE[0]]
    figure.add_artist(Line2D(ends, [1 - y / PAGE[1]] * 2, color=colour, linewidth=0.5))


def add_axes(figure: Figure, left: float, top: float, width: float, height: float) -> Axes:
    bottom = PAGE[1] - top - height
    return figure.add_axes((left / PAGE[0], bottom / PAGE[1], width / PAGE[0], height / PAGE[1]))


def draw_note(figure: Figure, note: str, legend: bool = False) -> None:
    """The sentence under the title, and the outcomes' colours at its right."""
    room = WIDTH - (3.8 if legend else 0)
    for number, text in enumerate(wrap(note, room)[:2]):
        draw_text(figure, MARGIN, 0.89 + 0.13 * number, text, color=GREY)
    if legend:
        handles = [Patch(color=colour, label=outcome) for outcome, colour in COLOURS.items()]
        figure.legend(
            handles=handles,
            ncols=len(handles),
            frameon=False,
            loc="upper right",
            bbox_to_anchor=(1 - MARGIN / PAGE[0], 1 - 0.8 / PAGE[1]),
            borderpad=0,
            borderaxespad=0,
            handlelength=1.2,
            handleheight=0.8,
            columnspacing=1.4,
        )


# Tables -------------------------------------------------------------------------------------


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


def draw_text_page(figure: Figure, lines: Sequence[Line]) -> None:
    """Draw one page of `flow`."""
    sizes = {"heading": 11.0, "note": _SIZE}
    for number, line in enumerate(lines):
        y = BODY[0] + number * _LINE
        if line.kind == "row":
            draw_rule(figure, y - 0.71 * _LINE, _RULE)
        x = MARGIN
        for cell, column in zip(line.cells, line.columns, strict=True):
            width = column.share * WIDTH
            right = column.align == "right"
            draw_text(
                figure,
                x + (width - _CELL_GAP if right else 0),
                y,
                cell,
                ha=column.align,
                size=sizes.get(line.kind, _TEXT_SIZE),
                weight="bold" if line.bold else "normal",
                color=GREY if line.kind in ("note", "header") else DARK,
            )
            x += width
