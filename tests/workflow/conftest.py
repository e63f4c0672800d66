"""The example as a project: run once for all tests, or a fresh copy to spoil."""

from pathlib import Path

import pytest
from runs import Outcome, Project, copy_project


@pytest.fixture(scope="session")
def example(tmp_path_factory: pytest.TempPathFactory) -> tuple[Project, Outcome]:
    """The example, run once. Its folder has a name that a shell, a makefile or hoc would
    stumble over."""
    root = tmp_path_factory.mktemp("run") / "it's a (touch oops); `touch oops` project"
    root.mkdir()
    project = copy_project(root)
    return project, project.snakemake()


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """A fresh copy of the example, without results."""
    return copy_project(tmp_path)
