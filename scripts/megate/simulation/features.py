"""Score an e-model's responses and report the feature values that were compared."""

from collections.abc import Mapping
from contextlib import suppress
from typing import Any

import numpy as np


def scored_features(
    calculator: Any, responses: dict[str, Any], scores: Mapping[str, Any] | None = None
) -> list[dict[str, Any]]:
    """Score the responses, with the values that each score compares. `scores`: those of a stopped
    simulation; None computes all.

    Returns:
        One dict per objective, in the order of BluePyOpt's ObjectivesCalculator: `feature` (its
        name), `score` (standard deviations), `value`, `exp_mean` and `exp_std` (in eFEL's unit of
        the feature: mV, ms, Hz, ...). The last three are None if the objective has several
        features, or if its feature does not have these attributes.
    """
    scores = calculator.calculate_scores(responses) if scores is None else scores
    objectives = {objective.name: objective for objective in calculator.objectives}
    return [
        {"feature": name, "score": number(score)} | _compared(objectives.get(name), responses)
        for name, score in scores.items()
    ]


def _compared(objective: Any, responses: dict[str, Any]) -> dict[str, float | None]:
    features = getattr(objective, "features", None) or []
    feature = features[0] if len(features) == 1 else None
    return {
        "value": _value(feature, responses),
        "exp_mean": number(getattr(feature, "exp_mean", None)),
        "exp_std": number(getattr(feature, "exp_std", None)),
    }


def _value(feature: Any, responses: dict[str, Any]) -> float | None:
    """A feature's value; if it has several (such as one per spike), their mean."""
    for method in ("calculate_feature", "calculate_features"):
        with suppress(Exception):  # missing, or raised by the package; scores do not depend on it
            values = getattr(feature, method)(responses)
            value = None if values is None or np.size(values) == 0 else number(np.mean(values))
            if value is not None:
                return value
    return None


def number(value: Any) -> float | None:
    """`value` as a float, or None if it is not a single number."""
    try:
        return None if value is None else float(value)
    except (TypeError, ValueError):
        return None
