"""Before the first simulation: check the morphologies of all of them."""

from collections.abc import Callable, Collection

from megate.core.findings import stop_or_warn
from megate.core.paths import Paths
from megate.emodels.manifest import Manifest
from megate.files.writing import writing
from megate.project.preflight import check_release
from megate.project.project import Project


def check_morphologies(
    project: Project,
    to_prepare: Collection[str],
    use_apical_points: bool,
    stop: bool,
    paths: Paths,
    processes: int,
    warn: Callable[[str], object],
) -> None:
    """Check the morphologies, and write morphologies.tsv.

    Args:
        project: the project
        to_prepare: e-models that are about to be prepared: what they need of their morphologies is
            checked by `prepare_emodel`
        use_apical_points: `scoring.use_apical_points`
        stop: whether problems stop the run (`check_morphologies: error`)
        paths: of the run
        processes: number of morphologies to read at a time
        warn: shows the problems if they do not stop the run

    Raises:
        MegateError: there are problems, and `stop`.
        NotWrittenError: the table or the log cannot be written.
    """
    log = paths.log("check_morphologies")
    with writing(log):
        log.parent.mkdir(parents=True, exist_ok=True)
        log.write_text("")
    manifests = {emodel: paths.manifest(emodel) for emodel in project.emodels}
    prepared = {
        emodel: Manifest.read(manifest)
        for emodel, manifest in manifests.items()
        if emodel not in to_prepare and manifest.exists()
    }
    findings = check_release(
        project.morphologies, prepared, use_apical_points, paths.morphologies, log, processes
    )
    stop_or_warn(findings, stop, warn)
