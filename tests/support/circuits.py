"""Circuit files that tests make: circuit.mvd3 and SONATA nodes, in the layouts of their formats."""

from collections.abc import Sequence
from pathlib import Path

import h5py
import numpy as np

Cell = tuple[str, str, str, str]
"""Layer, full m-type, e-type, morphology."""

NAMES = ("layer", "mtype", "etype", "morphology")
TEXT = h5py.string_dtype()


def indexed(values: Sequence[str]) -> tuple[np.ndarray, list[str]]:
    """Indices, and the labels that they lead to: in the opposite of alphabetical order, and one
    that no cell has."""
    labels = ["no cell has it", *sorted(set(values), reverse=True)]
    return np.array([labels.index(value) for value in values], dtype="u2"), labels


def write_mvd3(
    path: Path, cells: Sequence[Cell], layers: str = "library", text: object = TEXT
) -> Path:
    """A circuit.mvd3; `layers` are in the "library", or stand for themselves as "numbers" or
    "texts"; `text` is the type of labels."""
    with h5py.File(path, "w") as file:
        for name, values in zip(NAMES, zip(*cells, strict=True), strict=True):
            indices, labels = indexed(values)
            if name == "layer" and layers == "numbers":
                file["cells/properties/layer"] = np.array([int(value) for value in values], "u1")
            elif name == "layer" and layers == "texts":
                file.create_dataset("cells/properties/layer", data=list(values), dtype=text)
            else:
                file[f"cells/properties/{name}"] = indices
                file.create_dataset(f"library/{name}", data=labels, dtype=text)
    return path


def write_sonata(
    path: Path,
    cells: Sequence[Cell],
    population: str = "cells",
    plain: Sequence[str] = (),
    text: object = TEXT,
) -> Path:
    """Add a population to a SONATA nodes file; attributes `plain` are texts, the others indices
    into @library."""
    with h5py.File(path, "a") as file:
        top = file.create_group(f"nodes/{population}")
        top["node_type_id"] = np.full(len(cells), -1)
        for name, values in zip(NAMES, zip(*cells, strict=True), strict=True):
            if name in plain:
                top.create_dataset(f"0/{name}", data=list(values), dtype=text)
            else:
                top[f"0/{name}"], labels = indexed(values)
                top.create_dataset(f"0/@library/{name}", data=labels, dtype=text)
    return path
