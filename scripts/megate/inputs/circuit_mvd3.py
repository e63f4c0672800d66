"""circuit.mvd3 (HDF5), as the Blue Brain circuit builders write it and BluePyMM reads it.

``cells/properties/{layer,mtype,etype,morphology}`` are indices into the labels of
``library/{layer,mtype,etype,morphology}``. Without ``library/layer``, the cells' values are the
layers themselves: numbers or strings.
"""

from pathlib import Path

import h5py
import pandas as pd

from megate.core.errors import MegateError, listing
from megate.files.hdf5 import Kind, find_dataset, has, opened, texts
from megate.inputs.cells import MAX_CELLS, MAX_LABELS, NAMES, Property, distinct_types


def read_mvd3(path: Path) -> pd.DataFrame:
    """Read which types and morphologies the cells of a circuit.mvd3 have.

    Returns:
        One row per distinct (layer, fullmtype, etype, morph_name), in the order of the cells.

    Raises:
        MegateError: not HDF5; datasets are missing, of the wrong type or of different lengths;
            indices or labels are unusable.
    """
    with opened(path) as file:
        properties, lengths, problems = {}, {}, []
        for column, name in NAMES.items():
            try:
                properties[column], lengths[column] = _property(file, name)
            except MegateError as error:
                problems.append(str(error))
        if len(set(lengths.values())) > 1:
            found = ", ".join(f"{NAMES[column]} {length:,}" for column, length in lengths.items())
            problems.append(f"cells/properties: lists of different lengths: {found}")
        if problems:
            raise MegateError(f"{path}:{listing(list(dict.fromkeys(problems)))}")
        try:
            return distinct_types(properties, lengths["layer"])
        except MegateError as error:
            raise MegateError(f"{path}: {error}") from error


def _property(file: h5py.File, name: str) -> tuple[Property, int]:
    """One property of the cells, and the number of its values."""
    has_library = name != "layer" or has(file, "library/layer")
    in_cells, in_library = f"cells/properties/{name}", f"library/{name}"
    kind = Kind.INTEGERS if has_library else Kind.EITHER
    values = find_dataset(file, in_cells, kind, MAX_CELLS)
    labels = None
    if has_library:
        labels = texts(find_dataset(file, in_library, Kind.TEXTS, MAX_LABELS)[()], in_library)
    return Property(in_cells, lambda start, stop: values[start:stop], labels), len(values)
