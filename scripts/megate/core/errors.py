"""The one exception whose text is meant for the user, and how to word it."""

import difflib
from collections.abc import Callable, Iterable
from reprlib import Repr
from typing import Any

_LONGEST_LINE = 1000


class MegateError(Exception):
    """Something the user can mend. The message names file, key or row, what was found there and
    what was expected; it is shown as it is, without a traceback."""


class _Brief(Repr):
    """Of what an input file has, at most a line."""

    def __init__(self) -> None:
        super().__init__()
        self.maxlevel = 2
        self.maxstring = self.maxother = self.maxlong = 240  # a usable name is shown whole

    def repr_int(self, value: int, level: int) -> str:
        if value.bit_length() > 1000:  # Python writes none of very many digits
            return f"a number of {value.bit_length()} bits"
        return super().repr_int(value, level)


_BRIEF = _Brief()


def brief(value: Any) -> str:
    """`value` from an input file for a message: as Python writes it, so that nothing in it reaches
    a terminal as it is, and cut where it is long."""
    return _BRIEF.repr(value)


def shortened(text: str, limit: int = _LONGEST_LINE) -> str:
    """`text`, without its middle if it has more than `limit` characters."""
    if len(text) <= limit:
        return text
    half = limit // 2
    return f"{text[:half]} ... {text[-half:]}"


def listing(problems: list[str], limit: int | None = 20) -> str:
    """Join `problems` into an indented list of at most `limit` (None: all), each shortened. A
    problem that has a list of its own is indented further."""
    limit = len(problems) if limit is None else limit
    shown = "".join(
        "\n  - " + shortened(problem).replace("\n", "\n  ") for problem in problems[:limit]
    )
    rest = len(problems) - limit
    return shown + (f"\n  ... and {rest} more" if rest > 0 else "")


def make_all(checks: Iterable[Callable[[], Any]]) -> list[Any]:
    """What each of `checks` gives; all are made, also when one fails.

    Raises:
        MegateError: with the messages of those that failed, one below the other.
    """
    given, problems = [], []
    for check in checks:
        try:
            given.append(check())
        except MegateError as error:
            problems.append(str(error))
    if problems:
        raise MegateError("\n".join(problems))
    return given


def unknown_key(key: Any, known: Iterable[str], where: str = "") -> str:
    """That `key` (in the section `where`) is unknown, and which of `known` is most like it."""
    name = key if isinstance(key, str) else brief(key)
    section = f" in {brief(where)}" if where else ""
    return f"unknown key {brief(name)}{section}; the nearest known one is {nearest(name, known)!r}"


def nearest(name: str, known: Iterable[str]) -> str:
    """Which of `known` is most like `name`."""
    return difflib.get_close_matches(name[:100], sorted(known), n=1, cutoff=0.0)[0]
