"""Write the table that says which hoc belongs to which released combination.

Input: mecombo_emodel.tsv, combos.parquet, the folders with hoc files. Output: combos_hoc.tsv.
"""

from pathlib import Path

from megate.processes.logs import job_log
from megate.steps.combos_hoc import write_combos_hoc_table

with job_log(snakemake.log[0]):
    write_combos_hoc_table(
        Path(snakemake.output[0]),
        release=Path(snakemake.input.release),
        combos=Path(snakemake.input.combos),
        emodels=snakemake.params.emodels,
    )
