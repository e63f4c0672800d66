"""The morphologies of a new project: their files, layers and m-types."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from megate.core.errors import MegateError, listing
from megate.core.names import label_problem
from megate.core.wording import first_few
from megate.inputs.circuit import read_circuit
from megate.inputs.neurondb import FILE_NAMES, find_neurondb, read_neurondb
from megate.morphologies.release import EXTENSIONS, MorphologyRelease
from megate.project_setup.tables import COLUMNS, read_table

_TABLES = (".csv", ".tsv")
_FOLDERS = {"asc": ("asc", "ascii"), "swc": ("swc",), "h5": ("h5", "h5v1")}
"""Extension -> names of the folder for it, in releases with one folder for each."""
_LAYER = re.compile(r"L(\d)_")
_LABELS = {
    "morph_name": "morphology name",
    "layer": "layer",
    "fullmtype": "m-type",
    "etype": "e-type",
}


@dataclass(frozen=True)
class FoundMorphologies:
    """The morphologies in a folder.

    Attributes:
        place: the folder, or a folder for each extension
        table: `morph_name`, `layer`, `fullmtype` and `etype` (empty if it is not known), a row for
            each type of a morphology
        source: where the types come from, for the user
        neurondb: the neuronDB in the folder, if the types are its
        assumed: what was assumed, one line each
    """

    place: Path | dict[str, Path]
    table: pd.DataFrame
    source: str
    neurondb: Path | None = None
    assumed: list[str] = field(default_factory=list)

    @property
    def release(self) -> MorphologyRelease:
        """The files, by name."""
        return MorphologyRelease(self.place)


def find_morphologies(
    folder: Path, types: Path | None, layer: str | None, mtype: str | None
) -> FoundMorphologies:
    """Find the morphologies of a folder with their layers and m-types.

    Types come from the file `types`; without it, from `layer` and `mtype`, the same for all;
    without these, from the folder's neuronDB, else its table (.csv, .tsv), else its SONATA nodes
    file.

    Args:
        types: a table, a neuronDB (.xml, .dat) or a SONATA nodes file (.h5)
        layer: layer of all morphologies; with a table, of those without one

    Raises:
        MegateError: there are no morphologies, or no types; morphologies have no file; a name
            cannot be used.
    """
    place, files = _place(folder)
    if mtype is not None and layer is not None:
        rows = {"morph_name": sorted(files), "layer": layer, "fullmtype": mtype}
        table = pd.DataFrame(rows)
        _check_labels(table, "--morphologies")
        return FoundMorphologies(
            place, table.assign(etype=""), f"layer {layer} and m-type {mtype} for all"
        )
    path = types or _types_in(folder, place)
    read, assumed = _read(path, layer)
    _check_labels(read, str(path))
    table = _with_files(read, files, path)
    if unlisted := sorted(files - set(table["morph_name"])):
        assumed.append(f"morphologies without types in {path} are left out: {first_few(unlisted)}")
    columns = ["morph_name", "layer", "fullmtype", "etype"]
    table = table.reindex(columns=columns).fillna("").drop_duplicates(ignore_index=True)
    own = path.suffix in (".xml", ".dat") and path.parent in [folder, *_folders(place)]
    own = own and table["morph_name"].equals(read["morph_name"])
    return FoundMorphologies(place, table, str(path), path if own else None, assumed)


def _place(folder: Path) -> tuple[Path | dict[str, Path], set[str]]:
    """Where the files are, and the names of the morphologies."""
    if not folder.is_dir():
        raise MegateError(f"--morphologies: folder not found: {folder}")
    if names := _names(folder):
        return folder, names
    folders = {
        extension: folder / name
        for extension, known in _FOLDERS.items()
        for name in known
        if (folder / name).is_dir() and _names(folder / name, [extension])
    }
    if folders:
        by_extension = [_names(path, [extension]) for extension, path in folders.items()]
        return folders, set().union(*by_extension)
    expected = ", ".join(f".{extension}" for extension in EXTENSIONS)
    raise MegateError(
        f"--morphologies: no morphology ({expected}) in {folder}, nor in its folders asc, swc, h5"
    )


def _names(folder: Path, extensions: Iterable[str] = EXTENSIONS) -> set[str]:
    """Names of the morphologies in a folder. SONATA nodes are not morphologies."""
    endings = {f".{extension}" for extension in extensions}
    paths = [path for path in folder.iterdir() if path.suffix.lower() in endings]
    return {path.stem for path in paths if path.is_file() and not _is_nodes(path)}


def _is_nodes(path: Path) -> bool:
    """Whether a file has SONATA nodes, by its name: nodes.h5, cortex_nodes.h5."""
    return path.suffix.lower() == ".h5" and "nodes" in path.stem.lower()


def _types_in(folder: Path, place: Path | dict[str, Path]) -> Path:
    """The file in the folder that has layers and m-types."""
    folders = list(dict.fromkeys([folder, *_folders(place)]))
    known = {name.lower() for name in FILE_NAMES}
    files = sorted(path for each in folders for path in each.iterdir() if path.is_file())
    if any(path.name.lower() in known for path in files):
        return find_neurondb(folders)
    for found in (
        [path for path in files if path.suffix.lower() in _TABLES],
        [path for path in files if _is_nodes(path)],
    ):
        if len(found) > 1:
            raise MegateError(
                "--morphologies: several files may have the layers and m-types; give one with "
                f"--types:{listing([str(path) for path in found])}"
            )
        if found:
            return found[0]
    raise MegateError(
        f"--morphologies: nothing in {folder} has layers and m-types: no neuronDB "
        f"({', '.join(FILE_NAMES)}), no table (.csv, .tsv), no SONATA nodes (nodes.h5); give a "
        "file with --types, or --layer and --mtype for all"
    )


def _folders(place: Path | dict[str, Path]) -> list[Path]:
    return MorphologyRelease(place).folders


def _read(path: Path, layer: str | None) -> tuple[pd.DataFrame, list[str]]:
    """The types in a file, with the columns of `tables.COLUMNS`, and what was assumed."""
    if path.suffix in (".xml", ".dat"):
        return read_neurondb(path, warn=bool), []
    if path.suffix.lower() == ".h5":
        return read_circuit("sonata_nodes_path", path.absolute(), None, None), []
    table = read_table(path)
    if "fullmtype" not in table.rows:
        raise table.lacks("m-types", "fullmtype", " (or give --layer and --mtype for all)")
    return _with_layers(table.rows, path, layer)


def _with_layers(
    table: pd.DataFrame, path: Path, layer: str | None
) -> tuple[pd.DataFrame, list[str]]:
    """The table with a layer in each row: its own, else `layer`, else that of the m-type
    (``L5_TPC:A``); and what was assumed."""
    own = table["layer"] if "layer" in table else pd.Series("", index=table.index)
    of_mtype = table["fullmtype"].str.extract(_LAYER, expand=False).fillna("")
    filled = own.where(own != "", of_mtype if layer is None else layer)
    without = sorted(set(table["fullmtype"][filled == ""]))
    if without:
        raise MegateError(
            f"{path}: no layer for the m-types {', '.join(without)}; add a column "
            f"({', '.join(COLUMNS['layer'])}), or give --layer"
        )
    guessed = sorted(set(table["fullmtype"][own == ""])) if layer is None else []
    assumed = [f"layers are the numbers in the m-types: {first_few(guessed)}"] if guessed else []
    return table.assign(layer=filled), assumed


def _with_files(table: pd.DataFrame, files: set[str], path: Path) -> pd.DataFrame:
    """The table with the names that the files have. NeuroMorpho.Org adds ``.CNG`` to them.

    Raises:
        MegateError: listing the morphologies without a file.
    """
    stems = table["path"].map(lambda text: Path(text).stem) if "path" in table else table.morph_name
    names = [
        next((each for each in (name, f"{name}.CNG", stem) if each in files), None)
        for name, stem in zip(table["morph_name"], stems, strict=True)
    ]
    without = [name for name, file in zip(table["morph_name"], names, strict=True) if file is None]
    if without:
        raise MegateError(
            f"{path}: morphologies without a file (.asc, .swc, .h5) in --morphologies; add the "
            f"files, or remove the entries:{listing(list(dict.fromkeys(without)))}"
        )
    return table.assign(morph_name=names)


def _check_labels(table: pd.DataFrame, where: str) -> None:
    """Raise a MegateError for names that cannot be used, listing all, each with a morphology."""
    problems = [
        f"{row.morph_name}: {problem}"
        for column, what in _LABELS.items()
        if column in table
        for row in table.drop_duplicates(column).itertuples()
        if (name := getattr(row, column)) or column != "etype"
        if (problem := label_problem(name, what))
    ]
    if problems:
        raise MegateError(f"{where}:{listing(problems)}")
