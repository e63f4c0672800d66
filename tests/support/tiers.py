"""Test tiers: a quick one by default, every test with `--all`; `--deadline` bounds the time.

A slow test has the marker `slow`. It runs with `--all`, with any `-m`, and when its file or its own
name is given on the command line. Tests by Hypothesis are in both tiers, with more examples where
slow tests run.
"""

import time
from collections import Counter

import pytest

_HELP = """\
.venv/bin/pytest                              quick tier: about 4 minutes on two cores
.venv/bin/pytest --all                        every test: about 20 minutes on two cores
.venv/bin/pytest -m slow                      only the tests that the quick tier leaves out
.venv/bin/pytest tests/workflow/test_hoc.py   every test of a file"""
_LATE = "left out: the deadline has passed"
_SLOW = "slow_tests"
_slow = pytest.StashKey[int]()


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("tiers")
    group.addoption("--all", action="store_true", help="run every test, also the slow ones")
    group.addoption(
        "--deadline",
        type=_moment,
        metavar="SECONDS",
        help="start no test later than SECONDS from now (or a Unix time); skip and list the others",
    )


def _moment(text: str) -> float:
    """A Unix time, also where a number is too large for another. It is evaluated once:
    pytest-xdist passes it to its workers."""
    number = float(text)
    return number if number > 1e9 else time.time() + number


def pytest_configure(config: pytest.Config) -> None:
    config.stash[_slow] = 0
    try:
        from hypothesis import settings
    except ImportError:
        return
    settings.register_profile("quick", max_examples=20)
    settings.register_profile("all", max_examples=80)
    settings.load_profile("all" if _takes_slow_tests(config) else "quick")


def _takes_slow_tests(config: pytest.Config) -> bool:
    return bool(config.option.all or config.option.markexpr)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if not _takes_slow_tests(config):
        named = {argument.split("::")[0].split("/")[-1] for argument in config.args}
        slow = [
            item
            for item in items
            if item.get_closest_marker("slow") and item.path.name not in named
        ]
        config.stash[_slow] = len(slow)
        config.hook.pytest_deselected(items=slow)
        leave = set(slow)
        items[:] = [item for item in items if item not in leave]
    if config.option.markexpr == "slow":
        for item in items:
            if getattr(getattr(item, "obj", None), "is_hypothesis_test", False):
                item.add_marker("slow")
    # runs of Snakemake first: they are long, and no worker is left with one at the end
    items.sort(key=lambda item: item.path.parent.name not in ("slurm", "workflow"))


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    deadline = item.config.option.deadline
    if deadline is not None and time.time() > deadline:
        pytest.skip(_LATE)


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput[_SLOW] = session.config.stash[_slow]


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node) -> None:
    # the same number from each worker of pytest-xdist: each collects all tests
    node.config.stash[_slow] = getattr(node, "workeroutput", {}).get(_SLOW, 0)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    late = Counter(
        report.nodeid.split("::")[0]
        for report in terminalreporter.stats.get("skipped", [])
        if _LATE in str(report.longrepr)
    )
    if late:
        terminalreporter.section("left out because of --deadline")
        for file, number in sorted(late.items()):
            terminalreporter.line(f"{number:5} in {file}")
    terminalreporter.section("test tiers")
    if slow := terminalreporter.config.stash[_slow]:
        terminalreporter.line(f"{slow} slow tests are not in this run.")
    terminalreporter.line(_HELP)
