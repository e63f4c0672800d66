"""Numbers that both reports show: outcomes, causes, features, medians, margins.

`combos` is the table of `megate.gating.decide.Decisions`. Scores, limits and medians are in
standard deviations.
"""

from collections.abc import Iterable, Sequence

import numpy as np
import pandas as pd

from megate.core.vocabulary import Reason
from megate.gating.decide import EmodelGates

ALL = "all e-models"
"""Label of the first row of `totals`."""

FAILS = (Reason.OVER_LIMIT, Reason.MISSING_SCORE)
"""The outcomes of a feature by which a combination fails."""

LOWEST_MARGIN = -2.0
MARGIN_BIN = 0.1
"""Lowest margin with a bin of its own, and the bins' width."""

ABOUT_MARGIN = "(limit - score) / limit of the limiting feature"

_MAX_MESSAGE = 200


def outcomes_of(reasons: pd.Series) -> list[Reason]:
    """The reasons that a table has a column for: those of limits, or of `select_perc_best`, and
    `Reason.NO_THRESHOLD` if a combination has it."""
    best = reasons.eq(Reason.NOT_AMONG_BEST).any()
    left_out = {Reason.OVER_LIMIT if best else Reason.NOT_AMONG_BEST}
    if not reasons.eq(Reason.NO_THRESHOLD).any():
        left_out.add(Reason.NO_THRESHOLD)
    return [reason for reason in Reason if reason not in left_out]


def count_outcomes(combos: pd.DataFrame, by: Sequence[str]) -> pd.DataFrame:
    """Number of rows of each outcome (columns: `outcomes_of`) in each group, sorted by group."""
    counts = combos.groupby([*by, "reason"], observed=True).size().unstack("reason", fill_value=0)
    return counts.reindex(columns=outcomes_of(combos["reason"]), fill_value=0)


def totals(combos: pd.DataFrame) -> pd.DataFrame:
    """A row of all e-models (`ALL`), then one per e-model. Columns: those of `with_totals` and
    `borderline`."""
    counts = count_outcomes(combos, ["emodel"])
    table = with_totals(pd.concat([counts.sum().to_frame(ALL).T, counts]).astype(int))
    borderline = combos.groupby("emodel")["borderline"].sum()
    return table.assign(borderline=[borderline.sum(), *borderline]).astype({"borderline": int})


def with_totals(counts: pd.DataFrame) -> pd.DataFrame:
    """`count_outcomes` with the columns `combinations` and `percent` (that passed; NaN if none)."""
    total = counts.sum(axis=1)
    return counts.assign(combinations=total, percent=100 * counts[Reason.PASSED] / total)


def count_emodels(combos: pd.DataFrame) -> pd.DataFrame:
    """Number of e-models of each outcome, of each morphology. Where an e-model has several
    combinations with a morphology (layers, m-types, e-types), its best outcome counts."""
    reasons = list(Reason)
    rank = combos["reason"].map(reasons.index)
    best = rank.groupby([combos["morph_name"], combos["emodel"]]).min()
    outcome = best.map(dict(enumerate(reasons))).rename("reason").reset_index()
    return count_outcomes(outcome, ["morph_name"])


def cause_of(combos: pd.DataFrame) -> pd.Series:
    """Why each combination is not released: the limiting feature; the `message` (as in
    `megate.report.results`) of a simulation error or a missing threshold current; or its rank,
    where there are no limits."""
    cause = combos["limiting_feature"].astype(object)
    has_message = combos["reason"].isin([Reason.SIMULATION_ERROR, Reason.NO_THRESHOLD])
    cause = cause.mask(has_message, combos["message"])
    cause = cause.fillna("not among the best (select_perc_best)").astype(str)
    return cause.str.slice(0, _MAX_MESSAGE)


def count_causes(combos: pd.DataFrame) -> pd.DataFrame:
    """Causes, the most frequent first: `reason`, `cause`, number of `emodels`, and `n`, number of
    combinations."""
    others = combos[~combos["passed"]]
    groups = others.assign(cause=cause_of(others)).groupby(["reason", "cause"])
    found = groups.agg(emodels=("emodel", "nunique"), n=("combo", "size")).reset_index()
    return found.sort_values("n", ascending=False, kind="stable", ignore_index=True)


def feature_table(gates: EmodelGates, combos: pd.DataFrame) -> pd.DataFrame:
    """The gated features of an e-model (index), in its order.

    Returns:
        Numbers of combinations: `passed`, `over_limit`, `missing_score`; `simulation_error`, the
        same for every feature; `not_computed`, those that were stopped early without this feature;
        `fails`, over limit or missing; `alone`, those that fail by this feature only (if they were
        not stopped early); `limiting`, those that fail and have it as limiting feature. `lowest`
        and `highest` limit (NaN: no score passes), `median` score. `uncomputable`: whether the
        exemplar's feature could not be computed.
    """
    own = combos.loc[gates.passed.index]
    ran = (own["reason"] != Reason.SIMULATION_ERROR).to_numpy()
    features = gates.passed.columns
    scores, limits = gates.scores[features], gates.limits
    stopped = own["stopped_at"].notna().to_numpy()[ran, None]
    without = scores.isna().to_numpy(dtype=bool)[ran]
    not_computed, missing = without & stopped, without & ~stopped
    failed = (~gates.passed.to_numpy(dtype=bool)[ran] | missing) & ~not_computed
    alone = failed & (failed.sum(axis=1, keepdims=True) == 1) & ~stopped
    limiting = own.loc[own["reason"].isin(FAILS), "limiting_feature"]
    columns = {
        Reason.PASSED: (~failed & ~not_computed).sum(axis=0),
        Reason.OVER_LIMIT: (failed & ~missing).sum(axis=0),
        Reason.SIMULATION_ERROR: np.full(len(features), (~ran).sum()),
        Reason.MISSING_SCORE: missing.sum(axis=0),
        "not_computed": not_computed.sum(axis=0),
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


def released_medians(combos: pd.DataFrame, by: Sequence[str]) -> pd.Series:
    """Median of the released combinations' median scores, per group."""
    released = combos[combos["passed"].astype(bool)]
    return released.groupby(list(by), observed=True)["median_score"].median()


def metype_medians(combos: pd.DataFrame) -> pd.DataFrame:
    """`released_medians`, m-type x e-type: every m-type and e-type that was tested; NaN where
    nothing is released."""
    mtypes, etypes = (sorted(combos[name].unique()) for name in ("fullmtype", "etype"))
    medians = released_medians(combos, ["fullmtype", "etype"]).unstack()
    return medians.reindex(index=mtypes, columns=etypes).astype(float)


def feature_medians(gates: Iterable[EmodelGates]) -> pd.DataFrame:
    """Median score of each feature over the combinations of each e-model: feature x e-model, NaN
    where the e-model does not have the feature."""
    columns = {of_emodel.emodel: of_emodel.scores.median() for of_emodel in gates}
    features = dict.fromkeys(name for medians in columns.values() for name in medians.index)
    return pd.DataFrame(columns, index=list(features), dtype=float)


def margin_counts(margins: pd.Series, reasons: pd.Series) -> pd.DataFrame:
    """Number of combinations of each outcome (columns) in bins of margins (index: lower edges).

    A margin on an edge is in the bin above it (a margin of 0 passes); 1 is in the last bin. The
    first bin has everything below `LOWEST_MARGIN`. Combinations without margin are not counted.
    """
    edges = np.round(np.arange(LOWEST_MARGIN - MARGIN_BIN, 1.0, MARGIN_BIN), 10)
    known = margins.notna()
    clipped = margins[known].clip(LOWEST_MARGIN - MARGIN_BIN / 2, 1.0)
    # 1e-9: a margin of 0.3 is 0.29999999999999998 / 0.1 = 2.9999999999999996 bins
    bins = np.floor(clipped / MARGIN_BIN + 1e-9).astype(int)
    number = (bins - round(edges[0] / MARGIN_BIN)).clip(0, len(edges) - 1)
    counts = pd.crosstab(number, reasons[known].astype(object))
    counts = counts.reindex(index=range(len(edges)), columns=list(Reason), fill_value=0)
    return counts.set_axis(edges, axis="index").fillna(0).astype(int)
