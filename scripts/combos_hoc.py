"""Write the hoc of one e-model's released combinations.

Input: mecombo_emodel.tsv, combos.parquet, the prepared e-model and its exemplar, the hoc template.
Output: the folder with its hoc files.
"""

import logging
from pathlib import Path

import pandas as pd

from megate.emodels.combos_hoc import combos_hoc, read_release, write_emodel_hocs
from megate.emodels.manifest import Manifest
from megate.processes.logs import job_log

with job_log(snakemake.log[0]):
    manifest_path = Path(snakemake.input.manifest)
    written = write_emodel_hocs(
        Path(snakemake.output[0]),
        combos_hoc(
            read_release(Path(snakemake.input.release)),
            pd.read_parquet(snakemake.input.combos),
            snakemake.params.emodels,
        ),
        Manifest.read(manifest_path),
        package=manifest_path.absolute().parent / "package",
        exemplar=Path(snakemake.input.exemplar),
        apical_point=snakemake.params.apical_point,
        template=Path(snakemake.input.template),
        log=Path(snakemake.log[0]),
    )
    logging.getLogger("combos_hoc").info("%d hoc files", written)
