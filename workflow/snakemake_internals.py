"""What megate uses of Snakemake beyond its documented interface, all in one place.

It was tested with the versions in `TESTED`. If another version lacks something, megate logs a
warning and works without it: slower, without bundles of simulations, or with more checks than are
needed. `tests/workflow/test_snakemake_internals.py` fails if a new version changes any of it.
"""

import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache, wraps
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
def planned_jobs(workflow: "Workflow", rules: Any) -> list[PlannedJob] | None:
    """The jobs of these `rules` (Snakemake's own, of a workflow or a module) that are about to run,
    or None if Snakemake does not tell."""
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

    # a module's rules may have other names in the workflow
    names = {proxy.rule: name for name, proxy in rules._rules.items()}
    return [
        PlannedJob(names[job.rule], dict(job.wildcards.items()), is_forced(job))
        for job in dag.needrun_jobs()
        if job.rule in names
    ]


@_or_without("a run with very many simulations may start slowly")
def skip_search_for_pipes(module: dict[str, Any]) -> None:
    """No rule of megate has a pipe or a service. To find that out, Snakemake searches, for each
    input of a job, all jobs that it depends on. For the scores of 100,000 simulations that takes
    minutes.

    Args:
        module: the variables of megate's Snakefile; rules of other workflows may have pipes
    """
    from snakemake.jobs import Job

    search = Job.is_pipe_or_service_input
    Job.is_pipe_or_service_input = lambda job, path: (
        job.rule.module_globals is not module and search(job, path)
    )


@_or_without("a run with very many simulations may start slowly")
def remember_parameters() -> None:
    """Let Snakemake inspect each function of a rule (`input`, `params`, ...) once, not for each job
    that calls it."""
    from snakemake import common, rules

    parameters = lru_cache(maxsize=1000)(common.get_function_params)
    rules.get_function_params = common.get_function_params = parameters


@_or_without("as a module of another workflow, its handlers and configuration are not found")
def is_module(workflow: "Workflow") -> bool | None:
    """Whether megate is a module of another workflow."""
    return workflow.modifier.base_snakefile is not None


@_or_without("the option `prefix` of a module is not refused")
def has_prefix(workflow: "Workflow") -> bool | None:
    """Whether the module that is being read has the option ``prefix`` or ``replace_prefix``."""
    paths = workflow.modifier.path_modifier
    return paths.prefix is not None or paths._prefix_replacements is not None


@_or_without("the configuration of a module is taken as that of its workflow")
def has_own_config(workflow: "Workflow") -> bool | None:
    """Whether megate is a module whose configuration is not that of the other workflow."""
    modifier = workflow.modifier
    if modifier.base_snakefile is None:
        return False
    return bool(modifier.globals["config"] != modifier.parent_modifier.globals["config"])


def config_files(workflow: "Workflow") -> list[str]:
    """The configuration files, in the order in which they are merged: those of the Snakefiles, then
    those of the command line."""
    given = [str(file) for file in workflow.overwrite_configfiles or ()]
    own = [str(file) for file in workflow.configfiles if str(file) not in given]
    return [*own, *given]


@_or_without("as a module of another workflow, it does not check the morphologies first")
def add_handlers(
    workflow: "Workflow", on_start: Callable[[], None], on_success: Callable[[], None]
) -> None:
    """Call these functions, too, when the workflow of which megate is a module starts and ends.
    Snakemake calls the handlers (``onstart:``) of the main Snakefile only."""
    start, success = workflow._onstart, workflow._onsuccess

    def both_on_start(log: Any) -> None:
        on_start()
        start(log)

    def both_on_success(log: Any) -> None:
        success(log)
        on_success()

    workflow._onstart, workflow._onsuccess = both_on_start, both_on_success


@_or_without("simulations of a batch job import the libraries one by one")
def is_bundle(workflow: "Workflow") -> bool | None:
    """Whether this is the Snakemake of a batch job that runs a group of jobs."""
    settings = workflow.group_settings
    return bool(settings.local_groupid != type(settings).local_groupid)


@_or_without("simulations are not bundled")
def bundle(workflow: "Workflow", rule_group: str, name: str) -> str | None:
    """The group of a job, if jobs are bundled (``group-components: <rule_group>=N``, which is not
    known yet while the rules are read).

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
