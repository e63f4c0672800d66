"""HDF5 files of unknown origin: what is in them is looked at before any of it is read.

A file may name data in other files, claim any size, or expand when it is decompressed. Only plain
data of the file itself are taken, of a length and type that was asked for.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from enum import Enum
from pathlib import Path

import h5py

from megate.core.errors import MegateError

MAX_TEXT_BYTES = 1000
"""Longest fixed-length text that is read, bytes."""


class Kind(Enum):
    """What a dataset may hold; the value is how it is called in messages."""

    INTEGERS = "integers"
    TEXTS = "texts"
    EITHER = "integers or texts"


@contextmanager
def opened(path: Path) -> Iterator[h5py.File]:
    """The HDF5 file `path`, to read.

    Raises:
        MegateError: it is not there, or not HDF5.
    """
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
    """Whether the file has something called `name`, a path of groups that are not links."""
    try:
        return _find(file, name) is not None
    except _MissingError:
        return False


def member_names(file: h5py.File, name: str) -> list[str]:
    """The names in the group `name`, in alphabetical order.

    Raises:
        MegateError: it is not there or not a group; a member is a link: it may lead into another
            file.
    """
    group = _find(file, name)
    if not isinstance(group, h5py.Group):
        raise MegateError(f"{name} is not a group")
    for member in group:
        _refuse_link(group, member, f"{name}/{member}")
    return list(group)


def find_dataset(file: h5py.File, name: str, kind: Kind, max_length: int) -> h5py.Dataset:
    """The one-dimensional dataset `name`, of which nothing is read yet.

    Raises:
        MegateError: it is not there; it is a link, or its data lie elsewhere; it is empty or has
            more than `max_length` values; they are not of this `kind`.
    """
    dataset = _find(file, name)
    if not isinstance(dataset, h5py.Dataset):
        raise MegateError(f"{name} is a group, expected a dataset")
    if dataset.is_virtual or dataset.id.get_create_plist().get_external_count():
        raise MegateError(f"{name} has its data in other files, expected them in this one")
    if dataset.shape is None or dataset.ndim != 1:
        raise MegateError(f"{name} has the shape {dataset.shape}, expected a list of values")
    if not 0 < len(dataset) <= max_length:
        raise MegateError(f"{name} has {len(dataset):,} values, expected 1 to {max_length:,}")
    _check_kind(dataset, name, kind)
    return dataset


def texts(values: object, name: str) -> list[str]:
    """What the dataset `name` of texts holds: UTF-8, padded with nothing, zeros or blanks.

    Raises:
        MegateError: a text is not UTF-8.
    """
    try:
        return [_text(value) for value in values]
    except UnicodeDecodeError as error:
        raise MegateError(f"{name}: {error.object!r} is not UTF-8 text") from error


def _text(value: str | bytes) -> str:
    return (value.decode() if isinstance(value, bytes) else value).strip("\0 ")


class _MissingError(MegateError):
    """There is nothing of this name."""


def _find(file: h5py.File, name: str) -> h5py.Group | h5py.Dataset:
    found, so_far = file, ""
    for part in name.split("/"):
        so_far = f"{so_far}/{part}".lstrip("/")
        if not isinstance(found, h5py.Group) or not found.id.links.exists(part.encode()):
            raise _MissingError(f"{so_far} is missing")
        _refuse_link(found, part, so_far)
        found = found[part]
    return found


def _refuse_link(group: h5py.Group, member: str, name: str) -> None:
    """Asked of the link itself: to open what it leads to may open another file."""
    if group.id.links.get_info(member.encode()).type != h5py.h5l.TYPE_HARD:
        raise MegateError(f"{name} is a link, expected the data themselves")


def _check_kind(dataset: h5py.Dataset, name: str, kind: Kind) -> None:
    try:
        dtype = dataset.dtype
    except TypeError as error:
        raise MegateError(f"{name} has values of a type without counterpart: {error}") from error
    text = h5py.check_string_dtype(dtype)
    found = Kind.TEXTS if text else Kind.INTEGERS if dtype.kind in "iu" else None
    if found is None or kind not in (found, Kind.EITHER):
        described = found.value if found else f"values of the type {dtype}"
        raise MegateError(f"{name} holds {described}, expected {kind.value}")
    if text and text.length and text.length > MAX_TEXT_BYTES:
        raise MegateError(
            f"{name} holds texts of {text.length:,} bytes, expected at most {MAX_TEXT_BYTES:,}"
        )
