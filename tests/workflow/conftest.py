"""The example as a project: run once for all tests, or a fresh copy to spoil."""

import fcntl
import json
import os
from dataclasses import asdict
from pathlib import Path

import pytest
from runs import Outcome, Project, copy_project


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Runs of Snakemake are long: they start before the other tests."""
    here = Path(__file__).parent
    for item in items:
        if item.path.is_relative_to(here):
            item.add_marker("first")


@pytest.fixture(scope="session")
def example(tmp_path_factory: pytest.TempPathFactory) -> tuple[Project, Outcome]:
    """The example, run once for all workers of pytest-xdist. Do not change it, and call
    Snakemake there only with `--dry-run`: other workers may be reading it.

    Its folder has a name that a shell, a makefile or hoc would stumble over.
    """
    shared = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        shared = shared.parent  # each worker has a folder of its own below
    root = shared / "run" / "it's a (touch oops); `touch oops` project"
    said = shared / "run" / "outcome.json"
    said.parent.mkdir(exist_ok=True)
    with (shared / "run" / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # the first runs it, the others wait
        if not said.exists():
            root.mkdir()
            said.write_text(json.dumps(asdict(copy_project(root).snakemake())))
    return Project(root), Outcome(**json.loads(said.read_text()))


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """A fresh copy of the example, without results."""
    return copy_project(tmp_path)
