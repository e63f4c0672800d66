"""Spares: finished simulations that Snakemake may not have taken note of.

Where Snakemake is interrupted between the end of a simulation and its note of it, its next call
takes the outputs for incomplete, removes them and runs the job again. So each shard, with its
traces, has a second name, a hard link beside it, until all are gathered. A job that finds its own
takes that in place of simulating. A fingerprint in the shard says what it was made from, and with.
"""

import contextlib
import hashlib
import json
import os
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from megate.child import Limits
from megate.jobs import Job
from megate.manifest import Manifest
from megate.versions import versions

KEY = b"megate.fingerprint"  # in the metadata of a shard's Parquet file


def fingerprint(
    job: Job, manifest: Manifest, limits: Limits, fresh_cell: bool, with_traces: bool
) -> str:
    """SHA-256 of all that a simulation depends on: the e-model, what the morphology's file holds,
    how it is simulated, and the libraries. Where the files are is not part of it."""
    facts = {
        "job": asdict(job) | {"morph_path": None},
        "morphology": hashlib.sha256(job.morph_path.read_bytes()).hexdigest(),
        "content": manifest.content,
        "limits": asdict(limits),
        "fresh_cell": fresh_cell,
        "with_traces": with_traces,
        "versions": list(versions("neuron", "bluepyopt", "efel", "numpy")),
    }
    return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()


def spare_of(path: Path) -> Path:
    """The second name of a shard, or of its traces."""
    return path.with_name(f".{path.name}.spare")


def make_spare(path: Path, source: Path | None = None) -> None:
    """Give a finished file its second name; none where the file system has no hard links.

    Args:
        path: the file's first name
        source: where it is now, if not there yet
    """
    spare = spare_of(path)
    with contextlib.suppress(OSError):
        spare.unlink(missing_ok=True)
        os.link(source or path, spare)


def take_spares(shard: Path, traces: Path | None, expected: str) -> bool:
    """Put the spares of a job in place if its shard's has the `expected` fingerprint; otherwise
    remove them.

    Returns:
        Whether the outputs are in place.
    """
    spares = {spare_of(path): path for path in (traces, shard) if path is not None}
    if _fingerprint_in(spare_of(shard)) == expected and all(spare.exists() for spare in spares):
        with contextlib.suppress(OSError):
            for spare, path in spares.items():
                path.unlink(missing_ok=True)
                os.link(spare, path)
            return True
    for spare in reversed(spares):  # the shard's first: it stands for both
        spare.unlink(missing_ok=True)
    return False


def _fingerprint_in(path: Path) -> str | None:
    try:
        metadata = pq.read_schema(path).metadata or {}
    except (OSError, pa.ArrowInvalid):
        return None
    return metadata.get(KEY, b"").decode()


def remove_spares(results: Path, job: str | None = None) -> None:
    """Remove the spares of a `job`, or all, in the `results` of a run."""
    for spare in _spares(results) if job is None else _spares_of_job(results, job):
        spare.unlink(missing_ok=True)


def _spares(results: Path) -> Iterator[Path]:
    for folder in ("scores", "traces"):
        yield from (results / folder).glob("*/.*.parquet.spare")


def _spares_of_job(results: Path, job: str) -> Iterator[Path]:
    for folder in ("scores", "traces"):
        yield spare_of(results / folder / f"{job}.parquet")
