"""Rule prepare_emodel: make an e-model ready to run, and check it."""

import logging
from pathlib import Path

from megate.builtin.package import read_config_files
from megate.config.config import Config
from megate.core.findings import stop_or_warn
from megate.core.vocabulary import Evaluator
from megate.emodels.manifest import Manifest
from megate.emodels.prepare import HOC_TEMPLATE
from megate.emodels.prepare import prepare_emodel as stage_and_compile
from megate.gating.opt_scores import check_opt_names
from megate.gating.thresholds import check_thresholds
from megate.morphologies.check import read_table
from megate.morphologies.needs import Needs, emodel_finding
from megate.project.project import Project

logger = logging.getLogger(__name__)


def prepare_emodel(
    config: Config, name: str, morphologies: Path, package: Path, log: Path
) -> Manifest:
    """Stage an e-model's package in `package`, compile its mechanisms, and check it, also
    against `morphologies` (morphologies.tsv). The `log` takes what the package prints.

    Raises:
        MegateError: the package does not work, a feature has no threshold, its features are not
            those of final.json and `check_opt_scores` is true, or its morphologies lack what it
            needs and `check_morphologies` is not "warn".
    """
    project = Project(config)
    emodel = project.emodels[name]
    manifest = stage_and_compile(
        emodel,
        package=package,
        template=config.inputs.template or HOC_TEMPLATE,
        without_apical_points=project.without_apical_points,
        log=log,
    )
    if emodel.evaluator is Evaluator.BUILTIN:
        for warning in read_config_files(emodel.source, name).warnings:
            logger.warning(warning)
    check_thresholds(manifest.emodel, manifest.features, project.combos, config.select)
    fitness = project.emodels[name].final.fitness
    check_opt_names(manifest.emodel, manifest.features, fitness, config.select)
    finding = emodel_finding(
        manifest.emodel,
        Needs(**manifest.needs),
        project.morphologies[manifest.emodel],
        read_table(morphologies),
        config.scoring.use_apical_points,
        config.inputs.accepted_morphologies,
    )
    stop_or_warn([finding], config.inputs.check_morphologies != "warn", logger.warning)
    return manifest
