"""Input files: which ones the combinations come from."""

from collections.abc import Iterator, Mapping
from pathlib import Path

from megate.config.config import Prepare
from megate.core.errors import MegateError
from megate.inputs.neurondb import find_neurondb
from megate.morphologies.release import MorphologyRelease


def folders(morph_path: Path | Mapping[str, Path]) -> list[Path]:
    """The folders of a morphology release: one, or one for each extension."""
    return MorphologyRelease(morph_path).folders


def neurondb_of_release(prepare: Prepare) -> Path:
    """The release's neuronDB.

    Raises:
        MegateError: it is not there.
    """
    return find_neurondb(folders(prepare.morph_path), prepare.neurondb_path)


def neurondb_of_repaired(prepare: Prepare) -> Path:
    """The repaired exemplars' neuronDB: the release's, where they lie in the same place.

    Raises:
        MegateError: it is not there.
    """
    if prepare.rep_morph_path == prepare.morph_path:
        return neurondb_of_release(prepare)
    return find_neurondb(folders(prepare.rep_morph_path))


def combination_sources(prepare: Prepare) -> Iterator[tuple[str, Path]]:
    """The files that say which combinations there are: what each is, and where. Files that are
    gone since are left out."""
    for label, path in (
        ("recipe", prepare.recipe_path),
        ("circuit.mvd3", prepare.circuitmvd3_path),
        ("SONATA nodes", prepare.sonata_nodes_path),
        *_neurondbs(prepare),
    ):
        if path and path.is_file():
            yield label, path


def _neurondbs(prepare: Prepare) -> Iterator[tuple[str, Path]]:
    """That of the release with a recipe, that of the repaired exemplars where it is another."""
    released = None
    try:
        if prepare.recipe_path:
            released = neurondb_of_release(prepare)
            yield "neuronDB", released
        if not prepare.skip_repaired_exemplar:
            repaired = neurondb_of_repaired(prepare)
            if repaired != released:
                yield "repaired neuronDB", repaired
    except MegateError:  # gone since
        return
