"""me-gating: compare scores with thresholds, and decide which combinations pass.

The rules are BluePyMM's `select`, with its errors mended: see `decide`. Everything here is a
pure function of tables.
"""

import json
import logging
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from megate.errors import MegateError, listing

logger = logging.getLogger(__name__)

UNCOMPUTABLE = 250.0
"""Score of a feature that could not be computed (BluePyOpt's convention)."""

REASONS = ("passed", "failed", "raised", "missing score")


@dataclass(frozen=True)
class EmodelGates:
    """How the combinations of one e-model compare with their limits.

    All tables have one row per combination (index: `combo`), and one column per feature.

    Attributes:
        scores: every feature's score (standard deviations), NaN where there is none
        limits: largest score that passes, for each gated feature
        passed: whether it passes, for each gated feature
    """

    emodel: str
    scores: pd.DataFrame
    limits: pd.DataFrame
    passed: pd.DataFrame


@dataclass(frozen=True)
class Decisions:
    """The outcome of me-gating.

    Attributes:
        combos: the combinations without exemplar rows, in order, index `combo`. Their columns,
            `holding_current`, `threshold_current` (nA), `exception`, and: `passed`; `reason`
            (one of REASONS; with `select_perc_best`, failed is: not among the best); `n_failed`
            (number of gated features that fail); `feature` (the one of smallest margin, or
            without score); its `score`, `limit` (standard deviations) and `margin`
            ((limit - score) / limit); `median_score` of the features that are not skipped
        gates: per e-model, sorted by its name
        warnings: what the user should know about
    """

    combos: pd.DataFrame
    gates: list[EmodelGates]
    warnings: list[str]


def decide(
    combos: pd.DataFrame,
    scores: pd.DataFrame,
    thresholds: Sequence[dict[str, Any]],
    to_skip_features: Sequence[str] = (),
    skip_repaired_exemplar: bool = False,
    select_perc_best: float | None = None,
) -> Decisions:
    """Apply the thresholds to every combination.

    A score passes if ``score <= max(t, t * exemplar_score)``, with the e-model's repaired
    exemplar, or ``score <= t`` with `skip_repaired_exemplar`. `t` is set by the last threshold
    rule whose regexes match e-model, m-type, e-type and feature fully. Features that match one
    of `to_skip_features` at the start are not gated. A combination passes if it ran and all its
    gated features pass; a missing or NaN score does not pass.

    With `select_perc_best` the thresholds do not decide: of each e-model and me-type, the best
    ``ceil(fraction * n)`` by median score pass, of those n without missing scores and with a
    median below 250.

    Args:
        combos: the table of `megate.combos`
        scores: the table of `megate.shards`, one row per (job, feature)

    Raises:
        MegateError: a gated feature without threshold, or an e-model without repaired exemplar.
    """
    rows = combos[~combos["is_exemplar"]]
    runs = scores.drop_duplicates("job").set_index("job")
    run_columns = ["holding_current", "threshold_current", "exception"]
    rows = rows.join(runs[run_columns], on="job").set_index("combo", drop=False).rename_axis(None)
    required = select_perc_best is None

    gates, columns, warnings = [], [], []
    for emodel, group in rows.groupby("emodel", sort=True):
        emodel_rows = combos[(combos["emodel"] == emodel) & ~combos["is_original"]]
        matrix = _score_matrix(emodel_rows, scores)
        gated = _gated(matrix.columns, to_skip_features)
        limits = _thresholds(group, gated, thresholds, required)
        if not skip_repaired_exemplar:
            exemplar = _exemplar_scores(emodel, emodel_rows, matrix)
            warnings += _exemplar_warnings(emodel, exemplar[gated], limits)
            limits = limits * np.fmax(exemplar[gated].to_numpy(), 1.0)
        emodel_scores = matrix.loc[group.index]
        passed = emodel_scores[gated] <= limits
        gates.append(EmodelGates(str(emodel), emodel_scores, limits, passed))
        columns.append(_decision_columns(group, emodel_scores, limits, passed))
        warnings += _missing_warnings(emodel, group, emodel_scores[gated])
        if not gated and len(matrix.columns):
            warnings.append(f"{emodel}: all its features are skipped, nothing is gated")

    decided = rows.join(pd.concat(columns))
    if select_perc_best is not None:
        decided = _take_best(decided, select_perc_best)
    return Decisions(decided.drop(columns="complete"), gates, warnings)


def check_thresholds(
    emodel: str,
    features: Sequence[str],
    combos: pd.DataFrame,
    thresholds: Sequence[dict[str, Any]],
    to_skip_features: Sequence[str] = (),
) -> None:
    """Check, before anything is scored, that an e-model's gated features all have a threshold.

    Args:
        combos: the table of `megate.combos`

    Raises:
        MegateError: listing the features without, each with an me-type.
    """
    rows = combos[(combos["emodel"] == emodel) & ~combos["is_exemplar"]]
    if len(rows):
        _thresholds(rows, _gated(features, to_skip_features), thresholds, required=True)


def check_opt_scores(combos: pd.DataFrame, scores: pd.DataFrame) -> tuple[list[str], list[str]]:
    """Compare the unrepaired exemplars' scores with those that final.json records.

    Returns:
        Differences (one text per e-model and feature) and warnings. Scores must be equal to the
        last bit, as in BluePyMM; exemplars that did not run are warned about.
    """
    differences, warnings = [], []
    rows = combos[combos["is_exemplar"] & ~combos["is_repaired"] & ~combos["is_original"]]
    for row in rows.itertuples():
        run = scores[(scores["job"] == row.job) & scores["feature"].notna()]
        if run.empty:
            warnings.append(f"{row.emodel}: its unrepaired exemplar did not run, nothing to check")
            continue
        expected = json.loads(row.opt_scores)
        found = dict(zip(run["feature"], run["score"].tolist(), strict=True))
        for feature in sorted(expected.keys() | found.keys()):
            if feature not in expected or feature not in found:
                where = "the scores" if feature in expected else "final.json"
                differences.append(f"{row.emodel}: {feature} is missing in {where}")
            elif expected[feature] != found[feature]:
                differences.append(
                    f"{row.emodel}: {feature} scores {found[feature]!r}, "
                    f"final.json has {expected[feature]!r}"
                )
    return differences, warnings


def refuse_other_opt_scores(combos: pd.DataFrame, scores: pd.DataFrame) -> None:
    """Raise if the unrepaired exemplars do not score as final.json records.

    Raises:
        MegateError: listing e-model, feature and both scores.
    """
    differences, warnings = check_opt_scores(combos, scores)
    for warning in warnings:
        logger.warning("%s", warning)
    if differences:
        raise MegateError(
            "select: the unrepaired exemplars do not score as final.json's fitness says (set "
            "check_opt_scores: false to release all the same):" + listing(differences)
        )


def _score_matrix(rows: pd.DataFrame, scores: pd.DataFrame) -> pd.DataFrame:
    """Scores of one e-model's rows, combo x feature. A feature that any of them has is a column,
    also where no combination has it; features keep the order in which the e-model gives them."""
    known = scores[scores["job"].isin(rows["job"].unique()) & scores["feature"].notna()]
    table = known.pivot(index="job", columns="feature", values="score")
    table = table.reindex(index=rows["job"], columns=known["feature"].unique())
    return table.set_axis(rows["combo"], axis="index")


def _gated(features: Sequence[str], to_skip_features: Sequence[str]) -> list[str]:
    """The features that match none of the skip patterns at their start."""
    skip = [re.compile(pattern) for pattern in to_skip_features]
    return [name for name in features if not any(pattern.match(name) for pattern in skip)]


def _thresholds(
    rows: pd.DataFrame, features: list[str], rules: Sequence[dict[str, Any]], required: bool
) -> pd.DataFrame:
    """The threshold of each (combination, feature): the last matching rule's. Where none
    matches: an error if `required`, else infinity."""
    types = rows[["emodel", "fullmtype", "etype"]]
    values = np.full((len(rows), len(features)), np.nan)
    for rule in rules:
        matching_rows = np.ones(len(rows), dtype=bool)
        for key in types:
            if key in rule:
                matching_rows &= _matches(types[key], rule[key])
        matching_features = _matches(pd.Series(features, dtype=object), rule["features"])
        values[np.ix_(matching_rows, matching_features)] = rule["megate_threshold"]
    table = pd.DataFrame(values, index=rows.index, columns=features)
    if required and table.isna().any(axis=None):
        problems = [
            f"{feature} (for example m-type {types.loc[lacking.idxmax(), 'fullmtype']}, e-type "
            f"{types.loc[lacking.idxmax(), 'etype']})"
            for feature, lacking in table.isna().items()
            if lacking.any()
        ]
        raise MegateError(
            f"select: e-model {types['emodel'].iloc[0]}: no rule of megate_thresholds matches "
            f"these features; add one, or skip them with to_skip_features:{listing(problems)}"
        )
    return table.fillna(np.inf)


def _matches(names: pd.Series, patterns: Sequence[str]) -> np.ndarray:
    """Which names match one of the regexes fully; each distinct name is tried once."""
    compiled = [re.compile(pattern) for pattern in patterns]
    matching = {name for name in names.unique() if any(p.fullmatch(name) for p in compiled)}
    return names.isin(matching).to_numpy()


def _exemplar_scores(emodel: Any, rows: pd.DataFrame, matrix: pd.DataFrame) -> pd.Series:
    exemplars = rows[rows["is_exemplar"] & rows["is_repaired"] & ~rows["is_original"]]
    if exemplars.empty:
        raise MegateError(
            f"select: e-model {emodel} has no repaired exemplar to scale its limits with; run it "
            "(prepare's skip_repaired_exemplar: false) or set select's skip_repaired_exemplar: true"
        )
    return matrix.loc[exemplars["combo"].iloc[0]]


def _exemplar_warnings(emodel: Any, exemplar: pd.Series, limits: pd.DataFrame) -> list[str]:
    warnings = []
    lacking = list(exemplar.index[exemplar.isna()])
    if lacking:
        warnings.append(
            f"{emodel}: the repaired exemplar has no score for {', '.join(lacking)}; "
            "their limits are not scaled"
        )
    for feature in exemplar.index[exemplar >= UNCOMPUTABLE]:
        limit = UNCOMPUTABLE * limits[feature].max()
        if limit >= UNCOMPUTABLE:
            warnings.append(
                f"{emodel}: {feature} could not be computed for the repaired exemplar (score 250), "
                f"so its limit is {limit:g} and every score passes"
            )
    return warnings


def _missing_warnings(emodel: Any, rows: pd.DataFrame, scores: pd.DataFrame) -> list[str]:
    ran = scores[rows["exception"].isna()]
    lacking = [feature for feature in ran.columns if len(ran) and ran[feature].isna().all()]
    return [
        f"{emodel}: {feature} has no score for any combination, so none of them passes"
        for feature in lacking
    ]


def _decision_columns(
    rows: pd.DataFrame,
    all_scores: pd.DataFrame,
    limits: pd.DataFrame,
    passed: pd.DataFrame,
) -> pd.DataFrame:
    scores = all_scores[limits.columns]
    raised = rows["exception"].notna()
    # a job without any score is incomplete, even if no feature is gated
    complete = ~raised & scores.notna().all(axis=1) & all_scores.notna().any(axis=1)
    ok = complete & passed.all(axis=1)
    failed = (~passed & scores.notna()).sum(axis=1)
    reason = np.select([ok, raised, failed > 0], ["passed", "raised", "failed"], "missing score")
    columns = pd.DataFrame(
        {
            "passed": ok,
            "reason": reason,
            "complete": complete,
            "n_failed": (~passed).sum(axis=1).where(~raised, 0),
        },
        index=rows.index,
    )
    # a limit of 0 has a margin too: 0 where the score is 0, else minus infinity
    margins = ((limits - scores) / limits).mask((limits == 0) & (scores == 0), 0.0)
    # where nothing else speaks against a combination, a missing score is what limits it
    rank = margins.mask(scores.isna() & (failed == 0).to_numpy()[:, None], -np.inf)
    ranked = rank.notna().any(axis=1) & ~raised
    columns["feature"] = rank[ranked].idxmin(axis=1).reindex(rows.index)
    position = margins.columns.get_indexer(columns.loc[ranked, "feature"])
    for name, table in (("score", scores), ("limit", limits), ("margin", margins)):
        tightest = table[ranked].to_numpy()[np.arange(ranked.sum()), position]
        columns[name] = pd.Series(tightest, index=rows.index[ranked]).reindex(rows.index)
    columns["median_score"] = scores.median(axis=1, skipna=True)
    return columns


def _take_best(rows: pd.DataFrame, fraction: float) -> pd.DataFrame:
    eligible = rows[rows["complete"] & (rows["median_score"] < UNCOMPUTABLE)]
    ranked = eligible.sort_values("median_score", kind="stable")
    groups = ranked.groupby(["emodel", "etype", "fullmtype"], sort=False)["combo"]
    best = ranked.index[groups.cumcount() < np.ceil(fraction * groups.transform("size"))]
    passed = rows.index.isin(best)
    raised = rows["reason"] == "raised"
    reason = np.select(
        [passed, raised, rows["complete"]], ["passed", "raised", "failed"], "missing score"
    )
    return rows.assign(passed=passed, reason=reason)
