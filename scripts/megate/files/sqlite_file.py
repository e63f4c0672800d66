"""Read an SQLite file and convert its values; errors name table, row and column."""

import json
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from megate.core.errors import MegateError, brief, listing
from megate.core.names import check_label

Convert = Callable[[Any, str], Any]
"""Converts a value. Its second argument is the value's place, for messages."""

_FLAGS = {0: False, 1: True, "0": False, "1": True, b"\0": False, b"\1": True}


def quoted(name: str) -> str:
    """`name` as a quoted SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


@dataclass(frozen=True)
class SqliteFile:
    """An open SQLite file; `what` is its role, for messages."""

    what: str
    path: Path
    connection: sqlite3.Connection

    def place(self, table: str, row: int | None = None, column: str | None = None) -> str:
        """A table, row (from 0) or value in the file, for messages."""
        place = f"{self.what}: {self.path}: table {table}"
        place += "" if row is None else f", row {row}"
        return place + ("" if column is None else f", column {column!r}")

    def refuse(self, problems: Iterable[str]) -> None:
        """Raise one error for all `problems`, messages that start with a `place`, if any.

        Raises:
            MegateError: listing them.
        """
        file = f"{self.what}: {self.path}:"
        if own := [problem.removeprefix(file).strip() for problem in problems]:
            raise MegateError(file + (f" {own[0]}" if len(own) == 1 else listing(own)))

    def columns(self, table: str) -> list[str]:
        """Names of the table's columns; empty if there is no such table."""
        return [row[1] for row in self.connection.execute(f"PRAGMA table_info({quoted(table)})")]

    def count(self, table: str) -> int:
        """The table's number of rows."""
        return self.connection.execute(f"SELECT count(*) FROM {quoted(table)}").fetchone()[0]

    def select(self, table: str, columns: Sequence[str]) -> Iterator[tuple]:
        """The rows, in the order in which they were inserted."""
        return self.connection.execute(
            f"SELECT {', '.join(map(quoted, columns))} FROM {quoted(table)} ORDER BY rowid"
        )


@contextmanager
def reading(path: Path, what: str) -> Iterator[SqliteFile]:
    """Open the SQLite file `path` for reading.

    Raises:
        MegateError: the file does not exist, or SQLite raises an error, now or while it is used.
    """
    if not path.is_file():
        raise MegateError(f"{what}: file not found: {path}")
    try:
        uri = f"{path.absolute().as_uri()}?mode=ro"
        with closing(sqlite3.connect(uri, uri=True)) as connection:
            yield SqliteFile(what, path, connection)
    except sqlite3.Error as error:
        raise MegateError(
            f"{what}: SQLite cannot read {path}: {error}; expected an SQLite file"
        ) from error


def text_of(value: Any, place: str) -> str:
    """A string. Whole numbers are converted: pandas may have written strings as numbers."""
    if isinstance(value, str):
        return value
    if isinstance(value, int) or (isinstance(value, float) and value.is_integer()):
        return str(int(value))
    raise MegateError(f"{place}: found {brief(value)}, expected a string")


def flag_of(value: Any, place: str) -> bool:
    """True or False from 0 or 1, also as text or byte."""
    if value not in _FLAGS:
        raise MegateError(f"{place}: found {brief(value)}, expected 0 or 1")
    return _FLAGS[value]


def label_of(what: str) -> Convert:
    """A conversion to a safe name (`names.check_label`)."""
    return lambda value, place: check_label(text_of(value, place), what, place)


def json_object_of(value: Any, place: str) -> dict[str, Any] | None:
    """A JSON object; None for null in SQL or JSON."""
    try:
        content = None if value is None else json.loads(value)
    except (TypeError, ValueError, RecursionError) as error:
        content, reason = value, f": {error}"
    else:
        reason = ""
    if content is not None and not isinstance(content, dict):
        raise MegateError(f"{place}: found {brief(value)}, expected a JSON object or null{reason}")
    return content


def check_numbers(
    values: Mapping[str, Any], place: str, expected: str = "a number or null"
) -> None:
    """Refuse values of a JSON object that are no numbers in the range of a float, and null unless
    it is `expected`."""
    for name, value in values.items():
        is_number = isinstance(value, float) or (type(value) is int and abs(value) < 2**1000)
        if not is_number and not (value is None and "null" in expected):
            raise MegateError(f"{place}: {name!r} is {value!r}, expected {expected}")
