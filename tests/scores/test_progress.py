"""How far a run is, from its files: simulations and e-models in every state."""

import os
import time
from pathlib import Path

import pytest
from run_files import BEGUN_LOG, SCORED_LOG, TRACEBACK, write_combos, write_log, write_result
from runs import Outcome, Project
from tables import combo, combos_table, exemplar

from megate.core.errors import MegateError
from megate.core.paths import Paths
from megate.core.vocabulary import JobState
from megate.scores.failed import read_failed
from megate.scores.finished import link
from megate.scores.gather import gather
from megate.scores.job_files import says_scored, unfinished
from megate.scores.progress import read_progress

STOPPED_LOG = """\
2026-11-27 19:42:03,867 INFO    E on /release/morphology.asc
2026-11-27 19:42:04,867 ERROR   mechanism Ih: it does not compile:
  - Ih.mod, line 3
"""


@pytest.fixture
def paths(tmp_path: Path) -> Paths:
    """E-model E is prepared, F stopped, G has begun, H is left. Of E's morphologies, each is in the
    state that its name says."""
    names = ["scored", "raised", "begun", "stopped", "left", "removed", "interrupted"]
    paths = Paths(tmp_path / "results")
    others = [combo("a", emodel="F"), combo("a", emodel="G"), combo("a", emodel="H")]
    write_combos(paths, combos_table(exemplar(), *map(combo, names), *others))
    paths.manifest("E").parent.mkdir(parents=True)
    paths.manifest("E").write_text("{}")
    write_log(paths, "F", STOPPED_LOG, "prepare_emodel")
    write_log(paths, "G", "", "prepare_emodel")
    for name in ("ex", "scored"):
        write_result(paths, f"E/{name}", {"f": 1.0})
        write_log(paths, f"E/{name}", SCORED_LOG)
    write_result(paths, "E/raised", status="raised", exception=TRACEBACK)
    write_log(paths, "E/raised", BEGUN_LOG)  # only the shard tells
    write_log(paths, "E/begun", BEGUN_LOG)
    write_log(paths, "E/stopped", STOPPED_LOG)
    write_log(paths, "E/removed", SCORED_LOG)
    write_log(paths, "E/interrupted", BEGUN_LOG + "2026-11-27 19:43:00,000 INFO    interrupted\n")
    return paths


def test_simulations(paths: Paths):
    progress = read_progress(paths)
    assert progress.simulations.states == {
        "E/ex": JobState.DONE,
        "E/scored": JobState.DONE,
        "E/raised": JobState.FAILED,
        "E/begun": JobState.BEGUN,
        "E/stopped": JobState.STOPPED,
        "E/left": JobState.LEFT,
        "E/removed": JobState.LEFT,
        "E/interrupted": JobState.LEFT,
        "F/a": JobState.LEFT,
        "G/a": JobState.LEFT,
        "H/a": JobState.LEFT,
    }
    problem = progress.simulations.unfinished["E/stopped"].problem
    assert problem == "mechanism Ih: it does not compile:\n  - Ih.mod, line 3\n"
    assert progress.failed[["job", "reason"]].to_numpy().tolist() == [
        ["E/raised", "ValueError: no axon"]
    ]
    assert progress.simulations.counts(["E/ex", "E/left", "F/a"]) == dict.fromkeys(JobState, 0) | {
        JobState.DONE: 1,
        JobState.LEFT: 2,
    }


def test_emodels(paths: Paths):
    assert read_progress(paths).emodels.states == {
        "E": JobState.DONE,
        "F": JobState.STOPPED,
        "G": JobState.BEGUN,
        "H": JobState.LEFT,
    }


def test_results_since_the_gathered_table(paths: Paths):
    gather([paths.shard("E/ex"), paths.shard("E/raised")], paths.scores)
    assert read_progress(paths).since_gathered == 0
    later = paths.scores.stat().st_mtime + 1
    os.utime(write_result(paths, "E/left", status="timeout", exception="too long"), (later, later))
    progress = read_progress(paths)
    assert progress.since_gathered == 1
    assert progress.failed["job"].tolist() == ["E/left", "E/raised"]


def test_a_kept_result_that_is_linked_again_counts(paths: Paths):
    """Its time is that of the simulation, before the table was gathered."""
    kept = write_result(paths, "E/removed", status="raised", exception=TRACEBACK)
    kept.rename(paths.results / "kept.parquet")
    write_result(paths, "E/removed", {"f": 1.0})
    gather([paths.shard("E/removed")], paths.scores)
    time.sleep(0.05)  # (file systems may tell times in steps of some ms)
    paths.shard("E/removed").unlink()
    link(paths.results / "kept.parquet", paths.shard("E/removed"))
    write_log(paths, "E/removed", "2026-11-27 19:42:03,867 INFO    raised on node1; taken from x\n")
    assert "E/removed" in read_failed(paths)["job"].tolist()


def test_a_result_is_not_newer_because_the_kept_one_was_removed(paths: Paths):
    kept = paths.results / "kept.parquet"
    os.link(paths.shard("E/scored"), kept)
    gather([paths.shard("E/scored")], paths.scores)
    time.sleep(0.05)
    kept.unlink()
    assert read_progress(paths).since_gathered == 0


def test_jobs_that_run_on_this_machine(paths: Paths):
    """Those whose log a process writes to; one that reads it does not count."""
    log = paths.simulation_logs / "E" / "begun.log"
    with log.open():
        assert read_progress(paths).simulations.states["E/begun"] == JobState.BEGUN
    with log.open("a"), paths.log("prepare_emodel/G").open("a"):
        progress = read_progress(paths)
    assert progress.simulations.states["E/begun"] == JobState.RUNNING
    assert progress.simulations.unfinished["E/begun"].process == os.getpid()
    assert progress.emodels.states["G"] == JobState.RUNNING


def test_imported_scores(paths: Paths):
    shards = [paths.shard(f"E/{name}") for name in ("ex", "scored", "raised")]
    gather(shards, paths.scores)
    for path in shards:
        path.unlink()
    shards[0].parent.rmdir()
    paths.shards.rmdir()
    progress = read_progress(paths)
    assert progress.imported
    assert progress.simulations.counts()[JobState.FAILED] == 1
    assert progress.failed["job"].tolist() == ["E/raised"]


def test_no_results(tmp_path: Path):
    with pytest.raises(MegateError, match=r"no results of a run found in"):
        read_progress(Paths(tmp_path))


def test_a_table_that_cannot_be_read(paths: Paths):
    paths.combos.write_bytes(b"PAR1")
    with pytest.raises(MegateError, match=r"combos\.parquet: cannot be read; delete it"):
        read_progress(paths)


def test_a_missing_log(tmp_path: Path):
    assert not says_scored(tmp_path / "x.log")
    assert unfinished(tmp_path / "x.log").state == JobState.LEFT


def test_logs_of_a_real_run(example: tuple[Project, Outcome]):
    """Each log says that there are scores exactly if its shard has some."""
    paths = Paths(example[0].results)
    progress = read_progress(paths)
    states = progress.simulations.states
    assert progress.simulations.counts() == dict.fromkeys(JobState, 0) | {
        JobState.DONE: 14,
        JobState.FAILED: 1,
    }
    assert progress.emodels.counts()[JobState.DONE] == 2
    for job, state in states.items():
        log = paths.simulation_logs / f"{job}.log"
        assert says_scored(log) == (state == JobState.DONE)
        assert unfinished(log).state == JobState.LEFT  # if its shard were removed
