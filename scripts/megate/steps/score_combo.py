"""Rule score_combo: simulate one combination, or take it from the finished simulations."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from megate.core.errors import MegateError
from megate.core.paths import Paths, package_beside
from megate.core.vocabulary import Status
from megate.emodels.manifest import Manifest
from megate.processes.child import Limits
from megate.project.jobs import Job
from megate.scores.finished import Finished, simulation_key
from megate.scores.shards import write_shard
from megate.simulation.run import score_job


def score_combo(
    name: str,
    facts: Mapping[str, Any],
    morphology: Path,
    manifest: Path,
    scoring: Mapping[str, Any],
    paths: Paths,
    shard: Path,
    traces: Path | None,
    log: Path,
    convert: bool,
) -> None:
    """Write the scores of one simulation (`shard`) and, unless `traces` is None, its traces.

    Args:
        name: of the job
        facts: what else it is, as `Job.plain` gives it
        scoring: section of the configuration
        log: file that takes what the simulation prints
        convert: simulate a clean copy of the morphology, if NEURON misreads the file

    Raises:
        MegateError: the prepared e-model is incomplete, or its mechanisms do not compile here.
    """
    emodel, package = Manifest.read(manifest), package_beside(manifest.absolute())
    if not package.is_dir():
        raise MegateError(
            f"directory not found: {package}; delete {manifest}, so that the e-model is prepared "
            "and simulated again"
        )
    job = Job(name=name, package=emodel.emodel, morph_path=morphology.absolute(), **facts)
    limits = Limits(scoring["timeout_s"], scoring["memory_mb"])
    rebuild_cell = scoring["rebuild_cell"]
    key = simulation_key(job, emodel, limits, rebuild_cell)
    finished = Finished(paths, name, key, shard, traces)
    if finished.take():
        return
    finished.remove()
    result = score_job(job, emodel, package, log, limits, rebuild_cell, finished.traces, convert)
    if finished.traces is not None and not finished.traces.exists():  # a failed simulation
        from megate.simulation.traces import write_traces

        write_traces(finished.traces, {}, {})
    write_shard(finished.shard, result)
    finished.put_in_place()
    if result.status == Status.CRASHED:
        # perhaps for lack of something outside of it, such as memory of its batch job: a retry
        # simulates it again
        finished.remove()
