"""SONATA node types (CSV): attributes that all cells of a type share.

Columns are separated by blanks; strings with blanks are in double quotes.
https://github.com/AllenInstitute/sonata/blob/master/docs/SONATA_DEVELOPER_GUIDE.md
"""

import csv
from pathlib import Path

import pandas as pd

from megate.core.errors import MegateError, brief, listing
from megate.files.readers import read_text

ID = "node_type_id"


def read_node_types(path: Path) -> pd.DataFrame:
    """Read a node types file.

    Returns:
        One row per node type, with its id as index; all columns are strings.

    Raises:
        MegateError: the file cannot be read, has no column node_type_id, or lines with ids that are
            repeated or not whole numbers, or with another number of values than columns.
    """
    lines = csv.reader(
        read_text(path, "node types").splitlines(), delimiter=" ", skipinitialspace=True
    )
    rows = [(number, [*filter(None, row)]) for number, row in enumerate(lines, start=1) if any(row)]
    header = rows[0][1] if rows else []
    if ID not in header:
        raise MegateError(
            f"node types: {path}: the columns are {brief(' '.join(header))}, expected {ID} among "
            "them, separated by blanks"
        )
    types: dict[int, list[str]] = {}
    problems = []
    for number, row in rows[1:]:
        text = row[header.index(ID)] if len(row) == len(header) else None
        if text is None:
            problems.append(f"line {number}: {len(row)} values, expected {len(header)}")
        elif not text.removeprefix("-").isdecimal() or int(text) in types:
            problems.append(
                f"line {number}: {ID} is {brief(text)}, expected a whole number that no other line "
                "has"
            )
        else:
            types[int(text)] = row
    if problems:
        raise MegateError(f"node types: {path}:{listing(problems)}")
    return pd.DataFrame.from_dict(types, orient="index", columns=header).drop(columns=ID)
