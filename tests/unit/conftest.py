"""What several test files share: where files are, and how a configuration is loaded."""

import shutil
from pathlib import Path

import pytest
from loading import Load, loader

REPOSITORY = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def repository() -> Path:
    """The repository's top folder."""
    return REPOSITORY


@pytest.fixture(scope="session")
def schema_path(repository: Path) -> Path:
    """The configuration's schema."""
    return repository / "workflow" / "schemas" / "config.schema.yaml"


@pytest.fixture
def load(schema_path: Path, tmp_path: Path) -> Load:
    """Load the configuration that one or more sources make, with paths from `tmp_path`."""
    return loader(schema_path, tmp_path)


@pytest.fixture
def reference_project(reference: Path, tmp_path: Path) -> Path:
    """A copy of the reference project, with an empty `setup` in place of the one that the data
    leaves out (it is code)."""
    project = tmp_path / "reference"
    shutil.copytree(reference / "project", project, copy_function=shutil.copyfile)
    for folder in [project, *(path for path in project.rglob("*") if path.is_dir())]:
        folder.chmod(0o755)  # the data may be read-only
    setup = project / "emodels_dir" / "singlecell-optimization" / "setup"
    setup.mkdir()
    (setup / "__init__.py").touch()
    return project
