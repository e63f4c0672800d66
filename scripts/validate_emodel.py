"""Simulate the released cells of one e-model in BlueCelluLab and, a sample, in neurodamus.

Input: the release's folder for circuits, the compiled mechanisms. Output: a table.
"""

from pathlib import Path

from megate.processes.logs import job_log
from megate.steps.validate import validate_emodel

with job_log(snakemake.log[0]):
    validate_emodel(
        snakemake.wildcards.emodel,
        circuit=Path(snakemake.input.circuit),
        mechanisms=Path(snakemake.input.mechanisms),
        sample_size=snakemake.params.sample,
        neurodamus_sample_size=snakemake.params.neurodamus_sample,
        processes=snakemake.threads,
        timeout_s=snakemake.params.timeout_s,
        table=Path(snakemake.output[0]),
        log=Path(snakemake.log[0]),
    )
