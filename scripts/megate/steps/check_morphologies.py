"""Before the first simulation: check the morphologies of all of them."""

from collections.abc import Callable, Collection

from megate.config.config import Config
from megate.core.findings import Finding, stop_or_warn
from megate.core.paths import Paths
from megate.emodels.manifest import Manifest
from megate.files.writing import writing
from megate.project.preflight import check_release
from megate.project.project import Project


def check_morphologies(
    project: Project,
    to_prepare: Collection[str],
    config: Config,
    paths: Paths,
    processes: int,
    warn: Callable[[str], object],
) -> None:
    """Check the morphologies, as many `processes` at a time, and write morphologies.tsv.

    What e-models `to_prepare` need of their morphologies is checked when they are prepared.

    Raises:
        MegateError: there are problems, unless the configuration has `check_morphologies: warn`.
        NotWrittenError: the table or the log cannot be written.
    """
    findings = morphology_findings(project, to_prepare, config, paths, processes)
    stop_or_warn(findings, config.inputs.check_morphologies != "warn", warn)


def morphology_findings(
    project: Project, to_prepare: Collection[str], config: Config, paths: Paths, processes: int
) -> list[Finding]:
    """As `check_morphologies`, but return what is found.

    Raises:
        NotWrittenError: the table or the log cannot be written.
    """
    log = paths.log("check_morphologies")
    with writing(log):
        log.parent.mkdir(parents=True, exist_ok=True)
        log.write_text("")
    prepared = {
        emodel: Manifest.read(paths.manifest(emodel))
        for emodel in project.emodels
        if emodel not in to_prepare and paths.manifest(emodel).exists()
    }
    inputs = config.inputs
    return check_release(
        project.morphologies,
        prepared,
        config.scoring.use_apical_points,
        paths.morphologies,
        log,
        processes,
        inputs.convert_morphologies,
        inputs.accepted_morphologies,
    )
