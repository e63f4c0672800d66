"""Spares: finished simulations that Snakemake may not have taken note of.

Where Snakemake is interrupted between the end of a simulation and its note of it, its next call
takes the outputs for incomplete, removes them and runs the job again. So each shard, with its
traces, is written under a second name, and put in place as a hard link; the second name goes when
Snakemake has taken note. A job that finds its own takes that in place of simulating. A fingerprint
in the shard says what it was made from, and with.
"""

import hashlib
import json
import logging
import os
from dataclasses import asdict
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from megate.core.versions import versions
from megate.emodels.manifest import Manifest
from megate.processes.child import Limits
from megate.project.jobs import Job
from megate.scores.shards import read_shard

logger = logging.getLogger(__name__)

KEY = b"megate.fingerprint"  # in the metadata of a shard's Parquet file
FOLDERS = ("scores", "traces")  # of the results
_ENDING = ".spare"


def fingerprint(
    job: Job, manifest: Manifest, limits: Limits, rebuild_cell: bool, with_traces: bool
) -> str:
    """SHA-256 of all that a simulation depends on: the e-model, what the morphology's file holds,
    how it is simulated, and the libraries. Where the files are is not part of it."""
    facts = {
        "job": asdict(job) | {"morph_path": None},
        "morphology": hashlib.sha256(job.morph_path.read_bytes()).hexdigest(),
        "emodel_sha256": manifest.emodel_sha256,
        "limits": asdict(limits),
        "rebuild_cell": rebuild_cell,
        "with_traces": with_traces,
        "versions": list(versions("neuron", "bluepyopt", "efel", "numpy")),
    }
    return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()


def spare_of(path: Path) -> Path:
    """The second name of a shard, or of its traces."""
    return path.with_name(f".{path.name}{_ENDING}")


def take_spares(shard: Path, traces: Path | None, expected: str) -> bool:
    """Put the spares of a job in place if its shard's has the `expected` fingerprint; otherwise
    remove them. Where the file system has no hard links, they are no spares any longer.

    Returns:
        Whether the outputs are in place.
    """
    spares = {spare_of(path): path for path in (traces, shard) if path is not None}
    if _fingerprint_in(spare_of(shard)) == expected and all(spare.exists() for spare in spares):
        for spare, path in spares.items():
            _put_in_place(spare, path)
        return True
    for spare in reversed(spares):  # the shard's first: it stands for both
        spare.unlink(missing_ok=True)
    return False


def log_taken(shard: Path) -> None:
    """Say in the job's log what a shard that was taken tells: its own log is lost."""
    (row,) = read_shard(shard, ["status", "host", "exception"]).slice(0, 1).to_pylist()
    logger.info("%s on %s before Snakemake was interrupted", row["status"], row["host"])
    if row["exception"] is not None:
        logger.info("%s", row["exception"])


def _put_in_place(spare: Path, path: Path) -> None:
    path.unlink(missing_ok=True)
    try:
        os.link(spare, path)
    except OSError:
        spare.replace(path)


def _fingerprint_in(path: Path) -> str | None:
    try:
        return (pq.read_schema(path).metadata or {}).get(KEY, b"").decode()
    except (OSError, ValueError, pa.ArrowException):
        return None


def remove_spares(results: Path, job: str) -> None:
    """Remove the spares of a job."""
    for folder in FOLDERS:
        spare_of(results / folder / f"{job}.parquet").unlink(missing_ok=True)


def jobs_with_spares(results: Path) -> set[str]:
    """Names of the jobs that have a spare."""
    spares = (results / "scores").glob(f"*/.*.parquet{_ENDING}")
    return {f"{spare.parent.name}/{spare.name[1 : -len(f'.parquet{_ENDING}')]}" for spare in spares}
