"""Write the hoc of one e-model's released combinations.

Input: mecombo_emodel.tsv, combos.parquet, the prepared e-model and its exemplar, the hoc template;
with `adapt`, the adaptation to the exemplar. Output: the folder with its hoc files.
"""

import logging
from pathlib import Path

import pandas as pd

from megate.core.paths import package_beside
from megate.emodels.combos_hoc import combos_hoc, read_release, write_emodel_hocs
from megate.emodels.manifest import Manifest
from megate.morphologies.check import read_table
from megate.processes.logs import job_log

with job_log(snakemake.log[0]):
    checked = read_table(Path(snakemake.params.morphologies))
    files, manifest = snakemake.input, Path(snakemake.input.manifest)
    released = read_release(Path(files.release))
    number = write_emodel_hocs(
        Path(snakemake.output[0]),
        combos_hoc(released, pd.read_parquet(files.combos), snakemake.params.emodels, checked),
        Manifest.read(manifest),
        package=package_beside(manifest.absolute()),
        exemplar=Path(files.exemplar),
        apical_point=snakemake.params.apical_point,
        template=Path(files.template),
        log=Path(snakemake.log[0]),
        adaptation=next(map(Path, files.adaptation), None),
    )
    logging.getLogger(__name__).info("%d hoc files", number)
