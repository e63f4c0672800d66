"""The reports' colours and font."""

from functools import cache
from pathlib import Path

import matplotlib
from reportlab.pdfbase.pdfmetrics import registerFont, stringWidth
from reportlab.pdfbase.ttfonts import TTFont

from megate.core.vocabulary import Reason

COLOURS: dict[Reason, str] = {
    Reason.PASSED: "#0072B2",
    Reason.OVER_LIMIT: "#D55E00",
    Reason.NOT_AMONG_BEST: "#D55E00",
    Reason.SIMULATION_ERROR: "#E69F00",
    Reason.MISSING_SCORE: "#999999",
    Reason.NO_THRESHOLD: "#CC79A7",
}
"""From the palette of Okabe and Ito, which colour-blind people can tell apart."""

DARK, GREY, PALE = "#222222", "#666666", "#CCCCCC"
"""Text, what is beside the point, and rules."""

SIZE = 7.5
"""Points of labels."""


@cache
def font_name(bold: bool) -> str:
    """Name of the font for ReportLab; it comes with matplotlib, so it is the same everywhere."""
    name = "DejaVuSans-Bold" if bold else "DejaVuSans"
    registerFont(TTFont(name, Path(matplotlib.get_data_path(), "fonts", "ttf", f"{name}.ttf")))
    return name


def text_width(text: str, size: float = SIZE, bold: bool = False) -> float:
    """Width of `text` (points) at `size` points."""
    return stringWidth(text, font_name(bold), size)


def shorten(text: str, width: float, size: float = SIZE, bold: bool = False) -> str:
    """`text`, with an ellipsis in its middle if it is wider than `width` (points)."""
    text = " ".join(text.split())
    short, kept = text, len(text)
    while kept and text_width(short, size, bold) > width:
        kept -= 1
        short = text[: (kept + 1) // 2] + "…" + text[len(text) - kept // 2 :]
    return short
