"""Read a morphology of any format, and make it readable by NEURON."""

from collections.abc import Callable
from pathlib import Path

from megate.morphologies.formats.h5 import read_h5
from megate.morphologies.formats.neurolucida import read_asc
from megate.morphologies.formats.sections import Morphology, MorphologyError
from megate.morphologies.formats.swc import read_swc

H5 = ".h5"
"""Extension of the files that NEURON cannot read at all."""

READERS: dict[str, Callable[[Path], Morphology]] = {
    ".asc": read_asc,
    ".swc": read_swc,
    H5: read_h5,
}


def read(path: Path) -> Morphology:
    """Read a morphology.

    Raises:
        MorphologyError: the file cannot be read, or has another extension than `READERS`.
    """
    reader = READERS.get(path.suffix.lower())
    if reader is None:
        raise MorphologyError(f"unknown format {path.suffix!r}, expected .asc, .swc or .h5")
    try:
        return reader(path)
    except OSError as error:
        raise MorphologyError(f"cannot be read: {error.strerror}") from error
