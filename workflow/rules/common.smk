# Read configuration and project; the names that all rules use.
import gc
import os
import shlex
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import yaml
from snakemake.logging import logger

# If this workflow is a module that Snakemake fetches from a repository, it fetches single files of
# it, and the library must be installed. Otherwise the library is beside the rules.
repository = Path(str(workflow.current_basedir)).parents[1]
is_local = (repository / "scripts" / "megate").is_dir()


def source(path: str) -> Path:
    """A file of this repository."""
    return repository / path if is_local else Path(workflow.source_path(f"../../{path}"))


def check_library() -> None:
    """Stop if the installed library is not that of the rules, which Snakemake has fetched."""
    expected = str(yaml.safe_load(source("CITATION.cff").read_text())["version"])
    try:
        from megate import __version__ as found
    except ImportError:
        found = None
    if found != expected:
        fetched = workflow.current_basedir
        logger.error(
            f"megate: the package megate {'is not installed' if found is None else found + ' found'}"
            f", expected {expected}, the version of the rules; install it beside Snakemake: "
            f"pip install git+https://{fetched.host}/{fetched.repo}@{fetched.ref}"
        )
        sys.exit(1)


sys.path[:0] = [str(source("workflow/snakemake_internals.py").parent)]
if is_local:
    sys.path[:0] = [str(repository / "scripts")]
else:
    check_library()

import snakemake_internals as internals
from megate.adaptation.limits import kept_limits
from megate.bluepymm_db.import_scores import emodel_names, hoc_names
from megate.config.config import Config, load_config, read_config
from megate.config.schema import SCHEMA, Source
from megate.core import paths as names
from megate.core.errors import MegateError
from megate.core.paths import Paths
from megate.emodels.prepare import HOC_TEMPLATE
from megate.files.readers import local
from megate.files.writing import check_folders, check_writable
from megate.gating.stopping import Stops
from megate.morphologies.check import read_table
from megate.processes.process import OWNER
from megate.processes.server import SERVER, server_name
from megate.project.jobs import without_file
from megate.project.project import Project
from megate.report.html.size import MAX_BYTES
from megate.scores.finished import remove_finished
from megate.steps.check_morphologies import check_morphologies
from megate.steps.nodes import options_of
from megate.steps.start_folder import check_start_folder, keep_start_folder
from megate.validation.run import check_installed, simulators


def say(text: str) -> None:
    logger.info(f"megate: {text}")


def warn(text: str) -> None:
    logger.warning(f"megate: {text}")


@contextmanager
def plain_errors() -> Iterator[None]:
    """If there is an error that the user can fix, stop with its message, without a traceback."""
    try:
        yield
    except (MegateError, OSError) as error:
        if isinstance(error, OSError):
            if error.filename is None:
                raise
            error = f"cannot read {error.filename}: {error.strerror}"
        logger.error(f"megate: {error}")
        sys.exit(1)  # a WorkflowError would show this file's line, which does not help


def read_settings() -> Config:
    """Read the configuration. As a module of another workflow, it is that workflow's configuration
    or, if the module has one of its own, this, with paths that start from the working directory."""
    show = warn if workflow.is_main_process else lambda text: None
    if own_config:
        own = Source(f"config of the module {__name__}", dict(config), Path.cwd())
        return load_config([own], SCHEMA, show)
    files = internals.config_files(workflow)
    return read_config(map(Path, files), workflow.config_settings.config, show)


def read_project() -> tuple[Config, Project | None, list[str], list[str]]:
    """Read the configuration and the input files.

    Returns the configuration, the project (None if an earlier run's scores are imported), the
    e-models, and those that have a hoc in the release.
    """
    with plain_errors():
        if internals.is_module(workflow) and internals.has_prefix(workflow):
            raise MegateError(
                f"module {__name__}: prefix or replace_prefix found; remove it, and set `results` in "
                "the module's config: it is the folder of all outputs"
            )
        settings = read_settings()
        if settings.prepare:
            project = Project(settings, say if workflow.is_main_process else None)
            return settings, project, list(project.emodels), list(project.emodels)
        return settings, None, emodel_names(settings.scores_db), hoc_names(settings.emodels_hoc_dir)


def missing_outputs() -> list[Path]:
    """Outputs of simulations that were deleted. Snakemake does not ask for them itself as long as
    the gathered scores exist. To ask for every output would be slow if there are very many."""
    if not paths.scores.exists():
        return []
    return [
        output(job)
        for output, folder in simulation_outputs
        for job in without_file(project.jobs, folder)
    ]


def in_shell(text: str | Path) -> str:
    """A fixed word of a shell command."""
    return shlex.quote(str(text)).replace("{", "{{").replace("}", "}}")


def per_attempt(amount: int) -> Callable[..., int]:
    """A resource that grows with each attempt at a job (with `retries`)."""
    return lambda wildcards, attempt: amount * attempt


def bundle(wildcards) -> str | None:
    """The group of a simulation, if simulations are bundled: those of one e-model, so that an
    e-model that cannot be prepared does not stop the simulations of others. Exemplars, to which
    other cells are adapted, or whose scores set their limits, come before those."""
    first = "exemplar_" if comes_first(wildcards.job) else ""
    return internals.bundle(
        workflow, "score", f"score_{first}{project.jobs[wildcards.job].package}"
    )


def nodes_files(wildcards) -> list[str]:
    """The nodes file of the circuit and, if given, its node types, for the target `nodes`."""
    with plain_errors():
        if settings.circuit.nodes_path is None:
            raise MegateError("config: circuit.nodes_path is missing; the target nodes needs it")
        if not settings.circuit.nodes_path.is_file():
            path = settings.circuit.nodes_path
            raise MegateError(f"config: circuit.nodes_path: file not found: {path}")
        options = options_of(settings)
    return [local(path) for path in (options.source, options.node_types) if path]


def facts_of(name: str) -> dict[str, object]:
    """What decides whether a simulation runs again, besides its files."""
    job = project.jobs[name]
    facts = job.plain() | changed_currents_of(job.emodel)
    if is_adapted(name):
        limits = limits_before.get(name, settings.adapt.limits)
        facts["adapt"] = {"limits": limits, "rounds": settings.adapt.rounds}
    if digest := stops.digest(name):
        facts["stop_early"] = digest
    return facts


def is_adapted(name: str) -> bool:
    """Whether the AIS and the soma of a simulation's cell are scaled."""
    return settings.adapt is not None and name not in project.exemplar_jobs


def exemplar_of(wildcards) -> list[Path]:
    """What is known of the exemplar to which a simulation's cell is adapted, if it is."""
    package = project.jobs[wildcards.job].package
    return [paths.adaptation(package)] if is_adapted(wildcards.job) else []


def comes_first(name: str) -> bool:
    """Whether a simulation is an exemplar's for which the e-model's other simulations wait."""
    waits = settings.adapt or settings.scoring.stop_early
    return bool(waits) and name in project.exemplar_jobs


def exemplar_scores_of(wildcards) -> list[Path]:
    """The scores that set the limits of a simulation's combinations, if it may be stopped early."""
    exemplar = stops.exemplar_of(wildcards.job)
    return [] if exemplar is None else [paths.shard(exemplar)]


def check_before_start() -> None:
    """Check that results can be written and, if anything is simulated, the morphologies."""
    with plain_errors():
        check_writable(paths.folders())
        if not workflow.is_main_process:  # the main process has done the rest
            return
        keep_start_folder(paths)
        if project:
            project.keep_circuit()
            stops.keep(paths.stop_digests)
        planned = internals.planned_jobs(workflow, rules)
        simulations = [job for job in planned or [] if job.rule == "score_combo"]
        forced = [job.wildcards["job"] for job in simulations if job.forced]
        remove_finished(paths, forced, only_adapted=set(filter(is_adapted, forced)))
        # Not a rule: every simulation would depend on it. If its output is an `ancient` input, and
        # it runs, Snakemake (9.27) does not see what else has changed for the jobs that take it.
        is_checked = planned is not None and not simulations and read_table(paths.morphologies)
        if project and not is_checked:
            check_morphologies(
                project,
                {job.wildcards["emodel"] for job in planned or [] if job.rule == "prepare_emodel"},
                settings,
                paths,
                min(workflow.resource_settings.cores or 4, os.cpu_count() or 1),
                warn,
            )


def circuit_to_validate(wildcards) -> Path:
    """The release's folder for circuits, if it can be validated here."""
    with plain_errors():
        if not project:
            raise MegateError(
                "config: scores_db found, but the target validate needs e-models that megate has "
                "prepared (prepare)"
            )
        if not settings.circuit.copy_morphologies:
            raise MegateError(
                "config: circuit.copy_morphologies: false found, but the target validate needs "
                "the morphologies; set it to true"
            )
        if not workflow.deployment_settings.deployment_method:  # else jobs have other environments
            check_installed(simulators(settings.circuit.validate_neurodamus_sample))
    return paths.circuit


def print_summary() -> None:
    """Show the outcome, if this run has aggregated or validated."""
    for summary in (paths.summary, paths.validation_summary):
        if summary.is_file() and summary.stat().st_mtime > started:
            logger.info(summary.read_text().rstrip())


started = time.time()
os.environ[OWNER] = str(os.getpid())  # simulations stop if this process is killed
os.environ[SERVER] = server_name(workflow.is_main_process or internals.is_bundle(workflow))
deployment = {method.name for method in workflow.deployment_settings.deployment_method}
PYTHON = "python" if "CONDA" in deployment else sys.executable  # that of the rules' environment
if workflow.is_main_process and internals.remove_stale_locks():
    say("removed the locks of the previous run, which was killed")
internals.skip_search_for_pipes(globals())
internals.remember_parameters()
# Snakemake makes many objects that stay; Python's garbage collector would look through them often
gc.set_threshold(50_000)
internals.limit_bundle(workflow, "bundle")

# whether it is a module with another configuration than the workflow
own_config = internals.has_own_config(workflow)
settings, project, emodels, emodels_with_hoc = read_project()
if own_config:
    config = {}  # do not change the section of the other workflow
config.clear()
config.update(settings.plain())  # the complete one, for the scripts
if project and project.left_out and workflow.is_main_process:
    say(f"left out: {project.left_out}")

paths = Paths(Path(config["results"]))
with plain_errors():
    check_folders(paths.folders())
    if workflow.is_main_process:
        check_start_folder(paths)
changed_currents_of = cache(settings.scoring.changed_currents_of)
# limits of earlier simulations whose scales would be the same now (jobs do not need them)
limits_before = (
    kept_limits(paths.scores, paths.adaptation_folder, settings.adapt.limits)
    if settings.adapt and workflow.is_main_process
    else {}
)
if project:
    stops = Stops(
        project.combos,
        settings.select,
        settings.scoring.stop_early,
        # (batch jobs: what the main process has found)
        scores=paths.scores if workflow.is_main_process else None,
        kept=paths.stop_digests,
        without_shard=lambda: without_file(project.jobs, paths.shards),
        emodel_sha256=project.emodel_sha256,
        adapt=settings.adapt is not None,
    )
EMODELS_HOC = [paths.emodel_hoc(emodel) for emodel in emodels_with_hoc]
from_git = bool(config["prepare"] and config["prepare"]["emodels_repo"])
REVISIONS = [paths.revisions] if from_git else []
TYPES = [paths.types] if project else []  # imported combinations are all that is known
# what the adaptation of cells needs to know about the exemplars
EXEMPLARS = [paths.adaptation(emodel) for emodel in emodels if project and settings.adapt]


resource_scopes:
    bundle="local",


wildcard_constraints:
    emodel="[A-Za-z][A-Za-z0-9_]*",
    job="[^/]+/[^/]+",


if internals.is_module(workflow):
    internals.add_handlers(workflow, check_before_start, print_summary)
