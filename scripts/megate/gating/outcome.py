"""The outcome of gating: how scores compare with limits, and what is decided."""

from dataclasses import dataclass

import pandas as pd


@dataclass(frozen=True)
class EmodelGates:
    """How the combinations of one e-model compare with their limits.

    All tables have one row per combination (index: `combo`), and one column per feature.

    Attributes:
        scores: score of every feature (standard deviations), NaN where it is missing
        limits: largest score that passes, for each gated feature; NaN where no score passes
        rules: number of the threshold rule that set the limit, from 1; 0 where no rule did
        passed: whether the score passes, for each gated feature
        uncomputable_in_exemplar: gated features that could not be computed for the exemplar (empty
            with `uncomputable_exemplar_feature: ignore`)
    """

    emodel: str
    scores: pd.DataFrame
    limits: pd.DataFrame
    rules: pd.DataFrame
    passed: pd.DataFrame
    uncomputable_in_exemplar: list[str]


@dataclass(frozen=True)
class Decisions:
    """The outcome of gating.

    Attributes:
        combos: the combinations (no exemplar rows) in order, index `combo`. Their columns in
            combos.parquet, the columns of `megate.gating.decisions.OF_COMBO`, the e-models' own
            currents `own_holding_current` and `own_threshold_current` (nA), `bpo_values` (JSON),
            the other columns of `megate.scores.currents.MEASURED`, and `exception`
        gates: per e-model, sorted by its name
        by_limits: whether limits decide, not `select_perc_best`
    """

    combos: pd.DataFrame
    gates: list[EmodelGates]
    by_limits: bool
    warnings: list[str]


def stopped_early(combos: pd.DataFrame) -> str:
    """A sentence about the combinations that were stopped early; empty if none were. `combos` is
    the table of `Decisions`."""
    number = int(combos["stopped_at"].notna().sum())
    if not number:
        return ""
    return (
        f"{number:,} of {len(combos):,} combinations were stopped early (scoring.stop_early), at a "
        "feature over its limit. They have no scores of later features and no median score."
    )
