"""What megate uses of Snakemake beyond its documented interface, all in one place.

It was tested with the versions in `TESTED`. If another version lacks something, megate logs a
warning and works without it: slower, without bundles of simulations, or with more checks than are
needed. `tests/workflow/test_snakemake_internals.py` fails if a new version changes any of it.
"""

import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import snakemake
from snakemake.logging import logger

from megate.processes.stale_locks import note_this_run, remove_locks_of_ended_runs

if TYPE_CHECKING:
    from snakemake.workflow import Workflow

TESTED = ("9.20", "9.27")
"""The first and the last version that megate was tested with."""

_Result = TypeVar("_Result")


def _or_without(lost: str) -> Callable[[Callable[..., _Result]], Callable[..., _Result | None]]:
    """Make a function return None if Snakemake is not as it expects, and log once what is `lost` by
    that."""
    logged: list[Exception] = []

    def decorate(function: Callable[..., _Result]) -> Callable[..., _Result | None]:
        @wraps(function)
        def tried(*arguments: Any) -> _Result | None:
            try:
                return function(*arguments)
            except (AttributeError, ImportError, TypeError) as error:
                if not logged:
                    logged.append(error)
                    logger.warning(
                        f"megate: Snakemake {snakemake.__version__} differs from the versions "
                        f"{' to '.join(TESTED)} that megate was tested with: {lost} ({error})"
                    )
                return None

        return tried

    return decorate


@dataclass(frozen=True)
class PlannedJob:
    """A job that is about to run.

    Attributes:
        rule: its name
        wildcards: its wildcards, by name
        forced: whether the user forced it (``--forcerun``, ``--forceall``, ``--force``)
    """

    rule: str
    wildcards: dict[str, str]
    forced: bool


@_or_without("all morphologies are checked, and forced simulations may be taken as finished")
def planned_jobs(workflow: "Workflow") -> list[PlannedJob] | None:
    """The jobs that are about to run, or None if Snakemake does not tell."""
    dag, settings = workflow.dag, workflow.dag_settings
    files = {
        file if Path(file).is_absolute() else os.path.relpath(file) for file in settings.forcerun
    }

    def is_forced(job: Any) -> bool:
        # `dag.reason(job).forced` is also true for incomplete jobs of an interrupted run
        return (
            job.rule in dag.forcerules
            or not files.isdisjoint(job.output)
            or (settings.forcetargets and job in dag.targetjobs)
        )

    return [
        PlannedJob(job.rule.name, dict(job.wildcards.items()), is_forced(job))
        for job in dag.needrun_jobs()
    ]


@_or_without("a run with very many simulations may start slowly")
def skip_search_for_pipes() -> None:
    """No rule of megate has a pipe or a service. To find that out, Snakemake searches, for each
    input of a job, all jobs that it depends on. For the scores of 100,000 simulations that takes
    minutes."""
    from snakemake.jobs import Job

    Job.is_pipe_or_service_input  # noqa: B018 (raises if there is none)
    Job.is_pipe_or_service_input = lambda job, path: False


@_or_without("simulations of a batch job import the libraries one by one")
def is_bundle(workflow: "Workflow") -> bool | None:
    """Whether this is the Snakemake of a batch job that runs a group of jobs."""
    settings = workflow.group_settings
    return bool(settings.local_groupid != type(settings).local_groupid)


@_or_without("simulations are not bundled")
def bundle(workflow: "Workflow", rule_group: str, name: str) -> str | None:
    """The group of a job, if jobs are bundled (``group-components: <rule_group>=N``).

    Snakemake would put jobs of any e-model into a group. Groups of different names are kept apart,
    and `parent_groupids` makes the option count for each of them. A batch job's Snakemake does not
    get the option: what it is asked to run is one group.

    Args:
        rule_group: the name in ``group-components``
        name: of the group, for jobs that may be bundled with each other
    """
    settings, in_batch_job = workflow.group_settings, is_bundle(workflow)
    if workflow.dryrun or not (in_batch_job or rule_group in settings.group_components):
        return None
    workflow.parent_groupids[name] = rule_group
    if in_batch_job:
        settings.group_components = {rule_group: sys.maxsize}
    return name


@_or_without("the simulations of a bundle run one after the other")
def limit_bundle(workflow: "Workflow", resource: str) -> None:
    """In a batch job, run as many simulations of its bundle at a time as it has cores.

    Args:
        resource: of which each simulation takes 1
    """
    if not workflow.is_main_process:
        workflow.register_resource(resource, int(os.environ.get("SLURM_CPUS_PER_TASK", 1)))


def remove_stale_locks(folder: Path = Path(".snakemake")) -> bool:
    """Remove Snakemake's locks if the run that made them was killed; note this run.

    Args:
        folder: Snakemake's own

    Returns:
        Whether locks were removed.
    """
    notes = folder / "megate-runs"
    removed = remove_locks_of_ended_runs(list((folder / "locks").glob("*.lock")), notes)
    note_this_run(notes)
    return removed
