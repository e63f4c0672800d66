"""How sharp the choice is: borderline combinations, margins, other thresholds."""

from collections.abc import Iterator
from functools import partial

import numpy as np
import pandas as pd
from reportlab.pdfgen.canvas import Canvas

from megate.config.config import Select
from megate.core.vocabulary import Reason
from megate.gating.decide import Decisions
from megate.gating.outcome import stopped_early
from megate.gating.threshold_scan import threshold_sweep
from megate.release.files import borderline as borderline_rows
from megate.report.pdf.canvas import draw_line, draw_rectangle, draw_text
from megate.report.pdf.charts import CHART_HEIGHT, CHART_WIDTH, draw_axes, small_multiples
from megate.report.pdf.document import Page, heading
from megate.report.pdf.tables import Column, more, text_table
from megate.report.style import COLOURS, GREY, text_width
from megate.report.summaries import (
    ABOUT_MARGIN,
    LOWEST_MARGIN,
    MARGIN_BIN,
    margin_counts,
    outcomes_of,
)

MAX_BORDERLINE = 100


def borderline(decisions: Decisions, select: Select) -> Iterator[Page]:
    """A table of the borderline combinations, the nearest to its limit first."""
    rows = borderline_rows(decisions.combos)
    if rows.empty or not decisions.by_limits:
        return
    shown = rows.head(MAX_BORDERLINE)
    columns = (
        shown["combo_name"],
        [Reason(reason).label for reason in shown["reason"]],
        shown["limiting_feature"],
        shown["limiting_feature_score"].map("{:.5g}".format),
        shown["limiting_feature_limit"].map("{:.5g}".format),
        (100 * shown["margin"]).map("{:+.2f}".format),
    )
    cells: list[tuple[str, ...]] = list(zip(*columns, strict=True))
    cells += more(len(rows) - MAX_BORDERLINE, n_columns=6)
    titles = [
        Column("combination", 0.41),
        Column("outcome", 0.08),
        Column("limiting feature", 0.27),
        *(Column(title, 0.08, "right") for title in ("score (SD)", "limit (SD)", "margin (%)")),
    ]
    title = "Borderline combinations"
    note = (
        f"Combinations within borderline_margin ({select.borderline_margin:g}) of the limit, the "
        f"nearest first. Margin: {ABOUT_MARGIN}."
    )
    number = heading(f"{len(rows):,} of {len(decisions.combos):,} combinations")
    yield Page(title, [*number, text_table(titles, cells)], note, title)


def margins(decisions: Decisions, select: Select) -> Iterator[Page]:
    """The distribution of margins of each e-model."""
    combos = decisions.combos
    counts = {
        str(emodel): margin_counts(rows["margin"], rows["reason"])
        for emodel, rows in combos.groupby("emodel")
        if rows["margin"].notna().any()
    }
    if counts and decisions.by_limits:
        title = "Margins"
        note = (
            f"Number of combinations by margin, {ABOUT_MARGIN}; negative: over the limit. Between "
            "the dashed lines: borderline."
        )
        draw = partial(draw_margins, borderline_margin=select.borderline_margin)
        colours = {reason: COLOURS[reason] for reason in outcomes_of(combos["reason"])}
        yield Page(title, list(small_multiples(counts, draw, colours)), note, title)


def sweep(decisions: Decisions, _: Select) -> Iterator[Page]:
    """How many combinations of each e-model other thresholds would release."""
    if groups := {str(name): rows for name, rows in threshold_sweep(decisions).groupby("emodel")}:
        title = "Threshold sweep"
        note = (
            "Combinations that pass if all thresholds are multiplied by a factor. Square: the "
            "factor 1; dashed: all combinations. (extra_data/threshold_sweep.csv)"
        )
        if stopped := stopped_early(decisions.combos):
            note += f" Grey: with those that may pass, but were stopped early. {stopped}"
        yield Page(title, list(small_multiples(groups, draw_sweep)), note, title)


def draw_margins(canvas: Canvas, counts: pd.DataFrame, borderline_margin: float) -> None:
    """A histogram of `megate.report.summaries.margin_counts`."""
    lowest = LOWEST_MARGIN - MARGIN_BIN
    across = CHART_WIDTH / (1.0 - lowest)
    marks = {LOWEST_MARGIN: f"< {LOWEST_MARGIN:g}", -1: "-1", 0: "0", 1: "1"}
    up = draw_axes(
        canvas,
        max(1, counts.sum(axis=1).max()),
        {across * (x - lowest): text for x, text in marks.items()},
        "margin",
    )
    for start, heights in zip(counts.index, up * counts[list(COLOURS)].to_numpy(), strict=True):
        y = 0.0
        for height, colour in zip(heights, COLOURS.values(), strict=True):
            if height:
                x = across * (start - lowest) + 0.2
                draw_rectangle(canvas, x, y, across * MARGIN_BIN - 0.4, height, colour)
            y += height
    for margin in {-borderline_margin, borderline_margin}:
        if lowest <= margin <= 1.0:
            x = across * (margin - lowest)
            draw_line(canvas, [(x, 0), (x, CHART_HEIGHT)], GREY, 0.6, dashed=True)


def draw_sweep(canvas: Canvas, sweep: pd.DataFrame) -> None:
    """Number of an e-model's combinations that pass, by the factor on all thresholds.

    Args:
        sweep: its rows of the table of `megate.gating.threshold_scan`
    """
    factors, released = sweep["factor"].to_numpy(float), sweep["released"].to_numpy(float)
    total = int(sweep["combinations"].iloc[0])
    first, last = factors[[0, -1]]
    now = float(np.interp(1.0, factors, released))
    across = CHART_WIDTH / (last - first)
    shown = (x for x in (0.5, 1.0, 1.5, 2.0) if first <= x <= last)
    marks = {across * (x - first): f"{x:g}" for x in shown}
    up = draw_axes(canvas, max(total, 1), marks, "factor on all thresholds")
    draw_line(canvas, [(0, up * total), (CHART_WIDTH, up * total)], GREY, 0.6, dashed=True)
    if "incomplete" in sweep:
        most = released + sweep["incomplete"].to_numpy(float)
        draw_line(canvas, list(zip(across * (factors - first), up * most, strict=True)), GREY, 1.2)
    colour = COLOURS[Reason.PASSED]
    draw_line(
        canvas, list(zip(across * (factors - first), up * released, strict=True)), colour, 1.2
    )
    x, y = across * (1.0 - first), up * now
    draw_line(canvas, [(x, 0), (x, y)], colour, 0.6)
    draw_rectangle(canvas, x - 2, y - 2, 4, 4, colour)
    label = f"{now:,.0f} of {total:,}"
    outside = x + 6 + text_width(label) > CHART_WIDTH
    align, shift = ("right", -6) if outside else ("left", 6)
    draw_text(canvas, x + shift, y - 10, label, align=align)
