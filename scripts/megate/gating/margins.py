"""Margins: how far the scores are from their limits; option `borderline_margin`."""

import numpy as np

from megate.config.config import Select


def margins(scores: np.ndarray, limits: np.ndarray) -> np.ndarray:
    """``(limit - score) / limit``. With a limit of 0: 0 where the score is 0, else minus infinity.
    NaN where the score or the limit is missing."""
    with np.errstate(divide="ignore", invalid="ignore"):
        relative = (limits - scores) / limits
    relative[(limits == 0) & (scores == 0)] = 0.0
    return relative


def limiting_features(
    features: np.ndarray, scores: np.ndarray, limits: np.ndarray, ran: np.ndarray
) -> dict[str, np.ndarray]:
    """The gated feature that limits each combination: the one of smallest margin, or a feature
    that no score passes, or, if no score is over its limit, one without score.

    Args:
        features: the gated features
        scores, limits: combination x gated feature
        ran: whether each combination has scores

    Returns:
        `limiting_feature`, its `limiting_feature_score`, `limiting_feature_limit` and `margin`;
        None or NaN for combinations without gated features or scores.
    """
    missing = np.isnan(scores)
    some_over = (~(scores <= limits) & ~missing).any(axis=1)
    margin = margins(scores, limits)
    rank = np.where(np.isnan(limits) | (missing & ~some_over[:, None]), -np.inf, margin)
    ranked = np.flatnonzero(~np.isnan(rank).all(axis=1) & ran)
    tightest = np.nanargmin(rank[ranked], axis=1) if len(ranked) else ranked
    of_limiting = {
        "limiting_feature": features[tightest],
        "limiting_feature_score": scores[ranked, tightest],
        "limiting_feature_limit": limits[ranked, tightest],
        "margin": margin[ranked, tightest],
    }
    return {name: _scattered(values, ranked, len(ran)) for name, values in of_limiting.items()}


def borderline(margin: np.ndarray, complete: np.ndarray, select: Select) -> np.ndarray:
    """Whether each combination is `complete` (without missing scores) and its margin is within
    `borderline_margin` of 0."""
    return complete & (np.abs(margin) < select.borderline_margin)


def _scattered(values: np.ndarray, rows: np.ndarray, n_rows: int) -> np.ndarray:
    """`values` at `rows`, None or NaN elsewhere."""
    whole = np.full(n_rows, None if values.dtype == object else np.nan, dtype=values.dtype)
    whole[rows] = values
    return whole
