"""Compare megate with BluePyMM: the same project on the same number of cores, one after the other.

    python benchmarks/scoring.py PROJECT [--builtin] [--whole] [--cores 2] [--work FOLDER]

PROJECT is a BluePyMM project (a folder with prepare.json, run.json, select.json) or a configuration
file of megate's (config/config.yaml is the example). BluePyMM 0.9.11 gets an environment of its own
in FOLDER. Prints wall and CPU time of each step, their ratio, the largest difference between
scores, and the parts of megate's time. Run it in megate's environment, on a machine that does
nothing else.

megate's steps are calls of Snakemake of their own, to compare them with BluePyMM's. With --whole,
megate also runs as users run it, in one call.
"""

import argparse
import contextlib
import ctypes
import json
import os
import platform
import resource
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pandas as pd
from bluepymm_projects import REPOSITORY, bluepymm_projects

BLUEPYMM = [
    "bluepymm==0.9.11",
    "bluepyopt==1.12.63",
    "neuron==8.2.7",
    "pandas<3",
    "setuptools<81",
]
_PR_SET_CHILD_SUBREAPER = 36  # <linux/prctl.h>
IDENTITY = ["layer", "fullmtype", "etype", "morph_name", "emodel", "original_emodel"]
FLAGS = ["is_exemplar", "is_repaired", "is_original"]


@dataclass
class Step:
    """Wall and CPU time (user and system, all processes) of one step, s."""

    wall: float = 0.0
    cpu: float = 0.0

    def __add__(self, other: "Step") -> "Step":
        return Step(self.wall + other.wall, self.cpu + other.cpu)


def timed(command: list[str], cwd: Path, environment: dict[str, str], log: Path) -> Step:
    """Run a command; raise if it fails."""
    # processes whose parent has ended become children of this one, so that their time counts
    ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1)
    before, started = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    with log.open("a") as output:
        done = subprocess.run(
            command, cwd=cwd, env=environment, stdout=output, stderr=output, check=False
        )
    wall = time.perf_counter() - started
    with contextlib.suppress(ChildProcessError):  # megate's server, which ends after Snakemake
        while True:
            os.wait()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode != 0:
        sys.exit(f"{' '.join(command)}\nended with status {done.returncode}; see {log}")
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Step(wall, cpu)


def bluepymm_environment(work: Path) -> dict[str, str]:
    """Environment variables of an environment with BluePyMM; make it if it is missing."""
    folder = work / "bluepymm"
    if not (folder / "bin" / "bluepymm").exists():
        subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
        subprocess.run([folder / "bin" / "pip", "install", "--quiet", *BLUEPYMM], check=True)
    return os.environ | {"PATH": f"{folder / 'bin'}{os.pathsep}{os.environ['PATH']}"}


def run_bluepymm(project: Path, cores: int, environment: dict[str, str]) -> dict[str, Step]:
    """Remove old results, then prepare, run and select."""
    for name in ("tmp", "output", "release", "output_select"):
        shutil.rmtree(project / name, ignore_errors=True)
    program, log = shutil.which("bluepymm", path=environment["PATH"]), project / "bluepymm.log"
    commands = {
        "prepare": ["prepare", "prepare.json"],
        "score": ["run", "run.json", "--n_processes", str(cores)],
        "select": ["select", "select.json"],
    }
    return {
        step: timed([program, *arguments], project, environment, log)
        for step, arguments in commands.items()
    }


STEPS_OF_MEGATE = {
    "prepare": ["--until", "prepare_emodel", "combos"],
    "score": ["--until", "score_combo"],
    "select": [],
}
"""Options of Snakemake that make the same steps; `score` only simulates."""


def run_megate(
    project: Path, cores: int, folder: Path, evaluator: str, steps: dict[str, list[str]]
) -> dict[str, Step]:
    """Run steps, each in a call of its own."""
    command = [sys.executable, "-m", "snakemake", "--snakefile", str(REPOSITORY / "Snakefile")]
    command += ["--cores", str(cores), "--config", f"bluepymm={project.absolute()}"]
    command += [f"scoring={{evaluator: {evaluator}}}"]
    log = folder / "megate.log"
    return {
        step: timed([*command, *arguments], folder, dict(os.environ), log)
        for step, arguments in steps.items()
    }


def bluepymm_scores(project: Path) -> pd.DataFrame:
    """Scores, one row per row of BluePyMM's table and feature."""
    with sqlite3.connect(project / "output" / "scores.sqlite") as database:
        rows = pd.read_sql("SELECT * FROM scores", database)
    rows["scores"] = [json.loads(text or "null") or {} for text in rows["scores"]]  # raised: null
    return pd.DataFrame(
        [
            {name: row[name] for name in IDENTITY}
            | {name: bool(row[name]) for name in FLAGS}
            | {"feature": feature, "score": score}
            for row in rows.to_dict("records")
            for feature, score in row["scores"].items()
        ]
    )


def megate_scores(folder: Path) -> tuple[pd.DataFrame, pd.DataFrame]:
    """megate's scores in the same form, and its simulations."""
    combos = pd.read_parquet(folder / "results" / "combos.parquet")
    scores = pd.read_parquet(folder / "results" / "scores.parquet")
    joined = combos.merge(scores[["job", "feature", "score"]].dropna(subset="feature"), on="job")
    return joined[[*IDENTITY, *FLAGS, "feature", "score"]], scores.drop_duplicates("job")


def compare(theirs: pd.DataFrame, ours: pd.DataFrame) -> str:
    keys = [*IDENTITY, *FLAGS, "feature"]
    both = theirs.merge(ours, on=keys, suffixes=("", "_megate"), validate="one_to_one")
    if both.empty:
        sys.exit("no score is in both")
    difference = (both["score"] - both["score_megate"]).abs().max()
    text = f"{len(both)} scores in both, largest difference {difference}"
    one_sided = (both["score"].isna() != both["score_megate"].isna()).sum()
    if one_sided:
        text += f", {one_sided} without a number in one of them"
    if len(both) != len(theirs) or len(both) != len(ours):
        text += f" (BluePyMM alone {len(theirs) - len(both)}, megate alone {len(ours) - len(both)})"
    return text


def report(
    bluepymm: dict[str, Step], megate: dict[str, Step], jobs: pd.DataFrame, whole: Step | None
) -> None:
    rows = {
        step: (bluepymm[step], megate[step], name)
        for step, name in (("prepare", "prepare"), ("score", "run"), ("select", "select"))
    }
    total = (sum(bluepymm.values(), Step()), sum(megate.values(), Step()), "all")
    write("step (BluePyMM's)    BluePyMM: wall s   CPU s     megate: wall s   CPU s    wall ratio")
    rows["all"] = total
    if whole is not None:
        rows["one call"] = (total[0], whole, "all")
    for step, (theirs, ours, name) in rows.items():
        write(
            f"{f'{step} ({name})':20} {theirs.wall:17.1f} {theirs.cpu:7.1f} {ours.wall:18.1f} "
            f"{ours.cpu:7.1f} {theirs.wall / ours.wall:13.2f}"
        )
    cpu, number = megate["score"].cpu, len(jobs)
    solving = jobs["solve_cpu_s"].sum()
    write(f"\nmegate's score step: {number} simulations, {cpu:.1f} s of CPU time")
    write(f"NEURON's solver: {solving:.1f} s, {100 * solving / cpu:.1f} %")
    parts = {
        "building cells": jobs["build_cpu_s"].sum(),
        "features": jobs["features_cpu_s"].sum(),
        "Python, imports, package, checks": jobs["cpu_s"].sum()
        - jobs[["solve_cpu_s", "build_cpu_s", "features_cpu_s"]].sum().sum(),
        "Snakemake, command, shard": cpu - jobs["cpu_s"].sum(),
    }
    write(f"the rest: {(cpu - solving) / number:.2f} s per simulation, of which")
    for name, seconds in parts.items():
        write(f"  {name:34} {seconds / number:5.2f}")


def write(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("project", type=Path)
    parser.add_argument("--builtin", action="store_true", help="also with the built-in evaluator")
    parser.add_argument("--whole", action="store_true", help="also megate in one call")
    parser.add_argument("--cores", type=int, default=2)
    parser.add_argument("--work", type=Path, help="folder for environment and results")
    arguments = parser.parse_args()
    work = (arguments.work or Path(tempfile.mkdtemp(prefix="megate-benchmark-"))).absolute()
    runs = Path(tempfile.mkdtemp(prefix="run-", dir=_made(work)))
    environment = bluepymm_environment(work)
    evaluators = {"auto": "the evaluator of the package, if it has code"}
    if arguments.builtin:
        evaluators["builtin"] = "the built-in evaluator"
    theirs_total = {step: Step() for step in ("prepare", "score", "select")}
    ours_total = {evaluator: dict(theirs_total) for evaluator in evaluators}
    theirs, ours, jobs = [], defaultdict(list), defaultdict(list)
    whole: defaultdict[str, Step] = defaultdict(Step)
    for project in bluepymm_projects(arguments.project, runs / "projects"):
        copy = runs / f"bluepymm-{project.name}"
        shutil.copytree(project, copy)
        for step, used in run_bluepymm(copy, arguments.cores, environment).items():
            theirs_total[step] += used
        theirs.append(bluepymm_scores(copy))
        for evaluator in evaluators:
            folder = _made(runs / f"megate-{evaluator}-{project.name}")
            run_steps = partial(run_megate, project, arguments.cores, evaluator=evaluator)
            for step, used in run_steps(folder, steps=STEPS_OF_MEGATE).items():
                ours_total[evaluator][step] += used
            if arguments.whole:
                once = _made(runs / f"whole-{evaluator}-{project.name}")
                whole[evaluator] += run_steps(once, steps={"all": []})["all"]
            scores, simulations = megate_scores(folder)
            ours[evaluator].append(scores)
            jobs[evaluator].append(simulations)
    for evaluator, about in evaluators.items():
        simulations = pd.concat(jobs[evaluator])
        write(
            f"{arguments.cores} cores, {platform.machine()}; megate: "
            f"{simulations['versions'].iloc[0]}, {about}"
        )
        write(f"BluePyMM: {', '.join(BLUEPYMM)}\n")
        report(theirs_total, ours_total[evaluator], simulations, whole.get(evaluator))
        write("\n" + compare(pd.concat(theirs), pd.concat(ours[evaluator])) + "\n")
    write(f"results: {runs}")


def _made(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    return folder


if __name__ == "__main__":
    main()
