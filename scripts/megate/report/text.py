"""The reports' font: width of texts, and long names shortened in the middle."""

from functools import cache
from pathlib import Path

import matplotlib
from reportlab.pdfbase.pdfmetrics import registerFont, stringWidth
from reportlab.pdfbase.ttfonts import TTFont

SIZE = 7.5
"""Points of labels."""

_FONTS = {False: "DejaVuSans", True: "DejaVuSans-Bold"}


@cache
def font_name(bold: bool) -> str:
    """Name of the font for ReportLab; it comes with matplotlib, so it is the same everywhere."""
    name = _FONTS[bold]
    registerFont(TTFont(name, Path(matplotlib.get_data_path(), "fonts", "ttf", f"{name}.ttf")))
    return name


def text_width(text: str, size: float = SIZE, bold: bool = False) -> float:
    """Width of `text` (points) in the reports' font at `size` points."""
    return stringWidth(text, font_name(bold), size)


def shorten(text: str, width: float, size: float = SIZE, bold: bool = False) -> str:
    """`text`, with an ellipsis in its middle if it is wider than `width` (points)."""
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
