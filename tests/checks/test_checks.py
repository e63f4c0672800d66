"""Every check says what docs/errors.md says that it says, and every place in the code that
refuses an input is reached by one of them."""

import re
import sys
import threading
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest

from megate.inputs import circuit
from megate.morphologies import check as morphology_check
from megate.morphologies.facts import Facts, read_facts

sys.path.insert(0, str(Path(__file__).parent))

from broken import Case, message_of
from cases import CASES
from folder import REPOSITORY
from sites import LIBRARY, Site, sites
from table import TABLE, page, row
from unreached import STACK, UNREACHED

MODULES = [
    *("config/schema.py", "config/config.py", "config/bluepymm.py", "emodels/hoc_template.py"),
    "files/json_schema.py",
    *("files/readers.py", "files/yaml_loader.py", "core/patterns.py", "core/names.py"),
    *(
        "inputs/recipe.py",
        "inputs/recipe_yaml.py",
        "inputs/recipe_xml.py",
        "inputs/neurondb.py",
        "project/sources.py",
        "project/combinations.py",
        "project/project.py",
        "inputs/etype_map.py",
    ),
    *(
        "inputs/circuit.py",
        "inputs/circuit_mvd3.py",
        "inputs/circuit_sonata.py",
        "inputs/cells.py",
        "files/hdf5.py",
    ),
    *(
        "morphologies/release.py",
        "morphologies/check.py",
        "morphologies/facts.py",
        "morphologies/needs.py",
    ),
    *(
        "emodels/sources.py",
        "emodels/git/command.py",
        "emodels/git/mirror.py",
        "emodels/git/repository.py",
        "emodels/git/revisions.py",
    ),
    *("config/git_address.py", "inputs/final_json.py"),
    *("emodels/prepare.py", "emodels/mechanisms.py", "gating/thresholds.py"),
    *("builtin/package.py", "builtin/checks.py", "builtin/distributions.py"),
    *(
        "bluepymm_db/import_scores.py",
        "files/sqlite_file.py",
        "bluepymm_db/read.py",
        "bluepymm_db/read_results.py",
    ),
]
REACHED: set[tuple[str, int]] = set()
RUN: set[str] = set()


@pytest.fixture
def watched(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Note which lines of the modules run, also those that megate runs in other processes (but what
    imports NEURON)."""
    monkeypatch.setattr(circuit, "run_in_child", _read_circuit)
    monkeypatch.setattr(morphology_check, "read_all", _read_morphologies)
    files = {str(LIBRARY / module) for module in MODULES}

    def trace(frame, event, _):
        if frame.f_code.co_filename not in files:
            return None
        if event == "line":
            REACHED.add((frame.f_code.co_filename, frame.f_lineno))
        return trace

    before = sys.gettrace(), threading.gettrace()
    sys.settrace(trace)
    threading.settrace(trace)
    yield
    sys.settrace(before[0])
    threading.settrace(before[1])


def _read_circuit(function: str, arguments: dict[str, Any], *_: object) -> tuple[Any, None]:
    return circuit.read_plain(**arguments), None


def _read_morphologies(paths: Iterable[Path], processes: int) -> Iterator[tuple[Path, Facts]]:
    return ((path, read_facts(path)) for path in paths)


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
    missed = [
        str(site) for site in sites(module) if site.place not in REACHED and not reasons(site)
    ]
    assert not missed, f"no case of tests/checks reaches {missed}"


@pytest.mark.parametrize("place", UNREACHED, ids=str)
def test_what_is_not_reached_is_there_and_tested_elsewhere(place: tuple[str, str]) -> None:
    found = [site for site in sites(place[0]) if place[1] in site.code]
    assert found
    if UNREACHED[place] != STACK:
        assert not [site for site in found if site.place in REACHED], "a case reaches it"
    for file, test in re.findall(r"(tests/\S+\.py)::(\w+)", UNREACHED[place]):
        assert f"def {test}(" in (REPOSITORY / file).read_text()


def reasons(site: Site) -> list[str]:
    """Why no case reaches a place."""
    return [
        reason
        for (module, text), reason in UNREACHED.items()
        if module == site.module and text in site.code
    ]
