"""Copy the small e-model with a fault in its code, and run it."""

import shutil
import textwrap
import time
from pathlib import Path

import psutil

from megate.emodels.manifest import Manifest
from megate.processes.child import Limits, run_in_child
from megate.project.jobs import Job
from megate.scores.shards import JobResult
from megate.simulation.run import score_job

DATA = Path(__file__).resolve().parents[1] / "data"
PARAMS = {"gnabar_hh.all": 0.12}
GENEROUS = Limits(timeout_s=100, memory_mb=2000)


def small_package(folder: Path, fault: str = "") -> Path:
    """Copy the small e-model's package into `folder`; `fault` is the body of its `faults.at`."""
    package = folder / "package"
    shutil.copytree(DATA / "small_emodel", package)  # makes `folder` too
    shutil.copy(DATA / "small_emodel" / "cell.swc", folder / "cell.swc")
    if fault:
        (package / "setup" / "faults.py").write_text(
            "def at(place, morphology, *objects):\n"
            + textwrap.indent(textwrap.dedent(fault).strip("\n"), "    ")
            + "\n"
        )
    return package


def score(
    package: Path, limits: Limits = GENEROUS, rebuild_cell: bool = False, traces: Path | None = None
) -> JobResult:
    """Score the package's e-model on cell.swc beside it."""
    job = Job("small/cell", "small", "small", "small", "cell", package.parent / "cell.swc", None)
    manifest = Manifest("small", "small", PARAMS, [], [], [], "0" * 64)
    log = package.parent / "log"
    return score_job(job, manifest, package, log, limits, rebuild_cell, traces)


def scores(result: JobResult) -> dict[str, float]:
    assert result.status == "scored", result.exception
    return {feature["feature"]: feature["score"] for feature in result.features}


def score_in_ways(package: Path) -> dict[str, dict]:
    """Results of `evaluator.score`: "shared", as megate runs it; "alone", with a fork of the built
    cell for every sweep; "fresh", with a new cell for every sweep; "blind", as "shared" without
    comparing states."""
    arguments = {
        "emodel": "small",
        "params": PARAMS,
        "morph_path": str(package.parent / "cell.swc"),
        "apical_point": None,
    }
    function = f"{__name__}:_score_in_ways"
    return run_in_child(function, arguments, package, package.parent / "log")[0]


def _score_in_ways(**arguments: object) -> object:
    """Runs in the child. Sweeps run in further processes, so that they do not affect each other."""
    from megate.simulation import evaluator, sweep_processes
    from megate.simulation.neuron_state import NeuronState

    found = {"shared": evaluator.score(**arguments)}
    found["fresh"] = evaluator.score(**arguments, rebuild_cell=True)
    start_of = sweep_processes.start_of
    sweep_processes.start_of = lambda protocol, sim: None
    found["alone"] = evaluator.score(**arguments)
    sweep_processes.start_of = start_of
    NeuronState.now = lambda self: ({},)
    sweep_processes.package_state = lambda package: {}
    found["blind"] = evaluator.score(**arguments)
    return found


def processes_in(folder: Path) -> list[psutil.Process]:
    """Processes whose working directory or command line contains `folder`."""
    found = []
    for process in psutil.process_iter():
        try:
            where = [process.cwd(), *process.cmdline()]
        except psutil.Error:
            continue
        if any(str(folder) in text for text in where) and process.status() != "zombie":
            found.append(process)
    return found


def nothing_stays_in(folder: Path, seconds: float = 60) -> bool:
    """Whether all processes in `folder` end soon."""
    end = time.monotonic() + seconds
    while processes_in(folder):
        if time.monotonic() > end:
            return False
        time.sleep(0.1)
    return True
