"""Prepare one e-model.

Input: its package's files and its exemplar. Output: its staged package with compiled mechanisms,
its manifest (emodel.json), its hoc.
"""

from pathlib import Path

from megate.atomic import write_text
from megate.config import Config
from megate.emodel import prepare_emodel
from megate.logs import job_log
from megate.project import Project
from megate.thresholds import check_thresholds

with job_log(snakemake.log[0]):
    config = Config.from_plain(snakemake.config)
    project = Project(config)
    manifest, hoc = prepare_emodel(
        project.emodels[snakemake.wildcards.emodel],
        package=Path(snakemake.output.package),
        template=Path(snakemake.input.template),
        without_apical_points=project.without_apical_points,
        log=Path(snakemake.log[0]),
    )
    # The thresholds come from the configuration, not from `params`: changing one must not prepare
    # the e-models again. The aggregation checks them then.
    if config.select.select_perc_best is None:
        check_thresholds(
            manifest.emodel,
            manifest.features,
            project.combos,
            config.select.megate_thresholds,
            config.select.to_skip_features,
        )
    write_text(Path(snakemake.output.hoc), hoc)
    manifest.write(Path(snakemake.output.manifest))
