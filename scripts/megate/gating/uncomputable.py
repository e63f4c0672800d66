"""Option `uncomputable_exemplar_feature`: features that could not be computed for the exemplar."""

from dataclasses import replace

import numpy as np

from megate.config.config import Select
from megate.core.vocabulary import UncomputableExemplarFeature
from megate.gating.limits import Limits

UNCOMPUTABLE = 250.0
"""Score of a feature that could not be computed (BluePyOpt's convention)."""


def treat_uncomputable(limits: Limits, select: Select) -> Limits:
    """Limit step: where the exemplar's feature could not be computed, its score of 250 has scaled
    the limit to ``250 * t``. "warn": keep this limit, mark the feature and warn; "fail": no score
    passes the feature; "ignore": keep this limit without a warning, as BluePyMM does."""
    option = select.uncomputable_exemplar_feature
    if select.skip_repaired_exemplar or option == UncomputableExemplarFeature.IGNORE:
        return limits
    exemplar = limits.exemplar
    assert exemplar is not None  # scale_by_exemplar has checked it
    uncomputable = exemplar[exemplar >= UNCOMPUTABLE]
    values, warnings = limits.values, list(limits.warnings)
    for feature, score in uncomputable.items():
        outcome = f"its limit is {values[feature].max():g}"
        if option == UncomputableExemplarFeature.FAIL:
            outcome = (
                "no combination passes (uncomputable_exemplar_feature: fail); skip the feature "
                "with to_skip_features if it should not count"
            )
        elif values[feature].min() >= UNCOMPUTABLE:
            outcome += ", and every score passes"
        warnings.append(
            f"{limits.emodel}: {feature} could not be computed for the repaired exemplar "
            f"(score {score:g}), so {outcome}"
        )
    if option == UncomputableExemplarFeature.FAIL:
        values = values.assign(**dict.fromkeys(uncomputable.index, np.nan))
    return replace(
        limits, values=values, uncomputable_in_exemplar=list(uncomputable.index), warnings=warnings
    )
