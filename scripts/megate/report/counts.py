"""Numbers of combinations by outcome: per e-model, m-type, me-type; e-models per morphology."""

from collections.abc import Sequence

import pandas as pd

from megate.core.vocabulary import Reason

ALL = "all e-models"
"""Label of the first row of `totals`."""


def outcomes_of(reasons: pd.Series) -> list[Reason]:
    """The reasons that a table has a column for: those of limits, or of `select_perc_best`."""
    best = reasons.eq(Reason.NOT_AMONG_BEST).any()
    left_out = Reason.OVER_LIMIT if best else Reason.NOT_AMONG_BEST
    return [reason for reason in Reason if reason is not left_out]


def count_outcomes(combos: pd.DataFrame, by: Sequence[str]) -> pd.DataFrame:
    """Number of rows of each outcome (columns: `outcomes_of`) in each group, sorted by group."""
    counts = combos.groupby([*by, "reason"], observed=True).size().unstack("reason", fill_value=0)
    return counts.reindex(columns=outcomes_of(combos["reason"]), fill_value=0)


def totals(combos: pd.DataFrame) -> pd.DataFrame:
    """Combinations per e-model.

    Args:
        combos: the table of `megate.gating.decide.Decisions`

    Returns:
        A row of all e-models (`ALL`), then one per e-model. Columns: `outcomes_of`,
        `combinations`, `percent` (that passed; NaN without combinations), `borderline`.
    """
    counts = count_outcomes(combos, ["emodel"])
    table = counts.assign(borderline=combos.groupby("emodel")["borderline"].sum())
    table = pd.concat([table.sum().to_frame(ALL).T, table]).astype(int)
    table["combinations"] = table[list(counts.columns)].sum(axis=1)
    table["percent"] = 100 * table[Reason.PASSED] / table["combinations"]
    return table


def count_emodels(combos: pd.DataFrame) -> pd.DataFrame:
    """Number of e-models of each outcome, of each morphology. Where an e-model has several
    combinations with a morphology (layers, m-types, e-types), its best outcome counts."""
    reasons = list(Reason)
    rank = combos["reason"].map(reasons.index)
    best = rank.groupby([combos["morph_name"], combos["emodel"]]).min()
    outcome = best.map(dict(enumerate(reasons))).rename("reason").reset_index()
    return count_outcomes(outcome, ["morph_name"])
