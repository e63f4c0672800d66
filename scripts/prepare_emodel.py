"""Prepare one e-model.

Input: its package's files and its exemplar. Output: its staged package with compiled mechanisms,
its manifest (emodel.json).
"""

from pathlib import Path

from megate.config import Config
from megate.emodel import HOC_TEMPLATE, prepare_emodel
from megate.logs import job_log
from megate.project import Project
from megate.thresholds import check_thresholds

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
    if config.select.select_perc_best is None:
        check_thresholds(
            manifest.emodel,
            manifest.features,
            project.combos,
            config.select.megate_thresholds,
            config.select.to_skip_features,
        )
    manifest.write(Path(snakemake.output.manifest))
