"""The distribution of margins: how far combinations are from their limits."""

import numpy as np
import pandas as pd

from megate.core.vocabulary import Reason

LOWEST = -2.0
WIDTH = 0.1
"""Lowest margin with a bin of its own, and the bins' width."""

ABOUT = "(limit - score) / limit of the limiting feature"
"""What a margin is."""


def margin_counts(margins: pd.Series, reasons: pd.Series) -> pd.DataFrame:
    """Number of combinations of each outcome (columns) in bins of margins (index: lower edges).

    A margin on an edge is in the bin above it (a margin of 0 passes); 1 is in the last bin. The
    first bin has everything below `LOWEST`. Combinations without margin are not counted.
    """
    edges = np.round(np.arange(LOWEST - WIDTH, 1.0, WIDTH), 10)
    known = margins.notna()
    # 1e-9: a margin of 0.3 is 0.29999999999999998 / 0.1 = 2.9999999999999996 bins
    bins = np.floor(margins[known].clip(LOWEST - WIDTH / 2, 1.0) / WIDTH + 1e-9).astype(int)
    number = (bins - round(edges[0] / WIDTH)).clip(0, len(edges) - 1)
    counts = pd.crosstab(number, reasons[known].astype(object))
    counts = counts.reindex(index=range(len(edges)), columns=list(Reason), fill_value=0)
    return counts.set_axis(edges, axis="index").fillna(0).astype(int)
