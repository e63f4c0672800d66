"""How the gated features of an e-model decide: numbers of combinations, limits, medians."""

import numpy as np
import pandas as pd

from megate.core.vocabulary import Reason
from megate.gating.decide import EmodelGates

FAILS = (Reason.OVER_LIMIT, Reason.MISSING_SCORE)
"""The outcomes of a feature by which a combination fails."""


def feature_table(gates: EmodelGates, combos: pd.DataFrame) -> pd.DataFrame:
    """The gated features of an e-model, in its order.

    Args:
        gates: the e-model's scores and limits
        combos: the table of `megate.gating.decide.Decisions`

    Returns:
        Index: feature. Numbers of combinations: `passed`, `over_limit`, `missing_score`;
        `simulation_error`, the same for every feature; `fails`, over limit or missing; `alone`,
        those that fail by this feature only; `limiting`, those that fail and have it as limiting
        feature. Standard deviations: `lowest` and `highest` limit (NaN: no score passes),
        `median` score. `uncomputable`: whether the exemplar's feature could not be computed.
    """
    own = combos.loc[gates.passed.index]
    ran = (own["reason"] != Reason.SIMULATION_ERROR).to_numpy()
    features = gates.passed.columns
    scores, limits = gates.scores[features], gates.limits
    missing = scores.isna().to_numpy(dtype=bool)[ran]
    failed = ~gates.passed.to_numpy(dtype=bool)[ran] | missing
    alone = failed & (failed.sum(axis=1, keepdims=True) == 1)
    limiting = own.loc[ran & ~own["passed"].to_numpy(dtype=bool), "limiting_feature"]
    columns = {
        Reason.PASSED: (~failed).sum(axis=0),
        Reason.OVER_LIMIT: (failed & ~missing).sum(axis=0),
        Reason.SIMULATION_ERROR: np.full(len(features), (~ran).sum()),
        Reason.MISSING_SCORE: missing.sum(axis=0),
        "fails": failed.sum(axis=0),
        "alone": alone.sum(axis=0),
        "limiting": limiting.astype(object).value_counts().reindex(features, fill_value=0),
        "lowest": limits.min(),
        "highest": limits.max(),
        "median": scores.median(),
        "uncomputable": features.isin(gates.uncomputable_in_exemplar),
    }
    return pd.DataFrame(columns, index=features)


def ranked(table: pd.DataFrame) -> pd.DataFrame:
    """The rows of `feature_table`, those by which most combinations fail first; of equal ones,
    those that are the limiting feature of most."""
    return table.sort_values(["fails", "limiting"], ascending=False, kind="stable")
