"""Cells of a circuit: the distinct (layer, m-type, e-type, morphology) among millions of cells.

Cells are read in blocks and compared by integer codes; each label is read once.
"""

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

import numpy as np
import pandas as pd

from megate.core.errors import MegateError, run_checks
from megate.core.names import check_label
from megate.files.hdf5 import texts

MAX_CELLS = 200_000_000
"""Largest number of cells in a circuit: the number of neurons in a rat brain."""
MAX_LABELS = 5_000_000
"""Largest number of labels in a library."""

WHAT = {
    "layer": "layer",
    "fullmtype": "m-type",
    "etype": "e-type",
    "morph_name": "morphology name",
}
"""Columns of the table of cells, and their names in messages."""
NAMES = {"layer": "layer", "fullmtype": "mtype", "etype": "etype", "morph_name": "morphology"}
"""The columns, and their names in circuit.mvd3 and SONATA files."""

_BLOCK = 500_000


@dataclass
class Property:
    """One property of the cells.

    Attributes:
        name: its place in the file
        read: (start, stop) -> the values of these cells: indices into `library` or, without a
            library, the labels themselves (whole numbers or strings)
        library: labels
    """

    name: str
    read: Callable[[int, int], np.ndarray]
    library: Sequence[str] | None = None
    _codes: dict[Hashable, int] = field(default_factory=dict)

    def codes(self, start: int, stop: int) -> np.ndarray:
        """Integer codes of the values of cells `start` to `stop` (exclusive).

        Raises:
            MegateError: naming the first cell whose index is outside the library.
        """
        values = self.read(start, stop)
        if self.library is not None:
            n_labels = len(self.library)
            wrong = np.flatnonzero((values < 0) | (values >= n_labels))
            if len(wrong):
                raise MegateError(
                    f"{self.name}: cell {start + wrong[0]} has the index {values[wrong[0]]}, "
                    f"expected 0 to {n_labels - 1} (there are {n_labels} labels)"
                )
        if values.dtype.kind in "iu":
            return values.astype(np.int64)
        numbers, distinct = pd.factorize(values.astype(object), use_na_sentinel=False)
        known = [self._codes.setdefault(value, len(self._codes)) for value in distinct]
        return np.array(known)[numbers]

    def labels(self, codes: Sequence[int]) -> list[str]:
        """The labels of integers that `codes` returned."""
        if self.library is not None:
            return [self.library[code] for code in codes]
        if not self._codes:
            return [str(code) for code in codes]
        known = texts(self._codes, self.name)
        return [known[code] for code in codes]


def distinct_types(properties: Mapping[str, Property], n_cells: int) -> pd.DataFrame:
    """The distinct types and morphologies among a circuit's cells, whose `properties` have the keys
    of `WHAT`.

    Returns:
        One row per distinct (layer, fullmtype, etype, morph_name), all strings, in the order of
        the cells, and `cells`, the number of cells.

    Raises:
        MegateError: listing properties with an index out of range, or unusable labels.
    """
    blocks = []
    for start in range(0, n_cells, _BLOCK):
        stop = min(start + _BLOCK, n_cells)
        reads = [partial(properties[column].codes, start, stop) for column in WHAT]
        codes = run_checks(reads, "cells of unknown type")
        block = pd.DataFrame(dict(zip(WHAT, codes, strict=True)))
        blocks.append(counted(block.assign(cells=1)))
    return counted(_labelled(counted(pd.concat(blocks)), properties))


def typed_cells(
    properties: Mapping[str, Property], n_cells: int
) -> tuple[pd.DataFrame, np.ndarray]:
    """The type and morphology of each cell; arguments and errors as in `distinct_types`.

    Returns:
        A table as by `distinct_types` (two rows may have the same labels), and its row of each cell
        (length: `n_cells`).
    """
    starts = range(0, n_cells, _BLOCK)

    def codes_of(column: str) -> np.ndarray:
        read = properties[column].codes
        return np.concatenate([read(start, min(start + _BLOCK, n_cells)) for start in starts])

    codes = run_checks([partial(codes_of, column) for column in WHAT], "cells of unknown type")
    rows = np.zeros(n_cells, dtype=np.int64)
    for values in codes:
        numbers, distinct = pd.factorize(values)
        rows = pd.factorize(rows * len(distinct) + numbers)[0]  # numbered as they first occur
    first = np.flatnonzero(~pd.Series(rows).duplicated())
    table = pd.DataFrame({name: of[first] for name, of in zip(WHAT, codes, strict=True)})
    return _labelled(table.assign(cells=np.bincount(rows)), properties), rows


def counted(table: pd.DataFrame) -> pd.DataFrame:
    """The table with each type once, in order, and the sum of `cells`."""
    return table.groupby(list(WHAT), sort=False, as_index=False)["cells"].sum()


def _labelled(table: pd.DataFrame, properties: Mapping[str, Property]) -> pd.DataFrame:
    """The table with labels in place of codes; two codes may have the same label."""
    columns: dict[str, np.ndarray] = {}
    checks: list[partial] = []
    for column, what in WHAT.items():
        numbers, codes = pd.factorize(table[column])
        labels = properties[column].labels(codes.tolist())
        place = properties[column].name
        checks += [partial(check_label, label, what, place) for label in labels]
        columns[column] = np.array(labels, dtype=object)[numbers]
    run_checks(checks, "labels")
    return table.assign(**columns)
