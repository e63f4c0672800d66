"""Figures of the HTML pages, as SVG elements whose text can be searched and copied."""

import io
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import matplotlib.style
import numpy as np
import pandas as pd
from markupsafe import Markup
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator, StrMethodFormatter

from megate.report.style import COLOURS, DARK, GREY, PALE, shorten
from megate.report.summaries import ABOUT_MARGIN, LOWEST_MARGIN, MARGIN_BIN

WIDTH = 10.5
"""Width of every figure, inches."""

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


@contextmanager
def style() -> Iterator[None]:
    """Matplotlib's defaults and `_SETTINGS`, without the user's matplotlibrc."""
    with matplotlib.style.context(_SETTINGS, after_reset=True):
        yield


def svg(figure: Figure, name: str) -> Markup:
    """The figure as an SVG element; the same figure gives the same text.

    Args:
        name: text for screen readers, different for each figure of a page
    """
    text = io.StringIO()
    # the salt makes the ids inside of the SVG: two figures of a page must not share them
    with style(), matplotlib.rc_context({"svg.hashsalt": name}):
        nothing = dict.fromkeys(("Creator", "Date", "Format", "Type"))
        figure.savefig(text, format="svg", metadata=nothing)
    element = re.sub(r"^.*?<svg ", "", text.getvalue(), count=1, flags=re.DOTALL)
    label = Markup.escape(name)
    return Markup('<svg role="img" aria-label="{}" ').format(label) + Markup(element)


def margin_figure(counts: pd.DataFrame) -> Figure:
    """Stacked bars of `megate.report.margins.margin_counts`; a line marks the limit."""
    with style():
        figure = Figure(figsize=(WIDTH, 2.8), layout="constrained")
        axes = figure.add_subplot()
        bottom = np.zeros(len(counts))
        for outcome, colour in COLOURS.items():
            heights = counts[outcome].to_numpy()
            if heights.any():
                middles = counts.index.to_numpy() + MARGIN_BIN / 2
                axes.bar(
                    middles, heights, 0.9 * MARGIN_BIN, bottom, color=colour, label=outcome.label
                )
            bottom += heights
        axes.axvline(0, color=DARK, linewidth=1)
        axes.text(0.01, 0.97, "limit", transform=axes.get_xaxis_transform(), va="top")
        ticks = np.arange(LOWEST_MARGIN, 1.01, 0.5)
        labels = [f"{tick:g}" for tick in ticks]
        axes.set_xticks([LOWEST_MARGIN - MARGIN_BIN / 2, *ticks[1:]], ["below -2", *labels[1:]])
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
        else:
            axes.set_xlim(0, 1.05 * everything.max())
        axes.xaxis.set_major_formatter(StrMethodFormatter("{x:,g}"))
        axes.set_xlabel("CPU time of a simulation (s)")
        axes.grid(axis="x")
    return figure
