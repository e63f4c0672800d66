"""neuronDB (.xml, .dat): the morphologies of a release, with m-type and layer.

To add a format, write a reader like `_entries_of_xml` and add it to `_READERS`.
"""

import logging
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path

import pandas as pd

from megate.core.errors import MegateError, brief, run_checks
from megate.core.names import check_label, split_mtype
from megate.files.readers import read_text, read_xml

logger = logging.getLogger(__name__)

FILE_NAMES = ("neuronDB.xml", "neurondb.dat", "neuronDB.dat")
"""The first that exists is read; else a file whose name differs only in case (neurondb.xml)."""
COLUMNS = ["morph_name", "fullmtype", "mtype", "msubtype", "layer"]


def find_neurondb(folders: Sequence[Path], explicit: Path | None = None) -> Path:
    """The neuronDB of a release: `explicit`, or else the first of `FILE_NAMES` in `folders`, or
    else the only file of such a name in other case in the first folder that has one.

    Raises:
        MegateError: the file is missing, or there are several of other case.
    """
    if explicit is not None:
        if not explicit.is_file():
            raise MegateError(f"neuronDB: file not found: {explicit} (neurondb_path)")
        return explicit
    paths = [folder / name for name in FILE_NAMES for folder in folders]
    found = next((path for path in paths if path.is_file()), None)
    if found is not None:
        return found
    names = {name.lower() for name in FILE_NAMES}
    for folder in folders:
        similar = sorted(path for path in folder.glob("*.*") if path.name.lower() in names)
        if len(similar) > 1:
            raise MegateError(
                f"neuronDB: several files: {', '.join(map(str, similar))}; set neurondb_path to "
                "the one to use, or keep only one"
            )
        if similar:
            return similar[0]
    raise MegateError(
        f"neuronDB: file not found: {' or '.join(map(str, paths[: len(folders)]))} (nor "
        f"{FILE_NAMES[1]} there; set neurondb_path if it is elsewhere)"
    )


def read_neurondb(path: Path, warn: Callable[[str], object] = logger.warning) -> pd.DataFrame:
    """Read a neuronDB; its extension tells the format: .xml, or .dat (a line for each morphology:
    name, layer and full m-type, separated by blanks; further columns, and lines
    that start with #, are ignored). `warn` is called with the number of empty ``<morphology/>``
    elements, which are skipped.

    Returns:
        One row per morphology, in the file's order, each once: `morph_name`, `fullmtype`
        (``mtype:msubtype``, or ``mtype`` where there is no subtype), `mtype`, `msubtype` (empty
        where there is none), `layer`; all strings.

    Raises:
        MegateError: missing or malformed file, entries without name, m-type or layer, a header
            line, unusable names.
    """
    if path.suffix not in _READERS:
        raise MegateError(f"neuronDB: {path}: expected a .xml or .dat file")
    entries = [*_READERS[path.suffix](path)]
    filled = [entry for entry in entries if any(entry[1:])]
    if empty := len(entries) - len(filled):
        warn(f"neuronDB: {path}: {empty} empty <morphology> elements are skipped")
    records = run_checks((partial(_record, *entry) for entry in filled), f"neuronDB: {path}")
    if not records:
        raise MegateError(f"neuronDB: {path}: no morphology in it")
    return pd.DataFrame(records, columns=COLUMNS).drop_duplicates(ignore_index=True)


def _entries_of_xml(path: Path) -> Iterator[tuple[str, ...]]:
    """Line, name, m-type, subtype and layer of each morphology; empty where missing."""
    for element in read_xml(path, "neuronDB").iterfind(".//morphology"):
        tags = ("name", "mtype", "msubtype", "layer")
        texts = [(element.findtext(tag) or "").strip() for tag in tags]
        yield f"line {element.sourceline}", *texts


def _entries_of_dat(path: Path) -> Iterator[tuple[str, ...]]:
    """As `_entries_of_xml`.

    Raises:
        MegateError: the first line is a header.
    """
    first = True
    for number, line in enumerate(read_text(path, "neuronDB").splitlines(), start=1):
        words = line.split()
        if not words or words[0].startswith("#"):
            continue
        if first and "layer" in map(str.lower, words[:3]):
            raise MegateError(
                f"neuronDB: {path}: line {number}: {brief(line.strip())} is a header; remove it or "
                "start it with # (the columns are name, layer and m-type)"
            )
        first = False
        name, layer, fullmtype = [*words, "", ""][:3]
        yield f"line {number}", name, *split_mtype(fullmtype), layer


_READERS = {".xml": _entries_of_xml, ".dat": _entries_of_dat}


def _record(
    where: str, name: str, mtype: str, msubtype: str, layer: str
) -> tuple[str, str, str, str, str]:
    """The entry as a row of `COLUMNS`."""
    needed = {"name": name, "m-type": mtype, "layer": layer}
    missing = [what for what, text in needed.items() if not text]
    if missing:
        raise MegateError(f"{where}: morphology {brief(name)} has no {', '.join(missing)}")
    check_label(name, "morphology name", where)
    check_label(mtype, "m-type", where)
    check_label(layer, "layer", where)
    if not msubtype:
        return name, mtype, mtype, msubtype, layer
    check_label(msubtype, "m-subtype", where)
    return name, f"{mtype}:{msubtype}", mtype, msubtype, layer
