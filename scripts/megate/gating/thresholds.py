"""Threshold rules: which features are gated, and which rule sets the threshold of each.

For options that change limits or decisions, see the steps in `megate.gating.decide`.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from megate.config.config import Select
from megate.core.errors import MegateError, listing
from megate.core.patterns import matching
from megate.gating.limits import Limits
from megate.gating.select_best import replaces_thresholds

TYPES = {"emodel": "e-model", "fullmtype": "m-type", "etype": "e-type"}
"""Keys of a rule that choose combinations, and their names for the report."""


def gated_features(features: Sequence[str], to_skip_features: Sequence[str]) -> list[str]:
    """The features that match none of the skip patterns at their start."""
    skipped = set().union(*(matching(p, features, whole=False) for p in to_skip_features))
    return [name for name in features if name not in skipped]


def set_thresholds(limits: Limits, select: Select) -> Limits:
    """Limit step: the thresholds.

    Raises:
        MegateError: listing the features without threshold, each with an me-type.
    """
    features = list(limits.values.columns)
    values, rules = thresholds_of(limits.combos, features, select.megate_thresholds)
    _refuse_without_rule(limits.combos, rules)
    return replace(limits, values=values, rules=rules)


def thresholds_of(
    rows: pd.DataFrame, features: Sequence[str], rules: Sequence[dict[str, Any]]
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The threshold of each (combination, feature): the last matching rule's.

    Args:
        rows: combinations of one e-model
        features: its gated features
        rules: `megate_thresholds` of the configuration; all their regexes must match fully

    Returns:
        The thresholds (standard deviations; infinity where no rule matches), and the number of the
        rule that sets each, from 1 (0 where no rule matches).
    """
    values = np.full((len(rows), len(features)), np.inf)
    numbers = np.zeros(values.shape, dtype=np.int16)
    names = pd.Series(list(features), dtype=object)
    for number, rule in enumerate(rules, start=1):
        of_rule = np.ix_(_matching_rows(rows, rule), _matches(names, rule["features"]))
        values[of_rule] = rule["megate_threshold"]
        numbers[of_rule] = number
    return (
        pd.DataFrame(values, index=rows.index, columns=list(features)),
        pd.DataFrame(numbers, index=rows.index, columns=list(features)),
    )


def check_thresholds(
    emodel: str, features: Sequence[str], combos: pd.DataFrame, select: Select
) -> None:
    """Check, before the first simulation, that all gated features of an e-model have a threshold.
    Nothing is checked where `select_perc_best` replaces the thresholds.

    Raises:
        MegateError: listing the features without threshold, each with an me-type.
    """
    rows = combos[(combos["emodel"] == emodel) & ~combos["is_exemplar"]]
    if len(rows) and not replaces_thresholds(select):
        gated = gated_features(features, select.to_skip_features)
        _refuse_without_rule(rows, thresholds_of(rows, gated, select.megate_thresholds)[1])


def unused_patterns(
    combos: pd.DataFrame,
    features: Sequence[str],
    rules: Sequence[dict[str, Any]],
    to_skip_features: Sequence[str] = (),
) -> Iterator[str]:
    """Warnings about patterns and rules that match no combination, or none of the `features` (all
    that have scores)."""
    names = pd.Series(list(features), dtype=object)
    if names.empty:
        return
    for pattern in to_skip_features:
        if not matching(pattern, names, whole=False):
            yield f"to_skip_features: {pattern!r} matches no feature of the scores"
    for number, rule in enumerate(rules, start=1):
        where = f"megate_thresholds, rule {number}"
        unmatched = [p for p in rule["features"] if not _matches(names, [p]).any()]
        if unmatched:
            patterns = ", ".join(map(repr, unmatched))
            verb = "match" if len(unmatched) > 1 else "matches"
            yield f"{where}: features: {patterns} {verb} no feature of the scores (in full)"
        if not _matching_rows(combos, rule).any():
            conditions = ", ".join(f"{key} {rule[key]}" for key in TYPES if key in rule)
            yield f"{where}: no combination has {conditions}"


def _matching_rows(rows: pd.DataFrame, rule: dict[str, Any]) -> np.ndarray:
    chosen = np.ones(len(rows), dtype=bool)
    for key in TYPES:
        if key in rule:
            chosen &= _matches(rows[key], rule[key])
    return chosen


def _matches(names: pd.Series, patterns: Sequence[str]) -> np.ndarray:
    """Which names match one of the regexes fully; each distinct name is tried once."""
    distinct = names.unique()
    matched = set().union(*(matching(pattern, distinct, whole=True) for pattern in patterns))
    return names.isin(matched).to_numpy()


def _refuse_without_rule(rows: pd.DataFrame, rules: pd.DataFrame) -> None:
    missing = (rules == 0).to_numpy()
    if not missing.any():
        return
    problems = []
    for column in np.flatnonzero(missing.any(axis=0)):
        row = rows.iloc[missing[:, column].argmax()]
        problems.append(
            f"{rules.columns[column]} (for example m-type {row['fullmtype']}, "
            f"e-type {row['etype']})"
        )
    raise MegateError(
        f"select: e-model {rows['emodel'].iloc[0]}: no rule of megate_thresholds matches "
        f"these features; add one, or skip them with to_skip_features:{listing(problems)}"
    )
