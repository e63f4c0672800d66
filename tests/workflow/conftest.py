"""A fresh copy of the example to spoil."""

from pathlib import Path

import pytest
from runs import Project, copy_project


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """A fresh copy of the example, without results."""
    return copy_project(tmp_path)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The empty home folder of a new user."""
    return tmp_path_factory.mktemp("home")
