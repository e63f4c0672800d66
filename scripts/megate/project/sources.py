"""Input files that the combinations come from."""

from collections.abc import Iterator
from pathlib import Path

from megate.config.config import Prepare
from megate.core.errors import MegateError
from megate.inputs.circuit import FORMATS
from megate.inputs.neurondb import find_neurondb
from megate.morphologies.release import MorphologyRelease


def neurondb_of_release(prepare: Prepare) -> Path:
    """The release's neuronDB; raises if it is missing."""
    return find_neurondb(MorphologyRelease(prepare.morph_path).folders, prepare.neurondb_path)


def neurondb_of_repaired(prepare: Prepare) -> Path:
    """The repaired exemplars' neuronDB: the release's, where both are in the same place; raises if
    it is missing."""
    if prepare.rep_morph_path == prepare.morph_path:
        return neurondb_of_release(prepare)
    return find_neurondb(MorphologyRelease(prepare.rep_morph_path).folders)


def circuit_key(prepare: Prepare) -> str | None:
    """The key of the circuit that replaces recipe and neuronDB; None where a recipe is given."""
    return next((key for key in FORMATS if getattr(prepare, key)), None)


def combination_sources(prepare: Prepare) -> Iterator[tuple[str, Path]]:
    """The input files that the combinations come from, each with a label. Files that have been
    removed since are left out."""
    circuits = ((form.label, getattr(prepare, key)) for key, form in FORMATS.items())
    node_types = ("SONATA node types", prepare.sonata_node_types_path)
    for label, path in (
        ("recipe", prepare.recipe_path),
        *circuits,
        node_types,
        *_neurondbs(prepare),
    ):
        if path and path.is_file():
            yield label, path


def _neurondbs(prepare: Prepare) -> Iterator[tuple[str, Path]]:
    """The release's, if there is a recipe; the repaired exemplars', if it is another file."""
    released = None
    try:
        if prepare.recipe_path:
            released = neurondb_of_release(prepare)
            yield "neuronDB", released
        if not prepare.skip_repaired_exemplar:
            repaired = neurondb_of_repaired(prepare)
            if repaired != released:
                yield "repaired neuronDB", repaired
    except MegateError:  # removed since
        return
