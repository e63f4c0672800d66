"""SONATA nodes file (HDF5), read with libsonata.

``nodes/<population>/0/{layer,mtype,etype,morphology}`` are indices into the labels of
``@library/{layer,mtype,etype,morphology}`` there or, without them, strings; layers may be numbers.
Attributes that are missing there may be columns of a node types file (CSV, separated by blanks), in
whose rows ``nodes/<population>/node_type_id`` points.
https://github.com/AllenInstitute/sonata/blob/master/docs/SONATA_DEVELOPER_GUIDE.md
"""

import re
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import h5py
import libsonata
import numpy as np
import pandas as pd

from megate.core.errors import MegateError, listing, run_checks
from megate.files.hdf5 import Kind, find_dataset, has, member_names, opened, texts
from megate.inputs.cells import MAX_CELLS, MAX_LABELS, NAMES, Property, distinct_types
from megate.inputs.node_types import read_node_types

_SAMPLE = 1000
_EXTENSION = re.compile(r"\.(asc|swc|h5)$", re.IGNORECASE)


def read_sonata(
    path: Path, population: str | None = None, node_types: Path | None = None
) -> pd.DataFrame:
    """Read which types and morphologies the cells of a SONATA population have.

    Args:
        path: nodes file
        population: may be None if there is only one
        node_types: CSV file with the attributes that the nodes file does not have

    Returns:
        One row per distinct (layer, fullmtype, etype, morph_name), in the order of the cells;
        morphologies without extension.

    Raises:
        MegateError: not HDF5; the population is missing, or there are several and `population` is
            None; the population has several node groups; attributes are missing, of the wrong type
            or of different lengths; indices, labels or node types are unusable.
    """
    types = None if node_types is None else read_node_types(node_types)
    with opened(path) as file:
        try:
            population = _choose(member_names(file, "nodes"), population)
            type_ids = _check(file, population, types)
        except MegateError as error:
            raise MegateError(f"{path}: {error}") from error
        try:
            nodes = libsonata.NodeStorage(str(path)).open_population(population)
            properties = {
                column: _property_of_type(type_ids, types, name)
                if types is not None and not has(file, f"nodes/{population}/0/{name}")
                else _property(nodes, population, name)
                for column, name in NAMES.items()
            }
            table = distinct_types(properties, len(type_ids))
        except (MegateError, libsonata.SonataError, RuntimeError, UnicodeDecodeError) as error:
            raise MegateError(f"{path}: population {population!r}: {error}") from error
    names = table["morph_name"].str.replace(_EXTENSION, "", regex=True)
    return table.assign(morph_name=names).drop_duplicates(ignore_index=True)


def _choose(populations: list[str], wanted: str | None) -> str:
    if wanted in populations:
        return wanted
    if wanted is None and len(populations) == 1:
        return populations[0]
    if not populations:
        raise MegateError("no population in it")
    problem = (
        "several populations; choose one with sonata_population"
        if wanted is None
        else f"no population {wanted!r}; there are"
    )
    raise MegateError(f"{problem}:{listing(populations)}")


def _check(file: h5py.File, population: str, types: pd.DataFrame | None) -> h5py.Dataset:
    """Check everything that libsonata will open (it follows links to other files), and return the
    cells' node types."""
    top = f"nodes/{population}"
    groups = [name for name in member_names(file, top) if name.isdigit()]
    if len(groups) > 1:
        raise MegateError(
            f"population {population!r} has several node groups ({', '.join(groups)}), expected one"
        )
    for group in (top, f"{top}/0", f"{top}/0/@library", f"{top}/0/dynamics_params"):
        if group in (top, f"{top}/0") or has(file, group):
            member_names(file, group)
    type_ids = find_dataset(file, f"{top}/node_type_id", Kind.INTEGERS, MAX_CELLS)
    missing = [name for name in NAMES.values() if not has(file, f"{top}/0/{name}")]
    checks = [
        partial(_check_attribute, file, f"{top}/0", name, len(type_ids))
        for name in NAMES.values()
        if name not in missing
    ]
    checks += [partial(_refuse, problem) for problem in _problems_of(missing, top, types, type_ids)]
    run_checks(checks, f"population {population!r}")
    return type_ids


def _refuse(problem: str) -> None:
    raise MegateError(problem)


def _problems_of(
    missing: list[str], top: str, types: pd.DataFrame | None, type_ids: h5py.Dataset
) -> Iterator[str]:
    """Problems of attributes that are missing in the nodes: the node types lack them, too."""
    lacking = [name for name in missing if types is None or name not in types]
    yield from (f"{top}/0/{name} is missing" for name in lacking)
    if lacking and types is not None:
        yield f"the node types have the columns {', '.join(types) or 'node_type_id only'}"
    elif lacking and (type_ids[:_SAMPLE] >= 0).any():  # -1: without a type
        yield (
            f"{top}/node_type_id points to node types: if their CSV file (node_types.csv) has "
            "these attributes, set sonata_node_types_path"
        )


def _check_attribute(file: h5py.File, group: str, name: str, n_cells: int) -> None:
    in_library = f"{group}/@library/{name}"
    kind = Kind.EITHER if name == "layer" else Kind.TEXTS
    if has(file, in_library):
        kind = Kind.INTEGERS
        find_dataset(file, in_library, Kind.TEXTS, MAX_LABELS)
    dataset = find_dataset(file, f"{group}/{name}", kind, MAX_CELLS)
    if len(dataset) != n_cells:
        raise MegateError(
            f"{dataset.name[1:]} has {len(dataset):,} values, expected {n_cells:,}, as node_type_id"
        )
    text = h5py.check_string_dtype(dataset.dtype)
    if text and text.length:
        raise MegateError(
            f"{dataset.name[1:]} holds strings of fixed length, which libsonata does not read; "
            "expected strings of variable length, or indices into @library"
        )


def _property(nodes: libsonata.NodePopulation, population: str, name: str) -> Property:
    is_index = name in nodes.enumeration_names
    read = nodes.get_enumeration if is_index else nodes.get_attribute
    place = f"nodes/{population}/0/{name}"
    return Property(
        place,
        lambda start, stop: read(name, libsonata.Selection([(start, stop)])),
        texts(nodes.enumeration_values(name), place) if is_index else None,
    )


def _property_of_type(type_ids: h5py.Dataset, types: pd.DataFrame, name: str) -> Property:
    """An attribute of the cells' node types."""

    def read(start: int, stop: int) -> np.ndarray:
        ids = type_ids[start:stop]
        rows = types.index.get_indexer(ids)
        if (rows < 0).any():
            cell = int(np.argmax(rows < 0))
            raise MegateError(
                f"{type_ids.name[1:]}: cell {start + cell} has the node type {ids[cell]}, which "
                "the node types file does not have"
            )
        return rows

    return Property(f"node types: {name}", read, list(types[name]))
