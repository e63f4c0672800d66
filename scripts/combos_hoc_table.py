"""Write the table that says which hoc belongs to which released combination.

Input: mecombo_emodel.tsv, combos.parquet, the folders with hoc files. Output: combos_hoc.tsv.
"""

from pathlib import Path

import pandas as pd

from megate.emodels.combos_hoc import combos_hoc, read_release, write_table
from megate.morphologies.check import read_table
from megate.processes.logs import job_log

with job_log(snakemake.log[0]):
    checked = read_table(Path(snakemake.params.morphologies))
    released, emodels = read_release(Path(snakemake.input.release)), snakemake.params.emodels
    table = combos_hoc(released, pd.read_parquet(snakemake.input.combos), emodels, checked)
    write_table(Path(snakemake.output[0]), table, emodels)
