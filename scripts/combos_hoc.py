"""Write the hoc of one e-model's released combinations.

Input: mecombo_emodel.tsv, combos.parquet, the prepared e-model and its exemplar, the hoc template.
Output: the folder with its hoc files.
"""

from pathlib import Path

from megate.processes.logs import job_log
from megate.steps.combos_hoc import write_emodel_combos_hoc

with job_log(snakemake.log[0]):
    write_emodel_combos_hoc(
        Path(snakemake.output[0]),
        release=Path(snakemake.input.release),
        combos=Path(snakemake.input.combos),
        emodels=snakemake.params.emodels,
        manifest=Path(snakemake.input.manifest),
        exemplar=Path(snakemake.input.exemplar),
        apical_point=snakemake.params.apical_point,
        template=Path(snakemake.input.template),
        log=Path(snakemake.log[0]),
    )
