"""Gather the results of the validation.

Input: the e-models' tables, the release's folder for circuits. Output: validation.tsv, its page, a
summary.
"""

from pathlib import Path

from megate.processes.logs import job_log
from megate.steps.validate import gather_validation

with job_log(snakemake.log[0]):
    gather_validation(
        [Path(path) for path in snakemake.input.tables],
        Path(snakemake.input.circuit),
        Path(snakemake.output.table),
        Path(snakemake.output.page),
        Path(snakemake.output.summary),
    )
