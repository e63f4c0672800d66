"""More simulations than are gathered at once; a stand-in writes their shards."""

import sys
from pathlib import Path

import pyarrow.parquet as pq
from runs import REPOSITORY, snakemake

sys.path.insert(0, str(REPOSITORY / "benchmarks"))

from scale_data import make_inputs, make_results, project_in


def test_many_shards_are_gathered_in_parts(tmp_path: Path):
    make_inputs(tmp_path, 2000)
    number = make_results(tmp_path, 2)
    assert 1500 < number < 3000

    outcome = snakemake("gather_scores", "--configfile", "megate.yaml", cwd=tmp_path)
    assert outcome.returncode == 0, outcome.output
    assert outcome.planned == {"gather_part": 2, "gather_scores": 1}
    scores = pq.read_table(tmp_path / "results" / "scores.parquet", columns=["job"])
    assert scores["job"].unique().to_pylist() == list(project_in(tmp_path).jobs)
    assert len(scores) == 62 * number

    shard = next((tmp_path / "results" / "scores" / "cell07").glob("*.parquet"))
    shard.unlink()
    again = {"score_combo": 1, "gather_part": 1, "gather_scores": 1}
    everything = snakemake("--configfile", "megate.yaml", "--dry-run", cwd=tmp_path).planned
    assert {rule: everything.get(rule) for rule in again} == again
