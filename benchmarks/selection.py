"""Compare megate's aggregation with BluePyMM's `select`: the same scores, one after the other.

    python benchmarks/selection.py N [--cores 2] [--bluepymm PYTHON] [--work FOLDER]

Makes a project of about N combinations (10 e-models, 62 features, 60 m-types; see
selection_data.py) with scores, and lets both programs select: BluePyMM 0.9.11 with its report and
all its processes, megate with Snakemake's rule `aggregate` (decisions, release, report). PYTHON is
an interpreter with BluePyMM; without it, the script makes an environment in FOLDER. Prints wall and
CPU time, memory, and whether both released the same. Run it in megate's environment, on a machine
that does nothing else.
"""

import argparse
import multiprocessing
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import psutil
from scoring import BLUEPYMM, bluepymm_environment, write
from selection_data import FEATURES, OUTPUTS, REPOSITORY, make_project

FILES = ("extneurondb.dat", "mecombo_emodel.tsv", "log_neuron_compliance.csv")
SAMPLES_PER_S = 5
TIMEOUT_S = 3600


@dataclass(frozen=True)
class Used:
    """Time and memory of a command.

    Attributes:
        wall, cpu: time, s; user and system, all its processes
        together_mb: memory of all its processes at one time, the largest of samples, MB; pages
            that several share are counted once
        largest_mb: largest resident memory of one of its processes, MB
    """

    wall: float
    cpu: float
    together_mb: float
    largest_mb: float


def run(command: list[str], cwd: Path, log: Path, environment: dict[str, str]) -> Used:
    """Run a command; raise if it fails."""
    started = time.perf_counter()
    with log.open("w") as output:
        process = subprocess.Popen(command, cwd=cwd, env=environment, stdout=output, stderr=output)
        samples: list[float] = [0.0]
        ended = threading.Event()
        sampler = threading.Thread(target=_sample, args=(process.pid, ended, samples))
        sampler.start()
        killer = threading.Timer(TIMEOUT_S, process.kill)
        killer.start()
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - started
        process.returncode = os.waitstatus_to_exitcode(status)
        killer.cancel()
        ended.set()
        sampler.join()
    if process.returncode != 0:
        sys.exit(f"{' '.join(command)}\nended with status {process.returncode}; see {log}")
    return Used(wall, usage.ru_utime + usage.ru_stime, max(samples), usage.ru_maxrss / 1024)


def _sample(pid: int, ended: threading.Event, samples: list[float]) -> None:
    """Add the memory (MB) of a process and its descendants to `samples`, until it has ended."""
    while not ended.wait(1 / SAMPLES_PER_S):
        try:
            root = psutil.Process(pid)
            tree = [root, *root.children(recursive=True)]
        except psutil.Error:
            continue
        samples.append(sum(map(_memory_mb, tree)))


def _memory_mb(process: psutil.Process) -> float:
    try:
        memory = process.memory_full_info()
    except psutil.Error:
        return 0.0
    # not on every system: resident memory then counts shared pages several times
    return getattr(memory, "pss", memory.rss) / 1024**2


def run_bluepymm(project: Path, program: str) -> Used:
    return run(
        [program, "select", "select.json"], project, project / "bluepymm.log", {**os.environ}
    )


def run_megate(project: Path, cores: int) -> Used:
    """Run the rule with Snakemake; its inputs are used as they are."""
    command = [sys.executable, "-m", "snakemake", "--snakefile", str(REPOSITORY / "Snakefile")]
    command += ["--configfile", "megate.yaml", "--cores", str(cores)]
    command += ["--allowed-rules", "aggregate", "--", "aggregate"]
    paths = [str(REPOSITORY / "scripts"), os.environ.get("PYTHONPATH", "")]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, paths))}
    return run(command, project, project / "megate.log", environment)


def compare(project: Path) -> int:
    """Number of released combinations; raise if the releases differ."""
    release = project / OUTPUTS["results"] / "release"
    for name in FILES:
        theirs, ours = (folder / name for folder in (project / OUTPUTS["bluepymm"], release))
        if theirs.read_bytes() != ours.read_bytes():
            sys.exit(f"not the same: {theirs} {ours}")
    return len((release / "extneurondb.dat").read_text().splitlines())


def report(theirs: Used, ours: Used, project: Path) -> None:
    rule = pd.read_csv(project / OUTPUTS["results"] / "benchmarks" / "aggregate.tsv", sep="\t")
    write("                              BluePyMM select   megate aggregate      ratio")
    for name, unit, attribute in (
        ("wall time", "s", "wall"),
        ("CPU time", "s", "cpu"),
        ("memory, all processes", "MB", "together_mb"),
        ("memory, largest process", "MB", "largest_mb"),
    ):
        left, right = getattr(theirs, attribute), getattr(ours, attribute)
        write(f"{f'{name}, {unit}':28} {left:16.1f} {right:18.1f} {left / right:10.1f}")
    write(
        f"without Snakemake, the rule's process: {rule['s'].item():.1f} s, "
        f"{rule['max_rss'].item():.0f} MB"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("number", type=int, metavar="N", help="combinations")
    parser.add_argument("--cores", type=int, default=2, help="megate's; BluePyMM takes all")
    parser.add_argument("--bluepymm", type=Path, help="an interpreter that has BluePyMM")
    parser.add_argument("--work", type=Path, help="folder for environment and project")
    arguments = parser.parse_args()
    work = (arguments.work or Path(tempfile.mkdtemp(prefix="megate-benchmark-"))).absolute()
    work.mkdir(parents=True, exist_ok=True)
    if arguments.bluepymm is None:
        program = shutil.which("bluepymm", path=bluepymm_environment(work)["PATH"])
    else:
        program = str(arguments.bluepymm.absolute().with_name("bluepymm"))
    project = Path(tempfile.mkdtemp(prefix="selection-", dir=work))
    # in a process of its own: a child's largest memory is at least its parent's
    maker = multiprocessing.get_context("spawn").Process(
        target=make_project, args=(project, arguments.number)
    )
    maker.start()
    maker.join()
    if maker.exitcode:
        sys.exit(f"no project was made in {project}")
    combos = pd.read_parquet(project / OUTPUTS["results"] / "combos.parquet", columns=["combo"])
    machine = f"{os.cpu_count()} cores, {platform.machine()}"
    write(f"{len(combos)} rows x {len(FEATURES)} features; {machine}")
    write(f"BluePyMM: {', '.join(BLUEPYMM[:1]) if arguments.bluepymm else ', '.join(BLUEPYMM)}\n")
    theirs = run_bluepymm(project, program)
    ours = run_megate(project, arguments.cores)
    report(theirs, ours, project)
    write(f"\nboth release the same {compare(project)} combinations ({', '.join(FILES)})")
    write(f"results: {project}")


if __name__ == "__main__":
    main()
