"""The reference project, run for real (minutes): the scores and the release that BluePyMM gives.

It needs the project with its two code folders, which are not ours to copy: name it in
MEGATE_REFERENCE_PROJECT.
"""

import os
from pathlib import Path

import pandas as pd
import pytest
from runs import snakemake

pytestmark = pytest.mark.slow

TOLERANCE = 1e-9


@pytest.fixture(scope="module", params=["auto", "builtin"])
def results(
    reference: Path, tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> Path:
    """By the package's own code, and by megate's evaluator from its configuration files."""
    project = os.environ.get("MEGATE_REFERENCE_PROJECT")
    if not project:
        pytest.skip("MEGATE_REFERENCE_PROJECT does not name the completed reference project")
    root = tmp_path_factory.mktemp("reference")
    settings = [f"bluepymm={Path(project).resolve()}", f"scoring={{evaluator: {request.param}}}"]
    outcome = snakemake("--config", *settings, cwd=root)
    assert outcome.returncode == 0, outcome.output
    assert outcome.planned["score_combo"] == 6
    return root / "results"


def test_all_scores_and_currents(results: Path, reference: Path):
    combos = pd.read_parquet(results / "combos.parquet")
    scores = pd.read_parquet(results / "scores.parquet")
    expected = pd.read_csv(reference / "expected" / "scores.csv", float_precision="round_trip")
    found = combos[["combo", "job"]].merge(scores, on="job")
    both = expected.merge(
        found, left_on=["index", "feature"], right_on=["combo", "feature"], how="outer"
    )
    assert len(both) == len(expected) == 620
    assert (both["score_x"] - both["score_y"]).abs().max() <= TOLERANCE

    rows = pd.read_csv(reference / "expected" / "combinations.csv", float_precision="round_trip")
    found = found.drop_duplicates("combo").set_index("combo")
    for current in ("holding_current", "threshold_current"):
        assert (found[current] - rows.set_index("index")[current]).abs().max() <= TOLERANCE


@pytest.mark.parametrize("name", ["extneurondb.dat", "mecombo_emodel.tsv"])
def test_release(name: str, results: Path, reference: Path):
    expected = reference / "expected" / name
    assert (results / "release" / name).read_bytes() == expected.read_bytes()
