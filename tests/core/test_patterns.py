"""patterns: which regular expressions are refused, and which names they match."""

from typing import Any

import pytest

from megate.core.patterns import matching, pattern_problem


@pytest.mark.parametrize(
    "pattern",
    [
        ".*",
        "",
        ".*_(a|b).*",
        r"L5_TPC:[A-C]",
        "(?:bAC|cAC)+",
        r"L[1-6](_[A-Z]+)*",
        r"[A-Z]{2}\d{6,8}",
        "(?i)soma",
        r"\{5000\}"[:4],
        "a{1000}",
        "|".join(f"rat_2014{number:04}_cell" for number in range(300)),
    ],
)
def test_usable(pattern: str) -> None:
    assert pattern_problem(pattern) is None


@pytest.mark.parametrize(
    ("pattern", "problem"),
    [
        ("(", "missing ), unterminated subpattern"),
        ("*", "nothing to repeat"),
        (None, "expected a string"),
        (5, "expected a string"),
        (["a"], "expected a string"),
        ("a" * 10_001, "it has 10001 characters, expected at most 10000"),
        ("a{0,4294967296}", ""),
        ("(" * 4000 + ")" * 4000, ""),
        ("(?P<a>x)(?P<a>y)", "redefinition of group name"),
    ],
)
def test_unusable(pattern: Any, problem: str) -> None:
    found = pattern_problem(pattern)
    assert found is not None
    assert problem in found
    assert len(found) < 300


def test_matching_whole_names_or_their_start() -> None:
    names = ["ab", "abc", "b", "ab"]
    assert matching("ab", names, whole=True) == {"ab"}
    assert matching("ab", names, whole=False) == {"ab", "abc"}
    assert matching("(a|b|c)+", names, whole=True) == {"ab", "abc", "b"}
