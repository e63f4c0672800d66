"""The comparison with cells that are not adapted, some of whose simulations were stopped early."""

from dataclasses import replace
from pathlib import Path

import pytest
from tables import combo, combos_table, decide, exemplar, scores_table

from megate.config.config import Select
from megate.core.paths import Paths
from megate.scores.gather import gather
from megate.scores.shards import JobResult, write_shard
from megate.steps.aggregate import _adaptation

WHOLE = JobResult("E/ex", "E", "E", "ex", "c" * 64, "scored", 1.0, 1.0, 1.0, "h", "v")


@pytest.mark.parametrize(
    ("threshold", "jobs", "compared"),
    [(5, "ab", {"a": "passed", "b": "over_limit"}), (9, "ab", {"a": "passed"}), (9, "b", {})],
)
def test_what_is_not_known_is_not_compared(
    threshold: float, jobs: str, compared: dict[str, str], tmp_path: Path
):
    """b was stopped at a score of 8 without adaptation."""
    results = {
        "ex": replace(WHOLE, features=[{"feature": "f", "score": 1.0}]),
        "a": replace(WHOLE, job="E/a", features=[{"feature": "f", "score": 2.0}]),
        "b": replace(WHOLE, job="E/b", stopped_at="f", features=[{"feature": "f", "score": 8.0}]),
    }
    shards = []
    for name in ("ex", *jobs):
        shards.append(tmp_path / f"{name}.parquet")
        write_shard(shards[-1], results[name])
    gather(shards, tmp_path / "unadapted.parquet")
    rules = [{"features": [".*"], "megate_threshold": threshold}]
    table = combos_table(exemplar(), combo("a"), combo("b"))
    adapted = scores_table({f"E/{name}": {"f": 1.0} for name in ("ex", "a", "b")})
    decisions = decide(table, adapted, rules)
    paths = Paths(tmp_path / "results")
    paths.adaptation_folder.mkdir(parents=True)
    options = (Select(rules, []), [], [0.8, 1.2], tmp_path / "unadapted.parquet", paths)
    found = _adaptation(table, decisions, *options)
    without = found.without
    assert dict(zip(without["morph_name"], without["reason"], strict=True)) == compared
    (row,) = found.table.to_dict("records")
    assert (row["compared"], row["released_without"]) == (len(compared), int("a" in compared))
    assert row["gained"] == len(compared) - int("a" in compared)
