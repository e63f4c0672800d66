"""Circuit recipe: which e-types occur in which m-types and layers.

To add a format, write a module with a reader (path -> records: layer, full m-type, e-type) and add
it to `READERS`.
"""

from collections.abc import Callable, Iterable
from pathlib import Path

import pandas as pd

from megate.core.errors import MegateError, listing
from megate.core.names import label_problem
from megate.inputs.recipe_xml import records_of_xml
from megate.inputs.recipe_yaml import records_of_yaml

COLUMNS = {"layer": "layer", "fullmtype": "m-type", "etype": "e-type"}
"""Columns of a recipe's table, and their names in messages."""

READERS: dict[str, Callable[[Path], Iterable[tuple[str, str, str]]]] = {
    ".yaml": records_of_yaml,
    ".yml": records_of_yaml,
    ".xml": records_of_xml,
}
"""Reader of each file extension."""


def read_recipe(path: Path) -> pd.DataFrame:
    """Read a recipe; its extension tells the format.

    Returns:
        One row per distinct (layer, fullmtype, etype), all strings, in the file's order.

    Raises:
        MegateError: unknown extension, malformed file, missing or unusable entry.
    """
    if path.suffix not in READERS:
        *others, last = READERS
        raise MegateError(f"recipe: {path}: expected a {', '.join(others)} or {last} file")
    records = list(READERS[path.suffix](path))
    if not records:
        raise MegateError(f"recipe: {path} names no layer with an m-type and an e-type")
    table = pd.DataFrame(records, columns=list(COLUMNS)).drop_duplicates(ignore_index=True)
    problems = [
        problem
        for column, what in COLUMNS.items()
        for name in table[column].unique()
        if (problem := label_problem(name, what))
    ]
    if problems:
        raise MegateError(f"recipe: {path}:{listing(problems)}")
    return table
