"""Limits: thresholds, scaled by the scores of the e-model's repaired exemplar."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from megate.config.config import Select
from megate.core.errors import MegateError


@dataclass(frozen=True)
class Limits:
    """The limits of one e-model's combinations. Each of `megate.gating.decide.LIMIT_STEPS` takes
    them and returns them changed.

    Attributes:
        combos: its combinations, index `combo`
        exemplar: the repaired exemplar's score of each gated feature (standard deviations; NaN
            where it is missing); None if the e-model has no repaired exemplar
        values, rules: see `limits` and `rules` of `megate.gating.outcome.EmodelGates`
        uncomputable_in_exemplar: features to mark: they could not be computed for the exemplar
    """

    emodel: str
    combos: pd.DataFrame
    exemplar: pd.Series | None
    values: pd.DataFrame
    rules: pd.DataFrame
    uncomputable_in_exemplar: Sequence[str] = ()
    warnings: Sequence[str] = ()


def unlimited(
    emodel: str, combos: pd.DataFrame, exemplar: pd.Series | None, features: Sequence[str]
) -> Limits:
    """Limits that every score passes: the first step starts from them."""
    index, columns = combos.index, list(features)
    values = pd.DataFrame(np.inf, index=index, columns=columns)
    rules = pd.DataFrame(np.int16(0), index=index, columns=columns)
    return Limits(emodel, combos, exemplar, values, rules)


def scale_by_exemplar(limits: Limits, select: Select) -> Limits:
    """Limit step: ``max(t, t * exemplar_score)``; t where the exemplar's score is missing, with a
    warning. BluePyMM's rule.

    Raises:
        MegateError: the e-model has no repaired exemplar.
    """
    if select.skip_repaired_exemplar:
        return limits
    if limits.exemplar is None:
        raise MegateError(
            f"select: e-model {limits.emodel} has no repaired exemplar to scale its limits with; "
            "simulate it (prepare.skip_repaired_exemplar: false) or do not scale the limits "
            "(select.skip_repaired_exemplar: true)"
        )
    warnings = list(limits.warnings)
    missing = limits.exemplar.index[limits.exemplar.isna()]
    if len(missing):
        warnings.append(
            f"{limits.emodel}: the repaired exemplar has no score for {', '.join(missing)}; "
            "their limits are not scaled"
        )
    thresholds, factors = limits.values, np.fmax(limits.exemplar.to_numpy(), 1.0)
    # a threshold of 0 stays 0, also where the exemplar's score is infinite
    scaled = (thresholds * factors).where(thresholds > 0, thresholds)
    return replace(limits, values=scaled, warnings=warnings)
