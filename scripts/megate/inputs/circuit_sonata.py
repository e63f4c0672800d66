"""SONATA nodes file (HDF5), read with libsonata.

``nodes/<population>/0/{layer,mtype,etype,morphology}`` are indices into the labels of
``@library/{layer,mtype,etype,morphology}`` there or, without them, strings; layers may be numbers.
https://github.com/AllenInstitute/sonata/blob/master/docs/SONATA_DEVELOPER_GUIDE.md
"""

import re
from functools import partial
from pathlib import Path

import h5py
import libsonata
import pandas as pd

from megate.core.errors import MegateError, listing, run_checks
from megate.files.hdf5 import Kind, find_dataset, has, member_names, opened, texts
from megate.inputs.cells import MAX_CELLS, MAX_LABELS, NAMES, Property, distinct_types

_EXTENSION = re.compile(r"\.(asc|swc|h5)$", re.IGNORECASE)


def read_sonata(path: Path, population: str | None = None) -> pd.DataFrame:
    """Read which types and morphologies the cells of a SONATA population have. The `population` of
    the nodes file `path` may be None if there is only one.

    Returns:
        One row per distinct (layer, fullmtype, etype, morph_name), in the order of the cells;
        morphologies without extension.

    Raises:
        MegateError: not HDF5; the population is missing, or there are several and `population` is
            None; attributes are missing, of the wrong type or of different lengths; indices or
            labels are unusable.
    """
    with opened(path) as file:
        try:
            population = _choose(member_names(file, "nodes"), population)
            n_cells = _check(file, population)
        except MegateError as error:
            raise MegateError(f"{path}: {error}") from error
    try:
        nodes = libsonata.NodeStorage(str(path)).open_population(population)
        properties = {column: _property(nodes, population, name) for column, name in NAMES.items()}
        table = distinct_types(properties, n_cells)
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


def _check(file: h5py.File, population: str) -> int:
    """Check everything that libsonata will open (it follows links to other files), and return the
    number of cells."""
    top = f"nodes/{population}"
    for group in (top, f"{top}/0", f"{top}/0/@library", f"{top}/0/dynamics_params"):
        if group in (top, f"{top}/0") or has(file, group):
            member_names(file, group)
    n_cells = len(find_dataset(file, f"{top}/node_type_id", Kind.INTEGERS, MAX_CELLS))
    checks = [partial(_check_attribute, file, f"{top}/0", name, n_cells) for name in NAMES.values()]
    run_checks(checks, f"population {population!r}")
    return n_cells


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
