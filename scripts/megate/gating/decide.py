"""me-gating: compare scores with limits, and decide which combinations pass.

The rules are BluePyMM's `select`, with its errors mended: see `decide`. Everything here is a
pure function of tables.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from megate.core.errors import MegateError
from megate.core.vocabulary import Reason
from megate.gating.thresholds import gated_features, thresholds_of, unused_patterns
from megate.project.combinations import combo_names
from megate.scores.matrix import score_matrix

UNCOMPUTABLE = 250.0
"""Score of a feature that could not be computed (BluePyOpt's convention)."""


@dataclass(frozen=True)
class EmodelGates:
    """How the combinations of one e-model compare with their limits.

    All tables have one row per combination (index: `combo`), and one column per feature.

    Attributes:
        scores: every feature's score (standard deviations), NaN where there is none
        limits: largest score that passes, for each gated feature; NaN where none passes
        rules: number of the threshold rule that set it, counted from 1; 0 where none did
        passed: whether it passes, for each gated feature
        uncomputable_in_exemplar: gated features that could not be computed for the exemplar (none
            with `uncomputable_exemplar_feature` "ignore")
    """

    emodel: str
    scores: pd.DataFrame
    limits: pd.DataFrame
    rules: pd.DataFrame
    passed: pd.DataFrame
    uncomputable_in_exemplar: list[str]


@dataclass(frozen=True)
class Decisions:
    """The outcome of me-gating.

    Attributes:
        combos: the combinations without exemplar rows, in order, index `combo`. Their columns,
            `combo_name`, `holding_current`, `threshold_current` (nA), `exception`, and: `passed`;
            `reason` (a `Reason`); `n_failed` (number of gated features that fail);
            `limiting_feature` (the one of smallest margin, or without score), its
            `limiting_feature_score` and `limiting_feature_limit` (standard deviations) and its
            `margin` ((limit - score) / limit); `borderline`; `median_score` of the features that
            are not skipped (standard deviations)
        gates: per e-model, sorted by its name
        by_limits: whether the limits decided, not `select_perc_best`
        warnings: what the user should know about
    """

    combos: pd.DataFrame
    gates: list[EmodelGates]
    by_limits: bool
    warnings: list[str]


def decide(
    combos: pd.DataFrame,
    scores: pd.DataFrame,
    thresholds: Sequence[dict[str, Any]],
    to_skip_features: Sequence[str] = (),
    skip_repaired_exemplar: bool = False,
    select_perc_best: float | None = None,
    uncomputable_exemplar_feature: str = "warn",
    borderline_margin: float = 0.1,
) -> Decisions:
    """Apply the thresholds to every combination.

    A score passes if ``score <= max(t, t * exemplar_score)``, with the e-model's repaired
    exemplar, or ``score <= t`` with `skip_repaired_exemplar`. `t` is set by the last threshold
    rule whose regexes match e-model, m-type, e-type and feature fully. Features that match one
    of `to_skip_features` at the start are not gated. A combination passes if it ran and all its
    gated features pass; a missing or NaN score does not pass.

    An exemplar's feature that could not be computed (score 250) opens the gate: its limit is
    ``250 * t``. `uncomputable_exemplar_feature` is "warn" (add a warning), "fail" (no score passes
    such a feature) or "ignore" (as BluePyMM).

    With `select_perc_best` there are no limits: of each e-model and me-type, the best
    ``ceil(fraction * n)`` by median score pass, of those n without missing scores and with a
    median below 250.

    Args:
        combos: the table of `megate.project.combinations`
        scores: tidy scores, one row per (job, feature): `megate.scores.matrix.read_scores`
        borderline_margin: combinations whose margin is nearer to 0 than this are `borderline`

    Raises:
        MegateError: a gated feature without threshold, or an e-model without repaired exemplar.
    """
    by_limits = select_perc_best is None
    rules = thresholds if by_limits else []
    rows = combos[~combos["is_exemplar"]]
    rows = _with_runs(rows.assign(combo_name=combo_names(rows)), scores)
    gates, columns, warnings = [], [], []
    for emodel, group in rows.groupby("emodel", sort=True):
        of_emodel = combos[(combos["emodel"] == emodel) & ~combos["is_original"]]
        matrix = score_matrix(of_emodel.set_index("combo")["job"], scores)
        gated = gated_features(matrix.columns, to_skip_features)
        set_by = thresholds_of(group, gated, rules, required=by_limits)
        limits, uncomputable = set_by.values, []
        if by_limits and not skip_repaired_exemplar:
            exemplar = _exemplar_scores(emodel, of_emodel, matrix)[gated]
            warnings += _exemplar_warnings(emodel, exemplar, limits, uncomputable_exemplar_feature)
            limits = _scaled(limits, exemplar)
            if uncomputable_exemplar_feature != "ignore":
                uncomputable = list(exemplar.index[exemplar >= UNCOMPUTABLE])
            if uncomputable_exemplar_feature == "fail":
                limits[uncomputable] = np.nan
        emodel_scores = matrix.loc[group.index]
        passed = emodel_scores[gated] <= limits
        gates.append(
            EmodelGates(str(emodel), emodel_scores, limits, set_by.rules, passed, uncomputable)
        )
        raised = group["exception"].notna().to_numpy()
        columns.append(_decision_columns(gates[-1], raised, borderline_margin))
        warnings += _missing_warnings(emodel, group, emodel_scores[gated])
        if not gated and len(matrix.columns):
            warnings.append(f"{emodel}: all its features are skipped, nothing is gated")

    decided = rows.join(pd.concat(columns))
    if select_perc_best is not None:
        decided = _take_best(decided, select_perc_best)
    features = dict.fromkeys(name for of_emodel in gates for name in of_emodel.scores)
    warnings += unused_patterns(rows, list(features), rules, to_skip_features)
    return Decisions(decided, gates, by_limits, warnings)


def _with_runs(rows: pd.DataFrame, scores: pd.DataFrame) -> pd.DataFrame:
    """The combinations with what their jobs gave beside scores; index `combo`."""
    first = scores[["job", "holding_current", "threshold_current", "exception"]][
        ~scores["job"].duplicated()
    ]
    runs = first.astype({"job": object, "exception": object}).set_index("job")
    return rows.join(runs, on="job").set_index("combo", drop=False).rename_axis(None)


def _exemplar_scores(emodel: Any, rows: pd.DataFrame, matrix: pd.DataFrame) -> pd.Series:
    exemplars = rows[rows["is_exemplar"] & rows["is_repaired"]]
    if exemplars.empty:
        raise MegateError(
            f"select: e-model {emodel} has no repaired exemplar to scale its limits with; run it "
            "(prepare's skip_repaired_exemplar: false) or set select's skip_repaired_exemplar: true"
        )
    return matrix.loc[exemplars["combo"].iloc[0]]


def _scaled(thresholds: pd.DataFrame, exemplar: pd.Series) -> pd.DataFrame:
    """``max(t, t * exemplar_score)``; t where the exemplar has no score."""
    factors = np.fmax(exemplar.to_numpy(), 1.0)
    return (thresholds * factors).where(thresholds > 0, thresholds)


def _exemplar_warnings(
    emodel: Any, exemplar: pd.Series, thresholds: pd.DataFrame, uncomputable_exemplar_feature: str
) -> list[str]:
    warnings = []
    lacking = list(exemplar.index[exemplar.isna()])
    if lacking:
        warnings.append(
            f"{emodel}: the repaired exemplar has no score for {', '.join(lacking)}; "
            "their limits are not scaled"
        )
    if uncomputable_exemplar_feature == "ignore":
        return warnings
    for feature, score in exemplar[exemplar >= UNCOMPUTABLE].items():
        outcome = f"its limit is {(score * thresholds[feature]).max():g}"
        if uncomputable_exemplar_feature == "fail":
            outcome = (
                "no combination passes (uncomputable_exemplar_feature: fail); skip it "
                "with to_skip_features if it should not count"
            )
        elif (score * thresholds[feature]).min() >= UNCOMPUTABLE:
            outcome += ", which lets pass whatever it scores"
        warnings.append(
            f"{emodel}: open gate: {feature} could not be computed for the repaired exemplar "
            f"(score {score:g}), so {outcome}"
        )
    return warnings


def _missing_warnings(emodel: Any, rows: pd.DataFrame, scores: pd.DataFrame) -> list[str]:
    ran = scores[rows["exception"].isna()]
    lacking = [feature for feature in ran.columns if len(ran) and ran[feature].isna().all()]
    return [
        f"{emodel}: {feature} has no score for any combination, so none of them passes"
        for feature in lacking
    ]


def margins(scores: np.ndarray, limits: np.ndarray) -> np.ndarray:
    """``(limit - score) / limit``. A limit of 0 has a margin too: 0 where the score is 0, else
    minus infinity. NaN where there is no score, or no limit."""
    with np.errstate(divide="ignore", invalid="ignore"):
        relative = (limits - scores) / limits
    relative[(limits == 0) & (scores == 0)] = 0.0
    return relative


def _decision_columns(
    gates: EmodelGates, raised: np.ndarray, borderline_margin: float
) -> pd.DataFrame:
    """What is decided about each combination of an e-model, before `select_perc_best`."""
    features = np.array(gates.limits.columns, dtype=object)
    scores = gates.scores[features].to_numpy(float)
    limits, passed = gates.limits.to_numpy(float), gates.passed.to_numpy(bool)
    lacking = np.isnan(scores)
    # a job without any score is incomplete, even if no feature is gated
    some = gates.scores.notna().to_numpy().any(axis=1)
    complete = ~raised & ~lacking.any(axis=1) & some
    ok = complete & passed.all(axis=1)
    some_failed = (~passed & ~lacking).any(axis=1)
    reason = np.select(
        [ok, raised, some_failed],
        [Reason.PASSED, Reason.SIMULATION_ERROR, Reason.OVER_LIMIT],
        Reason.MISSING_SCORE,
    )

    margin = margins(scores, limits)
    # no score passes a gate without limit; and where nothing else speaks against a combination,
    # a missing score is what limits it
    rank = np.where(np.isnan(limits) | (lacking & ~some_failed[:, None]), -np.inf, margin)
    ranked = np.flatnonzero(~np.isnan(rank).all(axis=1) & ~raised)
    tightest = np.nanargmin(rank[ranked], axis=1) if len(ranked) else ranked
    columns = {
        "passed": ok,
        "reason": reason,
        "n_failed": np.where(raised, 0, (~passed).sum(axis=1)),
        "limiting_feature": _scattered(features[tightest], ranked, raised),
    }
    for name, table in (("score", scores), ("limit", limits)):
        columns[f"limiting_feature_{name}"] = _scattered(table[ranked, tightest], ranked, raised)
    columns["margin"] = _scattered(margin[ranked, tightest], ranked, raised)
    columns["borderline"] = complete & (np.abs(columns["margin"]) < borderline_margin)
    table = pd.DataFrame(columns, index=gates.scores.index)
    return table.assign(median_score=gates.scores[features].median(axis=1, skipna=True))


def _scattered(values: np.ndarray, rows: np.ndarray, like: np.ndarray) -> np.ndarray:
    """`values` at `rows`, nothing elsewhere."""
    whole = np.full(len(like), None if values.dtype == object else np.nan, dtype=values.dtype)
    whole[rows] = values
    return whole


def _take_best(rows: pd.DataFrame, fraction: float) -> pd.DataFrame:
    """Of the combinations that lack nothing, or without limits pass, only the best pass."""
    eligible = rows[rows["passed"] & (rows["median_score"] < UNCOMPUTABLE)]
    ranked = eligible.sort_values("median_score", kind="stable")
    groups = ranked.groupby(["emodel", "etype", "fullmtype"], sort=False)["combo"]
    best = ranked.index[groups.cumcount() < np.ceil(fraction * groups.transform("size"))]
    passed = rows.index.isin(best)
    reason = rows["reason"].where(passed | ~rows["passed"], str(Reason.NOT_AMONG_BEST))
    return rows.assign(passed=passed, reason=reason)
