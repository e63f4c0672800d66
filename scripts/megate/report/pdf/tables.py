"""Tables of the PDF report: texts, stacked bars, and maps of numbers."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import matplotlib
import numpy as np
import pandas as pd
from matplotlib.colors import to_hex
from reportlab.lib.colors import HexColor
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Flowable, LongTable, Paragraph

from megate.core.vocabulary import Reason
from megate.report.pdf.canvas import (
    Drawing,
    draw_line,
    draw_rectangle,
    draw_text,
    legend,
    ticks,
)
from megate.report.pdf.document import TEXT_SIZE, WIDTH, paragraph
from megate.report.style import COLOURS, DARK, GREY, PALE, SIZE, font_name, shorten, text_width

_MAX_LABEL = 0.42 * WIDTH
_CELL = (32.0, 86.0)
_ROW = 14.4


@dataclass(frozen=True)
class Column:
    """A column of a table: title, share of the page's width, and alignment. Cells wrap, except
    right-aligned ones (numbers, which must fit)."""

    title: str | Flowable
    share: float
    align: str = "left"


def text_table(
    columns: Sequence[Column],
    rows: Sequence[Sequence[str | Flowable]],
    n_bold: int = 0,
    colours: Mapping[Any, str] | None = None,
) -> Flowable:
    """A table of texts that flows over pages; each repeats the titles and what `colours` mean. The
    first `n_bold` rows are totals, in bold."""
    head: list[list[str | Flowable]] = [[legend(colours)]] if colours else []
    if any(column.title for column in columns):
        titles = [_wrapped(column.title, SIZE, True, GREY, column.align) for column in columns]
        head.append(titles)
    n_head = len(head)
    wraps = [column.align == "left" for column in columns]
    cells = [
        [
            _wrapped(cell, TEXT_SIZE, number < n_bold) if wrap else cell
            for wrap, cell in zip(wraps, row, strict=True)
        ]
        for number, row in enumerate(rows)
    ]
    style = [
        ("FONT", (0, 0), (-1, -1), font_name(False), TEXT_SIZE),
        ("TEXTCOLOR", (0, 0), (-1, -1), HexColor(DARK)),
        ("VALIGN", (0, 0), (-1, -1), "TOP"),
        ("VALIGN", (0, 0), (-1, n_head - 1), "BOTTOM"),
        ("LEFTPADDING", (0, 0), (-1, -1), 0),
        ("RIGHTPADDING", (0, 0), (-1, -1), 8),
        ("TOPPADDING", (0, 0), (-1, -1), 1.5),
        ("BOTTOMPADDING", (0, 0), (-1, -1), 2),
        ("LINEABOVE", (0, n_head), (-1, -1), 0.5, HexColor(PALE)),
        *(
            ("ALIGN", (number, 0), (number, -1), column.align.upper())
            for number, column in enumerate(columns)
        ),
    ]
    if n_bold:
        bold = (0, n_head), (-1, n_head + n_bold - 1)
        style.append(("FONT", *bold, font_name(True), TEXT_SIZE))
    texts = [cell for row in rows for cell in row if isinstance(cell, str)]
    long = any(len(text) > 800 or text.count("\n") > 30 for text in texts)  # more than a page
    widths = [column.share * WIDTH for column in columns]
    options = {"repeatRows": n_head, "splitInRow": int(long), "hAlign": "LEFT", "style": style}
    return LongTable([*head, *cells], widths, **options)


def _wrapped(cell: str | Flowable, *look: Any) -> Flowable:
    return paragraph(cell, *look) if isinstance(cell, str) else cell


def more(number: int, n_columns: int) -> list[tuple[str, ...]]:
    """A row with the number of rows that are left out, if any."""
    return [(f"... and {number:,} more", *[""] * (n_columns - 1))] if number > 0 else []


def bar_table(
    counts: pd.DataFrame,
    columns: Mapping[str, Sequence[str | Paragraph]],
    unit: str = "combinations",
    colours: Mapping[Any, str] = COLOURS,
    n_bold: int = 0,
) -> Flowable:
    """A stacked bar per row of `counts`, with texts at its right.

    Args:
        counts: index: labels; one column per colour
        columns: title -> a text for each bar
        unit: what is counted
        n_bold: how many of the first rows are bold
    """
    shown = {name: colour for name, colour in colours.items() if name in counts}
    labels = [str(label) for label in counts.index]
    label_width = min(max(map(_width, labels), default=0.0), _MAX_LABEL)
    widths = [max(60.0, *map(_width, cells)) for cells in columns.values()]
    room = WIDTH - label_width - sum(widths)
    highest = max(1, counts.sum(axis=1).max())
    scale = (room - 20) / highest
    bars = [
        _bar([(scale * n, colour) for n, colour in zip(row, shown.values(), strict=True) if n])
        for row in counts[list(shown)].itertuples(index=False, name=None)
    ]
    titles = [
        Column("", label_width / WIDTH),
        Column(_scale(unit, room - 20, highest), room / WIDTH),
        *(
            Column(title, width / WIDTH, "right")
            for title, width in zip(columns, widths, strict=True)
        ),
    ]
    rows = list(zip(labels, bars, *columns.values(), strict=True))
    return text_table(titles, rows, n_bold, shown)


def _width(cell: str | Paragraph) -> float:
    text = cell if isinstance(cell, str) else cell.getPlainText()
    return text_width(text, TEXT_SIZE, bold=True) + 12


def outcome_table(
    counts: pd.DataFrame,
    unit: str = "combinations",
    columns: Mapping[str, Sequence[str | Paragraph]] | None = None,
    n_bold: int = 0,
) -> Flowable:
    """Stacked bars of outcomes, with how many passed at their right, then `columns`."""
    passed = zip(counts[Reason.PASSED], counts.sum(axis=1), strict=True)
    texts = {"passed / all": [f"{n:,} / {total:,}" for n, total in passed], **(columns or {})}
    return bar_table(counts, texts, unit, n_bold=n_bold)


def _bar(parts: Sequence[tuple[float, str]]) -> Flowable:
    """A stacked bar of parts with a length (points) and a colour each."""

    def paint(canvas: Canvas) -> None:
        x = 0.0
        for length, colour in parts:
            # a white gap separates neighbours; a short part stays visible
            draw_rectangle(canvas, x, 0.5, length - min(0.45, length / 4), 8.5, colour)
            x += length

    return Drawing(sum(length for length, _ in parts), 10, paint)


def _scale(unit: str, width: float, highest: float) -> Flowable:
    """Title of a column of bars: what is counted, and an axis from 0 to `highest`."""

    def paint(canvas: Canvas) -> None:
        draw_text(canvas, width / 2, 15, unit, align="centre", colour=GREY)
        draw_line(canvas, [(0, 0), (width, 0)], GREY)
        for tick in ticks(highest, most=max(2, int(width / 45))):
            x = width * tick / highest
            draw_line(canvas, [(x, 0), (x, 3)], GREY)
            draw_text(canvas, x, 5, f"{tick:,}", align="centre")

    return Drawing(width, 22, paint)


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
    key = legend({f"{label}: 0": _shade(0)[0], **steps, most: _shade(1)[0]})
    texts = values.map(lambda x: f"{x:.3g}" if x >= 100 else f"{x:.2f}")
    texts = texts.where(finite, "" if known is None else known.map({True: "-", False: ""}.get))
    labels = [shorten(str(name), label_width - 7) for name in values.index]
    for start in range(0, values.shape[1], n_columns):
        part = values.columns[start : start + n_columns]
        rows = texts[part].to_numpy().tolist()
        yield LongTable(
            [
                [key],
                ["", *(_column_title(str(name), cell_width, title_height) for name in part)],
                *([name, *row] for name, row in zip(labels, rows, strict=True)),
            ],
            [label_width, *[cell_width] * len(part)],
            [20, title_height, *[_ROW] * len(labels)],
            repeatRows=2,
            hAlign="LEFT",
            style=[
                ("LEFTPADDING", (0, 0), (-1, -1), 0),
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


def _column_title(name: str, width: float, height: float) -> Flowable:
    """A column's title, upright where it is wider than the column."""

    def paint(canvas: Canvas) -> None:
        if height > _ROW:
            canvas.rotate(90)
            draw_text(canvas, 4, -width / 2 - 0.36 * SIZE, shorten(name, height - 7))
        else:
            draw_text(canvas, width / 2, 4, shorten(name, width), align="centre")

    return Drawing(width, height, paint)


def _shade(share: float) -> tuple[str, bool]:
    """Colour of a value (0 to 1 of the highest), and whether dark text can be read on it."""
    return _shades()[max(0, min(int(share * 256), 255))]


@cache
def _shades() -> list[tuple[str, bool]]:
    shades = matplotlib.colormaps["cividis_r"](np.linspace(0, 1, 256))
    return [(to_hex(shade), bool(shade[:3] @ [0.3, 0.6, 0.1] >= 0.5)) for shade in shades]
