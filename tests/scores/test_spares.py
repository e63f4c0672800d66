"""A finished simulation has a second name until all are gathered; a job that was interrupted after
it takes that."""

from dataclasses import replace
from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq
import pytest

from megate.emodels.manifest import Manifest
from megate.processes.child import Limits
from megate.project.jobs import Job
from megate.scores.failed import forget
from megate.scores.gather import gather
from megate.scores.shards import SCHEMA, JobResult, write_shard
from megate.scores.spares import (
    KEY,
    fingerprint,
    jobs_with_spares,
    remove_spares,
    spare_of,
    take_spares,
)

MANIFEST = Manifest("e", "e", {"g": 1.0}, [], [], [], "c" * 64)


@pytest.fixture
def results(tmp_path: Path) -> Path:
    """The results of one simulation, e/m, with its traces."""
    results = tmp_path / "results"
    shard, traces = outputs(results)
    traces.parent.mkdir(parents=True)
    spare_of(traces).write_text("traces")
    result = JobResult("e/m", "e", "e", "m", "c" * 64, "scored", 1.0, 1.0, 100.0, "h", "v")
    write_shard(spare_of(shard), result, {KEY: "made from this"})
    assert take_spares(shard, traces, "made from this")
    return results


def outputs(results: Path) -> tuple[Path, Path]:
    return results / "scores" / "e" / "m.parquet", results / "traces" / "e" / "m.parquet"


def remove(*paths: Path) -> None:
    for path in paths:
        path.unlink()


def files(results: Path) -> list[str]:
    return sorted(str(path.relative_to(results)) for path in results.rglob("*") if path.is_file())


def test_removed_outputs_come_back_as_the_same_files(results: Path):
    before = [(path.stat().st_ino, path.stat().st_mtime_ns) for path in outputs(results)]
    remove(*outputs(results))
    assert take_spares(*outputs(results), "made from this")
    assert [(p.stat().st_ino, p.stat().st_mtime_ns) for p in outputs(results)] == before
    remove(*outputs(results))
    assert take_spares(*outputs(results), "made from this")  # interrupted a second time


def test_what_was_made_from_something_else_is_not_taken(results: Path):
    remove(*outputs(results))
    assert not take_spares(*outputs(results), "made from that")
    assert files(results) == []


def test_a_shard_without_its_traces_is_not_taken(results: Path):
    shard, traces = outputs(results)
    remove(shard, traces, traces.with_name(".m.parquet.spare"))
    assert not take_spares(shard, traces, "made from this")
    assert files(results) == []


def test_a_spare_that_does_not_read_is_not_taken(results: Path):
    shard, _ = outputs(results)
    shard.write_bytes(shard.read_bytes()[:100])  # both names: it is one file
    remove(shard)
    assert not take_spares(shard, None, "made from this")


def test_without_spares_nothing_is_taken(results: Path):
    assert jobs_with_spares(results) == {"e/m"}
    remove_spares(results, "e/m")
    assert jobs_with_spares(results) == set()
    assert files(results) == ["scores/e/m.parquet", "traces/e/m.parquet"]
    remove(*outputs(results))
    assert not take_spares(*outputs(results), "made from this")


def test_what_is_to_run_again_has_no_spares(results: Path):
    forget(results, pd.DataFrame({"job": ["e/m"]}))
    assert files(results) == []


def test_a_file_system_without_hard_links_has_outputs_and_no_spares(
    results: Path, monkeypatch: pytest.MonkeyPatch
):
    def refuse(*_: object) -> None:
        raise PermissionError("no hard links")

    remove(*outputs(results))
    monkeypatch.setattr("os.link", refuse)
    assert take_spares(*outputs(results), "made from this")
    assert files(results) == ["scores/e/m.parquet", "traces/e/m.parquet"]


def test_the_fingerprint_is_not_a_column(results: Path, tmp_path: Path):
    shard, _ = outputs(results)
    assert pq.read_schema(shard).metadata[b"megate.fingerprint"] == b"made from this"
    gather([shard], tmp_path / "scores.parquet")
    assert pq.read_schema(tmp_path / "scores.parquet").equals(SCHEMA)


def test_a_fingerprint_tells_all_that_a_simulation_depends_on(tmp_path: Path):
    morphology = tmp_path / "m.asc"
    morphology.write_text("a cell")
    job = Job("e/m", "e", "e", "e", "m", morphology, 3)
    limits = Limits(10, 100)
    one = fingerprint(job, MANIFEST, limits, False, False)
    others = [
        fingerprint(replace(job, apical_point=4), MANIFEST, limits, False, False),
        fingerprint(replace(job, emodel="f"), MANIFEST, limits, False, False),
        fingerprint(job, replace(MANIFEST, emodel_sha256="d" * 64), limits, False, False),
        fingerprint(job, MANIFEST, Limits(20, 100), False, False),
        fingerprint(job, MANIFEST, limits, True, False),
        fingerprint(job, MANIFEST, limits, False, True),
    ]
    moved = tmp_path / "moved.asc"
    moved.write_text("a cell")
    assert fingerprint(replace(job, morph_path=moved), MANIFEST, limits, False, False) == one
    morphology.write_text("another cell")
    others.append(fingerprint(job, MANIFEST, limits, False, False))
    assert len({one, *others}) == 8
