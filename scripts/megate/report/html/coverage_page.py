"""The page about coverage: the types, those without a released combination first."""

import pandas as pd

from megate.release.coverage import headline, reason, uncovered
from megate.report.html.page import MAX_ROWS, Column, Page, Section, Table, cut_table
from megate.report.results import Results

_TYPE = (
    Column("layer", key="layer"),
    Column("m-type", key="fullmtype"),
    Column("e-type", key="etype"),
)
_COUNTS = (
    Column("morphologies", "number", key="morphologies"),
    Column("combinations", "number", key="combinations"),
)
_CELLS = Column("cells", "number", about="number of the circuit's cells", key="cells")
_REST = "coverage.tsv lists all."


def coverage_page(results: Results) -> Page:
    """Types without a released combination, with the reason; then the others."""
    table = results.coverage
    holes = uncovered(table)
    lead = f"Nothing is released for {headline(table)}."
    if holes.empty:
        lead = f"All {len(table):,} types have released combinations."
    about = "These are the types of the recipe, or of the circuit's cells."
    sections = [
        Section("Types without a released combination", *_holes(holes)),
        Section("Types with released combinations", *_covered(table.drop(holes.index))),
    ]
    return Page("Coverage", [lead, about], sections)


def _holes(rows: pd.DataFrame) -> tuple[str, Table | None]:
    if rows.empty:
        return "None.", None
    rows = rows.assign(reason=[reason(row) for row in rows.itertuples()])
    columns = [*_named(rows), *_COUNTS, Column("reason", "long", key="reason")]
    return cut_table(rows, MAX_ROWS, columns, "", "the first", _REST)


def _covered(rows: pd.DataFrame) -> tuple[str, Table | None]:
    if rows.empty:
        return "None.", None
    columns = [
        *_named(rows),
        *_COUNTS,
        Column("released", "number", key="released"),
        Column("e-models", "long", key="emodels"),
    ]
    rows = rows.assign(emodels=rows["emodels"].str.replace(",", ", "))
    return cut_table(rows, MAX_ROWS, columns, "", "the first", _REST)


def _named(rows: pd.DataFrame) -> list[Column]:
    """The columns of the type and, of a circuit, of the number of cells."""
    return [*_TYPE] if rows["cells"].isna().all() else [*_TYPE, _CELLS]
