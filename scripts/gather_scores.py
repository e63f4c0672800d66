"""Gather shards, or what was gathered of parts of them.

Input: the files. Output: one table of them; of all jobs (scores.parquet) also runtimes.json, the
e-models' mean runtimes.
"""

import json
from pathlib import Path

from megate.atomic import write_text
from megate.estimates import mean_runtimes
from megate.gathering import AT_ONCE, gather
from megate.logs import job_log
from megate.spares import remove_spares

with job_log(snakemake.log[0]):
    paths = [Path(path) for path in snakemake.input]
    of_parts = paths[0].parent == Path(snakemake.config["results"], "scores")
    jobs = gather(paths, Path(snakemake.output.scores), 1 if of_parts else AT_ONCE)
    for job in () if of_parts else jobs["job"].to_pylist():  # Snakemake has taken note of all
        remove_spares(Path(snakemake.config["results"]), job)
    if "runtimes" in snakemake.output.keys():  # noqa: SIM118 (not a mapping)
        runtimes = json.dumps(mean_runtimes(jobs), indent=1)
        write_text(Path(snakemake.output.runtimes), runtimes + "\n")
