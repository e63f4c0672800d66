"""Outcomes and median scores per morphology, me-type and feature."""

from collections.abc import Iterator

import pandas as pd

from megate.config.config import Select
from megate.gating.decide import Decisions
from megate.gating.outcome import stopped_early
from megate.report.pdf.document import Page, heading
from megate.report.pdf.tables import heat_maps, outcome_table
from megate.report.summaries import count_emodels, count_outcomes, feature_medians, metype_medians

_LABEL = "median score (SD)"
_HIGH_SCORE = 10.0  # standard deviations; the colours tell smaller ones apart


def median_features(decisions: Decisions, _: Select) -> Iterator[Page]:
    """Median score of each feature, per e-model."""
    medians = feature_medians(decisions.gates)
    if medians.notna().any(axis=None):
        title = "Median scores per feature and e-model"
        note = (
            "Median score of each feature over the combinations of an e-model (standard "
            "deviations; 250: could not be computed). Empty: no combination has a score. "
            f"{stopped_early(decisions.combos)}"
        ).strip()
        yield Page(title, list(heat_maps(medians, _LABEL, highest=_HIGH_SCORE)), note, title)


def median_metypes(decisions: Decisions, _: Select) -> Iterator[Page]:
    """Median score of the released combinations, per me-type."""
    title = "Median scores of released combinations per me-type"
    combos = decisions.combos
    medians = metype_medians(combos)
    if medians.isna().all(axis=None):
        yield Page(title, heading("No combination is released"), section=title)
        return
    tested = (pd.crosstab(combos["fullmtype"], combos["etype"]) > 0).reindex_like(medians)
    note = (
        "Median of the released combinations' median scores over gated features (standard "
        "deviations). Dash: tested, none released."
    )
    yield Page(title, list(heat_maps(medians, _LABEL, tested)), note, title)


def morphologies(decisions: Decisions, select: Select) -> Iterator[Page]:
    """E-models of each outcome, per morphology (if the configuration asks for it)."""
    if select.plot_emodels_per_morphology:
        title = "E-models per morphology"
        note = "If an e-model has several combinations with a morphology, the best one counts."
        yield Page(title, [outcome_table(count_emodels(decisions.combos), "e-models")], note, title)


def metypes(decisions: Decisions, _: Select) -> Iterator[Page]:
    """Combinations of each outcome, per me-type."""
    title = "Combinations per me-type"
    counts = count_outcomes(decisions.combos, ["fullmtype", "etype"])
    counts.index = [f"{mtype}, {etype}" for mtype, etype in counts.index]
    yield Page(title, [outcome_table(counts)], "All e-models together.", title)
