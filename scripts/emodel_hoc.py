"""Write the hoc of one e-model.

Input: the prepared e-model, its exemplar, the hoc template; with `adapt`, the adaptation to the
exemplar. Output: its hoc.
"""

from pathlib import Path

from megate.core.paths import package_beside
from megate.emodels.hoc import write_emodel_hoc
from megate.emodels.manifest import Manifest
from megate.processes.logs import job_log

with job_log(snakemake.log[0]):
    manifest = Path(snakemake.input.manifest)
    write_emodel_hoc(
        Path(snakemake.output[0]),
        Manifest.read(manifest),
        package=package_beside(manifest.absolute()),
        exemplar=Path(snakemake.input.exemplar),
        apical_point=snakemake.params.apical_point,
        template=Path(snakemake.input.template),
        log=Path(snakemake.log[0]),
        adaptation=next(map(Path, snakemake.input.adaptation), None),
    )
