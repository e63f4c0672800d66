"""Scan of the thresholds: the number of released combinations if all thresholds are multiplied."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from megate.core.vocabulary import Reason
from megate.gating.outcome import Decisions, EmodelGates

FACTORS = [round(0.05 * n, 2) for n in range(5, 41)]
"""Factors for all thresholds: 0.25 to 2."""


def critical_factors(gates: EmodelGates, combos: pd.DataFrame) -> pd.Series:
    """The smallest factor on all thresholds with which each combination passes; infinite for those
    that pass with none (no scores, a missing score, a feature that no score passes, or no threshold
    current).

    Limits are proportional to thresholds, so it is the largest score / limit. `combos` is the table
    of `Decisions`.
    """
    scores = gates.scores[gates.limits.columns].to_numpy(float)
    limits = gates.limits.to_numpy(float)
    with np.errstate(divide="ignore", invalid="ignore"):
        factors = scores / limits
    factors[((scores == 0) & ~np.isnan(limits)) | ((limits == np.inf) & (scores >= 0))] = 0.0
    factors[np.isnan(factors)] = np.inf
    needed = factors.max(axis=1, initial=0.0)
    unfit = combos.loc[gates.scores.index, "reason"].isin(
        [Reason.SIMULATION_ERROR, Reason.MISSING_SCORE, Reason.NO_THRESHOLD]
    )
    needed[unfit.to_numpy()] = np.inf
    return pd.Series(needed, index=gates.scores.index)


def threshold_sweep(decisions: Decisions, factors: Sequence[float] = FACTORS) -> pd.DataFrame:
    """Number of combinations of each e-model that would pass with all thresholds multiplied.

    Returns:
        Columns `emodel`, `factor`, `released`, `combinations`; empty where `select_perc_best`
        replaces the thresholds.
    """
    rows = []
    for gates in decisions.gates if decisions.by_limits else []:
        needed = np.sort(critical_factors(gates, decisions.combos).to_numpy())
        released = np.searchsorted(needed, factors, side="right")
        rows += [(gates.emodel, *each, len(needed)) for each in zip(factors, released, strict=True)]
    return pd.DataFrame(rows, columns=["emodel", "factor", "released", "combinations"])
