"""Text that is measured before it is placed, in the font of the reports."""

from functools import cache
from pathlib import Path

import matplotlib
import numpy as np
from reportlab.pdfbase.pdfmetrics import registerFont, stringWidth
from reportlab.pdfbase.ttfonts import TTFont

SIZE = 7.5
"""Points of labels."""

_INCH = 72.0
_FONTS = {False: "DejaVuSans", True: "DejaVuSans-Bold"}


@cache
def font_name(bold: bool) -> str:
    """Name of the font, which comes with matplotlib and so is the same everywhere."""
    name = _FONTS[bold]
    registerFont(TTFont(name, Path(matplotlib.get_data_path(), "fonts", "ttf", f"{name}.ttf")))
    return name


def text_width(text: str, size: float = SIZE, bold: bool = False) -> float:
    """Width of `text` (inches) in the report's font at `size` points."""
    return stringWidth(text, font_name(bold), size) / _INCH


def shorten(text: str, width: float, size: float = SIZE, bold: bool = False) -> str:
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


def wrap(text: str, width: float, size: float = SIZE, bold: bool = False) -> list[str]:
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
