"""Gather the shards of all jobs.

Input: the shards. Output: scores.parquet; runtimes.json, the e-models' mean runtimes.
"""

import json
from pathlib import Path

from megate.files.atomic import write_text
from megate.processes.logs import job_log
from megate.scores.gather import gather
from megate.scores.runtimes import mean_runtimes
from megate.scores.spares import jobs_with_spares, remove_spares

with job_log(snakemake.log[0]):
    results = Path(snakemake.config["results"])
    for job in jobs_with_spares(results):  # Snakemake has taken note of all
        remove_spares(results, job)
    jobs = gather([Path(path) for path in snakemake.input], Path(snakemake.output.scores))
    runtimes = json.dumps(mean_runtimes(jobs), indent=1)
    write_text(Path(snakemake.output.runtimes), runtimes + "\n")
