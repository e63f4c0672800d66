"""A finished simulation is kept under a key; a job that finds its key takes it."""

from dataclasses import replace
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from megate.core.paths import Paths
from megate.emodels.manifest import Manifest
from megate.processes.child import Limits
from megate.project.jobs import Job
from megate.scores.failed import remove_results
from megate.scores.finished import Finished, remove_finished, simulation_key
from megate.scores.shards import JobResult, write_shard

MANIFEST = Manifest("e", "e", {"g": 1.0}, [], [], [], "c" * 64)
KEY, OTHER_KEY = "a" * 64, "b" * 64


@pytest.fixture
def paths(tmp_path: Path) -> Paths:
    return Paths(tmp_path / "results")


def finished(paths: Paths, job: str = "e/m", key: str = KEY, traces: bool = True) -> Finished:
    return Finished(paths, job, key, paths.shard(job), paths.traces(job) if traces else None)


def simulate(paths: Paths, job: str = "e/m", key: str = KEY) -> Finished:
    """A simulation with traces, kept and in place."""
    simulation = finished(paths, job, key)
    result = JobResult(job, "e", "e", "m", "c" * 64, "scored", 1.0, 1.0, 100.0, "h", "v")
    simulation.traces.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.table({"t": [1.0]}), simulation.traces)
    write_shard(simulation.shard, result)
    simulation.put_in_place()
    return simulation


def outputs(paths: Paths, job: str = "e/m") -> list[Path]:
    return [paths.shard(job), paths.traces(job)]


def remove(paths: list[Path]) -> None:
    for path in paths:
        path.unlink()


def files(paths: Paths) -> list[str]:
    found = (path for path in paths.results.rglob("*") if path.is_file())
    return sorted(str(path.relative_to(paths.results)) for path in found)


KEPT = [f"finished/{folder}/e/m.{KEY}.parquet" for folder in ("scores", "traces")]
IN_PLACE = ["scores/e/m.parquet", "traces/e/m.parquet"]


def test_removed_outputs_come_back_as_the_same_files(paths: Paths):
    simulation = simulate(paths)
    assert files(paths) == KEPT + IN_PLACE
    before = [path.stat().st_ino for path in outputs(paths)]
    for _ in range(2):
        remove(outputs(paths))
        assert simulation.take()
        assert [path.stat().st_ino for path in outputs(paths)] == before


def test_a_simulation_with_another_key_is_not_taken(paths: Paths):
    simulate(paths)
    remove(outputs(paths))
    assert not finished(paths, key=OTHER_KEY).take()
    assert files(paths) == KEPT


def test_each_key_has_its_own_files(paths: Paths):
    first = simulate(paths)
    inode = paths.shard("e/m").stat().st_ino
    simulate(paths, key=OTHER_KEY)
    assert paths.shard("e/m").stat().st_ino != inode
    assert first.take()
    assert paths.shard("e/m").stat().st_ino == inode


def test_a_shard_without_its_traces_is_taken_if_none_are_wanted(paths: Paths):
    simulation = simulate(paths)
    remove([*outputs(paths), simulation.traces])
    assert not simulation.take()
    assert finished(paths, traces=False).take()
    assert files(paths) == [KEPT[0], IN_PLACE[0]]


@pytest.mark.parametrize("damaged", [0, 1])
def test_a_damaged_file_is_not_taken(damaged: int, paths: Paths):
    simulation = simulate(paths)
    path = outputs(paths)[damaged]
    path.write_bytes(path.read_bytes()[:100])  # one file, of two names
    remove(outputs(paths))
    assert not simulation.take()
    assert files(paths) == KEPT


def test_texts_are_recorded_before_a_result_is_taken(paths: Paths):
    simulation = simulate(paths)
    before = paths.shard("e/m").stat().st_ino
    assert simulation.take(stop_early=None)
    assert paths.shard("e/m").stat().st_ino == before  # nothing to record
    assert simulation.take(stop_early="a")
    for path in (paths.shard("e/m"), simulation.shard):
        assert pq.read_table(path)["stop_early"].to_pylist() == ["a"]
    assert simulation.take(stop_early=None)
    assert pq.read_table(paths.shard("e/m"))["stop_early"].to_pylist() == [None]


def test_removed_simulations_are_not_taken(paths: Paths):
    simulation = simulate(paths)
    simulate(paths, key=OTHER_KEY)
    simulate(paths, job="e/m.1")  # its name begins like the other's
    remove_finished(paths, {"e/m"})
    assert [name for name in files(paths) if name.startswith("finished/scores")] == [
        f"finished/scores/e/m.1.{KEY}.parquet"
    ]
    assert not simulation.take()
    assert set(IN_PLACE) <= set(files(paths))


def test_a_simulation_to_be_run_again_is_removed_with_its_outputs(paths: Paths):
    simulate(paths)
    remove_results(paths, pd.DataFrame({"job": ["e/m"]}))
    assert files(paths) == []


def test_a_file_system_without_hard_links_has_copies(paths: Paths, monkeypatch: pytest.MonkeyPatch):
    def refuse(*_: object) -> None:
        raise PermissionError("no hard links")

    monkeypatch.setattr("os.link", refuse)
    simulation = simulate(paths)
    content = [path.read_bytes() for path in outputs(paths)]
    remove(outputs(paths))
    assert simulation.take()
    assert files(paths) == KEPT + IN_PLACE
    assert [path.read_bytes() for path in outputs(paths)] == content


def test_the_key_depends_on_everything_that_a_simulation_depends_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    morphology = tmp_path / "m.asc"
    morphology.write_text("a cell")
    job = Job("e/m", "e", "e", "e", "m", morphology, 3)
    limits = Limits(10, 100)
    one = simulation_key(job, MANIFEST, limits, False)
    others = [
        simulation_key(replace(job, apical_point=4), MANIFEST, limits, False),
        simulation_key(replace(job, emodel="f"), MANIFEST, limits, False),
        simulation_key(job, replace(MANIFEST, emodel_sha256="d" * 64), limits, False),
        simulation_key(job, MANIFEST, Limits(20, 100), False),
        simulation_key(job, MANIFEST, Limits(10, 200), False),
        simulation_key(job, MANIFEST, limits, True),
    ]
    others.append(simulation_key(job, MANIFEST, limits, False, stopped=True))
    moved = tmp_path / "moved.asc"
    moved.write_text("a cell")
    assert simulation_key(replace(job, morph_path=moved), MANIFEST, limits, False) == one
    morphology.write_text("another cell")
    others.append(simulation_key(job, MANIFEST, limits, False))
    monkeypatch.setattr("megate.core.versions.__version__", "99.0")
    others.append(simulation_key(replace(job, morph_path=moved), MANIFEST, limits, False))
    assert len({one, *others}) == 10
