"""What the PDF report counts: outcomes, failing features, medians."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from megate.core.vocabulary import Reason
from megate.gating.decide import EmodelGates

ALONE, TOGETHER = "the only one that fails", "others fail, too"


def outcomes_of(reasons: pd.Series) -> list[Reason]:
    """The reasons that a table has a column for: those of limits, or of `select_perc_best`."""
    best = reasons.eq(Reason.NOT_AMONG_BEST).any()
    left_out = Reason.OVER_LIMIT if best else Reason.NOT_AMONG_BEST
    return [reason for reason in Reason if reason is not left_out]


def count_outcomes(combos: pd.DataFrame, by: Sequence[str]) -> pd.DataFrame:
    """Number of rows of each outcome (columns: `outcomes_of`) in each group, sorted by group."""
    counts = combos.groupby([*by, "reason"]).size().unstack("reason", fill_value=0)
    return counts.reindex(columns=outcomes_of(combos["reason"]), fill_value=0)


def count_features(gates: EmodelGates, combos: pd.DataFrame) -> pd.DataFrame:
    """Number of combinations of each outcome, of each gated feature, in the e-model's order.

    A simulation error counts for every feature; one without this feature's
    score as missing.

    Args:
        gates: one e-model's comparison of scores with limits
        combos: the table of `Decisions`
    """
    raised = (combos.loc[gates.passed.index, "reason"] == Reason.SIMULATION_ERROR).to_numpy()[
        :, np.newaxis
    ]
    missing = gates.scores[gates.passed.columns].isna().to_numpy(dtype=bool) & ~raised
    passed = gates.passed.to_numpy(dtype=bool) & ~raised & ~missing
    columns = {
        Reason.PASSED: passed.sum(axis=0),
        Reason.OVER_LIMIT: (~passed & ~raised & ~missing).sum(axis=0),
        Reason.SIMULATION_ERROR: np.full(passed.shape[1], raised.sum()),
        Reason.MISSING_SCORE: missing.sum(axis=0),
    }
    return pd.DataFrame(columns, index=gates.passed.columns)


def count_emodels(combos: pd.DataFrame) -> pd.DataFrame:
    """Number of e-models of each outcome, of each morphology. Where an e-model has several
    combinations with a morphology (layers, m-types, e-types), its best outcome counts."""
    reasons = list(Reason)
    rank = combos["reason"].map(reasons.index)
    best = rank.groupby([combos["morph_name"], combos["emodel"]]).min()
    outcome = best.map(dict(enumerate(reasons))).rename("reason").reset_index()
    return count_outcomes(outcome, ["morph_name"])


def median_scores(combos: pd.DataFrame) -> pd.DataFrame:
    """Median of the released combinations' median scores (standard deviations), m-type x e-type.

    All tested m-types and e-types have a row and a column; NaN where nothing is released.
    """
    released = combos[combos["passed"].astype(bool)]
    medians = released.groupby(["fullmtype", "etype"])["median_score"].median().unstack()
    return medians.reindex(
        index=sorted(combos["fullmtype"].unique()), columns=sorted(combos["etype"].unique())
    ).astype(float)


def limit_texts(limits: pd.DataFrame) -> list[str]:
    """Each feature's limit (standard deviations), or the range of its combinations' limits."""
    lowest = limits.min().map(_limit_text)
    highest = limits.max().map(_limit_text)
    return [
        low if low == high else f"{low} to {high}"
        for low, high in zip(lowest, highest, strict=True)
    ]


def _limit_text(value: float) -> str:
    if np.isnan(value):
        return "none passes"
    if value == np.inf:
        return "∞"
    return f"{value:.2g}" if 0 < value < 0.1 else f"{value:,.2f}"


def rank_failures(gates: EmodelGates, combos: pd.DataFrame) -> pd.DataFrame:
    """The gated features by which combinations that ran fail, the most frequent first.

    Returns:
        Per feature (columns ALONE and TOGETHER) the number of combinations that fail by it alone,
        and by others, too. A missing score fails.

    Args:
        combos: the table of `Decisions`
    """
    ran = (combos.loc[gates.passed.index, "reason"] != Reason.SIMULATION_ERROR).to_numpy()
    failed = ~gates.passed.to_numpy(dtype=bool)[ran]
    alone = failed & (failed.sum(axis=1, keepdims=True) == 1)
    table = pd.DataFrame(
        {ALONE: alone.sum(axis=0), TOGETHER: (failed & ~alone).sum(axis=0)},
        index=gates.passed.columns,
    )
    total = table.sum(axis=1)
    return table[total > 0].loc[total[total > 0].sort_values(ascending=False, kind="stable").index]


def feature_medians(gates: Sequence[EmodelGates]) -> pd.DataFrame:
    """Median score (standard deviations) of each feature over the combinations of each e-model:
    feature x e-model, NaN where the e-model does not have the feature."""
    columns = {of_emodel.emodel: of_emodel.scores.median() for of_emodel in gates}
    features = dict.fromkeys(name for medians in columns.values() for name in medians.index)
    return pd.DataFrame(columns, index=list(features), dtype=float)
