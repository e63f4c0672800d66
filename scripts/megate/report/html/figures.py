"""Figures of Snakemake's report, as SVG to put into a page.

Text stays text, so that it can be searched and copied. Colours are those of the PDF report.
"""

import io
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import matplotlib.style
import numpy as np
import pandas as pd
from markupsafe import Markup
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator, StrMethodFormatter

from megate.report.colours import COLOURS, DARK, GREY, PALE
from megate.report.text import shorten

WIDTH = 10.5
"""Width of every figure, inches."""

LOWEST_MARGIN = -2.0
_BIN = 0.1
_MARGINS = "(limit - score) / limit of the tightest gated feature"
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
    "grid.color": PALE,
    "grid.linewidth": 0.4,
    "xtick.color": GREY,
    "xtick.labelcolor": DARK,
    "ytick.color": GREY,
    "ytick.labelcolor": DARK,
}
_BOX = "#56B4E9"


@contextmanager
def style() -> Iterator[None]:
    """Matplotlib's own settings and ours, whatever the user's matplotlibrc says."""
    with matplotlib.style.context(_SETTINGS, after_reset=True):
        yield


def svg(figure: Figure, name: str) -> Markup:
    """The figure as an SVG element; the same figure gives the same text.

    Args:
        name: what it shows, for those who do not see it; figures of one page have different ones
    """
    text = io.StringIO()
    # what parts of it are called depends on the salt: two figures on a page must not share names
    with style(), matplotlib.rc_context({"svg.hashsalt": name}):
        nothing = dict.fromkeys(("Creator", "Date", "Format", "Type"))
        figure.savefig(text, format="svg", metadata=nothing)
    element = re.sub(r"^.*?<svg ", "", text.getvalue(), count=1, flags=re.DOTALL)
    label = Markup.escape(name)
    return Markup('<svg role="img" aria-label="{}" ').format(label) + Markup(element)


def margin_counts(margins: pd.Series, reasons: pd.Series) -> pd.DataFrame:
    """Number of combinations of each outcome (columns) in bins of margins (index: lower edges).

    Bins are 0.1 wide and have their lower edge (a margin of 0 passes); the first has everything
    below -2. Combinations without margin are in none.
    """
    edges = np.round(np.arange(LOWEST_MARGIN - _BIN, 1.0, _BIN), 10)
    known = margins.notna()
    # 1e-9: a margin of 0.3 is 0.29999999999999998 / 0.1 = 2.9999999999999996 bins
    bins = np.floor(margins[known].clip(LOWEST_MARGIN - _BIN / 2, 1.0) / _BIN + 1e-9).astype(int)
    number = (bins - round(edges[0] / _BIN)).clip(0, len(edges) - 1)
    counts = pd.crosstab(number, reasons[known].astype(object))
    counts = counts.reindex(index=range(len(edges)), columns=list(COLOURS), fill_value=0)
    return counts.set_axis(edges, axis="index").fillna(0).astype(int)


def margin_figure(counts: pd.DataFrame) -> Figure:
    """Bars of `margin_counts`, with the limit as a line."""
    with style():
        figure = Figure(figsize=(WIDTH, 2.8), layout="constrained")
        axes = figure.add_subplot()
        bottom = np.zeros(len(counts))
        for outcome, colour in COLOURS.items():
            heights = counts[outcome].to_numpy()
            if heights.any():
                middles = counts.index.to_numpy() + _BIN / 2
                axes.bar(middles, heights, 0.9 * _BIN, bottom, color=colour, label=outcome.label)
            bottom += heights
        axes.axvline(0, color=DARK, linewidth=1)
        axes.text(0.01, 0.97, "limit", transform=axes.get_xaxis_transform(), va="top")
        ticks = np.arange(LOWEST_MARGIN, 1.01, 0.5)
        labels = [f"{tick:g}" for tick in ticks]
        axes.set_xticks([LOWEST_MARGIN - _BIN / 2, *ticks[1:]], ["below -2", *labels[1:]])
        axes.set_xlim(LOWEST_MARGIN - 1.5 * _BIN, 1.0 + _BIN / 2)
        axes.set_xlabel(f"margin: {_MARGINS}")
        _count_axis(axes)
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
        labels = [shorten(name, 3.0, 9) for name in names]
        axes.set_yticks(range(len(names)), labels)
        axes.set_ylim(max(1, len(names)) - 0.5, -0.5)
        everything = np.concatenate([runtimes[name] for name in names]) if names else np.ones(1)
        if everything.max() > 20 * max(everything.min(), 1e-3):
            axes.set_xscale("log")
        else:
            axes.set_xlim(0, 1.05 * everything.max())
        axes.xaxis.set_major_formatter(StrMethodFormatter("{x:,g}"))
        axes.set_xlabel("CPU time of a simulation (s)")
        axes.grid(axis="x")
        axes.spines[["top", "right"]].set_visible(False)
    return figure


def _count_axis(axes: Axes) -> None:
    axes.yaxis.set_major_locator(MaxNLocator(5, integer=True, min_n_ticks=1))
    axes.yaxis.set_major_formatter(StrMethodFormatter("{x:,.0f}"))
    axes.grid(axis="y")
    axes.spines[["top", "right"]].set_visible(False)
