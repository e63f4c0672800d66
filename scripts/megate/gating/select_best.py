"""Option `select_perc_best`: select the best combinations instead of applying thresholds."""

import numpy as np
import pandas as pd

from megate.config.config import Select
from megate.core.vocabulary import Reason
from megate.gating.uncomputable import UNCOMPUTABLE


def replaces_thresholds(select: Select) -> bool:
    """Whether the best combinations are selected, and no thresholds apply."""
    return select.select_perc_best is not None


def keep_best(combos: pd.DataFrame, select: Select) -> pd.DataFrame:
    """Of each e-model and me-type, let the best ``ceil(fraction * n)`` combinations by median score
    pass, of those n without missing scores and with a median below 250. BluePyMM's rule.

    `combos` is the table of `Decisions`, decided without limits; `passed` and `reason` change.
    """
    fraction = select.select_perc_best
    if fraction is None:
        return combos
    eligible = combos[combos["passed"] & (combos["median_score"] < UNCOMPUTABLE)]
    ranked = eligible.sort_values("median_score", kind="stable")
    groups = ranked.groupby(["emodel", "etype", "fullmtype"], sort=False)["combo"]
    n_best = np.ceil(fraction * groups.transform("size"))
    passed = combos.index.isin(ranked.index[groups.cumcount() < n_best])
    reason = combos["reason"].where(passed | ~combos["passed"], str(Reason.NOT_AMONG_BEST))
    return combos.assign(passed=passed, reason=reason)
