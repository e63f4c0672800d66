"""Score one combination: run its e-model on its morphology, and keep what came of it."""

import logging
import time
from pathlib import Path

from megate.child import ChildError, run_in_child
from megate.combos import Job
from megate.emodel import Manifest
from megate.shards import JobResult

logger = logging.getLogger(__name__)


def score_job(job: Job, manifest: Manifest, package: Path, log: Path) -> JobResult:
    """Simulate one job in a process of its own.

    Whatever goes wrong in the simulation, an exception or the end of its process, is a result.

    Args:
        job: what to simulate
        manifest: the prepared e-model
        package: its staged directory
        log: file that takes what the simulation prints
    """
    logger.info("%s on %s", job.emodel, job.morph_path)
    start = time.perf_counter()
    outcome, exception = {}, None
    try:
        outcome = run_in_child(
            "megate.evaluator:score",
            {
                "emodel": job.emodel,
                "params": manifest.params,
                "morph_path": str(job.morph_path),
                "apical_point": job.apical_point,
            },
            cwd=package,
            log=log,
        )
    except ChildError as error:
        exception = error.details
        logger.info("raised: %s\n%s", error.reason, error.details)
    runtime = time.perf_counter() - start
    if exception is None:
        logger.info("%d scores in %.1f s", len(outcome["scores"]), runtime)
    return JobResult(
        job=job.name,
        emodel=job.emodel,
        original_emodel=job.original_emodel,
        morph_name=job.morph_name,
        runtime_s=runtime,
        exception=exception,
        **outcome,
    )
