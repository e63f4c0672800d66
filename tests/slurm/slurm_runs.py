"""Snakemake runs that send their jobs to a Slurm cluster, and what their simulations leave."""

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
from cluster import Cluster
from runs import REPOSITORY
from small_project import SmallProject

SNAKEMAKE = Path(sys.executable).with_name("snakemake")
# the profile asks every 10 s at first; these jobs are short
OFTEN = ["--slurm-init-seconds-before-status-checks", "2"]


@dataclass
class Run:
    """A run that may still go on.

    Attributes:
        process: snakemake, leader of a process group
        screen: file that takes what it says
    """

    process: subprocess.Popen
    screen: Path

    @property
    def output(self) -> str:
        return self.screen.read_text()

    def wait(self, seconds: float) -> int:
        """Wait for its end; gives the exit status."""
        try:
            return self.process.wait(timeout=seconds)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"still running after {seconds:g} s:\n{self.output}") from None

    def press_ctrl_c(self) -> None:
        os.killpg(self.process.pid, signal.SIGINT)


@contextlib.contextmanager
def started(cluster: Cluster, *arguments: str, cwd: Path) -> Iterator[Run]:
    """A run of `snakemake` with these arguments; ended with the block, if it has not ended yet."""
    screen = cwd.with_name(f"{cwd.name}.screen")
    path = f"{SNAKEMAKE.parent}:{cluster.environment['PATH']}"
    with screen.open("w") as output:
        process = subprocess.Popen(
            ["snakemake", *arguments],
            cwd=cwd,
            env=cluster.environment | {"PATH": path},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
        )
    try:
        yield Run(process, screen)
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def started_small(cluster: Cluster, project: SmallProject, *arguments: str):
    """A run of a small project's simulations, with the profile, from the project's folder."""
    return started(
        cluster,
        *("--snakefile", str(REPOSITORY / "Snakefile"), "--profile", str(REPOSITORY / "slurm")),
        *("--configfile", "megate.yaml", "--until", "score_combo", *OFTEN, *arguments),
        cwd=project.root,
    )


def shards(project: SmallProject) -> set[str]:
    """Morphologies whose shards are there."""
    return {path.stem for path in (project.results / "scores" / "small").glob("[!.]*.parquet")}


def outcome(project: SmallProject, morphology: str) -> tuple[str, str]:
    """Status and exception of a simulation."""
    row = pd.read_parquet(project.shard(morphology)).iloc[0]
    return row["status"], row["exception"] or ""


# The head of a small e-model's fault: each simulation that begins is noted in `begun`, with its
# Slurm job and process; `begins` is true then, and `nth` says how many have.
NOTE = """
    import os, pathlib, subprocess, sys, time
    here = pathlib.Path({root!r})
    # each sweep is a process of its own
    mark = here / f"begun {{morphology}} {{os.environ.get('SLURM_JOB_ID')}}"
    begins, nth = place == "sweep" and not mark.exists(), 0
    if begins:
        mark.touch()
        with (here / "begun").open("a") as file:
            file.write(f"{{morphology}} {{os.environ['SLURM_JOB_ID']}} {{os.getpid()}}\\n")
        nth = (here / "begun").read_text().count("\\n")
    def wait():
        end = time.monotonic() + 150
        while not (here / "go").exists() and time.monotonic() < end:
            time.sleep(0.1)
"""


@dataclass(frozen=True)
class Begun:
    """A simulation that began: in which Slurm job, as which process."""

    morphology: str
    job: str
    pid: int


def begun(project: SmallProject) -> list[Begun]:
    """All simulations that have begun, in that order."""
    file = project.root / "begun"
    lines = file.read_text().splitlines() if file.exists() else []
    return [Begun(name, job, int(pid)) for name, job, pid in map(str.split, lines)]
