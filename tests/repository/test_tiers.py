"""The options of tests/support/tiers.py: which tests run, and what is said about the others."""

import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
TESTS = """
import pytest

def test_quick(): pass

@pytest.mark.slow
def test_slow(): pass

@pytest.mark.parametrize("n", [1, pytest.param(2, marks=pytest.mark.slow)])
def test_share(n): pass
"""


@pytest.fixture
def run(pytester: pytest.Pytester) -> Iterator[Callable[..., pytest.RunResult]]:
    hypothesis = pytest.importorskip("hypothesis")
    profile = hypothesis.settings.get_current_profile_name()
    pytester.makeini("[pytest]\nmarkers =\n  slow\naddopts = -p tiers")
    pytester.makepyfile(test_some=TESTS)
    yield pytester.runpytest_inprocess
    hypothesis.settings.load_profile(profile)  # the runs are in this process


@pytest.mark.parametrize(
    ("arguments", "passed", "deselected"),
    [
        ((), 2, 2),
        (("--all",), 4, 0),
        (("-m", "slow"), 2, 2),
        (("-m", "not slow"), 2, 2),
        (("test_some.py",), 4, 0),
        (("test_some.py::test_slow",), 1, 0),
    ],
    ids=["no option", "all", "slow", "not slow", "file", "test"],
)
def test_which_tests_run(arguments: tuple[str, ...], passed: int, deselected: int, run) -> None:
    result = run("--numprocesses", "0", *arguments)
    result.assert_outcomes(passed=passed, deselected=deselected)
    assert result.ret == 0
    said = "2 slow tests are not in this run" in result.stdout.str()
    assert said == (not arguments)
    result.stdout.fnmatch_lines(["*pytest --all *every test*"])


def test_hypothesis_has_more_examples_among_the_slow_tests(
    run, pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONPATH", str(REPOSITORY / "tests" / "support"))
    pytester.makepyfile(
        test_by_hypothesis="""
        from hypothesis import given, settings, strategies

        @given(strategies.integers())
        def test_it(n): pass

        print(settings.default.max_examples, "examples")
        """
    )
    for option, examples in (("--strict-markers", 20), ("-mslow", 80)):
        result = pytester.runpytest_subprocess("-s", "-n0", option)
        result.stdout.fnmatch_lines([f"*{examples} examples*"])
        result.assert_outcomes(passed=3, deselected=2)


def test_the_number_of_slow_tests_comes_from_the_workers(run) -> None:
    result = run("--numprocesses", "1")
    result.assert_outcomes(passed=2)
    result.stdout.fnmatch_lines(["2 slow tests are not in this run."])


@pytest.mark.parametrize("processes", ["0", "1"])
def test_after_the_deadline_no_test_starts(processes: str, run) -> None:
    result = run("--numprocesses", processes, "--deadline", "0")
    result.assert_outcomes(skipped=2, deselected=0 if processes == "1" else 2)
    assert result.ret == 0
    result.stdout.fnmatch_lines(["*left out because of --deadline*", "    2 in test_some.py"])


@pytest.mark.parametrize(
    ("deadline", "passed"), [("1000", 2), ("9999999999", 2), ("1000000001", 0)]
)
def test_the_deadline_is_a_time_from_now_or_a_moment(deadline: str, passed: int, run) -> None:
    result = run("--numprocesses", "0", "--deadline", deadline)
    result.assert_outcomes(passed=passed, skipped=2 - passed, deselected=2)


def test_ci_is_a_valid_script() -> None:
    subprocess.run(["bash", "-n", REPOSITORY / ".ci" / "run"], check=True)
