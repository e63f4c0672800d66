"""Morphologies in HDF5 for NEURON, which does not read them."""

import tempfile
from pathlib import Path

SUFFIX = ".h5"


def readable_by_neuron(path: Path) -> Path:
    """`path`, or for an .h5 file a temporary .asc file of the same name with the same cell: MorphIO
    reads the one and writes the other, with sections in the same order."""
    if path.suffix.lower() != SUFFIX:
        return path
    from morphio.mut import Morphology  # not needed for other files

    converted = Path(tempfile.mkdtemp(prefix="megate-morphology-"), f"{path.stem}.asc")
    Morphology(str(path)).write(str(converted))
    return converted
