"""Score one me-combination.

Input: the morphology and the prepared e-model. Output: the shard with its scores, or with what went
wrong; its responses, if they are to be kept.
"""

from pathlib import Path

from megate.core.errors import MegateError
from megate.core.vocabulary import Status
from megate.emodels.manifest import Manifest
from megate.processes.child import Limits
from megate.processes.logs import job_log
from megate.project.jobs import Job
from megate.scores.shards import write_shard
from megate.scores.spares import (
    KEY,
    fingerprint,
    log_taken,
    remove_spares,
    spare_of,
    take_spares,
)
from megate.simulation.run import score_job

with job_log(snakemake.log[0]):
    manifest_path = Path(snakemake.input.manifest)
    manifest = Manifest.read(manifest_path)
    job = Job(
        name=snakemake.wildcards.job,
        package=manifest.emodel,
        morph_path=Path(snakemake.input.morphology).absolute(),
        **snakemake.params.job,
    )
    package = manifest_path.absolute().parent / "package"
    if not package.is_dir():
        raise MegateError(
            f"{package} is gone; delete {manifest_path}: the e-model and its simulations run again"
        )
    settings = snakemake.config["scoring"]
    limits = Limits(settings["timeout_s"], settings["memory_mb"])
    rebuild_cell = settings["rebuild_cell"]
    shard, traces = Path(snakemake.output.scores), snakemake.output.get("traces")
    traces = None if traces is None else Path(traces)
    made_from = fingerprint(job, manifest, limits, rebuild_cell, traces is not None)
    if take_spares(shard, traces, made_from):
        log_taken(shard)
    else:
        spare_traces = None if traces is None else spare_of(traces)
        result = score_job(
            job, manifest, package, Path(snakemake.log[0]), limits, rebuild_cell, spare_traces
        )
        if spare_traces is not None and not spare_traces.exists():
            from megate.simulation.traces import write_traces

            write_traces(spare_traces, {}, {})  # it came to no scores
        write_shard(spare_of(shard), result, {KEY: made_from})
        take_spares(shard, traces, made_from)
        if (
            result.status == Status.CRASHED
        ):  # perhaps for what its job lacked: it may be tried with more
            remove_spares(Path(snakemake.config["results"]), job.name)
