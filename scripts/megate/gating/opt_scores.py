"""Options `check_opt_scores` and `opt_scores_tolerance`: do the exemplars have the scores of the
optimisation? Other scores mean other mechanisms, parameters or another simulator: other e-models.
"""

import json
import logging
import math

import pandas as pd

from megate.config.config import Select
from megate.core.errors import MegateError, listing

logger = logging.getLogger(__name__)


def check_opt_scores(
    combos: pd.DataFrame, scores: pd.DataFrame, tolerance: float = 0.0
) -> tuple[list[str], list[str]]:
    """Compare the unrepaired exemplars' scores with those in final.json.

    Args:
        combos, scores: as in `megate.gating.decide.decide`
        tolerance: largest relative difference; 0 requires equality to the last bit, as BluePyMM

    Returns:
        Differences (one line per e-model and feature), and warnings about exemplars that did not
        run.
    """
    differences, warnings = [], []
    rows = combos[combos["is_exemplar"] & ~combos["is_repaired"] & ~combos["is_original"]]
    known = scores[scores["job"].isin(rows["job"].unique()) & scores["feature"].notna()]
    runs = dict(list(known.groupby("job", observed=True)))
    for row in rows.itertuples():
        if row.job not in runs:
            warnings.append(f"{row.emodel}: its unrepaired exemplar did not run; not checked")
            continue
        run = runs[row.job]
        found = dict(zip(run["feature"], run["score"].tolist(), strict=True))
        expected = json.loads(row.opt_scores)
        differences += [
            f"{row.emodel}: {text}" for text in _differences(expected, found, tolerance)
        ]
    return differences, warnings


def refuse_other_opt_scores(combos: pd.DataFrame, scores: pd.DataFrame, select: Select) -> None:
    """With `check_opt_scores`, raise if the unrepaired exemplars' scores are not those in
    final.json, listing e-model, feature, both scores and their difference."""
    if not select.check_opt_scores:
        return
    differences, warnings = check_opt_scores(combos, scores, select.opt_scores_tolerance)
    for warning in warnings:
        logger.warning("%s", warning)
    if differences:
        raise MegateError(
            "select: the unrepaired exemplars' scores differ from final.json's fitness (to release "
            "anyway, set opt_scores_tolerance, the largest relative difference, or "
            "check_opt_scores: false):" + listing(differences, limit=None)
        )


def _differences(
    expected: dict[str, float], found: dict[str, float], tolerance: float
) -> list[str]:
    texts = []
    for feature in sorted(expected.keys() | found.keys()):
        now, then = found.get(feature), expected.get(feature)
        if now is None or then is None:
            where = "the scores" if now is None else "final.json"
            texts.append(f"{feature} is missing in {where}")
        elif math.isnan(now):
            texts.append(f"{feature} has no score, final.json has {then!r}")
        elif not math.isclose(now, then, rel_tol=tolerance, abs_tol=0.0):
            difference = abs(now - then)
            relative = f"; {difference / abs(then):.2g} of it" if then else ""
            texts.append(
                f"{feature} scores {now!r}, final.json has {then!r} "
                f"(differs by {difference:.2g}{relative})"
            )
    return texts
