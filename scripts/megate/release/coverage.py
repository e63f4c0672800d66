"""Coverage: which types of the recipe, or of the circuit's cells, have released combinations.

Circuit builders stop, or leave cells out, if a type has none.
"""

from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa

from megate.core.errors import MegateError, listing
from megate.core.tables import field_about
from megate.files.atomic import written_whole
from megate.project.combinations import TYPES, types_of

_TEXT, _COUNT = pa.string(), pa.int64()
_TYPE = ["layer", "fullmtype", "etype"]

SCHEMA = pa.schema(
    [
        *TYPES,
        field_about("combinations", _COUNT, "number of combinations of this type", False),
        field_about("released", _COUNT, "number of them that are released", False),
        field_about(
            "emodels", _TEXT, "e-models of the released combinations, separated by commas", False
        ),
    ]
)
"""coverage.tsv: one row per type; types without a released combination first."""


def coverage(combos: pd.DataFrame, types: pd.DataFrame | None = None) -> pd.DataFrame:
    """Count the combinations of each type.

    Args:
        combos: the table of `megate.gating.outcome.Decisions`
        types: those that should be covered (`combinations.TYPES`); None: those of `combos`

    Returns:
        A table with the columns of `SCHEMA`.
    """
    types = types_of(combos) if types is None else types
    released = combos[combos["passed"]]
    emodels = released.groupby(_TYPE)["emodel"].agg(lambda names: ",".join(sorted(set(names))))
    columns = {
        "combinations": combos.groupby(_TYPE).size(),
        "released": released.groupby(_TYPE).size(),
        "emodels": emodels.astype(object),
    }
    table = types.astype({"cells": "Int64"}).join(pd.DataFrame(columns), on=_TYPE)
    table = table.fillna({"combinations": 0, "released": 0, "emodels": ""})
    table = table.astype({"combinations": int, "released": int})
    order = (table["released"] > 0).argsort(kind="stable")
    return table.iloc[order].reset_index(drop=True)


def write_coverage(path: Path, table: pd.DataFrame) -> None:
    """Write coverage.tsv, whole or not at all."""
    with written_whole(path) as partial:
        table.to_csv(partial, sep="\t", index=False)


def read_coverage(path: Path) -> pd.DataFrame:
    """Read coverage.tsv."""
    texts = dict.fromkeys([*_TYPE, "emodels"], str)
    table = pd.read_csv(
        path,
        sep="\t",
        dtype=texts | {"cells": "Int64"},
        na_values={"cells": ""},
        keep_default_na=False,
    )
    return table[SCHEMA.names]


def uncovered(table: pd.DataFrame) -> pd.DataFrame:
    """The rows of types without a released combination."""
    return table[table["released"] == 0]


def headline(table: pd.DataFrame) -> str:
    """How many types, and how many of a circuit's cells, have no released combination."""
    holes = uncovered(table)
    cells = table["cells"].sum()
    of_cells = f" ({holes['cells'].sum():,} of {cells:,} cells)" if cells else ""
    return f"{len(holes):,} of {len(table):,} types{of_cells}"


def check_coverage(path: Path) -> None:
    """Raise if a type in coverage.tsv has no released combination.

    Raises:
        MegateError: listing these types, and why there is none.
    """
    table = read_coverage(path)
    holes = uncovered(table)
    if holes.empty:
        return
    problems = [
        f"layer {row.layer!r}, m-type {row.fullmtype!r}, e-type {row.etype!r}: {reason(row)}"
        for row in holes.itertuples()
    ]
    raise MegateError(
        f"select.require_coverage: no combination is released for {headline(table)}. The release "
        f"and the report are written; see {path}:{listing(problems, limit=None)}"
    )


def reason(row: Any) -> str:
    """Why a type has no released combination; `row` is a row of the table, as a named tuple."""
    if not row.morphologies:
        return "no morphology"
    if not row.combinations:
        return "no combination (morph_name in the e-type map excludes its morphologies)"
    return f"none of {row.combinations:,} combinations is released"
