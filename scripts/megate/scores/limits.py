"""Compare scores with the limits at which a simulation may be stopped (`scoring.stop_early`)."""

from collections.abc import Mapping, Sequence
from typing import TypeAlias

Scores: TypeAlias = Mapping[str, float | None]
"""Feature -> score; None or NaN: it could not be computed."""
Limits: TypeAlias = Mapping[str, float | None]
"""Gated feature -> largest score that passes (standard deviations), None if no score passes."""


def is_over(scores: Scores, limits: Limits) -> bool:
    """Whether a score is over its limit. Missing scores are not."""
    known = {name: score for name, score in scores.items() if score is not None and score == score}
    return any(
        limit is None or known[name] > limit for name, limit in limits.items() if name in known
    )


def all_fail(scores: Scores, limits: Sequence[Limits]) -> bool:
    """Whether a score is over its limit in each of `limits`. False if there are none."""
    return bool(limits) and all(is_over(scores, of_type) for of_type in limits)


def failed_at(scores: Scores, limits: Sequence[Limits]) -> str | None:
    """The feature with which the last of the combinations fails that have these `limits`, or None.
    Features are looked at in the order of `scores`."""
    known: dict[str, float | None] = {}
    for name, score in scores.items():
        known[name] = score
        if all_fail(known, limits):
            return name
    return None
