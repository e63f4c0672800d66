"""The exception whose message is shown to the user, and helpers for messages."""

import difflib
import re
from collections.abc import Callable, Iterable
from reprlib import Repr
from typing import Any

from megate.core.wording import first_few


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
    lines of a problem are indented more. Ten or more problems that differ only in their place
    ("FILE: PLACE: reason") become one, if there is a limit."""
    problems = problems if limit is None else _grouped(problems)
    lines = ["\n  - " + shortened(each).replace("\n", "\n  ") for each in problems[:limit]]
    if len(problems) > len(lines):
        lines.append(f"\n  ... and {len(problems) - len(lines)} more")
    return "".join(lines)


_MANY = 10
# "FILE: KEY", "NAME: FILE: KEY", "line 5" or "KEY[5]", but not a name alone
_PLACES = re.compile(r"((?:\S+: )+)(\S+): |()(line \d+|\S+\[\S+): ")


def _grouped(problems: list[str]) -> list[str]:
    """`problems` in their order; the first of many of one cause stands for all of them."""
    groups: dict[tuple[str, str], list[str]] = {}  # what problems have in common -> places
    lines, done = [], set()
    for problem in problems:
        groups.setdefault(_parts(problem)[::2], []).append(_parts(problem)[1])
    for problem in problems:
        first, place, reason = _parts(problem)
        places = groups[first, reason]
        if not place or len(places) < _MANY:
            lines.append(problem)
        elif (first, reason) not in done:
            done.add((first, reason))
            lines.append(f"{first}{first_few(places)}: {reason}")
    return lines


def _parts(problem: str) -> tuple[str, str, str]:
    """The places before the last one, this one (empty if there is none) and the reason."""
    match = _PLACES.match(problem)
    if match is None:
        return "", "", problem
    return match[1] or "", match[2] or match[4], problem[match.end() :]


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


def unknown_keys(keys: Iterable[Any], known: Iterable[str], where: str = "") -> list[str]:
    """Return the messages for unknown `keys` in the section `where`: each with the nearest of the
    `known` keys. Those that have no near one share a message with all known keys."""
    known = sorted(known)
    section = f" in {brief(where)}" if where else ""
    problems, others = [], []
    for key in keys:
        name = key if isinstance(key, str) else brief(key)
        close = nearest(name, known)
        if close is not None:
            problems.append(
                f"unknown key {brief(name)}{section}; the nearest known one is {close!r}"
            )
        else:
            others.append(brief(name))
    if others:
        what = "unknown key" if len(others) == 1 else "unknown keys"
        expected = f"expected one of: {', '.join(known)}" if known else "expected none"
        problems.append(f"{what} {first_few(others)}{section}; {expected}")
    return problems


def nearest(name: str, known: Iterable[str]) -> str | None:
    """Return the most similar of the `known` names; None if no name is similar."""
    return next(iter(difflib.get_close_matches(name[:100], sorted(known), n=1)), None)
