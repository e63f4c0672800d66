"""The exception whose message is shown to the user, and helpers for messages."""

import difflib
from collections.abc import Callable, Iterable
from reprlib import Repr
from typing import Any


class MegateError(Exception):
    """A problem that the user can fix. The message names the file, key or row, what was found and
    what was expected. It is shown without a traceback."""


_REPR = Repr()
_REPR.maxlevel = 2
_REPR.maxstring = _REPR.maxother = _REPR.maxlong = 240  # no usable name is longer


def brief(value: Any) -> str:
    """Return the ``repr`` of a `value` from an input file, shortened where it is long. Control
    characters are escaped."""
    return _REPR.repr(value)


def shortened(text: str, limit: int = 1000) -> str:
    """Return `text`, without its middle if it has more than `limit` characters."""
    if len(text) <= limit:
        return text
    half = limit // 2
    return f"{text[:half]} ... {text[-half:]}"


def listing(problems: list[str], limit: int | None = 20) -> str:
    """Join `problems` into an indented list of at most `limit` (None: all), each shortened. Further
    lines of a problem are indented more."""
    lines = ["\n  - " + shortened(each).replace("\n", "\n  ") for each in problems[:limit]]
    if len(problems) > len(lines):
        lines.append(f"\n  ... and {len(problems) - len(lines)} more")
    return "".join(lines)


def run_checks(checks: Iterable[Callable[[], Any]], headline: str = "") -> list[Any]:
    """Call all `checks`, also if some fail, and return their results.

    Raises:
        MegateError: with the different messages of all checks that failed, one per line; if there
            is a `headline`, as a `listing` below it.
    """
    results, problems = [], []
    for check in checks:
        try:
            results.append(check())
        except MegateError as error:
            problems.append(str(error))
    problems = list(dict.fromkeys(problems))
    if problems:
        raise MegateError(f"{headline}:{listing(problems)}" if headline else "\n".join(problems))
    return results


def unknown_key(key: Any, known: Iterable[str], where: str = "") -> str:
    """Return the message for an unknown `key` in the section `where`, with the most similar of the
    `known` keys."""
    name = key if isinstance(key, str) else brief(key)
    section = f" in {brief(where)}" if where else ""
    return f"unknown key {brief(name)}{section}; the nearest known one is {nearest(name, known)!r}"


def nearest(name: str, known: Iterable[str]) -> str:
    """Return the most similar of the `known` names."""
    return difflib.get_close_matches(name[:100], sorted(known), n=1, cutoff=0.0)[0]
