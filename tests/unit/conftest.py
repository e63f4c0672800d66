"""What several test files share: where the repository's and the reference data's files are."""

import shutil
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def repository() -> Path:
    """The repository's top folder."""
    return REPOSITORY


@pytest.fixture(scope="session")
def schema_path(repository: Path) -> Path:
    """The configuration's schema."""
    return repository / "workflow" / "schemas" / "config.schema.yaml"


@pytest.fixture(scope="session")
def reference() -> Path:
    """The reference data: one e-model on six L5 morphologies, and what BluePyMM makes of it."""
    path = REPOSITORY.parent / "shared" / "sscx_l5pc"
    if not path.is_dir():
        pytest.skip(f"the reference data is not there: {path}")
    return path


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
