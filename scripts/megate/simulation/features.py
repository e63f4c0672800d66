"""Features of an e-model's responses: scores, and the values that they stand for."""

from typing import Any

import numpy as np


def scored_features(calculator: Any, responses: dict[str, Any]) -> list[dict[str, Any]]:
    """Score the responses, and tell what each score compares.

    Args:
        calculator: BluePyOpt's ObjectivesCalculator
        responses: response name -> response

    Returns:
        Per objective, in its order: `feature` (its name), `score` (standard deviations); `value`,
        `exp_mean` and `exp_std` (in eFEL's unit of the feature: mV, ms, Hz, ...), each None where
        the objective does not tell: it has several features, or none with these attributes.
    """
    scores = calculator.calculate_scores(responses)
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
    """A feature's value: the mean where it has several, as of every spike."""
    for method in ("calculate_feature", "calculate_features"):
        calculate = getattr(feature, method, None)
        if calculate is None:
            continue
        try:
            values = calculate(responses)
            value = None if values is None or np.size(values) == 0 else number(np.mean(values))
        except Exception:  # the package's own code; the score, which counts, is there
            continue
        if value is not None:
            return value
    return None


def number(value: Any) -> float | None:
    """A plain float; None for what is not one number."""
    try:
        return None if value is None else float(value)
    except (TypeError, ValueError):
        return None
