"""Read HDF5 files, and check each dataset before its values are read: a small file can claim a
dataset of any size. A damaged file can crash the library, so callers run this in a child process.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from enum import Enum
from itertools import accumulate
from pathlib import Path
from typing import Any

import h5py

from megate.core.errors import MegateError


class Kind(Enum):
    """What a dataset may hold; messages use the values."""

    INTEGERS = "integers"
    TEXTS = "texts"
    EITHER = "integers or texts"


@contextmanager
def opened(path: Path) -> Iterator[h5py.File]:
    """Open an HDF5 file for reading. If it does not exist or is not HDF5, raise a `MegateError`."""
    if not path.is_file():
        raise MegateError(f"file not found: {path}")
    try:
        if not h5py.is_hdf5(path):
            raise MegateError(f"{path} is not an HDF5 file")
        file = h5py.File(path, "r")
    except OSError as error:
        raise MegateError(f"{path} cannot be opened: {error}") from error
    with file:
        yield file


def has(file: h5py.File, name: str) -> bool:
    """Whether the file has a group or dataset `name`."""
    return file.get(name) is not None


def member_names(file: h5py.File, name: str) -> list[str]:
    """The sorted names in the group `name`. If it is missing or no group, raise a `MegateError`."""
    group = _find(file, name)
    if not isinstance(group, h5py.Group):
        raise MegateError(f"{name} is not a group")
    return list(group)


def find_dataset(file: h5py.File, name: str, kind: Kind, max_length: int) -> h5py.Dataset:
    """Return the one-dimensional dataset `name`. Its values are not read yet.

    Raises:
        MegateError: it is missing or not a dataset; it is empty or has more than `max_length`
            values; the values are not of this `kind`.
    """
    dataset = _find(file, name)
    if not isinstance(dataset, h5py.Dataset):
        raise MegateError(f"{name} is a group, expected a dataset")
    if dataset.shape is None or dataset.ndim != 1:
        raise MegateError(f"{name} has the shape {dataset.shape}, expected a list of values")
    if not 0 < len(dataset) <= max_length:
        raise MegateError(f"{name} has {len(dataset):,} values, expected 1 to {max_length:,}")
    text = h5py.check_string_dtype(dataset.dtype)
    found = Kind.TEXTS if text else Kind.INTEGERS if dataset.dtype.kind in "iu" else None
    if found is None or kind not in (found, Kind.EITHER):
        described = found.value if found else f"values of the type {dataset.dtype}"
        raise MegateError(f"{name} holds {described}, expected {kind.value}")
    return dataset


def texts(values: Iterable[Any], name: str) -> list[str]:
    """Decode values of the dataset `name`, and remove any padding of zeros or blanks. If one is not
    UTF-8, raise a `MegateError`."""
    try:
        decoded = (value.decode() if isinstance(value, bytes) else value for value in values)
        return [text.strip("\0 ") for text in decoded]
    except UnicodeDecodeError as error:
        raise MegateError(f"{name}: {error.object!r} is not UTF-8 text") from error


def _find(file: h5py.File, name: str) -> h5py.Group | h5py.Dataset:
    for part in accumulate(name.split("/"), "{}/{}".format):
        found = file.get(part)
        if found is None:
            raise MegateError(f"{part} is missing")
    return found
