"""Gather the shards of all jobs.

Input: the shards. Output: scores.parquet; runtimes.json, the e-models' mean run times.
"""

from pathlib import Path

from megate.processes.logs import job_log
from megate.scores.gather import gather
from megate.scores.runtimes import mean_runtimes, write_runtimes

with job_log(snakemake.log[0]):
    shards = [Path(path) for path in snakemake.input]
    jobs = gather(shards, Path(snakemake.output.scores), snakemake.params.currents)
    write_runtimes(Path(snakemake.output.runtimes), mean_runtimes(jobs))
