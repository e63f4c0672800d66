"""What a cluster does to jobs: what is lost is done again, with more, what is finished is not, and
what goes wrong in a simulation is its result."""

import os
import signal
import time
from pathlib import Path

import psutil
import pytest
from cluster import Cluster, wait_for
from slurm_runs import NOTE, begun, outcome, shards, started_small
from small_project import EXEMPLAR, SmallProject

from megate.processes.process import OWNER

pytestmark = pytest.mark.slow

# The third and the fifth simulation to begin wait.
WAIT = """
    if begins and nth in (3, 5):
        wait()
"""


def names(project: SmallProject) -> list[str]:
    return [simulation.morphology for simulation in begun(project)]


def test_of_an_interrupted_bundle_what_is_finished_stays(cluster: Cluster, tmp_path: Path):
    """Ctrl-C, and the same command again; then the Slurm job is cancelled, and tried again."""
    root = tmp_path / "project"
    root.mkdir()
    others = ["a", "b", "c", "d"]
    project = SmallProject(root, others, NOTE.format(root=str(root)) + WAIT)
    everything = {EXEMPLAR, *others}

    with started_small(cluster, project) as run:
        wait_for(lambda: len(begun(project)) == 3, 90, "the third simulation begins")
        (bundle,) = cluster.jobs("running")
        first = shards(project)
        assert len(first) == 2
        run.press_ctrl_c()
        assert run.wait(30) != 0
    wait_for(lambda: not cluster.jobs("running", "completing"), 30, "its job is cancelled")
    assert cluster.details(bundle)["JobState"] == "CANCELLED"

    with started_small(cluster, project) as run:
        wait_for(lambda: len(begun(project)) == 5, 90, "the fifth simulation begins")
        (bundle,) = cluster.jobs("running")
        finished = first | {names(project)[3]}
        assert finished == shards(project) & finished
        cluster.run("scancel", bundle)
        assert run.wait(90) == 0, run.output
    assert cluster.details(bundle)["JobState"] == "CANCELLED"
    assert "Trying to restart job" in run.output
    assert shards(project) == everything
    of_jobs = {
        job: {b.morphology for b in begun(project) if b.job == job} for job in cluster.jobs()
    }
    assert first.isdisjoint(of_jobs[bundle])
    assert finished.isdisjoint(of_jobs[begun(project)[-1].job])
    assert all(outcome(project, name)[0] == "scored" for name in everything)


# what Slurm says of their first jobs
STATES = {"cancelled": "CANCELLED", "killed": "FAILED", "late": "TIMEOUT", "greedy": "FAILED"}
RETRIED = set(STATES)
RECORDED = {
    "shot": ("crashed", "was killed by SIGKILL"),
    "endless": ("timeout", "(timeout_s: 90)"),
    "large": ("memory", "(memory_mb: 500)"),
}
FAULT = """
    if begins:
        kept = []
        if morphology == "greedy":  # no process of it holds more than it may
            hold = "import time; held = b'x' * 250_000_000; time.sleep(60)"
            kept = [subprocess.Popen([sys.executable, "-c", hold]) for _ in range(8)]
        if morphology in ("cancelled", "killed", "late", "greedy", "shot", "spared"):
            wait()
        for process in kept:
            process.kill()
        if morphology == "endless":
            time.sleep(1000)
        while morphology == "large":
            kept.append(b"x" * 10_000_000)
            time.sleep(0.02)
"""


def test_lost_jobs_are_tried_again_and_failed_simulations_are_results(
    cluster: Cluster, tmp_path: Path
):
    root = tmp_path / "project"
    root.mkdir()
    morphologies = sorted({"good", "spared", *RETRIED, *RECORDED})
    project = SmallProject(
        root, morphologies, NOTE.format(root=str(root)) + FAULT, timeout_s=90, memory_mb=500
    )
    with started_small(cluster, project, "--group-components", "score=1") as run:
        waiting = {"cancelled", "killed", "late", "greedy", "shot", "spared"}
        wait_for(lambda: waiting <= set(names(project)), 90, "all have begun")
        first = {simulation.morphology: simulation for simulation in begun(project)}

        cluster.run("scontrol", "update", f"jobid={first['late'].job}", "endtime=now+1")
        cluster.set_node("drain")  # running jobs go on, others wait
        cluster.run("scancel", first["cancelled"].job)
        os.kill(first["shot"].pid, signal.SIGKILL)
        snakemake = psutil.Process(first["killed"].pid).environ()[OWNER]
        psutil.Process(int(snakemake)).kill()
        wait_for(lambda: bool(cluster.jobs("pending")), 60, "a job is tried again")
        time.sleep(1)
        assert not RETRIED & {name for name in names(project) if names(project).count(name) > 1}
        cluster.set_node("resume")
        wait_for(
            lambda: all(names(project).count(name) == 2 for name in RETRIED), 100, "all are again"
        )
        (root / "go").touch()
        assert run.wait(120) == 0, run.output

    for morphology in {EXEMPLAR, *morphologies} - RECORDED.keys():
        assert outcome(project, morphology)[0] == "scored"
    for morphology, (status, reason) in RECORDED.items():
        found, exception = outcome(project, morphology)
        assert found == status
        assert reason in exception
    again = {simulation.morphology: simulation.job for simulation in begun(project)}
    for name in {EXEMPLAR, *morphologies}:
        assert names(project).count(name) == (2 if name in RETRIED else 1), name
    for name in RETRIED:  # with twice the memory, and more time
        before, after = cluster.details(first[name].job), cluster.details(again[name])
        assert before["JobState"] == STATES[name]
        assert (before["MinMemoryNode"], after["MinMemoryNode"]) == ("1500M", "3000M")
        assert after["TimeLimit"] == "00:12:00"
