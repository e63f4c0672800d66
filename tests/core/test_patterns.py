"""patterns: which regular expressions are refused, and that none runs for ever."""

import signal
import threading
from typing import Any

import pytest
from limited_time import limited_cpu_time

from megate.core.errors import MegateError
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
        (None, "it is no text"),
        (5, "it is no text"),
        (["a"], "it is no text"),
        ("a" * 10_001, "it has 10001 characters, expected at most 10000"),
        ("a{1001}", "{1001} repeats more than 1000 times"),
        ("a{0,4294967295}", "{0,4294967295} repeats more than 1000 times"),
        ("a{99999999999999999999}", "repeats more than 1000 times"),
        ("((a{2000,}){2000,})", "{2000,} repeats more than 1000 times"),
        ("(" * 4000 + ")" * 4000, "it nests too deeply"),
        ("(?P<a>x)(?P<a>y)", "redefinition of group name"),
    ],
)
def test_unusable(pattern: Any, problem: str) -> None:
    assert problem in pattern_problem(pattern)
    assert len(pattern_problem(pattern)) < 300


def test_matching_whole_names_or_their_start() -> None:
    names = ["ab", "abc", "b", "ab"]
    assert matching("ab", names, whole=True) == {"ab"}
    assert matching("ab", names, whole=False) == {"ab", "abc"}
    assert matching("(a|b|c)+", names, whole=True) == {"ab", "abc", "b"}


@pytest.mark.parametrize(
    "pattern", ["(a+)+$", "(a|a)*$", "(.*a)*$", r"(\w+\s?)*$", ".*.*.*.*.*.*.*.*x", "(a*)*b"]
)
def test_a_pattern_that_takes_for_ever_is_stopped(
    pattern: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("megate.core.patterns._START_S", 0.1)
    with (
        limited_cpu_time(),
        pytest.raises(MegateError, match="takes too long on 2 names; write it without") as caught,
    ):
        matching(pattern, ["b", "a" * 198 + "!"], whole=True)
    assert repr(pattern) in str(caught.value)


def test_the_limit_is_gone_afterwards() -> None:
    before = signal.getsignal(signal.SIGVTALRM)
    matching("a", ["a"], whole=True)
    assert signal.getitimer(signal.ITIMER_VIRTUAL) == (0, 0)
    assert signal.getsignal(signal.SIGVTALRM) == before


def test_in_a_thread_there_is_no_limit_but_a_result() -> None:
    found: list[set[str]] = []
    thread = threading.Thread(target=lambda: found.append(matching("a", ["a", "b"], whole=True)))
    thread.start()
    thread.join()
    assert found == [{"a"}]


def test_many_names_have_time() -> None:
    names = [f"rat_{number:06}_cell" for number in range(200_000)]
    assert len(matching(r"rat_\d*5_.*", names, whole=True)) == 20_000
