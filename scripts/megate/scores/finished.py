"""Finished simulations.

A finished simulation is kept under a key of everything that it depends on. A job whose key is
there takes the kept files and does not simulate. So nothing is simulated twice if Snakemake is
interrupted before it has recorded a finished job, if a batch job fails after some of its
simulations, or if a parameter is changed and changed back.

The files are ``finished/scores/<job>.<key>.parquet`` and, with traces, ``finished/traces/...``.
They are hard links to the files in ``scores`` and ``traces``, so they need no extra disk space.
(Where the file system has no hard links, they are copies.) The folder may be deleted at any time.
"""

import hashlib
import json
import logging
import os
import shutil
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from megate.adaptation.emodel import EmodelAdaptation
from megate.adaptation.limits import same_scales
from megate.core.paths import PARQUET, Paths
from megate.core.versions import versions
from megate.emodels.manifest import Manifest
from megate.files.atomic import written_whole
from megate.processes.child import Limits
from megate.project.jobs import Job
from megate.scores.shards import ShardError, read_shard, write_rows

logger = logging.getLogger(__name__)


ADAPTED = "adapted-"


def simulation_key(
    job: Job,
    manifest: Manifest,
    limits: Limits,
    rebuild_cell: bool,
    currents: Mapping[str, float] | None = None,
    adapt: Mapping[str, Any] | None = None,
    stopped: bool = False,
) -> str:
    """SHA-256 of everything that a simulation depends on: the e-model, the content of the
    morphology's file, how it is simulated, and the versions of megate and the libraries. The paths
    of files are not part of it. `currents`: the settings for measuring currents, or None if the
    e-model's own currents are taken. `adapt`: how AIS and soma are scaled, or None; the key of
    an adapted cell starts with `ADAPTED`. `stopped`: of a result that was stopped early."""
    facts: dict[str, Any] = {
        "job": asdict(job) | {"morph_path": None},
        "morphology": hashlib.sha256(job.morph_path.read_bytes()).hexdigest(),
        "emodel_sha256": manifest.emodel_sha256,
        "limits": asdict(limits),
        "rebuild_cell": rebuild_cell,
        "versions": list(versions(*manifest.evaluator.libraries)),
        "currents": "own" if currents is None else dict(currents),
    }
    if adapt is not None:
        facts["adapt"] = adapt
    if stopped:
        facts["stopped"] = True
    digest = hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()
    return digest if adapt is None else ADAPTED + digest


class Finished:
    """Where the scores (`shard`) and traces of a finished simulation are kept under its key, as
    `simulation_key` gives it. `traces` is None if the job has no such output."""

    def __init__(
        self, paths: Paths, job: str, key: str, shard_output: Path, traces_output: Path | None
    ) -> None:
        self.shard = paths.finished_shard(job, key)
        self.traces = None
        self._outputs = {self.shard: shard_output}
        if traces_output is not None:
            self.traces = paths.finished_traces(job, key)
            self._outputs = {self.traces: traces_output, self.shard: shard_output}

    def take(self, **texts: str | None) -> bool:
        """Put the kept files in place, if they can be read. Returns whether they are in place.
        `texts`: values of columns of the shard that are recorded before."""
        row = self.first_row()
        if row is None:
            return False
        if any(row[name] != text for name, text in texts.items()):
            rows = read_shard(self.shard)
            for name, text in texts.items():
                column, values = rows.schema.get_field_index(name), [text] * len(rows)
                of_rows = pa.array(values, pa.string())
                rows = rows.set_column(column, rows.schema.field(column), of_rows)
            write_rows(self.shard, rows)
        self.put_in_place()
        logger.info("%s on %s; taken from %s", row["status"], row["host"], self.shard)
        if row["exception"] is not None:
            logger.info("%s", row["exception"])
        return True

    def first_row(self) -> dict[str, Any] | None:
        """The first row of the kept scores; None if there are none, or a file cannot be read."""
        try:
            if self.traces is not None:
                pq.read_table(self.traces)
            return dict(read_shard(self.shard).slice(0, 1).to_pylist()[0])
        except (ShardError, OSError, ValueError, pa.ArrowException):
            return None

    def take_with_limits(
        self, exemplar: EmodelAdaptation, limits: Sequence[float], **texts: str | None
    ) -> bool:
        """`take` the result of an adapted cell, if its scales are the same with these limits, which
        are recorded."""
        row = self.first_row()
        adaptation = json.loads(row["adaptation"]) if row and row["adaptation"] else {}
        if not adaptation or not same_scales(exemplar, adaptation["steps"], limits):
            return False
        return self.take(adaptation=json.dumps(adaptation | {"limits": list(limits)}), **texts)

    def scores(self) -> dict[str, float | None]:
        """The kept scores, by feature; empty if there are none."""
        try:
            rows = read_shard(self.shard)
        except ShardError:
            return {}
        return dict(zip(rows["feature"].to_pylist(), rows["score"].to_pylist(), strict=True))

    def put_in_place(self) -> None:
        """Put the kept files in place, as hard links or copies."""
        for kept, output in self._outputs.items():
            link(kept, output)

    def remove(self) -> None:
        """Keep the simulation no longer; its results stay in place."""
        for kept in self._outputs:
            kept.unlink(missing_ok=True)


def link(kept: Path, output: Path) -> None:
    """Put a kept file in place, as a hard link or a copy."""
    output.parent.mkdir(parents=True, exist_ok=True)
    output.unlink(missing_ok=True)
    try:
        os.link(kept, output)
    except OSError:
        with written_whole(output) as partial:
            shutil.copyfile(kept, partial)
    os.utime(output)  # a link has the time of the simulation


def remove_finished(
    paths: Paths, jobs: Collection[str], only_adapted: Collection[str] = ()
) -> None:
    """Remove all kept files of these jobs, whatever their key, so that they are simulated again. Of
    the jobs in `only_adapted`, the results without adaptation are kept."""
    if not jobs:
        return
    for path in paths.finished.glob(f"*/*/*{PARQUET}"):
        name, _, key = path.stem.rpartition(".")
        job = f"{path.parent.name}/{name}"
        if job in jobs and (job not in only_adapted or key.startswith(ADAPTED)):
            path.unlink(missing_ok=True)
