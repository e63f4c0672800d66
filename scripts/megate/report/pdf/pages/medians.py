"""Maps of median scores: feature x e-model, and m-type x e-type."""

from collections.abc import Iterator

import pandas as pd

from megate.config.config import Select
from megate.gating.decide import Decisions
from megate.report.medians import feature_medians, metype_medians
from megate.report.pdf.document import Page, heading
from megate.report.pdf.heat_map import HeatMap, heat_maps

_FEATURES = "Median scores per feature and e-model"
_METYPES = "Median scores of released combinations per me-type"
_LABEL = "median score (SD)"
_HIGH_SCORE = 10.0  # standard deviations; the colours tell smaller ones apart


def features(decisions: Decisions, _: Select) -> Iterator[Page]:
    """Median score of each feature, per e-model."""
    medians = feature_medians(decisions.gates)
    if medians.notna().any(axis=None):
        yield Page(
            _FEATURES,
            list(heat_maps(HeatMap(medians, _LABEL, highest=_HIGH_SCORE))),
            "Median score of each feature over the combinations of an e-model (standard "
            "deviations; 250: could not be computed). Empty: no combination has a score.",
            section=_FEATURES,
        )


def metypes(decisions: Decisions, _: Select) -> Iterator[Page]:
    """Median score of the released combinations, per me-type."""
    combos = decisions.combos
    medians = metype_medians(combos)
    if medians.isna().all(axis=None):
        yield Page(_METYPES, heading("No combination is released"), section=_METYPES)
        return
    tested = (pd.crosstab(combos["fullmtype"], combos["etype"]) > 0).reindex_like(medians)
    yield Page(
        _METYPES,
        list(heat_maps(HeatMap(medians, _LABEL, tested))),
        "Median of the released combinations' median scores over gated features (standard "
        "deviations). Dash: tested, none released.",
        section=_METYPES,
    )
