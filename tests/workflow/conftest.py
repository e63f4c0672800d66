"""A fresh copy of the example to spoil."""

from pathlib import Path

import pytest
from runs import Project, copy_project


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """A fresh copy of the example, without results."""
    return copy_project(tmp_path)
