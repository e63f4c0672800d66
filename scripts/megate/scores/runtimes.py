"""Run times: an estimate for each simulation, so that long ones start first."""

import json
from collections.abc import Mapping
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from megate.core.vocabulary import Status
from megate.files.atomic import write_text

_UNKNOWN_S = 60.0  # CPU time of a simulation of an e-model that has not run yet
_USUAL_BYTES = 200_000  # a reconstructed morphology's file


def mean_runtimes(scores: pa.Table) -> dict[str, float]:
    """E-model -> mean CPU time of its simulations that have scores, s."""
    scored = scores.filter(pc.equal(scores["status"], Status.SCORED))
    of_jobs = scored.group_by(["emodel", "job"]).aggregate([("cpu_s", "max")])
    means = of_jobs.group_by("emodel").aggregate([("cpu_s_max", "mean")]).sort_by("emodel")
    return dict(zip(means["emodel"].to_pylist(), means["cpu_s_max_mean"].to_pylist(), strict=True))


def write_runtimes(path: Path, runtimes: Mapping[str, float]) -> None:
    """Write mean run times (s) as JSON."""
    write_text(path, json.dumps(runtimes, indent=1) + "\n")


def read_runtimes(path: Path) -> dict[str, float]:
    """Mean run times of an earlier run, s; empty if there was none, or the file cannot be read."""
    try:
        runtimes = json.loads(path.read_text())
        return {str(emodel): float(seconds) for emodel, seconds in runtimes.items()}
    except (OSError, ValueError, AttributeError, TypeError):
        return {}


def priority(emodel: str, morphology_bytes: int, runtimes: Mapping[str, float]) -> float:
    """Priority of a simulation, between 0 and 99: the longer it will take, the larger. It will take
    about the e-model's mean run time (s), if known, in proportion to the size of the morphology's
    file."""
    seconds = runtimes.get(emodel, _UNKNOWN_S) * morphology_bytes / _USUAL_BYTES
    return 99 * seconds / (seconds + _UNKNOWN_S)
