"""Score one me-combination.

Input: the morphology and the prepared e-model. Output: the shard with its scores, or with what went
wrong; its responses, if they are to be kept.
"""

import logging
from pathlib import Path

from megate.child import Limits
from megate.errors import MegateError
from megate.jobs import Job
from megate.logs import job_log
from megate.manifest import Manifest
from megate.scoring import score_job
from megate.shards import write_shard_with_spare
from megate.spares import fingerprint, make_spare, take_spares

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
        raise MegateError(f"{package} is gone; delete {manifest_path} to prepare it again")
    settings = snakemake.config["scoring"]
    limits = Limits(settings["timeout_s"], settings["memory_mb"])
    fresh_cell = settings["fresh_cell"]
    shard, traces = Path(snakemake.output.scores), snakemake.output.get("traces")
    traces = None if traces is None else Path(traces)
    made_from = fingerprint(job, manifest, limits, fresh_cell, traces is not None)
    if take_spares(shard, traces, made_from):
        logging.getLogger("score_combo").info("simulated before Snakemake was interrupted")
    else:
        result = score_job(
            job, manifest, package, Path(snakemake.log[0]), limits, fresh_cell, traces
        )
        if traces is not None:
            if not traces.exists():
                from megate.traces import write_traces

                write_traces(traces, {}, {})  # it came to no scores
            make_spare(traces)
        write_shard_with_spare(shard, result, made_from)
