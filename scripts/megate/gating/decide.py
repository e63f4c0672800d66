"""me-gating: compare scores with limits, and decide which combinations pass.

The rules are those of BluePyMM's `select`, without its errors. A threshold option has a module of
its own in this package, with a function that is one of the steps below. Everything here is a pure
function of tables.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from megate.config.config import Select
from megate.core.vocabulary import Reason
from megate.gating.limits import Limits, scale_by_exemplar, unlimited
from megate.gating.margins import borderline, limiting_features
from megate.gating.outcome import Decisions, EmodelGates
from megate.gating.select_best import keep_best, replaces_thresholds
from megate.gating.threshold_current import require_threshold
from megate.gating.thresholds import gated_features, set_thresholds, unused_patterns
from megate.gating.uncomputable import treat_uncomputable
from megate.project.combinations import combo_names
from megate.scores.currents import ADAPTED, KEYS, MEASURED, with_released
from megate.scores.matrix import score_matrix

__all__ = ["DECISION_STEPS", "LIMIT_STEPS", "Decisions", "EmodelGates", "decide"]

LIMIT_STEPS = (set_thresholds, scale_by_exemplar, treat_uncomputable)
"""What sets the limits of each e-model, in this order: (Limits, Select) -> Limits. None of them is
applied where `select_perc_best` replaces the thresholds."""
DECISION_STEPS = (require_threshold, keep_best)
"""What changes the decisions about all combinations, in this order: (table, Select) -> table."""


def decide(combos: pd.DataFrame, scores: pd.DataFrame, select: Select) -> Decisions:
    """Decide which combinations pass.

    A combination passes if it ran and all its gated features pass: all features, except those that
    `to_skip_features` skips. A feature passes if its score is at most the limit that `LIMIT_STEPS`
    set; a missing or NaN score does not pass. `DECISION_STEPS` may then change the decisions.

    Args:
        combos: the table of `megate.project.combinations`
        scores: tidy scores, one row per (job, feature): `megate.scores.matrix.read_scores`

    Raises:
        MegateError: a gated feature without threshold, or an e-model without repaired exemplar.
    """
    rows = combos[~combos["is_exemplar"]]
    rows = _with_runs(rows.assign(combo_name=combo_names(rows)), scores)
    by_limits = not replaces_thresholds(select)
    gates, columns, warnings = [], [], []
    for emodel, group in rows.groupby("emodel", sort=True):
        of_emodel = combos[(combos["emodel"] == emodel) & ~combos["is_original"]]
        matrix = score_matrix(of_emodel.set_index("combo")["job"], scores)
        gated = gated_features(matrix.columns, select.to_skip_features)
        exemplar = _exemplar(of_emodel, matrix[gated])
        limits = limits_of(str(emodel), group, exemplar, gated, select)
        gates.append(_compared(limits, matrix.loc[group.index]))
        raised = group["exception"].notna().to_numpy()
        stopped = group["stopped_at"].notna().to_numpy()
        columns.append(_decision_columns(gates[-1], raised, stopped, select))
        warnings += [*limits.warnings, *_missing_warnings(gates[-1], raised | stopped)]
        if not gated and len(matrix.columns):
            warnings.append(f"{emodel}: to_skip_features skips all features, so nothing is gated")

    decided = rows.join(pd.concat(columns))
    for change in DECISION_STEPS:
        decided = change(decided, select)
    features = dict.fromkeys(name for of_emodel in gates for name in of_emodel.scores)
    rules = select.megate_thresholds if by_limits else []
    warnings += unused_patterns(rows, list(features), rules, select.to_skip_features)
    return Decisions(decided, gates, by_limits, warnings)


def limits_of(
    emodel: str,
    combos: pd.DataFrame,
    exemplar: pd.Series | None,
    features: Sequence[str],
    select: Select,
) -> Limits:
    """The limits of an e-model's combinations, by `LIMIT_STEPS`.

    Args:
        combos: combinations with `emodel`, `fullmtype` and `etype`
        exemplar, features: as in `unlimited`
    """
    limits = unlimited(emodel, combos, exemplar, features)
    for step in () if replaces_thresholds(select) else LIMIT_STEPS:
        limits = step(limits, select)
    return limits


def _with_runs(rows: pd.DataFrame, scores: pd.DataFrame) -> pd.DataFrame:
    """The combinations with the currents and the exception of their jobs; index `combo`."""
    columns = ["job", *KEYS, "bpo_values", *MEASURED, *ADAPTED, "exception", "stopped_at"]
    # (scores that are imported from BluePyMM have no column `bpo_values`)
    first = scores[~scores["job"].duplicated()].reindex(columns=columns)
    texts = dict.fromkeys(["job", "bpo_values", "no_threshold", "exception", "stopped_at"], object)
    runs = with_released(first.astype(texts).set_index("job"))
    return rows.join(runs, on="job").set_index("combo", drop=False).rename_axis(None)


def _exemplar(rows: pd.DataFrame, scores: pd.DataFrame) -> pd.Series | None:
    """The scores of the repaired exemplar among an e-model's `rows`."""
    exemplars = rows[rows["is_exemplar"] & rows["is_repaired"]]
    return None if exemplars.empty else scores.loc[exemplars["combo"].iloc[0]]


def _compared(limits: Limits, scores: pd.DataFrame) -> EmodelGates:
    passed = scores[limits.values.columns] <= limits.values
    uncomputable = list(limits.uncomputable_in_exemplar)
    return EmodelGates(limits.emodel, scores, limits.values, limits.rules, passed, uncomputable)


def _missing_warnings(gates: EmodelGates, incomplete: np.ndarray) -> list[str]:
    ran = gates.scores.loc[~incomplete, gates.limits.columns]
    missing = [feature for feature in ran.columns if len(ran) and ran[feature].isna().all()]
    return [
        f"{gates.emodel}: {feature} has no score for any combination, so no combination passes"
        for feature in missing
    ]


def _decision_columns(
    gates: EmodelGates, raised: np.ndarray, stopped: np.ndarray, select: Select
) -> pd.DataFrame:
    """The decisions about the combinations of one e-model, before `DECISION_STEPS`. Those whose
    simulation was `stopped` at a limit have no other scores, so their other features neither pass
    nor fail, and they have no median."""
    scores = gates.scores[gates.limits.columns]
    missing, passed = scores.isna().to_numpy(bool), gates.passed.to_numpy(bool)
    # a job without any score is incomplete, even if no feature is gated
    some_scores = gates.scores.notna().to_numpy(bool).any(axis=1)
    complete = ~raised & ~stopped & ~missing.any(axis=1) & some_scores
    released = complete & passed.all(axis=1)
    over = ~passed & ~missing
    failed = over | (missing & ~stopped[:, None])
    columns: dict[str, Any] = {
        "passed": released,
        "reason": np.select(
            [released, raised, over.any(axis=1)],
            [Reason.PASSED, Reason.SIMULATION_ERROR, Reason.OVER_LIMIT],
            Reason.MISSING_SCORE,
        ),
        "n_failed": np.where(raised, 0, failed.sum(axis=1)),
    }
    features = np.array(scores.columns, dtype=object)
    columns |= limiting_features(
        features, scores.to_numpy(float), gates.limits.to_numpy(float), ~raised
    )
    columns["borderline"] = borderline(columns["margin"], complete, select)
    table = pd.DataFrame(columns, index=gates.scores.index)
    return table.assign(median_score=scores.median(axis=1, skipna=True).mask(stopped))
