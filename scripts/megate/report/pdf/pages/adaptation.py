"""The pages about the adaptation of AIS and soma, which are there with `adapt` only."""

from collections.abc import Iterator, Sequence
from functools import partial

import numpy as np
import pandas as pd
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Flowable

from megate.adaptation.resistance import ResistanceFit
from megate.gating.decide import Decisions
from megate.release.adaptation import Adaptation
from megate.report.adaptation import (
    ABOUT_CAUSES,
    ABOUT_QUALITY,
    COLOURS,
    COUNTS,
    WITHIN,
    causes_of_change,
    fits_of,
    scale_counts,
    scaled_parts,
)
from megate.report.pdf.canvas import draw_line, draw_rectangle, draw_text
from megate.report.pdf.charts import CHART_HEIGHT, CHART_WIDTH, draw_axes, small_multiples
from megate.report.pdf.document import Page, heading
from megate.report.pdf.document import note as small_print
from megate.report.pdf.tables import Column, more, text_table
from megate.report.style import DARK, GREY, PALE

MAX_CAUSES = 100
_TITLE = "AIS and soma adaptation"


def adaptation_pages(decisions: Decisions, adaptation: Adaptation) -> Iterator[Page]:
    """What adaptation changes, its scales, and the fits that they come from."""
    note = (
        "Compared: combinations that were simulated with and without adaptation. Gained: released "
        "only with it; lost: only without it. (adaptation.tsv)"
    )
    content = [*_counts(adaptation.table), *_quality(adaptation), *_causes(decisions, adaptation)]
    yield Page(_TITLE, content, note, _TITLE)
    parts = scaled_parts(adaptation)
    combos = decisions.combos
    counts = {
        f"{emodel}: {part.name}": scale_counts(rows[part.scale], adaptation.limits)
        for emodel, rows in combos.groupby("emodel")
        for part in parts
        if rows[part.scale].notna().any()
    }
    smallest, largest = adaptation.limits
    if counts:
        note = (
            "Number of combinations by scale of the AIS's diameters and of the soma's length. "
            f"Dashed: the limits, {smallest:g} and {largest:g}."
        )
        draw = partial(_draw_scales, limits=adaptation.limits)
        yield Page("Scales of AIS and soma", list(small_multiples(counts, draw, COLOURS)), note)
    fits = {
        f"{emodel}: {name}": fit
        for emodel in sorted(adaptation.exemplars)
        for name, fit in fits_of(adaptation, emodel).items()
    }
    note = (
        "Input resistance of the exemplar's AIS alone, or soma alone, as a function of its scale: "
        "measured values, and the fit from which scales are taken. Dashed: the limits."
    )
    draw = partial(_draw_fit, limits=adaptation.limits)
    yield Page("Input resistances of AIS and soma", list(small_multiples(fits, draw)), note)


def _counts(table: pd.DataFrame) -> list[Flowable]:
    totals = table[list(COUNTS)].sum()
    rows = [("all e-models", *map("{:,}".format, totals))]
    rows += [
        (row.emodel, *(f"{getattr(row, name):,}" for name in COUNTS)) for row in table.itertuples()
    ]
    width = 0.092
    columns = [
        Column("e-model", 1 - width * len(COUNTS)),
        *(Column(title, width, "right") for title in COUNTS.values()),
    ]
    return [*heading("Combinations"), text_table(columns, rows, n_bold=1)]


def _quality(adaptation: Adaptation) -> list[Flowable]:
    parts = scaled_parts(adaptation)
    rows = []
    for _, row in adaptation.table.iterrows():
        cells = [row["emodel"]]
        for part in parts:
            scales = [row[f"{part.scale}_{name}"] for name in ("median", "min", "max")]
            cells += [
                _text("{:.3f} ({:.3f} to {:.3f})", *scales),
                _text("{:.4g}", row[f"{part.rho}_exemplar"]),
                _text("{:.2f}", 100 * row[f"{part.rho}_error"]),
                _text("{:.2f}", 100 * row[f"{part.key}_fit_error"]),
            ]
        rows.append(cells)
    columns = [Column("e-model", 1 - 0.41 * len(parts))]
    for part in parts:
        columns += [
            Column(f"scale of {part.name}: median (range)", 0.19, "right"),
            Column(f"{part.rho} of the exemplar", 0.08, "right"),
            Column("difference (%)", 0.08, "right"),
            Column("fit (%)", 0.06, "right"),
        ]
    return [
        *heading("Scales and resistances"),
        small_print(ABOUT_QUALITY),
        text_table(columns, rows),
    ]


def _text(pattern: str, *values: float) -> str:
    return "" if any(map(np.isnan, values)) else pattern.format(*values)


def _causes(decisions: Decisions, adaptation: Adaptation) -> list[Flowable]:
    gates = {of_emodel.emodel: of_emodel for of_emodel in decisions.gates}
    found = causes_of_change(decisions.combos, gates, adaptation)
    if found.empty:
        return []
    numbers = ["fail_without", "fail_with", "gained", "lost"]
    shown = found.head(MAX_CAUSES)
    rows: list[Sequence[str]] = [
        (row.emodel, row.cause, *(f"{getattr(row, name):,}" for name in numbers))
        for row in shown.itertuples()
    ]
    rows += more(len(found) - MAX_CAUSES, 6)
    titles = ("fail without", "fail with", "gained", "lost")
    columns = [
        Column("e-model", 0.2),
        Column("feature, or other reason", 0.4),
        *(Column(title, 0.1, "right") for title in titles),
    ]
    return [
        *heading("Failing features, without and with adaptation"),
        small_print(ABOUT_CAUSES),
        text_table(columns, rows),
    ]


def _draw_scales(canvas: Canvas, counts: pd.DataFrame, limits: Sequence[float]) -> None:
    """A histogram of `megate.report.adaptation.scale_counts`."""
    edges = counts.index.to_numpy()
    width = edges[1] - edges[0]
    lowest = edges[0] - width
    across = CHART_WIDTH / (width * (len(edges) + 2))
    marks = {across * (x - lowest): f"{x:g}" for x in {*limits, 1.0}}
    up = draw_axes(canvas, max(1, counts.sum(axis=1).max()), marks, "scale")
    for edge, heights in zip(edges, up * counts[list(COLOURS)].to_numpy(), strict=True):
        y = 0.0
        for height, colour in zip(heights, COLOURS.values(), strict=True):
            x = across * (edge - lowest) + 0.2
            draw_rectangle(canvas, x, y, across * width - 0.4, height, colour)
            y += height
    for limit in limits:
        x = across * (limit - lowest)
        draw_line(canvas, [(x, 0), (x, CHART_HEIGHT)], GREY, 0.6, dashed=True)


def _draw_fit(canvas: Canvas, fit: ResistanceFit, limits: Sequence[float]) -> None:
    """Measured resistances and their fit, both axes logarithmic."""
    scales = np.geomspace(min(fit.scales), max(fit.scales), 50)
    curve = [fit.at(scale) for scale in scales]
    everything = [*curve, *fit.resistances]
    across = CHART_WIDTH / np.log10(scales[-1] / scales[0])
    lowest = min(everything) / 1.1
    up = CHART_HEIGHT / np.log10(1.1 * max(everything) / lowest)

    def at(scale: float, resistance: float) -> tuple[float, float]:
        return across * np.log10(scale / scales[0]), up * np.log10(resistance / lowest)

    for value in _ticks(lowest, 1.1 * max(everything)):
        _, y = at(1, value)
        draw_line(canvas, [(0, y), (CHART_WIDTH, y)], PALE, 0.4)
        draw_text(canvas, -4, y - 2.5, f"{value:,g}", align="right")
    for value in (0.4, 0.6, 1, 1.5, 2.5):
        x, _ = at(value, lowest)
        draw_line(canvas, [(x, 0), (x, -3)], GREY, 0.6)
        draw_text(canvas, x, -11.5, f"{value:g}", align="centre")
    draw_line(canvas, [(0, 0), (CHART_WIDTH, 0)], GREY, 0.6)
    draw_text(canvas, CHART_WIDTH / 2, -22, "scale", align="centre", colour=GREY)
    for limit in limits:
        x, _ = at(limit, lowest)
        draw_line(canvas, [(x, 0), (x, CHART_HEIGHT)], GREY, 0.6, dashed=True)
    draw_line(canvas, [at(*pair) for pair in zip(scales, curve, strict=True)], COLOURS[WITHIN], 1.2)
    for pair in zip(fit.scales, fit.resistances, strict=True):
        x, y = at(*pair)
        draw_rectangle(canvas, x - 1.5, y - 1.5, 3, 3, DARK)
    text = f"MOhm; largest error {fit.error:.2%}"
    draw_text(canvas, CHART_WIDTH, CHART_HEIGHT - 2, text, align="right", colour=GREY)


def _ticks(lowest: float, highest: float) -> list[float]:
    """1, 2, 5, 10 ... within the range; only powers of ten where these would be many."""
    powers = range(int(np.floor(np.log10(lowest))), int(np.ceil(np.log10(highest))) + 1)
    factors = (1, 2, 5) if len(powers) < 5 else (1,)
    values = [factor * 10.0**power for power in powers for factor in factors]
    return [value for value in values if lowest <= value <= highest]
