"""Columns of tables: each is defined once, with a sentence that the documentation shows. Tables as
text."""

from collections.abc import Iterator, Sequence

import pyarrow as pa


def field_about(name: str, kind: pa.DataType, about: str, nullable: bool = True) -> pa.Field:
    """A column of a table's schema; `about` says what it holds, with the unit."""
    return pa.field(name, kind, nullable, {"about": about})


def aligned(rows: Sequence[Sequence[str]], left: int = 0, last_left: bool = False) -> Iterator[str]:
    """Rows of texts as lines with aligned columns: the first `left` columns, and the last one with
    `last_left`, at their left, the others at their right."""
    columns = list(zip(*rows, strict=True))
    widths = [max(map(len, column)) for column in columns]
    last = len(columns) - 1 if last_left else len(columns)
    for row in rows:
        cells = [
            text.ljust(width) if number < left or number == last else text.rjust(width)
            for number, (text, width) in enumerate(zip(row, widths, strict=True))
        ]
        yield "  ".join(cells).rstrip()
