"""SONATA nodes file (HDF5), read with libsonata.

``nodes/<population>/0/{layer,mtype,etype,morphology}`` are indices into the labels of
``@library/{layer,mtype,etype,morphology}`` there or, without them, strings; layers may be numbers.
Attributes that are missing there may be columns of a node types file (CSV, separated by blanks), in
whose rows ``nodes/<population>/node_type_id`` points. Cells without ``layer`` may have
``subregion``, the name of a brain region, in its place, as ``brainbuilder cells assign-emodels``
reads them.
https://github.com/AllenInstitute/sonata/blob/master/docs/SONATA_DEVELOPER_GUIDE.md
"""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import h5py
import libsonata
import numpy as np
import pandas as pd

from megate.core.errors import MegateError, listing, run_checks
from megate.files.hdf5 import Kind, find_dataset, has, member_names, opened, texts
from megate.inputs.cells import (
    MAX_CELLS,
    MAX_LABELS,
    NAMES,
    Property,
    counted,
    distinct_types,
)
from megate.inputs.node_types import read_node_types

REGION = "subregion"
"""Attribute that stands in place of the layer of cells that have none."""

_SAMPLE = 1000
_EXTENSION = re.compile(r"\.(asc|swc|h5)$", re.IGNORECASE)


@dataclass(frozen=True)
class SonataCells:
    """The cells of a population in an open nodes file.

    Attributes:
        file: the open file
        population: its name
        properties: column of `megate.inputs.cells.WHAT` -> property of the cells
        n_cells: number of cells
        of_types: attributes that the node types file has
    """

    file: h5py.File
    population: str
    properties: Mapping[str, Property]
    n_cells: int
    of_types: tuple[str, ...] = ()


def read_sonata(
    path: Path, population: str | None = None, node_types: Path | None = None
) -> pd.DataFrame:
    """Read which types and morphologies the cells of a SONATA population have; arguments and errors
    as in `open_cells`.

    Returns:
        One row per distinct (layer, fullmtype, etype, morph_name), in the order of the cells;
        morphologies without extension; `cells`, the number of cells.
    """
    with open_cells(path, population, node_types) as cells:
        table = distinct_types(cells.properties, cells.n_cells)
    return counted(table.assign(morph_name=without_extensions(table["morph_name"])))


@contextmanager
def open_cells(
    path: Path,
    population: str | None = None,
    node_types: Path | None = None,
    population_key: str = "sonata_population",
) -> Iterator[SonataCells]:
    """Open a nodes file and check what identifies the type of its cells.

    Args:
        path: nodes file
        population: may be None if there is only one
        node_types: CSV file with the attributes that the nodes file does not have
        population_key: configuration key of `population`, for messages

    Raises:
        MegateError: not HDF5; the population is missing, or there are several and `population` is
            None; the population has several node groups; attributes are missing, of the wrong type
            or of different lengths; indices, labels or node types are unusable. Also for errors
            that are raised while the file is open: they get its path and the population.
    """
    types = None if node_types is None else read_node_types(node_types)
    with opened(path) as file:
        try:
            population = _choose(member_names(file, "nodes"), population, population_key)
            names = _names(file, population, types)
            type_ids = _check(file, population, names, types)
        except MegateError as error:
            raise MegateError(f"{path}: {error}") from error
        try:
            nodes = libsonata.NodeStorage(str(path)).open_population(population)
            properties = {
                column: _property_of_type(type_ids, types, name)
                if types is not None and not has(file, f"nodes/{population}/0/{name}")
                else _property(nodes, population, name)
                for column, name in names.items()
            }
            of_types = () if types is None else tuple(types)
            yield SonataCells(file, population, properties, len(type_ids), of_types)
        except (MegateError, libsonata.SonataError, RuntimeError, UnicodeDecodeError) as error:
            raise MegateError(f"{path}: population {population!r}: {error}") from error


def without_extensions(names: pd.Series) -> pd.Series:
    """Names of morphologies without the extension of a file (.asc, .swc, .h5)."""
    return names.str.replace(_EXTENSION, "", regex=True)


def _names(file: h5py.File, population: str, types: pd.DataFrame | None) -> dict[str, str]:
    """The names of the cells' attributes: `subregion` in place of `layer` if only that exists."""
    known = {*([] if types is None else types), *member_names(file, f"nodes/{population}/0")}
    regions = "layer" not in known and REGION in known
    return {**NAMES, "layer": REGION} if regions else NAMES


def _choose(populations: list[str], wanted: str | None, key: str) -> str:
    if wanted in populations:
        return wanted
    if wanted is None and len(populations) == 1:
        return populations[0]
    if not populations:
        raise MegateError("no population in it")
    problem = (
        f"several populations; choose one with {key}"
        if wanted is None
        else f"no population {wanted!r}; there are"
    )
    raise MegateError(f"{problem}:{listing(populations)}")


def _check(
    file: h5py.File, population: str, names: Mapping[str, str], types: pd.DataFrame | None
) -> h5py.Dataset:
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
    missing = [name for name in names.values() if not has(file, f"{top}/0/{name}")]
    checks = [
        partial(_check_attribute, file, f"{top}/0", name, len(type_ids))
        for name in names.values()
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
