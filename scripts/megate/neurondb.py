"""Morphology release: which morphologies there are, with m-type and layer (neuronDB.xml)."""

from pathlib import Path
from typing import Any

import pandas as pd

from megate.errors import MegateError, listing
from megate.files import read_xml
from megate.names import check_label

FILE_NAME = "neuronDB.xml"
COLUMNS = ["morph_name", "fullmtype", "mtype", "msubtype", "layer"]


def read_neurondb(directory: Path) -> pd.DataFrame:
    """Read ``neuronDB.xml`` of a morphology directory.

    Returns:
        One row per ``<morphology>``, in the file's order, each once: `morph_name`, `fullmtype`
        (``mtype:msubtype``, or ``mtype`` where there is no subtype), `mtype`, `msubtype` (empty
        where there is none), `layer`; all strings.

    Raises:
        MegateError: missing or malformed file, entries without name, m-type or layer, unusable
            names.
    """
    path = directory / FILE_NAME
    root = read_xml(path, "neuronDB")
    records, problems = [], []
    for element in root.iterfind(".//morphology"):
        try:
            records.append(_record(element, path))
        except MegateError as error:
            problems.append(str(error))
    if problems:
        raise MegateError(f"neuronDB: {path}:{listing(problems)}")
    if not records:
        raise MegateError(f"neuronDB: {path}: no <morphology> in it")
    return pd.DataFrame(records, columns=COLUMNS).drop_duplicates(ignore_index=True)


def _record(element: Any, path: Path) -> tuple[str, str, str, str, str]:
    where = f"line {element.sourceline}"
    text = {
        tag: (element.findtext(tag) or "").strip() for tag in ("name", "mtype", "msubtype", "layer")
    }
    missing = [f"<{tag}>" for tag in ("name", "mtype", "layer") if not text[tag]]
    if missing:
        raise MegateError(f"{where}: morphology {text['name']!r} has no {', '.join(missing)}")
    check_label(text["name"], "morphology name", where)
    check_label(text["mtype"], "m-type", where)
    check_label(text["layer"], "layer", where)
    fullmtype = text["mtype"]
    if text["msubtype"]:
        check_label(text["msubtype"], "m-subtype", where)
        fullmtype = f"{text['mtype']}:{text['msubtype']}"
    return text["name"], fullmtype, text["mtype"], text["msubtype"], text["layer"]
