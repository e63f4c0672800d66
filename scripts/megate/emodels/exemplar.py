"""Find an e-model's exemplar: the morphology that it was optimised on."""

from dataclasses import dataclass
from pathlib import Path

from megate.core.errors import MegateError, brief
from megate.core.names import check_label
from megate.inputs.etype_map import MapEntry
from megate.inputs.final_json import FinalEmodel
from megate.morphologies.release import MorphologyDirectory, MorphologyRelease, neurons_problem


@dataclass(frozen=True)
class Exemplar:
    """The morphology that an e-model was optimised on, and its two files. `repaired` is None with
    skip_repaired_exemplar."""

    morph_name: str
    unrepaired: Path
    repaired: Path | None


def find_exemplar(
    entry: MapEntry,
    final: FinalEmodel,
    package: Path,
    rep_morphs: MorphologyRelease,
    unrep_morphs: MorphologyDirectory | None,
    skip_repaired: bool,
) -> Exemplar:
    """Find the files of an e-model's exemplar.

    The unrepaired file is in `unrep_morphs`, or without it inside of the e-model's `package` at
    final.json's ``morph_path``. The repaired file has the same name and is in `rep_morphs`, in the
    folder for its extension.

    Raises:
        MegateError: a file is missing or cannot be used.
    """
    morph_path = final.morph_path
    where = f"e-model {entry.original_emodel}: final.json's morph_path {brief(str(morph_path))}"
    check_label(morph_path.stem, "morphology name", where)
    if unrep_morphs is None and (morph_path.is_absolute() or ".." in morph_path.parts):
        raise MegateError(f"{where} leaves the e-model's directory; set unrep_morph_path")
    unrepaired = unrep_morphs.path / morph_path.name if unrep_morphs else package / morph_path
    try:
        repaired = None if skip_repaired else rep_morphs.place_of(morph_path.name)
    except MegateError as error:
        raise MegateError(f"{where}: rep_morph_path: {error}") from error
    for kind, path in (("unrepaired", unrepaired), ("repaired", repaired)):
        if path is None:
            continue
        if not path.is_file():
            raise MegateError(
                f"e-model {entry.original_emodel}: {kind} exemplar not found: {path} "
                "(file name from final.json's morph_path, or from BluePyEModel's recipes.json)"
            )
        if problem := neurons_problem(path):
            raise MegateError(f"{where}: {path}: {problem}")
    return Exemplar(morph_path.stem, unrepaired, repaired)
