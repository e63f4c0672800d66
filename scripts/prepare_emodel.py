"""Prepare one e-model.

Input: its package's files and its exemplar; morphologies.tsv, what the check of the morphologies
found. Output: its staged package with compiled mechanisms, its manifest (emodel.json).
"""

from pathlib import Path

from megate.config.config import Config
from megate.processes.logs import job_log
from megate.steps.prepare_emodel import prepare_emodel

with job_log(snakemake.log[0]):
    manifest = prepare_emodel(
        Config.from_plain(snakemake.config),
        snakemake.wildcards.emodel,
        morphologies=Path(snakemake.params.morphologies),
        package=Path(snakemake.output.package),
        log=Path(snakemake.log[0]),
    )
    manifest.write(Path(snakemake.output.manifest))
