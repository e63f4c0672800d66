"""Fixtures for tests that run NEURON in child processes, without Snakemake."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from builtin_package import compiled_in
from config_emodel import Files


@pytest.fixture(autouse=True)
def findable(monkeypatch: pytest.MonkeyPatch):
    """Let the child processes import the functions of these tests."""
    here = Path(__file__).parent
    monkeypatch.setenv("PYTHONPATH", f"{here.parent / 'support'}{os.pathsep}{here}")


@pytest.fixture(scope="session")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A package without configuration, its mechanisms compiled once for all tests."""
    return compiled_in(tmp_path_factory.mktemp("compiled"))


@pytest.fixture
def package(compiled: Path, tmp_path: Path) -> Callable[[Files], Path]:
    """Write a package with these files."""

    def write(files: Files) -> Path:
        return files.write(shutil.copytree(compiled, tmp_path / "package"))

    return write
