"""Score one me-combination.

Input: the morphology and the prepared e-model. Output: the shard with its scores, or with the
traceback of what went wrong.
"""

from pathlib import Path

from megate.combos import Job
from megate.emodel import Manifest
from megate.errors import MegateError
from megate.logs import job_log
from megate.scoring import score_job
from megate.shards import write_shard

with job_log(snakemake.log[0]):
    manifest_path = Path(snakemake.input.manifest)
    manifest = Manifest.read(manifest_path)
    job = Job(
        name=snakemake.wildcards.job,
        package=manifest.emodel,
        emodel=snakemake.params.emodel,
        original_emodel=snakemake.params.original_emodel,
        morph_name=snakemake.params.morph_name,
        morph_path=Path(snakemake.input.morphology).absolute(),
        apical_point=snakemake.params.apical_point,
    )
    package = manifest_path.absolute().parent / "package"
    if not package.is_dir():
        raise MegateError(f"{package} is gone; delete {manifest_path} to prepare it again")
    result = score_job(job, manifest, package, Path(snakemake.log[0]))
    write_shard(Path(snakemake.output[0]), result)
