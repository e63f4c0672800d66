"""Tables of morphologies (CSV, TSV), with the column names that the field's programs and portals
use."""

import csv
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from megate.core.errors import MegateError, brief
from megate.files.readers import read_text

COLUMNS: dict[str, Sequence[str]] = {
    "morph_name": (
        *("morph_name", "name", "morphology", "morphology_name", "morph", "neuron_name", "neuron"),
        *("cell", "cell_name", "specimen_name", "specimen__name", "file_name"),
    ),
    "path": ("morph_path", "morphology_path", "path", "file_path", "swc_path"),
    "layer": (
        *("layer", "cortical_layer", "structure__layer", "structure_layer_name"),
        *("subregion", "region", "brain_region"),
    ),
    "fullmtype": (
        *("fullmtype", "mtype", "morphological_type", "morph_type", "cell_type", "neuron_type"),
    ),
    "msubtype": ("msubtype", "subtype"),
    "etype": ("etype", "electrical_type"),
}
"""What a column has -> its names, in the order in which they are looked for. Capitals, blanks and
signs do not count: ``M-type`` is ``mtype``."""

_EXTENSION = re.compile(r"\.(asc|swc|h5)$", re.IGNORECASE)


@dataclass(frozen=True)
class Table:
    """A table of morphologies.

    Attributes:
        header: names of its columns, as they are written
        rows: its known columns, with the names of `COLUMNS`: strings, empty where a value is
            missing; blanks and slashes in types and layers as ``_``. `morph_name` is there always,
            without the extension of a file.
    """

    path: Path
    header: list[str]
    rows: pd.DataFrame

    def lacks(self, what: str, column: str, advice: str = "") -> MegateError:
        """The error for a table without a column of `COLUMNS`."""
        return _lacks(self.path, self.header, what, column, advice)


def read_table(path: Path) -> Table:
    """Read a table with a header line. Columns are separated by tabs, commas, semicolons or blanks.

    Raises:
        MegateError: the file cannot be read, has no column with names, or no row.
    """
    header, rows = _rows(path)
    found = {what: _column(header, names) for what, names in COLUMNS.items()}
    columns = {what: column for what, column in found.items() if column is not None}
    if "morph_name" not in columns and "path" in columns:
        columns["morph_name"] = columns["path"]
    if "morph_name" not in columns:
        raise _lacks(path, header, "names of the morphologies", "morph_name")
    if not rows:
        raise MegateError(f"{path}: no morphology in it, only the line of column names")
    table = pd.DataFrame(
        {what: [row[column].strip() for row in rows] for what, column in columns.items()}
    )
    names = table["morph_name"].map(lambda text: _EXTENSION.sub("", Path(text).name))
    labels: dict[str, pd.Series] = {
        what: table[what].str.replace(r"[\s/]+", "_", regex=True)
        for what in ("layer", "fullmtype", "msubtype", "etype")
        if what in columns
    }
    if "layer" in labels:
        labels["layer"] = labels["layer"].str.replace(r"^(\d+)\.0$", r"\1", regex=True)
    if {"fullmtype", "msubtype"} <= labels.keys():
        labels["fullmtype"] = _with_subtypes(labels)
    return Table(path, header, table.assign(morph_name=names, **labels))


def _lacks(
    path: Path, header: Iterable[str], what: str, column: str, advice: str = ""
) -> MegateError:
    return MegateError(
        f"{path}: no column with the {what}; found the columns "
        f"{', '.join(brief(name) for name in header)}, expected one of "
        f"{', '.join(COLUMNS[column])}{advice}"
    )


def _rows(path: Path) -> tuple[list[str], list[list[str]]]:
    """The names of the columns, and the rows, each as long as these."""
    text = read_text(path, "table").strip()
    first = text.partition("\n")[0]
    separator = max("\t,;", key=first.count)
    if separator in first:
        parsed = [row for row in csv.reader(text.splitlines(True), delimiter=separator) if row]
    else:
        parsed = [line.split() for line in text.splitlines()]
    if not parsed:
        raise MegateError(f"{path}: the table is empty")
    header = [name.strip() for name in parsed[0]]
    for number, row in enumerate(parsed[1:], start=2):
        if len(row) != len(header):
            raise MegateError(
                f"{path}: row {number} has {len(row)} values, but the table has {len(header)} "
                "columns"
            )
    return header, parsed[1:]


def _column(header: Sequence[str], names: Iterable[str]) -> int | None:
    """The number of the first column that has one of these names."""
    known = {_plain(name): number for number, name in reversed(list(enumerate(header)))}
    return next((known[_plain(name)] for name in names if _plain(name) in known), None)


def _plain(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())


def _with_subtypes(labels: dict[str, pd.Series]) -> pd.Series:
    """Full m-types, from m-types and subtypes. Where the m-type has its subtype, it is kept."""
    mtypes, subtypes = labels["fullmtype"], labels["msubtype"]
    has = (subtypes != "") & ~mtypes.str.contains(":")
    return mtypes.where(~has, mtypes + ":" + subtypes)
