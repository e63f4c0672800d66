"""The example as a project, run once for all tests."""

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict

import pytest
from runs import Outcome, Project, copy_project


class SharedProject(Project):
    """A project that several workers use: one call of Snakemake at a time."""

    @contextmanager
    def lock(self) -> Iterator[None]:
        with self.root.with_name("lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def snakemake(self, *arguments: str, cores: int = 2) -> Outcome:
        with self.lock():  # in place of Snakemake's: a worker may be copying the folder
            return super().snakemake("--nolock", *arguments, cores=cores)


@pytest.fixture(scope="session")
def example(tmp_path_factory: pytest.TempPathFactory) -> tuple[Project, Outcome]:
    """The example, run once for all workers of pytest-xdist. Do not change its inputs and results:
    other workers may be reading them.

    Its folder has a name that a shell, a makefile or hoc would stumble over.
    """
    shared = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        shared = shared.parent  # each worker has a folder of its own below
    project = SharedProject(shared / "run" / "it's a (touch oops); `touch oops` project")
    said = shared / "run" / "outcome.json"
    said.parent.mkdir(exist_ok=True)
    with project.lock():  # the first runs it, the others wait
        if not said.exists():
            project.root.mkdir()
            said.write_text(json.dumps(asdict(copy_project(project.root).snakemake())))
    return project, Outcome(**json.loads(said.read_text()))
