"""Columns of tables: each is defined once, with a sentence that the documentation shows."""

import pyarrow as pa


def field_about(name: str, kind: pa.DataType, about: str, nullable: bool = True) -> pa.Field:
    """A column of a table's schema; `about` says what it holds, with the unit."""
    return pa.field(name, kind, nullable, {"about": about})
