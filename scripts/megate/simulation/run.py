"""Run one job: simulate an e-model on a morphology in a child process, and collect the result.

The child runs `megate.simulation.evaluator.score`.
"""

import logging
import platform
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from megate.core.versions import versions
from megate.core.vocabulary import Status
from megate.emodels.manifest import Manifest
from megate.emodels.mechanisms import compile_for_this_machine
from megate.processes.child import ChildError, Limits, run_in_child
from megate.project.jobs import Job
from megate.scores.currents import DEFAULT
from megate.scores.shards import JobResult

logger = logging.getLogger(__name__)

_COST = (
    "%(scores)d scores in %(wall_s).1f s; CPU time %(cpu_s).1f s: NEURON %(solve_cpu_s).1f s "
    "(%(sweeps)d sweeps, %(solver_steps)d steps), cells %(build_cpu_s).1f s (%(cells_built)d "
    "built), features %(features_cpu_s).1f s; memory %(peak_memory_mb).0f MB"
)


def score_job(
    job: Job,
    manifest: Manifest,
    package: Path,
    log: Path,
    limits: Limits,
    rebuild_cell: bool = False,
    traces: Path | None = None,
    convert: bool = False,
    currents: dict[str, float] | None = None,
    main_pair: Sequence[str] = DEFAULT,
    adapt: dict[str, Any] | None = None,
    stop: dict[str, Any] | None = None,
) -> JobResult:
    """Simulate one job in a child process, in the e-model's staged directory `package`. A failed
    simulation (an exception, a crash, an exceeded limit) is a result too.

    Args:
        log: file for the output of the simulation
        rebuild_cell: build a new cell for every sweep
        traces: file for the responses, or None
        convert: simulate a clean copy of the morphology, if NEURON misreads the file
        currents: settings for measuring currents (`megate.simulation.currents.measure`), or None
        main_pair: names of the e-model's own holding and threshold current
        adapt: how to scale AIS and soma (`evaluator.score`), or None
        stop: limits at which to stop (`evaluator.score`), or None

    Raises:
        MegateError: the mechanisms do not compile on this machine.
    """
    compile_for_this_machine(manifest.mod_files, package)
    logger.info("%s on %s", job.emodel, job.morph_path)
    outcome: dict[str, Any] = {}
    status, exception = Status.SCORED, None
    try:
        outcome, usage = run_in_child(
            "score",
            {
                "emodel": job.emodel,
                "params": manifest.params,
                "morph_path": str(job.morph_path),
                "apical_point": job.apical_point,
                "kind": manifest.evaluator,
                "rebuild_cell": rebuild_cell,
                "memory_mb": limits.memory_mb,
                "convert": convert,
                "currents": currents,
                "main_pair": list(main_pair),
                "adapt": adapt,
                "stop": stop,
                "timeout_s": limits.timeout_s,
                "traces": None if traces is None else str(traces.absolute()),
            },
            cwd=package,
            log=log,
            limits=limits,
        )
        logger.info(_COST, outcome | vars(usage) | {"scores": len(outcome["features"])})
    except ChildError as error:
        assert error.usage is not None  # run_in_child always sets it
        status, exception, usage = error.status, error.details, error.usage
        logger.info("%s: %s\n%s", status, error.reason, error.details)
    return JobResult(
        job=job.name,
        emodel=job.emodel,
        original_emodel=job.original_emodel,
        morph_name=job.morph_name,
        emodel_sha256=manifest.emodel_sha256,
        status=status,
        exception=exception,
        runtime_s=usage.wall_s,
        cpu_s=usage.cpu_s,
        peak_memory_mb=usage.peak_memory_mb,
        host=platform.node(),
        versions=", ".join(versions("neuron", "bluepyopt", "efel", "numpy")),
        **outcome,
    )
