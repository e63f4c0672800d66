"""Regular expressions from input files."""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from megate.core.errors import shortened

MAX_LENGTH = 10_000
"""Longest regular expression, characters."""


def pattern_problem(pattern: Any) -> str | None:
    """Why `pattern` cannot be used as a regular expression; None if it can."""
    if not isinstance(pattern, str):
        return "expected a string"
    if len(pattern) > MAX_LENGTH:
        return f"it has {len(pattern)} characters, expected at most {MAX_LENGTH}"
    try:
        re.compile(pattern)
    except (re.error, OverflowError, RecursionError) as error:
        return shortened(str(error), 200)
    return None


def matching(pattern: str, names: Iterable[str], whole: bool) -> set[str]:
    """Return the `names` that `pattern` matches, as a whole or else at their start."""
    compiled = re.compile(pattern)
    match = compiled.fullmatch if whole else compiled.match
    return {name for name in names if match(name)}


def last_match(rules: Sequence[Mapping[str, Any]], emodel: str) -> Mapping[str, Any] | None:
    """The last of the `rules` whose patterns of e-models (`emodel`, by default all) match this one
    as a whole; None if there is none."""
    for rule in reversed(rules):
        if any(matching(pattern, [emodel], whole=True) for pattern in rule.get("emodel", [".*"])):
            return rule
    return None
