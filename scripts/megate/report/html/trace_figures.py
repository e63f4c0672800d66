"""The figure of traces: responses (rows) of several simulations (columns)."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from megate.core.vocabulary import Reason
from megate.report.colours import COLOURS, DARK
from megate.report.html.figures import WIDTH, style
from megate.report.text import shorten

_ROW = 1.45
_HEAD, _FOOT, _LEFT, _RIGHT = 0.4, 0.5, 0.7, 0.1
_GAP, _ROW_GAP = 0.15, 0.5
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
    height = _HEAD + n_rows * (_ROW_GAP + _ROW) + _FOOT
    width = (WIDTH - _LEFT - _RIGHT + _GAP) / n_columns - _GAP
    with style():
        figure = Figure(figsize=(WIDTH, height))
        for i, row in enumerate(panels):
            limits = _limits(row)
            top = _HEAD + i * (_ROW + _ROW_GAP) + _ROW_GAP
            name = shorten(responses[i], 72 * (WIDTH - _LEFT), 9, bold=True)
            figure.text(_LEFT / WIDTH, 1 - (top - 0.08) / height, name, weight="bold", size=9)
            for j, panel in enumerate(row):
                left = _LEFT + j * (width + _GAP)
                bottom = height - top - _ROW
                axes = figure.add_axes(
                    (left / WIDTH, bottom / height, width / WIDTH, _ROW / height)
                )
                _draw(axes, panel, limits)
                axes.tick_params(labelleft=j == 0, labelsize=8)
                if i == n_rows - 1:
                    axes.set_xlabel("t (ms)")
                if j == 0:
                    axes.set_ylabel("V (mV)")
        for j, title in enumerate(titles):
            lines = [shorten(line, 72 * width, 9) for line in title.splitlines()]
            x = (_LEFT + j * (width + _GAP)) / WIDTH
            figure.text(x, 1 - 0.08 / height, "\n".join(lines), va="top", size=9)
    return figure


def _limits(row: Sequence[Panel]) -> tuple[float, float, float, float] | None:
    """Ends of the axes that all panels of a row share."""
    traces = [trace for panel in row for trace in (panel.trace, panel.behind) if trace is not None]
    if not traces:
        return None
    t = np.concatenate([trace[0] for trace in traces])
    values = np.concatenate([trace[1] for trace in traces])
    values = values[np.isfinite(values)]
    low, high = (values.min(), values.max()) if values.size else (0.0, 1.0)
    space = 0.05 * max(high - low, 1.0)
    return float(t.min()), float(t.max()), float(low - space), float(high + space)


def _draw(axes: Axes, panel: Panel, limits: tuple[float, float, float, float] | None) -> None:
    if panel.behind is not None:
        axes.plot(*panel.behind, color=_OTHERS, linewidth=0.8)
    if panel.trace is not None:
        colour = DARK if panel.behind is None else COLOURS[Reason.PASSED]
        axes.plot(*panel.trace, color=colour, linewidth=0.8)
    else:
        axes.text(0.5, 0.5, "not recorded", transform=axes.transAxes, ha="center", va="center")
    if limits is not None:
        axes.set_xlim(*limits[:2])
        axes.set_ylim(*limits[2:])
    axes.xaxis.set_major_locator(MaxNLocator(4, prune="upper"))
    axes.yaxis.set_major_locator(MaxNLocator(4))
    axes.spines[["top", "right"]].set_visible(False)
