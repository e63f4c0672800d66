"""E-models whose parameters are in a final.json, as packages for BluePyMM have them."""

from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from megate.core.errors import MegateError, brief
from megate.emodels.prepare import package_files
from megate.files.readers import LARGE_MB, read_json_object
from megate.inputs.etype_map import ANYTHING, MapEntry, read_etype_map
from megate.inputs.final_json import FinalEmodel, read_final_json
from megate.project_setup.formats.found import FoundEmodel

_FINAL = "final.json"
_INSIDE = f"config/params/{_FINAL}"
_MAP = "emodel_etype_map.json"


def emodels_of_package(folder: Path) -> list[FoundEmodel]:
    """The e-models of a package, from the final.json in its folder or beside it. If there is an
    e-type map beside final.json, names, e-types and m-types come from there.

    Raises:
        MegateError: there is no final.json, or it has no e-model of this folder; a file is
            malformed.
    """
    places = [folder / _FINAL, folder.parent / _FINAL, folder / _INSIDE]
    path = next((place for place in places if place.is_file()), None)
    if path is None:
        raise MegateError(
            f"{folder}: no {_FINAL} with the e-model's parameters; expected one in the folder, "
            f"beside the folder, or in it at {_INSIDE}"
        )
    finals = read_final_json(path, read_json_object(path, _FINAL, LARGE_MB))
    own = {name: final for name, final in finals.items() if _is_of(final, path, folder)}
    if not own:
        raise MegateError(
            f"{path} has no e-model of {folder}: expected an entry with 'main_path': "
            f"{brief(folder.name)}, found {', '.join(map(brief, finals)) or 'no entry'}"
        )
    beside = path.with_name(_MAP)
    entries = read_etype_map(beside) if beside.is_file() else []
    known = {entry.original_emodel: entry for entry in entries}
    files = package_files(folder, but=[path, beside])
    relative = [file.relative_to(folder) for file in files]
    return [_found(name, final, folder, relative, known.get(name)) for name, final in own.items()]


def _is_of(final: FinalEmodel, path: Path, folder: Path) -> bool:
    """Whether an entry's package is the folder. A final.json deep in a package is the package's."""
    return path.parent.is_relative_to(folder / "config") or (
        (path.parent / final.main_path).resolve() == folder.resolve()
    )


def _found(
    name: str, final: FinalEmodel, folder: Path, files: list[Path], entry: MapEntry | None
) -> FoundEmodel:
    given = final.morph_path
    outside = given.is_absolute() or ".." in given.parts
    exemplar = PurePosixPath("morphologies", given.name) if outside else given
    source = folder / given
    copied = {str(exemplar): source} if outside and source.is_file() else {}
    assumed = list(_assumptions(entry))
    return FoundEmodel(
        name=entry.emodel if entry else name,
        folder=folder,
        files=files,
        written={},
        copied=copied,
        exemplar=str(exemplar),
        params=final.params,
        fitness=final.fitness,
        etype=_unless_anything(entry.etype) if entry else None,
        mtype=_unless_anything(entry.mtype) if entry else None,
        assumed=assumed,
    )


def _unless_anything(pattern: str) -> str | None:
    return None if pattern == ANYTHING else pattern


def _assumptions(entry: MapEntry | None) -> Iterator[str]:
    if entry is not None and entry.morph_name != ANYTHING:
        yield f"morph_name {brief(entry.morph_name)} of its {_MAP} is not taken over"
