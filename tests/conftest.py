"""Fixtures that several kinds of tests share."""

import json
import shutil
from pathlib import Path

import pandas as pd
import pytest
from loading import Load, loader

pytest_plugins = ["pytester", "tiers", "example"]

REPOSITORY = Path(__file__).resolve().parents[1]
REFERENCE = REPOSITORY.parent / "shared" / "sscx_l5pc"


@pytest.fixture(scope="session")
def reference() -> Path:
    """The reference project's data and expected results."""
    if not REFERENCE.is_dir():
        pytest.skip(f"no reference data at {REFERENCE}")
    return REFERENCE


@pytest.fixture(scope="session")
def reference_select(reference: Path) -> dict:
    return json.loads((reference / "project" / "select.json").read_text())


@pytest.fixture(scope="session")
def reference_scores(reference: Path) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The reference's combinations and BluePyMM's scores of them, as megate's two tables.

    Every row is given a job of its own: what rows share is not for these data to say.
    """
    rows = pd.read_csv(
        reference / "expected" / "combinations.csv",
        float_precision="round_trip",
        dtype={"layer": str},
    )
    scores = pd.read_csv(reference / "expected" / "scores.csv", float_precision="round_trip")
    rows["job"] = rows["emodel"] + "/" + rows["index"].astype(str)
    flags = ["is_exemplar", "is_repaired", "is_original"]
    combos = rows.assign(combo=rows["index"], opt_scores=None, mtype="L5_TPC", msubtype="A")
    combos = combos.astype(dict.fromkeys(flags, bool))
    currents = ["holding_current", "threshold_current"]
    scores = scores.merge(rows[["index", "job", "emodel", "morph_name", *currents]], on="index")
    scores = scores.assign(
        original_emodel=scores["emodel"], runtime_s=1.0, exception=pd.Series(dtype=object)
    )
    return combos.drop(columns=currents), scores


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
