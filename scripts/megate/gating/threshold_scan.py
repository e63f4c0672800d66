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
    current), and for those whose simulation was stopped early.

    Limits are proportional to thresholds, so it is the largest score / limit. `combos` is the table
    of `Decisions`.
    """
    needed = _largest_ratios(gates)
    own = combos.loc[gates.scores.index]
    unfit = own["reason"].isin([Reason.SIMULATION_ERROR, Reason.MISSING_SCORE, Reason.NO_THRESHOLD])
    needed[(unfit | own["stopped_at"].notna()).to_numpy()] = np.inf
    return pd.Series(needed, index=gates.scores.index)


def _largest_ratios(gates: EmodelGates, computed_only: bool = False) -> np.ndarray:
    """The largest score / limit of each combination; infinite where a score is missing, unless
    `computed_only`."""
    scores = gates.scores[gates.limits.columns].to_numpy(float)
    limits = gates.limits.to_numpy(float)
    with np.errstate(divide="ignore", invalid="ignore"):
        factors = scores / limits
    factors[((scores == 0) & ~np.isnan(limits)) | ((limits == np.inf) & (scores >= 0))] = 0.0
    factors[np.isnan(factors)] = np.inf
    if computed_only:
        factors[np.isnan(scores)] = 0.0
    largest: np.ndarray = factors.max(axis=1, initial=0.0)
    return largest


def threshold_sweep(decisions: Decisions, factors: Sequence[float] = FACTORS) -> pd.DataFrame:
    """Number of combinations of each e-model that would pass with all thresholds multiplied.

    Returns:
        Columns `emodel`, `factor`, `released`, `combinations`; empty where `select_perc_best`
        replaces the thresholds. If simulations were stopped early, also `incomplete`: the number of
        their combinations whose computed features would all pass. Only simulations can show
        whether they would be released.
    """
    rows = []
    stopped = decisions.combos["stopped_at"].notna()
    for gates in decisions.gates if decisions.by_limits else []:
        of_emodel = stopped.loc[gates.scores.index].to_numpy()
        needed = np.sort(critical_factors(gates, decisions.combos).to_numpy())
        at_least = np.sort(_largest_ratios(gates, computed_only=True)[of_emodel])
        counts = (np.searchsorted(each, factors, side="right") for each in (needed, at_least))
        rows += [
            (gates.emodel, factor, released, len(needed), incomplete)
            for factor, released, incomplete in zip(factors, *counts, strict=True)
        ]
    columns = ["emodel", "factor", "released", "combinations", "incomplete"]
    table = pd.DataFrame(rows, columns=columns)
    return table if stopped.any() else table.drop(columns="incomplete")
