"""Every check says what docs/errors.md says that it says, and every place in the code that
refuses an input is reached by one of them."""

import re
import sys
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from types import FrameType
from typing import Any
from unittest import mock

import pytest

from megate import entrypoints
from megate.inputs import circuit
from megate.morphologies import check as morphology_check
from megate.morphologies.facts import Facts, read_facts
from megate.morphologies.in_children import read_all

sys.path.insert(0, str(Path(__file__).parent))

from broken import Case, message_of
from cases import CASES
from folder import REPOSITORY
from sites import LIBRARY, Site, sites
from table import TABLE, page, row
from unreached import STACK, UNREACHED

MODULES = [
    *sorted(f"inputs/{path.name}" for path in (LIBRARY / "inputs").glob("[a-z]*.py")),
    *("config/schema.py", "config/config.py", "config/bluepymm.py", "config/git_address.py"),
    *("files/json_schema.py", "files/readers.py", "files/yaml_loader.py", "files/hdf5.py"),
    *("core/patterns.py", "core/names.py"),
    *("project/sources.py", "project/combinations.py", "project/project.py"),
    *("morphologies/release.py", "morphologies/check.py"),
    *("morphologies/facts.py", "morphologies/needs.py"),
    *("emodels/sources.py", "emodels/hoc_template.py"),
    *("emodels/git/command.py", "emodels/git/mirror.py"),
    *("emodels/git/repository.py", "emodels/git/revisions.py"),
    *("emodels/prepare.py", "emodels/mechanisms.py", "gating/thresholds.py"),
    *("builtin/package.py", "builtin/checks.py", "builtin/distributions.py"),
    *("bluepymm_db/import_scores.py", "files/sqlite_file.py"),
    *("bluepymm_db/read.py", "bluepymm_db/read_results.py", "release/nodes.py"),
    "steps/adapt_emodel.py",
    *sorted(f"project_setup/{path.name}" for path in (LIBRARY / "project_setup").glob("[a-z]*.py")),
    *("project_setup/formats/parameters.py", "project_setup/formats/config_only.py"),
    "project_setup/formats/emodelrunner.py",
    "project_setup/formats/bluepyemodel.py",
    "cli/init.py",
]


@contextmanager
def in_this_process() -> Iterator[None]:
    """Run here what megate runs in child processes (those that import NEURON aside)."""
    with (
        mock.patch.object(circuit, "run_in_child", _call),
        mock.patch.object(morphology_check, "read_all", _read_morphologies),
    ):
        yield


def _call(function: str, arguments: dict[str, Any], *_: object) -> tuple[Any, None]:
    return getattr(entrypoints, function)(**arguments), None


def _read_morphologies(
    paths: Iterable[Path], processes: int, *how: Any
) -> Iterator[tuple[Path, Facts]]:
    """In this process, but for what may crash NEURON."""
    return read_all(paths, processes, *how) if how else ((path, read_facts(path)) for path in paths)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.what)
def test_case(case: Case, tmp_path: Path) -> None:
    with in_this_process():
        message = message_of(case, tmp_path / "example")
    for name in case.names:
        assert name in message
    assert row(case, message) in table_lines(), "python tests/checks/table.py"


@cache
def table_lines() -> frozenset[str]:
    return frozenset(TABLE.read_text().splitlines())


def test_the_table_has_no_other_lines() -> None:
    lines = [line for line in TABLE.read_text().splitlines() if line.startswith("| ")]
    assert len({case.what for case in CASES}) == len(CASES)
    headings = page({case.what: "" for case in CASES}).count("| --- | --- |")
    assert len(lines) == len(CASES) + 2 * headings


@pytest.fixture(scope="module")
def reached(tmp_path_factory: pytest.TempPathFactory) -> set[tuple[str, int]]:
    """The lines of the modules that run when all cases do: file and number."""
    files = {str(LIBRARY / module) for module in MODULES}
    lines: set[tuple[str, int]] = set()

    def trace(frame: FrameType, event: str, _: object) -> Any:
        if frame.f_code.co_filename not in files:
            return None
        if event == "line":
            lines.add((frame.f_code.co_filename, frame.f_lineno))
        return trace

    folder = tmp_path_factory.mktemp("reached")
    before = sys.gettrace(), threading.gettrace()
    with in_this_process():
        sys.settrace(trace)
        threading.settrace(trace)
        try:
            for number, case in enumerate(CASES):
                sys.settrace(trace)  # Python ends tracing where its stack does
                message_of(case, folder / str(number))
        finally:
            sys.settrace(before[0])
            threading.settrace(before[1])
    return lines


@pytest.mark.slow
@pytest.mark.parametrize("module", MODULES)
def test_every_refusal_is_in_the_table(module: str, reached: set[tuple[str, int]]) -> None:
    missed = [
        str(site) for site in sites(module) if site.place not in reached and not reasons(site)
    ]
    assert not missed, f"no case of tests/checks reaches {missed}"


@pytest.mark.slow
@pytest.mark.parametrize("place", UNREACHED, ids=str)
def test_unreached_refusals_are_not_reached(
    place: tuple[str, str], reached: set[tuple[str, int]]
) -> None:
    if UNREACHED[place] != STACK:
        found = [site for site in sites(place[0]) if place[1] in site.code]
        assert not [site for site in found if site.place in reached], "a case reaches it"


@pytest.mark.parametrize("place", UNREACHED, ids=str)
def test_unreached_refusals_are_there_and_tested_elsewhere(place: tuple[str, str]) -> None:
    assert [site for site in sites(place[0]) if place[1] in site.code]
    for file, test in re.findall(r"(tests/\S+\.py)::(\w+)", UNREACHED[place]):
        assert f"def {test}(" in (REPOSITORY / file).read_text()


def reasons(site: Site) -> list[str]:
    """Why no case reaches a place."""
    return [
        reason
        for (module, text), reason in UNREACHED.items()
        if module == site.module and text in site.code
    ]
