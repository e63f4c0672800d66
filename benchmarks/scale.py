"""Measure megate's and Snakemake's own costs, with up to a hundred thousand simulations.

    python benchmarks/scale.py N [N ...] [--cores 2] [--work FOLDER]

For each N, makes a release of N combinations (20 e-models, 50 m-types, N / 10 morphologies; see
scale_data.py) and writes shards without simulating. Measures whole commands: the graph of a first
run, of a run with 1 % left, and of a finished run (`snakemake --dry-run`, `snakemake`); the graph
of a bare workflow with as many jobs and the same files, which is Snakemake's own cost; a batch job
until its simulation starts; and the rules that follow the simulations, from Snakemake's benchmark
files. Run it in megate's environment, on a machine that does nothing else.
"""

import argparse
import os
import platform
import re
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
from scale_data import EMODELS, REPOSITORY, make_inputs, make_results, project_in
from scoring import write
from selection import Used, run

# Snakemake's own record of finished jobs; it would wait a tenth of a second for each
RECORD = "import time; time.sleep = lambda s: None; from snakemake.cli import main; main()"
PLAN = ("--dry-run", "--quiet", "rules")
# The jobs of a first run with their files, and nothing else. jobs.txt: name and morphology of each.
BARE = """\
MORPHOLOGIES = dict(line.split("\\t") for line in open("jobs.txt").read().splitlines())

rule all:
    input: "bare/scores"

rule prepare:
    output: "bare/{emodel}/emodel.json"
    shell: "touch {output}"

rule score:
    input:
        "bare/{emodel}/emodel.json",
        lambda wildcards: MORPHOLOGIES[f"{wildcards.emodel}/{wildcards.name}"],
    output: "bare/{emodel}/{name}.parquet"
    log: "bare/logs/{emodel}/{name}.log"
    shell: "touch {output}"

rule gather:
    input: [f"bare/{job}.parquet" for job in MORPHOLOGIES]
    output: "bare/scores"
    shell: "touch {output}"
"""


class Commands:
    """Snakemake calls on a project."""

    def __init__(self, project: Path, cores: int) -> None:
        self.project, self.cores = project, cores
        self._number = 0

    def snakemake(
        self,
        *arguments: str,
        python: tuple[str, ...] = ("-m", "snakemake"),
        cores: int | None = None,
    ) -> Used:
        """Run Snakemake; its output is kept in the project."""
        megate = ["--snakefile", str(REPOSITORY / "Snakefile"), "--configfile", "megate.yaml"]
        return self._run(python, [*megate, "--cores", str(cores or self.cores), *arguments])

    def bare(self) -> Used:
        """Plan the bare workflow with as many jobs."""
        jobs = project_in(self.project).jobs
        lines = (f"{name}\t{job.morph_path}\n" for name, job in jobs.items())
        (self.project / "jobs.txt").write_text("".join(lines))
        (self.project / "bare.smk").write_text(BARE)
        used = self._run(
            ("-m", "snakemake"), ["--snakefile", "bare.smk", "--cores", str(self.cores), *PLAN]
        )
        if not self.said(rf"score +{len(jobs)}\n"):
            sys.exit(f"not all of {len(jobs)} jobs are planned by bare.smk in {self.project}")
        return used

    def _run(self, python: tuple[str, ...], arguments: list[str]) -> Used:
        self._number += 1
        command = [sys.executable, *python, *arguments]
        log = self.project / f"{self._number}.log"
        return run(command, self.project, log, dict(os.environ))

    def said(self, text: str) -> bool:
        """Whether the last command's output has `text` (a regex)."""
        return bool(re.search(text, (self.project / f"{self._number}.log").read_text()))


def measure(project: Path, number: int, cores: int) -> Iterator[tuple[str, float, float, float]]:
    """Yield step, wall time (s), CPU time (s) and memory (MB)."""
    make_inputs(project, number)
    commands = Commands(project, cores)
    yield "graph of a first run", *_of(commands.snakemake(*PLAN))
    simulations = len(project_in(project).jobs)
    if not commands.said(rf"score_combo +{simulations}\n"):
        sys.exit(f"not all of {simulations} simulations are planned in {project}")
    yield "graph of a bare workflow", *_of(commands.bare())
    make_results(project, cores)
    commands.snakemake("combos")
    record = ("--touch", "--until", "score_combo", "emodel_hoc", "--quiet", "all")
    commands.snakemake(*record, python=("-c", RECORD), cores=1000)
    commands.snakemake("--quiet", "rules")
    for rule, what in (
        ("gather_scores", "gathering"),
        ("aggregate", "aggregation"),
        ("report_pages", "report's pages"),
    ):
        took = pd.read_csv(project / "results" / "benchmarks" / f"{rule}.tsv", sep="\t").iloc[0]
        yield what, took["s"], took["cpu_time"], took["max_rss"]
    finished = commands.snakemake()
    if not commands.said("Nothing to be done"):
        sys.exit(f"the run in {project} is not finished")
    yield "graph of a finished run", *_of(finished)
    shards = sorted((project / "results" / "scores").glob("*/*.parquet"))
    for shard in shards[::100]:
        shard.unlink()
    yield "graph with 1 % left", *_of(commands.snakemake(*PLAN))
    if not commands.said(rf"score_combo +{len(shards[::100])}\n"):
        sys.exit(f"not {len(shards[::100])} of {simulations} simulations are left in {project}")
    yield "before a simulation starts", *_of(commands.snakemake(*_of_a_batch_job(shards[0])))


def _of_a_batch_job(shard: Path) -> list[str]:
    """Options that let a batch job's Snakemake prepare for one simulation, and exit."""
    job = f"{shard.parent.name}/{shard.stem}"
    options = ["--target-jobs", f"score_combo:job={job}", "--allowed-rules", "score_combo"]
    return [*options, "--mode", "remote", "--nolock", "--dry-run", "--quiet", "all"]


def _of(used: Used) -> tuple[float, float, float]:
    return used.wall, used.cpu, used.largest_mb


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("numbers", type=int, nargs="+", metavar="N", help="combinations")
    parser.add_argument("--cores", type=int, default=2)
    parser.add_argument("--work", type=Path, help="folder for the projects")
    arguments = parser.parse_args()
    work = (arguments.work or Path(tempfile.mkdtemp(prefix="megate-scale-"))).absolute()
    work.mkdir(parents=True, exist_ok=True)
    write(f"{arguments.cores} cores, {platform.machine()}; {len(EMODELS)} e-models\n")
    for number in arguments.numbers:
        project = Path(tempfile.mkdtemp(prefix=f"scale-{number}-", dir=work))
        write(f"{number} combinations         wall s    CPU s  memory MB")
        for what, wall, cpu, memory in measure(project, number, arguments.cores):
            write(f"{what:28} {wall:8.1f} {cpu:8.1f} {memory:10.0f}")
        write("")
        shutil.rmtree(project)


if __name__ == "__main__":
    main()
