"""Prepare one e-model.

Input: its package's files and its exemplar. Output: its staged package with compiled mechanisms,
its manifest (emodel.json), its hoc.
"""

from pathlib import Path

from megate.emodel import prepare_emodel
from megate.logs import job_log

with job_log(snakemake.log[0]):
    manifest, hoc = prepare_emodel(
        emodel=snakemake.wildcards.emodel,
        original_emodel=snakemake.params.original_emodel,
        source=Path(snakemake.params.source),
        files=[Path(file) for file in snakemake.input.package],
        params=snakemake.params.parameters,
        exemplar=Path(snakemake.input.exemplar),
        apical_point=snakemake.params.apical_point,
        package=Path(snakemake.output.package),
        template=Path(snakemake.input.template).absolute(),
        log=Path(snakemake.log[0]),
    )
    Path(snakemake.output.hoc).write_text(hoc)
    manifest.write(Path(snakemake.output.manifest))
