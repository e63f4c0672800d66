"""Shards: what is written is what is read, whole, and nothing else is taken for one."""

import math
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from megate.core.errors import MegateError
from megate.scores.gather import gather, unadapted_shards
from megate.scores.matrix import read_scores
from megate.scores.shards import SCHEMA, JobResult, write_shard


def result(job: str, **differs: object) -> JobResult:
    emodel, morph_name = job.split("/")
    return JobResult(
        **({
            "job": job,
            "emodel": emodel,
            "original_emodel": emodel,
            "morph_name": morph_name,
            "emodel_sha256": "0" * 64,
            "status": "scored",
            "runtime_s": 1.5,
            "cpu_s": 1.25,
            "peak_memory_mb": 100.0,
            "host": "here",
            "versions": "megate 0",
        } | differs)
    )  # fmt: skip


def features(scores: dict[str, float | None]) -> list[dict]:
    return [{"feature": name, "score": score} for name, score in scores.items()]


def test_a_shard_has_one_row_per_feature_with_exact_values(tmp_path: Path):
    path = tmp_path / "E" / "m.parquet"
    scores = {"f": 0.1 + 0.2, "g": 250.0, "none": None, "nan": math.nan}
    write_shard(path, result("E/m", features=features(scores), holding_current=-1 / 3))
    rows = pq.read_table(path).to_pylist()
    assert [row["feature"] for row in rows] == ["f", "g", "none", "nan"]
    assert rows[0]["score"] == 0.30000000000000004
    assert rows[1]["score"] == 250.0
    assert rows[2]["score"] is None
    assert {row["holding_current"] for row in rows} == {-1 / 3}
    assert {row["threshold_current"] for row in rows} == {None}
    assert {row["exception"] for row in rows} == {None}


def test_a_job_that_raised_has_one_row_with_the_traceback(tmp_path: Path):
    path = tmp_path / "m.parquet"
    write_shard(path, result("E/m", exception="Traceback ...\nValueError: no"))
    (row,) = pq.read_table(path).to_pylist()
    assert (row["feature"], row["score"]) == (None, None)
    assert row["exception"] == "Traceback ...\nValueError: no"


def test_what_a_feature_compares_is_beside_its_score(tmp_path: Path):
    told = {"feature": "f", "score": 2.0, "value": 7.0, "exp_mean": 5.0, "exp_std": 1.0}
    write_shard(tmp_path / "m.parquet", result("E/m", features=[told, *features({"g": 1.0})]))
    rows = pq.read_table(tmp_path / "m.parquet").to_pylist()
    assert [{name: row[name] for name in told} for row in rows] == [
        told,
        {"feature": "g", "score": 1.0, "value": None, "exp_mean": None, "exp_std": None},
    ]


def test_a_failed_write_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    def full(table: pa.Table, partial: Path, **options: object) -> None:
        partial.write_bytes(b"half of it")
        raise OSError("no space left on device")

    monkeypatch.setattr(pq, "write_table", full)
    with pytest.raises(OSError, match="no space left"):
        write_shard(tmp_path / "m.parquet", result("E/m", features=features({"f": 1.0})))
    assert list(tmp_path.iterdir()) == []


def test_gathering_keeps_the_order_of_jobs_and_features(tmp_path: Path):
    paths = []
    for number in (3, 1, 2):
        paths.append(tmp_path / f"{number}.parquet")
        write_shard(
            paths[-1], result(f"E/{number}", features=features({"z": float(number), "a": 0.0}))
        )
    gathered = tmp_path / "scores.parquet"
    jobs = gather(paths, gathered)
    table = pq.read_table(gathered)
    assert table.schema.equals(SCHEMA, check_metadata=True)
    assert table["job"].to_pylist() == ["E/3", "E/3", "E/1", "E/1", "E/2", "E/2"]
    assert table["feature"].to_pylist() == ["z", "a"] * 3
    assert read_scores(gathered)["score"].tolist() == [3, 0, 1, 0, 2, 0]
    assert jobs["job"].to_pylist() == ["E/3", "E/1", "E/2"]


def test_results_without_adaptation_are_those_of_exemplars_and_of_kept_simulations(tmp_path: Path):
    shards = [tmp_path / "scores" / "E" / f"{name}.parquet" for name in ("ex", "a.1", "b")]
    unadapted = tmp_path / "unadapted"
    (unadapted / "E").mkdir(parents=True)
    for name in ("ex", "a.1", "old"):
        (unadapted / "E" / f"{name}.parquet").touch()
    found = unadapted_shards(shards, {"E/ex"}, unadapted)
    assert found == [shards[0], unadapted / "E" / "a.1.parquet"]
    assert unadapted_shards(shards, {"E/ex"}, tmp_path / "no folder") == [shards[0]]


def test_shards_of_before_a_column_existed_are_gathered(tmp_path: Path):
    old, new = tmp_path / "old.parquet", tmp_path / "new.parquet"
    values = {"bpo_rin": 100.0}
    for path in (old, new):
        write_shard(path, result("E/m", features=features({"f": 0.1 + 0.2}), bpo_values=values))
    without = [name for name in SCHEMA.names if name not in ("bpo_values", "exception")]
    pq.write_table(pq.read_table(old).select(without), old)
    gather([old, new, old], tmp_path / "scores.parquet")
    table = pq.read_table(tmp_path / "scores.parquet")
    assert table.schema.equals(SCHEMA, check_metadata=True)
    assert table["bpo_values"].to_pylist() == [None, '{"bpo_rin": 100.0}', None]
    assert table["score"].to_pylist() == [0.30000000000000004] * 3
    pq.write_table(table.select(without), tmp_path / "scores.parquet")
    scores = read_scores(tmp_path / "scores.parquet")
    assert scores["bpo_values"].isna().tolist() == [True] * 3


@pytest.mark.parametrize(
    "columns",
    [
        [name for name in SCHEMA.names if name != "status"],  # it may not be null
        [*SCHEMA.names, "of_a_newer_version"],
    ],
)
def test_other_columns_are_refused(columns: list[str], tmp_path: Path):
    path = tmp_path / "m.parquet"
    write_shard(path, result("E/m", features=features({"f": 1.0})))
    table = pq.read_table(path)
    table = table.append_column("of_a_newer_version", table["score"]).select(columns)
    pq.write_table(table, path)
    with pytest.raises(MegateError, match="not a shard: other columns"):
        gather([path], tmp_path / "scores.parquet")


def test_files_that_are_no_shards_are_named(tmp_path: Path):
    good, other, torn = (tmp_path / f"{name}.parquet" for name in ("good", "other", "torn"))
    write_shard(good, result("E/m", features=features({"f": 1.0})))
    pq.write_table(pa.table({"a": [1]}), other)
    with pytest.raises(
        MegateError, match=r"other\.parquet: not a shard: other columns, or no rows"
    ):
        gather([good, other], tmp_path / "scores.parquet")
    torn.write_bytes(good.read_bytes()[:100])
    with pytest.raises(MegateError, match=r"(?s)torn\.parquet.*other\.parquet.*lost\.parquet"):
        gather([good, torn, other, tmp_path / "lost.parquet"], tmp_path / "scores.parquet")
    assert not (tmp_path / "scores.parquet").exists()


def test_every_column_is_described():
    assert all(b"about" in field.metadata for field in SCHEMA)
