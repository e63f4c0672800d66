"""Read a morphology of any format."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from megate.morphologies.formats.h5 import read_h5
from megate.morphologies.formats.neurolucida import read_asc
from megate.morphologies.formats.sections import Morphology, MorphologyError
from megate.morphologies.formats.swc import read_swc

_H5 = ".h5"
READERS: dict[str, Callable[[Path], Morphology]] = {
    ".asc": read_asc,
    ".swc": read_swc,
    _H5: read_h5,
}


def is_h5(path: Path) -> bool:
    """Whether it is an .h5 file, which NEURON cannot read at all."""
    return path.suffix.lower() == _H5


def read(path: Path) -> Morphology:
    """Read a morphology.

    Raises:
        MorphologyError: the file cannot be read, or has another extension than `READERS`.
    """
    reader = READERS.get(path.suffix.lower())
    if reader is None:
        raise MorphologyError(f"unknown format {path.suffix!r}, expected .asc, .swc or .h5")
    try:
        morphology = reader(path)
    except OSError as error:
        raise MorphologyError(f"cannot be read: {error.strerror}") from error
    if morphology.soma_parents is None and morphology.not_in_asc:
        return replace(morphology, doubts=[*morphology.doubts, morphology.not_in_asc])
    return morphology
