"""Options `check_opt_scores` and `opt_scores_tolerance`: do the exemplars have the scores of the
optimisation? Other scores mean other mechanisms, parameters or another simulator: other e-models.
"""

import json
import logging
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence

import pandas as pd

from megate.config.config import Select
from megate.core.errors import MegateError, listing

logger = logging.getLogger(__name__)


def check_opt_scores(
    combos: pd.DataFrame, scores: pd.DataFrame, tolerance: float = 0.0
) -> tuple[list[str], list[str]]:
    """Compare the unrepaired exemplars' scores with those in final.json. Names may differ in their
    prefix (``mm.``, and that of the optimisation).

    Args:
        combos, scores: as in `megate.gating.decide.decide`
        tolerance: largest relative difference; 0 requires equality to the last bit, as BluePyMM

    Returns:
        Differences (one line per e-model and feature), and warnings about exemplars that did not
        run, or whose e-model was not optimised here (such as a hoc).
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
        if not expected:
            warnings.append(f"{row.emodel}: it has no scores of an optimisation; not checked")
            continue
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


def check_opt_names(
    emodel: str, features: Sequence[str], fitness: Mapping[str, float], select: Select
) -> None:
    """With `check_opt_scores`, check before the first simulation that final.json has a score for
    each of an e-model's `features`, and no others.

    Raises:
        MegateError: listing the names that cannot be compared.
    """
    problems = _unpaired(features, fitness, _pairs(features, fitness)) if fitness else []
    if select.check_opt_scores and problems:
        raise MegateError(
            f"select: e-model {emodel}: its features are not those of final.json's fitness, so "
            "check_opt_scores cannot compare them (check_opt_scores: false continues without):"
            + listing(problems)
        )


def _pairs(features: Iterable[str], fitness: Iterable[str]) -> dict[str, str]:
    """The names of features, each with its name in final.json. They may differ in their prefix:
    names of scores start with ``mm.``, those of an optimisation with its own."""
    best: dict[str, str] = {}
    for ours in _readings(features):
        for theirs in _readings(fitness):
            pairs = {name: theirs[key] for key, name in ours.items() if key in theirs}
            best = max(best, pairs, key=len)  # the first of equal ones: names as they are
    return best


def _readings(names: Iterable[str]) -> Iterator[dict[str, str]]:
    """The names by themselves and, if all start with the same prefix, without it."""
    names = list(names)
    yield {name: name for name in names}
    if len({name.partition(".")[0] for name in names}) == 1 and all("." in name for name in names):
        yield {name.partition(".")[2]: name for name in names}


def _unpaired(
    features: Iterable[str], fitness: Iterable[str], pairs: Mapping[str, str]
) -> list[str]:
    features, fitness = sorted(features), sorted(fitness)
    if not pairs:
        examples = " and ".join(names[0] for names in (features, fitness) if names)
        return [
            f"no names in common: {len(features)} features, {len(fitness)} in final.json (such as "
            f"{examples})"
        ]
    paired = set(pairs.values())
    return [
        *(f"{name} is missing in the scores" for name in fitness if name not in paired),
        *(f"{name} is missing in final.json" for name in features if name not in pairs),
    ]


def _differences(
    expected: dict[str, float], found: dict[str, float], tolerance: float
) -> list[str]:
    pairs = _pairs(found, expected)
    texts = []
    for feature, name in sorted(pairs.items()):
        now, then = found[feature], expected[name]
        if math.isnan(now):
            texts.append(f"{feature} has no score, final.json has {then!r}")
        elif not math.isclose(now, then, rel_tol=tolerance, abs_tol=0.0):
            difference = abs(now - then)
            relative = f"; {difference / abs(then):.2g} of it" if then else ""
            texts.append(
                f"{feature} scores {now!r}, final.json has {then!r} "
                f"(differs by {difference:.2g}{relative})"
            )
    return [*texts, *_unpaired(found, expected, pairs)]
