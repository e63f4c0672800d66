"""The figure of traces: responses (rows) of several simulations (columns)."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from megate.core.vocabulary import Reason
from megate.report.html.figures import WIDTH, style
from megate.report.style import COLOURS, DARK, shorten

_ROW, _HEAD, _LEFT = 1.9, 0.6, 0.7
_BINS = 350
_OTHERS = "#BBBBBB"


@dataclass(frozen=True)
class Panel:
    """A trace, and the one behind it: (2, points) arrays of t (ms) and voltage (mV), or None."""

    trace: np.ndarray | None
    behind: np.ndarray | None = None


def thinned(trace: np.ndarray, bins: int = _BINS) -> np.ndarray:
    """A trace reduced for drawing: of each of `bins` equal intervals of time the first, the lowest,
    the highest and the last point. Peaks and jumps keep their place and height.

    Args:
        trace: (2, points) array of t (ms), in order, and values
    """
    t, values = trace
    if t.size <= 4 * bins:
        return trace
    width = (t[-1] - t[0]) / bins
    number = np.minimum(((t - t[0]) / width).astype(int), bins - 1)
    starts = np.flatnonzero(np.r_[True, number[1:] != number[:-1]])
    ends = np.r_[starts[1:], t.size]
    kept = set(starts) | set(ends - 1)
    for start, end in zip(starts, ends, strict=True):
        kept |= {start + int(values[start:end].argmin()), start + int(values[start:end].argmax())}
    return trace[:, sorted(kept)]


def trace_figure(
    responses: Sequence[str], titles: Sequence[str], panels: Sequence[Sequence[Panel]]
) -> Figure:
    """Draw the panels.

    Args:
        responses: name of each row
        titles: of each column; two lines
        panels: rows of panels
    """
    n_rows, n_columns = len(responses), len(titles)
    width = 72 * (WIDTH - _LEFT) / n_columns
    with style():
        figure = Figure(figsize=(WIDTH, _HEAD + n_rows * _ROW), layout="constrained")
        rows = figure.subplots(n_rows, n_columns, sharex="row", sharey="row", squeeze=False)
        for axes, row, response in zip(rows, panels, responses, strict=True):
            for one, panel in zip(axes, row, strict=True):
                _draw(one, panel)
            name = shorten(response, width, 9, bold=True)
            axes[0].set_title(name, loc="left", weight="bold", size=9)
            axes[0].set_ylabel("V (mV)")
        for axes, title in zip(rows[0], titles, strict=True):
            lines = [shorten(line, width - 10, 9) for line in title.splitlines()]
            axes.annotate(
                "\n".join(lines), (0, 1), (0, 20), "axes fraction", "offset points", size=9
            )
        for axes in rows[-1]:
            axes.set_xlabel("t (ms)")
    return figure


def _draw(axes: Axes, panel: Panel) -> None:
    if panel.behind is not None:
        axes.plot(*panel.behind, color=_OTHERS, linewidth=0.8)
    if panel.trace is not None:
        colour = DARK if panel.behind is None else COLOURS[Reason.PASSED]
        axes.plot(*panel.trace, color=colour, linewidth=0.8)
    else:
        axes.text(0.5, 0.5, "not recorded", transform=axes.transAxes, ha="center", va="center")
    axes.margins(x=0, y=0.05)
    axes.xaxis.set_major_locator(MaxNLocator(4, prune="upper"))
    axes.yaxis.set_major_locator(MaxNLocator(4))
    axes.tick_params(labelsize=8, labelbottom=True)
    axes.spines[["top", "right"]].set_visible(False)
