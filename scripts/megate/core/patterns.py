"""Regular expressions from input files."""

import re
from collections.abc import Iterable
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
