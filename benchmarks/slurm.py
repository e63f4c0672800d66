"""Measure the overhead of a Slurm cluster: one job per simulation, job arrays, bundles.

    python benchmarks/slurm.py [--morphologies 40]

Starts a cluster of one node on this machine (as root; Debian's slurm-wlm and munge), and runs a
prepared project of short simulations in each way, from Snakemake's start to its end. Prints
submissions (sbatch), Slurm jobs, wall time, and the CPU time of the machine without that of the
simulations, per combination. Then runs the whole example. Run it in megate's environment, on a
machine that does nothing else.
"""

import argparse
import os
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import pandas as pd
import psutil
from scoring import write

REPOSITORY = Path(__file__).resolve().parents[1]
for folder in ("scripts", "tests/support", "tests/slurm"):
    sys.path.insert(0, str(REPOSITORY / folder))

from cluster import Cluster, running_cluster, why_not  # noqa: E402
from runs import copy_project  # noqa: E402
from small_project import SmallProject  # noqa: E402

SNAKEMAKE = [sys.executable, "-m", "snakemake", "--snakefile", str(REPOSITORY / "Snakefile")]
# options of the profile; short intervals between status checks, because simulations are short
SLURM = ["--executor", "slurm", "--jobs", "100", "--latency-wait", "10"]
SLURM += ["--slurm-status-command", "squeue", "--slurm-init-seconds-before-status-checks", "5"]
BUNDLES = ["--resources", "bundle=1", "--group-components"]
WAYS = {
    "no cluster, 2 cores": ["--cores", "2"],
    "a job for each": SLURM,
    "one job array": [*SLURM, "--slurm-array-jobs", "score_combo"],
    "bundles of 10": [*SLURM, *BUNDLES, "score=10"],
    "bundles of 20": [*SLURM, *BUNDLES, "score=20"],
}
TIMEOUT_S = 1200
COLUMNS = "{:28} {:>11} {:>10} {:>8} {:>17}"


def measure(
    cluster: Cluster, root: Path, options: Sequence[str]
) -> tuple[int, int, float, float, float]:
    """Run Snakemake in a project's folder to its end.

    Returns:
        Submissions, Slurm jobs, wall time (s), the machine's CPU time, the simulations' (s).
    """
    jobs, submissions = set(tasks(cluster)), cluster.submissions()
    cpu, started = busy(), time.perf_counter()
    with (root / "screen").open("w") as screen:
        environment = cluster.environment | {"PYTHONPATH": str(REPOSITORY / "scripts")}
        subprocess.run(
            [*SNAKEMAKE, *options],
            cwd=root,
            env=environment,
            stdout=screen,
            stderr=screen,
            check=True,
            timeout=TIMEOUT_S,
        )
    wall, cpu = time.perf_counter() - started, busy() - cpu
    shards = (root / "results" / "scores").glob("*/[!.]*.parquet")
    simulations = sum(
        pd.read_parquet(shard, columns=["cpu_s"])["cpu_s"].iloc[0] for shard in shards
    )
    return (
        cluster.submissions() - submissions,
        len(set(tasks(cluster)) - jobs),
        wall,
        cpu,
        simulations,
    )


def tasks(cluster: Cluster) -> list[str]:
    """All jobs that the controller remembers; the tasks of an array count as jobs."""
    return cluster.run("squeue", "--noheader", "--states=all", "--array", "--format=%i").split()


def busy() -> float:
    """CPU time that this machine has spent in total, s."""
    times = psutil.cpu_times()
    return times.user + times.nice + times.system


def compare(work: Path, number_of_morphologies: int) -> None:
    """Run all ways, and print their costs."""
    (work / "cluster").mkdir()
    morphologies = [f"m{number:03}" for number in range(number_of_morphologies)]
    number = len(morphologies) + 1  # the exemplar
    write(f"{os.cpu_count()} cores, {platform.machine()}; {number} simulations\n")
    write(COLUMNS.format("", "submissions", "Slurm jobs", "wall s", "CPU s beside each"))
    with running_cluster(work / "cluster") as cluster:
        for way, options in WAYS.items():
            root = work / way.replace(" ", "_").replace(",", "")
            root.mkdir()
            project = SmallProject(root, morphologies, "")
            common = ("--configfile", "megate.yaml")
            prepared = project.snakemake("--until", "prepare_emodel", "combos")
            assert prepared.returncode == 0, prepared.output
            submissions, jobs, wall, cpu, simulations = measure(
                cluster, root, [*common, *options, "--until", "score_combo"]
            )
            beside = f"{(cpu - simulations) / number:.2f}"
            write(COLUMNS.format(way, submissions, jobs, f"{wall:.0f}", beside))
        for way, options in {
            "the example, no cluster": ["--cores", "2"],
            "the example, with the profile": ["--profile", str(REPOSITORY / "slurm")],
        }.items():
            root = work / way.replace(" ", "_").replace(",", "")
            root.mkdir()
            copy_project(root)
            submissions, jobs, wall, *_ = measure(
                cluster, root, ["--configfile", "config/config.yaml", *options]
            )
            write(COLUMNS.format(way, submissions, jobs, f"{wall:.0f}", ""))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--morphologies", type=int, default=40)
    arguments = parser.parse_args()
    if reason := why_not():
        sys.exit(reason)
    with tempfile.TemporaryDirectory(prefix="megate-slurm-", ignore_cleanup_errors=True) as work:
        compare(Path(work), arguments.morphologies)


if __name__ == "__main__":
    main()
