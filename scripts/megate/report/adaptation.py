"""Numbers about the adaptation of AIS and soma that both reports show.

`combos` and `gates` are those of `megate.gating.outcome.Decisions`, with adaptation; `adaptation`
has those without.
"""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from megate.adaptation.emodel import PARTS, Part
from megate.adaptation.resistance import ResistanceFit
from megate.core.vocabulary import Reason
from megate.gating.outcome import EmodelGates
from megate.release.adaptation import Adaptation

WITHIN, AT_LIMIT = "within the limits", "at a limit"
COLOURS = {WITHIN: "#0072B2", AT_LIMIT: "#E69F00"}
"""Scales within the limits, and at a limit."""

_BINS = 20
_ROUNDING = 1.5e-6  # scales have 6 decimals, and are not exactly 1
_OTHER_CAUSES = (Reason.SIMULATION_ERROR, Reason.NO_THRESHOLD, Reason.NOT_AMONG_BEST)


COUNTS = {
    "combinations": "combinations",
    "released": "released",
    "adapted": "adapted",
    "at_limit": "at a limit",
    "compared": "compared",
    "released_without": "released without",
    "released_with": "released with",
    "gained": "gained",
    "lost": "lost",
}
"""Columns with numbers of combinations of adaptation.tsv, and their titles."""
ABOUT_QUALITY = (
    "rho: input resistance of the exemplar's soma alone, divided by that of the exemplar without "
    "soma; rho_axon: likewise for the AIS. Difference: the largest one of a cell from it, among "
    "cells within the limits. Fit: its largest difference from measured resistances."
)
ABOUT_CAUSES = (
    "Compared combinations that fail by a feature without and with adaptation; of the gained ones, "
    "those that failed by it before; of the lost ones, those that fail by it now."
)


def scaled_parts(adaptation: Adaptation) -> list[Part]:
    """What `adapt` scales."""
    return [
        part
        for part in PARTS
        if any(part in exemplar.parts for exemplar in adaptation.exemplars.values())
    ]


def fits_of(adaptation: Adaptation, emodel: str) -> dict[str, ResistanceFit]:
    """The fits of an e-model, by the name of the part."""
    exemplar = adaptation.exemplars[emodel]
    return {part.name: exemplar.resistance_of(part) for part in exemplar.parts}


def scale_counts(scales: pd.Series, limits: Sequence[float]) -> pd.DataFrame:
    """Number of combinations by scale: columns `WITHIN` and `AT_LIMIT`, index the lower edges of
    bins from the smallest to the largest limit. Combinations without scale are not counted."""
    known = scales.dropna().to_numpy(float)
    smallest, largest = limits
    width = max(largest - smallest, 0.1) / _BINS
    number = np.clip(((known - smallest) / width).astype(int), 0, _BINS - 1)
    at_limit = (known <= smallest + _ROUNDING) | (known >= largest - _ROUNDING)
    counts = {
        name: np.bincount(number[chosen], minlength=_BINS)
        for name, chosen in ((WITHIN, ~at_limit), (AT_LIMIT, at_limit))
    }
    return pd.DataFrame(counts, index=smallest + width * np.arange(_BINS))


def changed(combos: pd.DataFrame, adaptation: Adaptation) -> pd.DataFrame:
    """The combinations that are released only with or only without adaptation: the rows of
    `combos`, in order. Columns `reason_without`, `limiting_feature_without` and `margin_without`
    have the decision without adaptation."""
    columns = ["passed", "reason", "limiting_feature", "margin"]
    both = combos.join(adaptation.without[columns], how="inner", rsuffix="_without")
    return both[both["passed"].astype(bool) != both["passed_without"].astype(bool)]


def causes_of_change(
    combos: pd.DataFrame, gates: Mapping[str, EmodelGates], adaptation: Adaptation
) -> pd.DataFrame:
    """Why combinations are released only with or only without adaptation.

    Returns:
        A row per e-model and cause (a gated feature, or another reason), those that matter most
        first: `emodel`, `cause`, and numbers of the combinations that can be compared:
        `fail_without` and `fail_with`, that fail by it; `gained`, that fail by it and are released
        with adaptation; `lost`, that are released without it and fail by it. A combination counts
        for each of its causes. Causes whose numbers do not change are left out.
    """
    rows = [
        row
        for emodel, without in adaptation.gates_without.items()
        for row in _causes_of_emodel(combos, gates[emodel], adaptation.without, without)
    ]
    columns = ["emodel", "cause", "fail_without", "fail_with", "gained", "lost"]
    table = pd.DataFrame(rows, columns=columns)
    kept = (table["fail_without"] != table["fail_with"]) | (table["gained"] + table["lost"] > 0)
    order = (table["gained"] + table["lost"]).sort_values(ascending=False, kind="stable").index
    return table.loc[order][kept[order]].reset_index(drop=True)


def _causes_of_emodel(
    combos: pd.DataFrame, gates: EmodelGates, combos_without: pd.DataFrame, without: EmodelGates
) -> list[tuple[str, str, int, int, int, int]]:
    index = without.passed.index
    before, after = combos_without.loc[index], combos.loc[index]
    features = list(dict.fromkeys([*gates.passed, *without.passed]))
    failing = [
        _failing(table, of_emodel, features)
        for table, of_emodel in ((before, without), (after, gates))
    ]
    released_before, released = (table["passed"].to_numpy(bool) for table in (before, after))
    return [
        (
            gates.emodel,
            cause,
            int(by_it.sum()),
            int(by_it_now.sum()),
            int((by_it & released).sum()),
            int((by_it_now & released_before).sum()),
        )
        for cause, by_it, by_it_now in zip(failing[0], *(f.values() for f in failing), strict=True)
    ]


def _failing(
    combos: pd.DataFrame, gates: EmodelGates, features: Sequence[str]
) -> dict[str, np.ndarray]:
    """For each cause, whether each combination fails by it."""
    ran = (combos["reason"] != Reason.SIMULATION_ERROR).to_numpy()
    passed = gates.passed.loc[combos.index].reindex(columns=features, fill_value=True)
    scores = gates.scores.loc[combos.index].reindex(columns=features)
    stopped = combos["stopped_at"].notna().to_numpy()
    failing = {
        name: ~passed[name].to_numpy(bool) & ran & ~(stopped & scores[name].isna().to_numpy())
        for name in features
    }
    for reason in _OTHER_CAUSES:
        failing[reason.label] = (combos["reason"] == reason).to_numpy()
    return failing
