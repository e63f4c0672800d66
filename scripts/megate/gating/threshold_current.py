"""Option `release_without_threshold`: whether to release cells that have no threshold current."""

import pandas as pd

from megate.config.config import Select
from megate.core.vocabulary import Reason


def require_threshold(combos: pd.DataFrame, select: Select) -> pd.DataFrame:
    """Let no combination pass for which the measurement says why it has no threshold current
    (`no_threshold`). Others may lack the current because it was not measured: imported scores, and
    simulations by earlier versions.

    `combos` is the table of `Decisions`; `passed` and `reason` change.
    """
    if select.release_without_threshold:
        return combos
    without = combos["threshold_current"].isna() & combos["no_threshold"].notna()
    reason = combos["reason"].mask(combos["passed"] & without, str(Reason.NO_THRESHOLD))
    return combos.assign(passed=combos["passed"] & ~without, reason=reason)
