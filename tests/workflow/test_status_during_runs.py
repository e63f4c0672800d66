"""`megate status` during a run, after the run was killed, and at its end."""

import os
import signal
import time
from pathlib import Path

import pytest
from runs import start_snakemake
from small_project import SmallProject

from megate.core.paths import Paths
from megate.core.vocabulary import JobState
from megate.scores.progress import Progress, read_progress

pytestmark = pytest.mark.slow

FAULT = """
    import os, time
    if place == "create" and morphology == "bad":
        raise ValueError("no luck today")
    while place == "create" and morphology == "slow" and not os.path.exists({go_on!r}):
        time.sleep(0.1)
"""
SLOW, BAD = "small/slow", "small/bad"


def progress_when(paths: Paths, state: JobState) -> Progress:
    """How far the run is when the slow simulation is in this state."""
    for _ in range(600):
        if paths.combos.is_file():
            progress = read_progress(paths)
            if progress.simulations.states[SLOW] == state:
                return progress
        time.sleep(0.2)
    raise AssertionError(f"{SLOW} is never {state}")


def test_status_during_runs(tmp_path: Path):
    go_on = tmp_path / "go_on"
    project = SmallProject(tmp_path, ["slow", "bad"], FAULT.format(go_on=str(go_on)))
    paths = Paths(project.results)
    arguments = ("--configfile", "megate.yaml")
    run = start_snakemake(*arguments, cwd=project.root, cores=1, new_session=True)
    try:
        running = progress_when(paths, JobState.RUNNING)
        process = running.simulations.unfinished[SLOW].process
        assert running.emodels.states == {"small": JobState.DONE}
        assert "megate" in Path(f"/proc/{process}/cmdline").read_text()
    finally:
        os.killpg(run.pid, signal.SIGKILL)
        run.communicate()
    killed = progress_when(paths, JobState.BEGUN)
    assert killed.simulations.unfinished[SLOW].process is None
    assert killed.simulations.counts()[JobState.RUNNING] == 0

    go_on.touch()
    outcome = project.snakemake()
    assert outcome.returncode == 0, outcome.output
    done = read_progress(paths)
    assert done.simulations.states[SLOW] == JobState.DONE
    assert done.simulations.states[BAD] == JobState.FAILED
    assert done.failed["reason"].tolist() == ["ValueError: no luck today"]
    assert done.since_gathered == 0

    paths.shard(SLOW).unlink()  # as `megate rerun` does; the log of before is still there
    assert read_progress(paths).simulations.states[SLOW] == JobState.LEFT
