"""Numbers of each outcome: combinations per me-type, e-models per morphology."""

from collections.abc import Iterator, Sequence

import pandas as pd

from megate.config.config import Select
from megate.core.vocabulary import Reason
from megate.gating.decide import Decisions
from megate.report.counts import count_emodels, count_outcomes
from megate.report.pdf.document import Page
from megate.report.pdf.stacked_bars import BarChart, StackedBars

_MORPHOLOGIES = "E-models per morphology"
_METYPES = "Combinations per me-type"


def morphologies(decisions: Decisions, select: Select) -> Iterator[Page]:
    """E-models of each outcome, per morphology (if the configuration asks for it)."""
    if select.plot_emodels_per_morphology:
        note = "If an e-model has several combinations with a morphology, the best one counts."
        chart = outcome_chart(count_emodels(decisions.combos), unit="e-models")
        yield Page(_MORPHOLOGIES, [StackedBars(chart)], note, section=_MORPHOLOGIES)


def metypes(decisions: Decisions, _: Select) -> Iterator[Page]:
    """Combinations of each outcome, per me-type."""
    counts = count_outcomes(decisions.combos, ["fullmtype", "etype"])
    counts.index = [f"{mtype}, {etype}" for mtype, etype in counts.index]
    chart = StackedBars(outcome_chart(counts))
    yield Page(_METYPES, [chart], "All e-models together.", section=_METYPES)


def outcome_chart(
    counts: pd.DataFrame,
    unit: str = "combinations",
    columns: dict[str, Sequence[str]] | None = None,
    n_bold: int = 0,
    flagged: Sequence[bool] = (),
) -> BarChart:
    """Stacked bars of outcomes, with how many passed at their right, then `columns`."""
    totals = counts.sum(axis=1)
    passed = [f"{n:,} / {total:,}" for n, total in zip(counts[Reason.PASSED], totals, strict=True)]
    texts = {"passed / all": passed, **(columns or {})}
    return BarChart(unit, counts, texts, n_bold=n_bold, flagged=flagged)
