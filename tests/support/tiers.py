"""Test tiers: a quick one by default, every test with `--all`; `--deadline` bounds the time.

A slow test has the marker `slow`. It runs with `--all`, with any `-m`, and when its file or its own
name is given on the command line.
"""

import time
from collections import Counter
from collections.abc import Iterator

import pytest

LEFT_OUT = "left out"
_COUNT = "slow_tests_left_out"
_END = "deadline"
_HELP = """\
.venv/bin/pytest                              quick tier: about 4 minutes on two cores
.venv/bin/pytest --all                        every test: about 15 minutes on two cores
.venv/bin/pytest -m slow                      only what the quick tier leaves out
.venv/bin/pytest tests/workflow/test_hoc.py   every test of a file"""


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("tiers")
    group.addoption("--all", action="store_true", help="run every test, also the slow ones")
    group.addoption(
        "--deadline",
        type=float,
        metavar="SECONDS",
        help="start no test later than this many seconds from now; skip the rest and list them",
    )


def runs_slow_tests(config: pytest.Config) -> bool:
    """Whether slow tests are selected in general, whatever files are named."""
    return bool(config.option.all or config.option.markexpr)


def pytest_configure(config: pytest.Config) -> None:
    config.stash[_ends] = None
    if hasattr(config, "workerinput"):  # of pytest-xdist: the same moment for all
        config.stash[_ends] = config.workerinput[_END]
    elif config.option.deadline is not None:
        config.stash[_ends] = time.time() + config.option.deadline
    config.stash[_left_out] = Counter()
    try:
        from hypothesis import settings
    except ImportError:
        return
    settings.register_profile("quick", max_examples=20)
    settings.register_profile("all", max_examples=100)
    settings.load_profile("all" if runs_slow_tests(config) else "quick")


_ends = pytest.StashKey[float | None]()
_left_out = pytest.StashKey[Counter[str]]()


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node) -> None:
    node.workerinput[_END] = node.config.stash[_ends]


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node) -> None:
    # each worker collects all tests
    node.config.stash[_left_out] |= Counter(getattr(node, "workeroutput", {}).get(_COUNT, {}))


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput[_COUNT] = dict(session.config.stash[_left_out])


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if not runs_slow_tests(config):
        named = [argument.split("[")[0] for argument in config.invocation_params.args]
        slow = [item for item in items if item.get_closest_marker("slow")]
        leave = {item for item in slow if not any(_names(argument, item) for argument in named)}
        config.stash[_left_out] = Counter(item.location[0] for item in leave)
        config.hook.pytest_deselected(items=[item for item in items if item in leave])
        items[:] = [item for item in items if item not in leave]
    # long ones first, so that no worker is left with them at the end
    items.sort(key=lambda item: "first" not in item.keywords)


def _names(argument: object, item: pytest.Item) -> bool:
    """Whether an argument of the command line names the item's file or the item itself."""
    return ".py" in str(argument) and str(argument).split("::")[0].endswith(item.path.name)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    end = item.config.stash[_ends]
    if end is not None and time.time() > end:
        item.user_properties.append((LEFT_OUT, True))
        pytest.skip(f"{LEFT_OUT}: the deadline has passed")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    config = terminalreporter.config
    late = Counter(_file(report) for report in _late(terminalreporter))
    if late:
        terminalreporter.section("left out because of --deadline")
        for file, number in sorted(late.items()):
            terminalreporter.line(f"{number:5} in {file}")
    slow = config.stash[_left_out].total()
    terminalreporter.section("test tiers")
    if slow:
        terminalreporter.line(f"{slow} slow tests are not in this run. To run them:")
    terminalreporter.line(_HELP)


def _late(terminalreporter: pytest.TerminalReporter) -> Iterator[pytest.TestReport]:
    for report in terminalreporter.stats.get("skipped", []):
        if (LEFT_OUT, True) in map(tuple, getattr(report, "user_properties", ())):
            yield report


def _file(report: pytest.TestReport) -> str:
    return report.nodeid.split("::")[0]
