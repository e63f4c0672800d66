"""Tables with stacked bars in the PDF report."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
from reportlab.platypus import Flowable, Paragraph

from megate.core.vocabulary import Reason
from megate.report.pdf.canvas import Legend, draw_line, draw_rectangle, draw_text, ticks
from megate.report.pdf.document import TEXT_SIZE, WIDTH, Column, text_table
from megate.report.style import COLOURS, GREY, text_width

_MAX_LABEL = 0.42 * WIDTH


class Bar(Flowable):
    """A stacked bar of parts with a length (points) and a colour each."""

    def __init__(self, parts: Sequence[tuple[float, str]]) -> None:
        super().__init__()
        self.parts, self.width, self.height = parts, sum(length for length, _ in parts), 10.0

    def draw(self) -> None:
        """Draw the bar (called by ReportLab)."""
        x = 0.0
        for length, colour in self.parts:
            # a white gap separates neighbours; a short part stays visible
            draw_rectangle(self.canv, x, 0.5, length - min(0.45, length / 4), 8.5, colour)
            x += length


class _Scale(Flowable):
    """Title of a column of bars: what is counted, and an axis from 0 to `highest`."""

    def __init__(self, unit: str, width: float, highest: float) -> None:
        super().__init__()
        self.unit, self.width, self.height, self.highest = unit, width, 22.0, highest

    def draw(self) -> None:
        """Draw the axis (called by ReportLab)."""
        draw_text(self.canv, self.width / 2, 15, self.unit, align="centre", colour=GREY)
        draw_line(self.canv, [(0, 0), (self.width, 0)], GREY)
        for tick in ticks(self.highest, most=max(2, int(self.width / 45))):
            x = self.width * tick / self.highest
            draw_line(self.canv, [(x, 0), (x, 3)], GREY)
            draw_text(self.canv, x, 5, f"{tick:,}", align="centre")


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
        Bar([(scale * n, colour) for n, colour in zip(row, shown.values(), strict=True) if n])
        for row in counts[list(shown)].itertuples(index=False, name=None)
    ]
    titles = [
        Column("", label_width / WIDTH),
        Column(_Scale(unit, room - 20, highest), room / WIDTH),
        *(
            Column(title, width / WIDTH, "right")
            for title, width in zip(columns, widths, strict=True)
        ),
    ]
    rows = list(zip(labels, bars, *columns.values(), strict=True))
    return text_table(titles, rows, n_bold, Legend(shown))


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
