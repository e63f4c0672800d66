"""Columns of tables: each is defined once, with a sentence that the documentation shows."""

import pyarrow as pa


def field_about(name: str, kind: pa.DataType, about: str, nullable: bool = True) -> pa.Field:
    """A column of a table's schema.

    Args:
        name: the column's name
        kind: its type
        about: what it holds, with the unit
        nullable: whether it may be null
    """
    return pa.field(name, kind, nullable, {"about": about})
