"""Figures of the HTML pages, as SVG elements whose text can be searched and copied."""

import io
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

import matplotlib.style
import numpy as np
import pandas as pd
from markupsafe import Markup
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.figure import Figure
from matplotlib.ticker import (
    FixedLocator,
    LogLocator,
    MaxNLocator,
    NullLocator,
    StrMethodFormatter,
)

from megate.adaptation.resistance import ResistanceFit
from megate.core.vocabulary import Reason
from megate.report.adaptation import COLOURS as SCALE_COLOURS
from megate.report.style import COLOURS, DARK, GREY, PALE, shorten
from megate.report.summaries import ABOUT_MARGIN, LOWEST_MARGIN, MARGIN_BIN

WIDTH = 10.5
"""Width of every figure, inches."""

BINS = 350
"""Intervals of time of a trace that is drawn."""

_FEW = 60
_SETTINGS = {
    "svg.fonttype": "none",
    "text.parse_math": False,  # a name may have dollar signs
    "font.family": "sans-serif",
    "font.sans-serif": ["DejaVu Sans"],  # comes with matplotlib: the same everywhere
    "font.size": 9,
    "text.color": DARK,
    "axes.edgecolor": GREY,
    "axes.labelcolor": DARK,
    "axes.axisbelow": True,
    "axes.linewidth": 0.6,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "grid.color": PALE,
    "grid.linewidth": 0.4,
    "xtick.color": GREY,
    "xtick.labelcolor": DARK,
    "ytick.color": GREY,
    "ytick.labelcolor": DARK,
}
_BOX = "#56B4E9"
_ROW, _HEAD, _LEFT = 1.9, 0.6, 0.7
_OTHERS = "#BBBBBB"


@contextmanager
def style() -> Iterator[None]:
    """Matplotlib's defaults and `_SETTINGS`, without the user's matplotlibrc."""
    with matplotlib.style.context(_SETTINGS, after_reset=True):
        yield


def svg(figure: Figure, name: str) -> Markup:
    """The figure as an SVG element; the same figure gives the same text. `name`, the text for
    screen readers, differs between figures of a page."""
    text = io.StringIO()
    # the salt makes the ids inside of the SVG: two figures of a page must not share them
    with style(), matplotlib.rc_context({"svg.hashsalt": name}):
        nothing = dict.fromkeys(("Creator", "Date", "Format", "Type"))
        figure.savefig(text, format="svg", metadata=nothing)
    element = re.sub(r"^.*?<svg ", "", text.getvalue(), count=1, flags=re.DOTALL)
    label = Markup.escape(name)
    return Markup('<svg role="img" aria-label="{}" ').format(label) + Markup(element)


def margin_figure(counts: pd.DataFrame) -> Figure:
    """Stacked bars of `megate.report.summaries.margin_counts`; a line marks the limit."""
    with style():
        figure = Figure(figsize=(WIDTH, 2.8), layout="constrained")
        axes = figure.add_subplot()
        bottom = np.zeros(len(counts))
        for outcome, colour in COLOURS.items():
            heights = counts[outcome].to_numpy()
            if heights.any():
                x, width = counts.index.to_numpy() + MARGIN_BIN / 2, 0.9 * MARGIN_BIN
                axes.bar(x, heights, width, bottom, color=colour, label=outcome.label)
            bottom += heights
        axes.axvline(0, color=DARK, linewidth=1)
        axes.text(0.01, 0.97, "limit", transform=axes.get_xaxis_transform(), va="top")
        ticks = np.arange(LOWEST_MARGIN, 1.01, 0.5)[1:]
        labels = [f"below {LOWEST_MARGIN:g}", *(f"{tick:g}" for tick in ticks)]
        axes.set_xticks([LOWEST_MARGIN - MARGIN_BIN / 2, *ticks], labels)
        axes.set_xlim(LOWEST_MARGIN - 1.5 * MARGIN_BIN, 1.0 + MARGIN_BIN / 2)
        axes.set_xlabel(f"margin: {ABOUT_MARGIN}")
        axes.yaxis.set_major_locator(MaxNLocator(5, integer=True, min_n_ticks=1))
        axes.yaxis.set_major_formatter(StrMethodFormatter("{x:,.0f}"))
        axes.grid(axis="y")
        axes.set_ylabel("combinations")
        if bottom.any():
            figure.legend(frameon=False, loc="outside right upper")
    return figure


def runtime_figure(runtimes: Mapping[str, np.ndarray]) -> Figure:
    """Per e-model the CPU times (s) of its simulations: a box from the lower to the upper quartile
    with the median, lines to the shortest and longest; dots where there are few."""
    names = [name for name, times in runtimes.items() if len(times)]
    with style():
        figure = Figure(figsize=(WIDTH, 0.9 + 0.28 * max(1, len(names))), layout="constrained")
        axes = figure.add_subplot()
        for row, name in enumerate(names):
            times = runtimes[name]
            axes.boxplot(
                times,
                positions=[row],
                orientation="horizontal",
                whis=(0, 100),
                widths=0.6,
                patch_artist=True,
                boxprops={"facecolor": _BOX, "edgecolor": GREY},
                medianprops={"color": DARK, "linewidth": 1.5},
                whiskerprops={"color": GREY},
                capprops={"color": GREY},
            )
            if len(times) <= _FEW:
                axes.plot(times, np.full(len(times), row), ".", color=DARK, alpha=0.6)
        labels = [shorten(name, 216, 9) for name in names]
        axes.set_yticks(range(len(names)), labels)
        axes.set_ylim(max(1, len(names)) - 0.5, -0.5)
        everything = np.concatenate([runtimes[name] for name in names]) if names else np.ones(1)
        if everything.max() > 20 * max(everything.min(), 1e-3):
            axes.set_xscale("log")
            _plain_log_ticks(axes.xaxis)
        else:
            axes.set_xlim(0, 1.05 * everything.max())
            axes.xaxis.set_major_formatter(StrMethodFormatter("{x:,g}"))
        axes.set_xlabel("CPU time of a simulation (s)")
        axes.grid(axis="x")
    return figure


def adaptation_figure(
    counts: Mapping[str, pd.DataFrame], fits: Mapping[str, ResistanceFit], limits: Sequence[float]
) -> Figure:
    """What is scaled, side by side: above, histograms of scales
    (`megate.report.adaptation.scale_counts`); below, if there are `fits`, input resistances of the
    exemplar's part alone, measured and fitted. Lines mark the limits."""
    n_rows = 2 if fits else 1
    with style():
        figure = Figure(figsize=(WIDTH, 2.6 * n_rows), layout="constrained")
        rows = figure.subplots(n_rows, len(counts), squeeze=False)
        for axes, (name, of_part) in zip(rows[0], counts.items(), strict=True):
            _draw_scales(axes, name, of_part)
        for axes, (name, fit) in zip(rows[-1], fits.items(), strict=False):
            _draw_fit(axes, name, fit)
        for axes in rows.flat:
            for limit in limits:
                axes.axvline(limit, color=GREY, linewidth=0.8, linestyle="--")
        figure.legend(
            *rows[0, 0].get_legend_handles_labels(), frameon=False, loc="outside right upper"
        )
    return figure


def _draw_scales(axes: Axes, name: str, counts: pd.DataFrame) -> None:
    bottom = np.zeros(len(counts))
    width = counts.index[1] - counts.index[0]
    for outcome, colour in SCALE_COLOURS.items():
        heights = counts[outcome].to_numpy()
        x = counts.index.to_numpy() + width / 2
        axes.bar(x, heights, 0.9 * width, bottom, color=colour, label=outcome)
        bottom += heights
    axes.set_xlim(counts.index[0] - width, counts.index[-1] + 2 * width)
    axes.set_xlabel(f"scale of the {name}")
    axes.set_ylabel("combinations")
    axes.yaxis.set_major_locator(MaxNLocator(5, integer=True, min_n_ticks=1))
    axes.yaxis.set_major_formatter(StrMethodFormatter("{x:,.0f}"))
    axes.grid(axis="y")


def _draw_fit(axes: Axes, name: str, fit: ResistanceFit) -> None:
    scales = np.geomspace(min(fit.scales), max(fit.scales), 50)
    axes.plot(scales, [fit.at(scale) for scale in scales], color=COLOURS[Reason.PASSED])
    axes.plot(fit.scales, fit.resistances, ".", color=DARK)
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.xaxis.set_major_locator(FixedLocator([0.4, 0.6, 1, 1.5, 2.5]))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_major_formatter(StrMethodFormatter("{x:g}"))
    _plain_log_ticks(axes.yaxis)
    axes.set_xlabel(f"scale of the {name}")
    axes.set_ylabel(f"{name} alone (MOhm)")
    axes.text(
        0.98, 0.95, f"largest error {fit.error:.2%}", transform=axes.transAxes, ha="right", va="top"
    )
    axes.grid(axis="y")


def _plain_log_ticks(axis: Axis) -> None:
    """Label 1, 2, 5, 10, ... with plain numbers. (Matplotlib labels other ticks, too, if the axis
    covers less than two decades, and with mathematical text.)"""
    axis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    axis.set_minor_locator(NullLocator())
    axis.set_major_formatter(StrMethodFormatter("{x:,g}"))


Traces = Mapping[str, np.ndarray]
"""Response -> (2, points) array of t (ms) and voltage (mV)."""


def thinned(trace: np.ndarray, bins: int = BINS) -> np.ndarray:
    """A trace reduced for drawing: of each of `bins` equal intervals of time the first, the lowest,
    the highest and the last point. Peaks and jumps keep their place and height."""
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
    """A row per response; a column per simulation, with a title of two lines. The traces `behind`
    are drawn in grey behind all but their own."""
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
