"""Why combinations are not released."""

import pandas as pd

from megate.core.vocabulary import Reason

_MAX_MESSAGE = 200


def cause_of(combos: pd.DataFrame) -> pd.Series:
    """The cause of each combination that is not released: the limiting feature; the message of a
    simulation error; or its rank, where there are no limits.

    Args:
        combos: with the column `message` of `megate.report.results`
    """
    cause = combos["limiting_feature"].astype(object)
    cause = cause.where(combos["reason"] != Reason.SIMULATION_ERROR, combos["message"])
    cause = cause.fillna("not among the best (select_perc_best)").astype(str)
    return cause.str.slice(0, _MAX_MESSAGE)


def count_causes(combos: pd.DataFrame) -> pd.DataFrame:
    """Causes, the most frequent first: `reason`, `cause`, number of `emodels`, and `n`, number of
    combinations."""
    others = combos[~combos["passed"]]
    groups = others.assign(cause=cause_of(others)).groupby(["reason", "cause"], sort=True)
    found = groups.agg(emodels=("emodel", "nunique"), n=("combo", "size")).reset_index()
    return found.sort_values("n", ascending=False, kind="stable", ignore_index=True)
