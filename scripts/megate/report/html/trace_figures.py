"""The figure of traces: responses (rows) of several simulations (columns)."""

from collections.abc import Mapping, Sequence

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


Traces = Mapping[str, np.ndarray]
"""Response -> (2, points) array of t (ms) and voltage (mV)."""


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
    responses: Sequence[str], columns: Sequence[tuple[str, Traces]], behind: Traces
) -> Figure:
    """A row per response and a column per simulation.

    Args:
        columns: title of two lines, and traces
        behind: traces to draw in grey behind all but their own
    """
    n_rows, n_columns = len(responses), len(columns)
    width = 72 * (WIDTH - _LEFT) / n_columns
    with style():
        figure = Figure(figsize=(WIDTH, _HEAD + n_rows * _ROW), layout="constrained")
        rows = figure.subplots(n_rows, n_columns, sharex="row", sharey="row", squeeze=False)
        for axes, response in zip(rows, responses, strict=True):
            for one, (_, traces) in zip(axes, columns, strict=True):
                grey = None if traces is behind else behind.get(response)
                _draw(one, traces.get(response), grey)
            name = shorten(response, width, 9, bold=True)
            axes[0].set_title(name, loc="left", weight="bold", size=9)
            axes[0].set_ylabel("V (mV)")
        for axes, (title, _) in zip(rows[0], columns, strict=True):
            text = "\n".join(shorten(line, width - 10, 9) for line in title.splitlines())
            axes.annotate(text, (0, 1), (0, 20), "axes fraction", "offset points", size=9)
        for axes in rows[-1]:
            axes.set_xlabel("t (ms)")
    return figure


def _draw(axes: Axes, trace: np.ndarray | None, behind: np.ndarray | None) -> None:
    if behind is not None:
        axes.plot(*behind, color=_OTHERS, linewidth=0.8)
    if trace is not None:
        colour = DARK if behind is None else COLOURS[Reason.PASSED]
        axes.plot(*trace, color=colour, linewidth=0.8)
    else:
        axes.text(0.5, 0.5, "not recorded", transform=axes.transAxes, ha="center", va="center")
    axes.margins(x=0, y=0.05)
    axes.xaxis.set_major_locator(MaxNLocator(4, prune="upper"))
    axes.yaxis.set_major_locator(MaxNLocator(4))
    axes.tick_params(labelsize=8, labelbottom=True)
