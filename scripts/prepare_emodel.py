"""Prepare one e-model.

Input: its package's files and its exemplar; morphologies.tsv, what its morphologies hold. Output:
its staged package with compiled mechanisms, its manifest (emodel.json).
"""

import logging
from pathlib import Path

from megate.config.config import Config
from megate.core.findings import stop_or_warn
from megate.emodels.prepare import HOC_TEMPLATE, prepare_emodel
from megate.gating.thresholds import check_thresholds
from megate.morphologies.check import read_table
from megate.morphologies.needs import Needs, emodel_finding
from megate.processes.logs import job_log
from megate.project.project import Project

logger = logging.getLogger("prepare_emodel")

with job_log(snakemake.log[0]):
    config = Config.from_plain(snakemake.config)
    project = Project(config)
    manifest = prepare_emodel(
        project.emodels[snakemake.wildcards.emodel],
        package=Path(snakemake.output.package),
        template=config.prepare.template or HOC_TEMPLATE,
        without_apical_points=project.without_apical_points,
        log=Path(snakemake.log[0]),
    )
    # Template and thresholds come from the configuration, not from inputs and `params`: changing
    # one must not prepare the e-models again, and score all anew.
    check_thresholds(manifest.emodel, manifest.features, project.combos, config.select)
    # Likewise what it needs of its morphologies: it has no part in the scores of others.
    finding = emodel_finding(
        manifest.emodel,
        Needs(**manifest.needs),
        project.morphologies[manifest.emodel],
        read_table(Path(config.results, "morphologies.tsv")),
        config.scoring.use_apical_points,
    )
    stop_or_warn([finding], config.prepare.check_morphologies == "error", logger.warning)
    manifest.write(Path(snakemake.output.manifest))
