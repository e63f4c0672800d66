"""neuronDB (.xml, .dat): the morphologies of a release, with m-type and layer.

To add a format, write a reader like `_entries_of_xml` and add it to `_READERS`.
"""

from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path

import pandas as pd

from megate.core.errors import MegateError, brief, run_checks
from megate.core.names import check_label, split_mtype
from megate.files.readers import read_text, read_xml

FILE_NAMES = ("neuronDB.xml", "neurondb.dat", "neuronDB.dat")
"""The first that exists is read."""
COLUMNS = ["morph_name", "fullmtype", "mtype", "msubtype", "layer"]


def find_neurondb(folders: Sequence[Path], explicit: Path | None = None) -> Path:
    """The neuronDB of a release: `explicit`, or else the first of `FILE_NAMES` in `folders`.

    Raises:
        MegateError: the file is missing.
    """
    if explicit is not None:
        if not explicit.is_file():
            raise MegateError(f"neuronDB: file not found: {explicit} (neurondb_path)")
        return explicit
    paths = [folder / name for name in FILE_NAMES for folder in folders]
    found = next((path for path in paths if path.is_file()), None)
    if found is None:
        raise MegateError(
            f"neuronDB: file not found: {' or '.join(map(str, paths[: len(folders)]))} (nor "
            f"{FILE_NAMES[1]} there; set neurondb_path if it is elsewhere)"
        )
    return found


def read_neurondb(path: Path) -> pd.DataFrame:
    """Read a neuronDB; its extension tells the format: .xml, or .dat (a line for each morphology:
    name, layer and full m-type, separated by blanks; further columns are ignored).

    Returns:
        One row per morphology, in the file's order, each once: `morph_name`, `fullmtype`
        (``mtype:msubtype``, or ``mtype`` where there is no subtype), `mtype`, `msubtype` (empty
        where there is none), `layer`; all strings.

    Raises:
        MegateError: missing or malformed file, entries without name, m-type or layer, unusable
            names.
    """
    if path.suffix not in _READERS:
        raise MegateError(f"neuronDB: {path}: expected a .xml or .dat file")
    entries = _READERS[path.suffix](path)
    records = run_checks((partial(_record, *entry) for entry in entries), f"neuronDB: {path}")
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
    """As `_entries_of_xml`."""
    for number, line in enumerate(read_text(path, "neuronDB").splitlines(), start=1):
        if line.strip():
            name, layer, fullmtype = [*line.split(), "", ""][:3]
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
