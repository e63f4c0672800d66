"""The one exception whose text is meant for the user, and how to word it."""

import difflib
from collections.abc import Iterable


class MegateError(Exception):
    """Something the user can mend. The message names file, key or row, what was found there and
    what was expected; it is shown as it is, without a traceback."""


def listing(problems: list[str], limit: int | None = 20) -> str:
    """Join `problems` into an indented list, one a line, of at most `limit` lines (None: all)."""
    limit = len(problems) if limit is None else limit
    shown = "".join(f"\n  - {problem}" for problem in problems[:limit])
    rest = len(problems) - limit
    return shown + (f"\n  ... and {rest} more" if rest > 0 else "")


def unknown_key(key: str, known: Iterable[str], where: str = "") -> str:
    """That `key` (in the section `where`) is unknown, and which of `known` is most like it."""
    section = f" in {where!r}" if where else ""
    return f"unknown key {key!r}{section}; the nearest known one is {nearest(key, known)!r}"


def nearest(name: str, known: Iterable[str]) -> str:
    """Which of `known` is most like `name`."""
    return difflib.get_close_matches(name, sorted(known), n=1, cutoff=0.0)[0]
