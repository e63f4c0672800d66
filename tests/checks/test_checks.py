"""Every check says what config/CHECKS.md says that it says, and every place in the code that
refuses an input is reached by one of them."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from broken import Case, message_of
from cases import CASES
from sites import LIBRARY, sites
from table import TABLE, page, row

MODULES = ["recipe.py"]
REACHED: set[tuple[str, int]] = set()
RUN: set[str] = set()


@pytest.fixture
def watched():
    """Note which lines of the library run."""
    library = str(LIBRARY)

    def trace(frame, event, _):
        if not frame.f_code.co_filename.startswith(library):
            return None
        if event == "line":
            REACHED.add((frame.f_code.co_filename, frame.f_lineno))
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    yield
    sys.settrace(before)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.what)
def test_case(case: Case, tmp_path: Path, watched: None) -> None:
    message = message_of(case, tmp_path / "example")
    RUN.add(case.what)
    for name in case.names:
        assert name in message
    assert row(case, message) in TABLE.read_text().splitlines(), "python tests/checks/table.py"


def test_the_table_has_no_other_lines() -> None:
    lines = [line for line in TABLE.read_text().splitlines() if line.startswith("| ")]
    assert len({case.what for case in CASES}) == len(CASES)
    headings = page({case.what: "" for case in CASES}).count("| --- | --- |")
    assert len(lines) == len(CASES) + 2 * headings


@pytest.mark.parametrize("module", MODULES)
def test_every_refusal_is_in_the_table(module: str) -> None:
    if {case.what for case in CASES} != RUN:
        pytest.skip("not all cases were run")
    file = str(LIBRARY / module)
    missed = [f"{module}:{line}" for line in sites(module) if (file, line) not in REACHED]
    assert not missed, f"no case of tests/checks reaches {missed}"
