"""How sharp the choice is: borderline combinations, margins, other thresholds."""

from collections.abc import Iterator
from functools import partial

from megate.config.config import Select
from megate.core.vocabulary import Reason
from megate.gating.decide import Decisions
from megate.gating.threshold_scan import threshold_sweep
from megate.release.files import borderline as borderline_rows
from megate.report.pdf.document import Column, Page, heading, more, text_table
from megate.report.pdf.small_multiples import draw_margins, draw_sweep, small_multiples
from megate.report.style import COLOURS
from megate.report.summaries import ABOUT_MARGIN, margin_counts, outcomes_of

MAX_BORDERLINE = 100
_BORDERLINE = "Borderline combinations"
_MARGINS = "Margins"
_SWEEP = "Threshold sweep"


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
    yield Page(
        _BORDERLINE,
        [
            *heading(f"{len(rows):,} of {len(decisions.combos):,} combinations"),
            text_table(titles, cells),
        ],
        f"Combinations within borderline_margin ({select.borderline_margin:g}) of the limit, the "
        f"nearest first. Margin: {ABOUT_MARGIN}.",
        section=_BORDERLINE,
    )


def margins(decisions: Decisions, select: Select) -> Iterator[Page]:
    """The distribution of margins of each e-model."""
    if not decisions.by_limits:
        return
    counts = {
        str(emodel): margin_counts(rows["margin"], rows["reason"])
        for emodel, rows in decisions.combos.groupby("emodel")
        if rows["margin"].notna().any()
    }
    if counts:
        draw = partial(draw_margins, borderline_margin=select.borderline_margin)
        legend = {reason: COLOURS[reason] for reason in outcomes_of(decisions.combos["reason"])}
        yield Page(
            _MARGINS,
            list(small_multiples(counts, draw, legend)),
            f"Number of combinations by margin, {ABOUT_MARGIN}; negative: over the limit. Between "
            "the dashed lines: borderline.",
            section=_MARGINS,
        )


def sweep(decisions: Decisions, _: Select) -> Iterator[Page]:
    """How many combinations of each e-model other thresholds would release."""
    groups = {str(name): rows for name, rows in threshold_sweep(decisions).groupby("emodel")}
    if groups:
        yield Page(
            _SWEEP,
            list(small_multiples(groups, draw_sweep)),
            "Combinations that pass if all thresholds are multiplied by a factor. Square: the "
            "factor 1; dashed: all combinations. (extra_data/threshold_sweep.csv)",
            section=_SWEEP,
        )
