"""Convert .h5 morphologies for NEURON, which does not read them."""

import tempfile
from pathlib import Path

SUFFIX = ".h5"


def readable_by_neuron(path: Path) -> Path:
    """Return `path`, or for an .h5 file a temporary .asc file of the same name that MorphIO writes
    from it, with the sections in the same order."""
    if path.suffix.lower() != SUFFIX:
        return path
    from morphio.mut import Morphology  # slow to import

    converted = Path(tempfile.mkdtemp(prefix="megate-morphology-"), f"{path.stem}.asc")
    Morphology(str(path)).write(str(converted))
    return converted
