"""More simulations than are gathered at a time; a stand-in writes their shards."""

import sys
from pathlib import Path

import pyarrow.parquet as pq
from runs import REPOSITORY, snakemake

sys.path.insert(0, str(REPOSITORY / "benchmarks"))

import pytest
from scale_data import make_inputs, make_results, project_in

pytestmark = pytest.mark.slow


def test_many_shards_are_gathered_in_their_order(tmp_path: Path):
    make_inputs(tmp_path, 2000)
    number = make_results(tmp_path, 2)
    outcome = snakemake("gather_scores", "--configfile", "megate.yaml", cwd=tmp_path)
    assert outcome.returncode == 0, outcome.output
    assert outcome.planned == {"gather_scores": 1}
    scores = pq.read_table(tmp_path / "results" / "scores.parquet", columns=["job"])
    assert scores["job"].unique().to_pylist() == list(project_in(tmp_path).jobs)
    assert len(scores) == 62 * number

    shard = next((tmp_path / "results" / "scores" / "cell07").glob("*.parquet"))
    shard.unlink()
    everything = snakemake("--configfile", "megate.yaml", "--dry-run", cwd=tmp_path).planned
    assert (everything["score_combo"], everything["gather_scores"]) == (1, 1)
