"""Median scores (standard deviations) of features and of released combinations."""

from collections.abc import Iterable, Sequence

import pandas as pd

from megate.gating.decide import EmodelGates


def released_medians(combos: pd.DataFrame, by: Sequence[str]) -> pd.Series:
    """Median of the released combinations' median scores, per group."""
    released = combos[combos["passed"].astype(bool)]
    return released.groupby(list(by), observed=True)["median_score"].median()


def metype_medians(combos: pd.DataFrame) -> pd.DataFrame:
    """`released_medians`, m-type x e-type: every m-type and e-type that was tested; NaN where
    nothing is released."""
    medians = released_medians(combos, ["fullmtype", "etype"]).unstack()
    return medians.reindex(
        index=sorted(combos["fullmtype"].unique()), columns=sorted(combos["etype"].unique())
    ).astype(float)


def feature_medians(gates: Iterable[EmodelGates]) -> pd.DataFrame:
    """Median score of each feature over the combinations of each e-model: feature x e-model, NaN
    where the e-model does not have the feature."""
    columns = {of_emodel.emodel: of_emodel.scores.median() for of_emodel in gates}
    features = dict.fromkeys(name for medians in columns.values() for name in medians.index)
    return pd.DataFrame(columns, index=list(features), dtype=float)
