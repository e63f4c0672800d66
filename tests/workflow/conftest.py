"""A fresh copy of the example to spoil, and the order of the tests."""

from pathlib import Path

import pytest
from runs import Project, copy_project


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Runs of Snakemake are long: they start before the other tests."""
    here = Path(__file__).parent
    for item in items:
        if item.path.is_relative_to(here):
            item.add_marker("first")


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """A fresh copy of the example, without results."""
    return copy_project(tmp_path)
