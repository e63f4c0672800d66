# Configuration and project, read once; the paths that the rules share.
import os
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from snakemake.jobs import Job
from snakemake.logging import logger

sys.path.insert(0, str(Path(workflow.basedir, "scripts")))

from megate.config.config import Config, load_config
from megate.emodels.prepare import HOC_TEMPLATE
from megate.core.errors import MegateError
from megate.files.readers import local, read_yaml_mapping
from megate.core.findings import stop_or_warn
from megate.bluepymm_db.import_scores import emodel_names, hoc_names
from megate.project.jobs import without_file
from megate.emodels.manifest import Manifest
from megate.processes.process import OWNER
from megate.project.project import Project
from megate.project.preflight import check_release
from megate.emodels.git.revisions import RELEASED_NAME as RELEASED_REVISIONS
from megate.config.schema import Source
from megate.scores.spares import jobs_with_spares, remove_spares
from megate.processes.stale_locks import release_stale_locks
from megate.files.writing import check_folders, check_writable, writing


@contextmanager
def plain_errors() -> Iterator[None]:
    """End with the message of a MegateError, or of a file that cannot be reached."""
    try:
        yield
    except (MegateError, OSError) as error:
        if isinstance(error, OSError):
            if error.filename is None:
                raise
            error = f"cannot read {error.filename}: {error.strerror}"
        logger.error(f"megate: {error}")
        sys.exit(1)  # not a WorkflowError: where it was raised in here is of no use to anyone


def say(message: str) -> None:
    logger.info(f"megate: {message}")


def read_config() -> Config:
    """The configuration files and what --config adds, each with the folder that its relative
    paths count from."""
    files = [Path(file).absolute() for file in workflow.configfiles]
    sources = [Source(str(file), read_yaml_mapping(file, "config"), file.parent) for file in files]
    typed = Source("--config", workflow.config_settings.config, Path.cwd(), typed=True)
    schema = Path(workflow.basedir, "workflow/schemas/config.schema.yaml")
    warn = show_warning if workflow.is_main_process else lambda text: None
    return load_config([*sources, typed], schema, warn)


def read_project() -> tuple[Project | None, list[str], list[str]]:
    """The project's input files (None where an earlier run's scores are imported), the e-models,
    and those whose hoc the release has. `config` becomes the complete one, for the scripts."""
    with plain_errors():
        settings = read_config()
        if settings.prepare:
            project = Project(settings, say if workflow.is_main_process else None)
            emodels = with_hoc = list(project.emodels)
        else:
            project = None
            emodels = emodel_names(settings.scores_db)
            with_hoc = hoc_names(settings.emodels_hoc_dir)
    config.clear()
    config.update(settings.plain())
    return project, emodels, with_hoc


def in_repository(config: dict) -> bool:
    """Whether the e-models come from a git repository."""
    return bool(config["prepare"] and config["prepare"]["emodels_repo"])


def lost(outputs: Iterable[str]) -> list[str]:
    """Outputs of simulations that are not there any more. As long as the gathered scores are,
    Snakemake does not miss them by itself, and asked for each of very many it takes its time."""
    return [
        path.format(job=job)
        for path in outputs
        if Path(SCORES).exists()
        for job in without_file(project.jobs, Path(path).parent)
    ]


def growing(amount: int) -> Callable[..., int]:
    """A resource of which each further attempt at a job has more (where retries are asked for)."""
    return lambda wildcards, attempt: amount * attempt


def bundle(wildcards) -> str | None:
    """The group of a simulation: where `group-components: score=N` is given, N of one e-model are
    one batch job. What is wrong with another e-model does not keep them."""
    settings = workflow.group_settings
    in_bundle = settings.local_groupid != type(settings).local_groupid  # a batch job's Snakemake
    if workflow.dryrun or not (in_bundle or "score" in settings.group_components):
        return None
    group = f"score_{project.jobs[wildcards.job].package}"
    workflow.parent_groupids[group] = "score"
    if in_bundle:  # it is one, whole
        settings.group_components = {"score": sys.maxsize}
    return group


def remove_needless_spares() -> None:
    """Remove the spares of simulations that are to run, but not because Snakemake was interrupted."""
    dag, persistence, spared = workflow.dag, workflow.persistence, jobs_with_spares(Path(RESULTS))
    for job in dag.needrun_jobs() if spared else ():
        if job.rule.name == "score_combo" and job.wildcards.job in spared:
            noted = persistence.metadata(job.output[0]) and not workflow.async_run(
                persistence.incomplete(job)
            )
            forced = job.rule in dag.forcerules
            if noted or forced:
                remove_spares(Path(RESULTS), job.wildcards.job)


def check_morphologies() -> None:
    """Look through the morphologies, if anything is to be simulated. It is not done by a job, for
    which the others would have to wait without being run again for it: of those that have an
    ancient input, Snakemake (9.27) does not see what else has changed when that is made."""
    jobs = [(job.rule.name, job.wildcards) for job in workflow.dag.needrun_jobs()]
    if "score_combo" not in dict(jobs):
        return
    to_prepare = {wildcards.emodel for name, wildcards in jobs if name == "prepare_emodel"}
    manifests = {emodel: Path(EMODELS, emodel, "emodel.json") for emodel in emodels}
    log = Path(LOGS, "check_morphologies.log")
    with writing(log):
        log.parent.mkdir(parents=True, exist_ok=True)
        log.write_text("")
    findings = check_release(
        project.morphologies,
        {
            emodel: Manifest.read(path)
            for emodel, path in manifests.items()
            if emodel not in to_prepare and path.exists()
        },
        config["scoring"]["use_apical_points"],
        Path(MORPHOLOGIES),
        log,
        min(workflow.resource_settings.cores or 4, os.cpu_count() or 1),
    )
    stop_or_warn(findings, config["prepare"]["check_morphologies"] == "error", show_warning)


def show_warning(text: str) -> None:
    """Show a warning as a rule's script does."""
    logger.warning(f"megate: {text}")


def print_summary() -> None:
    """Show the outcome at the end of a run that has aggregated."""
    summary = Path(RELEASE, "summary.txt")
    if summary.is_file() and summary.stat().st_mtime > started:
        logger.info(summary.read_text().rstrip())


if workflow.is_main_process and release_stale_locks(Path(".snakemake")):
    logger.info("megate: the run before was killed; its locks are gone")

# in a batch job, as many simulations of its bundle run at a time as it has cores
if not workflow.is_main_process:
    workflow.register_resource("bundle", int(os.environ.get("SLURM_CPUS_PER_TASK", 1)))

# No rule here has a pipe or a service. To see that, Snakemake (9.27) looks for each input of a job
# through all jobs that it depends on: minutes, for the scores of a hundred thousand.
Job.is_pipe_or_service_input = lambda job, path: False

started = time.time()
os.environ[OWNER] = str(os.getpid())  # simulations stop if this process is killed
project, emodels, emodels_with_hoc = read_project()
if project and project.left_out and workflow.is_main_process:
    logger.info(f"megate: left out: {project.left_out}")

RESULTS = config["results"]
EMODELS = f"{RESULTS}/emodels"
RELEASE = f"{RESULTS}/release"
REPORT = f"{RESULTS}/report"
LOGS = f"{RESULTS}/logs"
BENCHMARKS = f"{RESULTS}/benchmarks"
# what is decided on, simulated or imported
COMBOS = f"{RESULTS}/combos.parquet"
SCORES = f"{RESULTS}/scores.parquet"
# the commits of e-models that come from a git repository
REVISIONS = [f"{RESULTS}/emodels_repo/revisions.json"] if in_repository(config) else []
MORPHOLOGIES = f"{RESULTS}/morphologies.tsv"
HOC = expand(f"{RELEASE}/emodels_hoc/{{emodel}}.hoc", emodel=emodels_with_hoc)
FOLDERS = [
    RESULTS,
    EMODELS,
    f"{RESULTS}/scores",
    f"{RESULTS}/traces",
    RELEASE,
    f"{RELEASE}/emodels_hoc",
    f"{RELEASE}/extra_data",
    REPORT,
    f"{REPORT}/emodels",
    f"{REPORT}/traces",
    LOGS,
    BENCHMARKS,
]
with plain_errors():
    check_folders(FOLDERS)


resource_scopes:
    bundle="local",


wildcard_constraints:
    emodel="[A-Za-z][A-Za-z0-9_]*",
    job="[^/]+/[^/]+",
