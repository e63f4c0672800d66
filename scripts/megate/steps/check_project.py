"""All checks of a project: those that Snakemake makes before the first simulation, and those of the
jobs that prepare e-models, without compiling their mechanisms."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from megate.bluepymm_db.import_scores import emodel_names, hoc_names
from megate.config.config import Config, read_config
from megate.core.errors import MegateError, listing
from megate.core.paths import Paths
from megate.emodels.prepare import HOC_TEMPLATE, prepare_emodel
from megate.files.writing import check_folders, check_writable
from megate.gating.select_best import replaces_thresholds
from megate.gating.thresholds import unused_patterns
from megate.morphologies.check import read_table
from megate.project.project import Project
from megate.steps.check_morphologies import morphology_findings
from megate.steps.prepare_emodel import check_emodel

_MANY = 200  # morphologies whose check takes a while


@dataclass(frozen=True)
class Remark:
    """What a check found.

    Attributes:
        check: what was checked: configuration, inputs, results, morphologies, e-models
        message: headline and problems
        serious: whether it stops a run
    """

    check: str
    message: str
    serious: bool = True


@dataclass
class ProjectCheck:
    """The result of all checks.

    Attributes:
        remarks: what was found
        combinations, simulations, emodels: their numbers; None if the inputs cannot be read, or if
            scores are imported
    """

    remarks: list[Remark] = field(default_factory=list)
    combinations: int | None = None
    simulations: int | None = None
    emodels: int | None = None

    @property
    def passed(self) -> bool:
        """Whether nothing stops a run."""
        return not any(remark.serious for remark in self.remarks)

    def try_to(self, check: str, function: Callable[[], Any]) -> Any:
        """The function's result; None if it raises a MegateError, which becomes a remark."""
        try:
            return function()
        except MegateError as error:
            self.remarks.append(Remark(check, str(error)))
            return None


def check_project(
    files: Iterable[Path], typed: Mapping[str, Any], say: Callable[[str], None], processes: int
) -> ProjectCheck:
    """Check a project.

    Args:
        files, typed: configuration files, and settings of the command line
        say: called with what is fetched, and with warnings about the inputs
        processes: number of morphologies to read at a time
    """
    found = ProjectCheck()
    config = found.try_to("configuration", lambda: read_config(files, typed, say))
    if config is None:
        return found
    paths = Paths(Path(config.results))
    found.try_to("results", lambda: check_folders(paths.folders()))
    found.try_to("results", lambda: check_writable(paths.folders()))
    if config.prepare is None:
        found.try_to("inputs", lambda: emodel_names(config.scores_db))
        found.try_to("inputs", lambda: hoc_names(config.emodels_hoc_dir))
        return found
    project = found.try_to("inputs", lambda: Project(config, say))
    if project is None or not found.passed:
        return found
    found.combinations = int((~project.combos["is_exemplar"]).sum())
    found.simulations, found.emodels = len(project.jobs), len(project.emodels)
    if project.left_out:
        found.remarks.append(Remark("inputs", f"left out: {project.left_out}", serious=False))
    _check_morphologies(found, project, config, paths, processes, say)
    features: dict[str, None] = {}
    for name in project.emodels:
        of_emodel = found.try_to("e-models", partial(_check_emodel, config, project, name, paths))
        features |= dict.fromkeys(of_emodel or [])
    if found.passed:  # else features of e-models are not known
        select, combos = config.select, project.combos[~project.combos["is_exemplar"]]
        rules = [] if replaces_thresholds(select) else select.megate_thresholds
        for text in unused_patterns(combos, list(features), rules, select.to_skip_features):
            found.remarks.append(Remark("thresholds", text, serious=False))
    return found


def _check_morphologies(
    found: ProjectCheck,
    project: Project,
    config: Config,
    paths: Paths,
    processes: int,
    say: Callable[[str], None],
) -> None:
    files = {file for of_emodel in project.morphologies.values() for file in of_emodel}
    if len(files) > _MANY:
        say(f"checking {len(files)} morphologies")
    findings = found.try_to(
        "morphologies",
        lambda: morphology_findings(project, project.emodels, config, paths, processes),
    )
    stops = config.inputs.check_morphologies != "warn"
    found.remarks += [
        Remark("morphologies", f"{each.headline}:{listing(each.problems)}", each.serious and stops)
        for each in findings or []
        if each.problems
    ]


def _check_emodel(config: Config, project: Project, name: str, paths: Paths) -> list[str]:
    """The features of an e-model.

    Raises:
        MegateError: as the job that prepares it, except for mechanisms that do not compile.
    """
    with TemporaryDirectory(prefix="megate-") as folder:
        manifest = prepare_emodel(
            project.emodels[name],
            package=Path(folder, "package"),
            template=config.inputs.template or HOC_TEMPLATE,
            without_apical_points=project.without_apical_points,
            log=Path(folder, "log"),
            compiled=False,
        )
    check_emodel(config, project, manifest, read_table(paths.morphologies))
    return manifest.features
