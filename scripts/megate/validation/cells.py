"""Draw a sample of a release's cells."""

import numpy as np
import pandas as pd

_SEED = 0


def sample(cells: pd.DataFrame, number: int | None) -> pd.DataFrame:
    """Draw `number` cells at random (None: all), in the order of `cells`.

    E-models take turns, so that each is in the sample if `number` is at least the number of
    e-models. The same cells give the same sample.
    """
    if number is None or number >= len(cells):
        return cells
    shuffled = cells.loc[np.random.default_rng(_SEED).permutation(cells.index)]
    turns = shuffled.groupby("emodel").cumcount().sort_values(kind="stable")
    return cells.loc[sorted(turns.index[:number])]
