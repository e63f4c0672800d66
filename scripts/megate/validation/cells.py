"""The cells of a release's folder for circuits: read them, and draw a sample."""

from pathlib import Path

import numpy as np
import pandas as pd

from megate.core.paths import CIRCUIT_CELLS
from megate.release.circuit import CELLS

_TEXTS = ("combo_name", "emodel", "morph_name", "layer", "fullmtype", "etype", "morphology")
_SEED = 0


def read_cells(circuit: Path) -> pd.DataFrame:
    """The table cells.tsv of the folder `circuit`; see `megate.release.circuit.CELLS`."""
    numbers = [name for name in CELLS if name not in _TEXTS]
    return pd.read_csv(
        circuit / CIRCUIT_CELLS,
        sep="\t",
        dtype=dict.fromkeys(_TEXTS, str) | dict.fromkeys(numbers, float),
        float_precision="round_trip",
        keep_default_na=False,  # "NA" is a name
        na_values={name: ["nan"] for name in numbers},
    )


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
