"""Measure the exemplar of one e-model, to which its other cells are adapted.

Input: the prepared e-model, the exemplar's morphology and its scores. Output: its AIS and soma, and
their input resistances.
"""

from pathlib import Path

from megate.config.config import Config
from megate.processes.logs import job_log
from megate.steps.adapt_emodel import adapt_emodel

with job_log(snakemake.log[0]):
    config = Config.from_plain(snakemake.config)
    exemplar = adapt_emodel(
        Path(snakemake.input.manifest),
        Path(snakemake.input.shard),
        Path(snakemake.input.morphology),
        snakemake.params.apical_point,
        config.adapt,
        config.inputs.convert_morphologies,
        Path(snakemake.log[0]),
    )
    exemplar.write(Path(snakemake.output[0]))
