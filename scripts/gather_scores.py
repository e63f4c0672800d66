"""Gather the shards of all jobs.

Input: the shards. Output: scores.parquet; runtimes.json, the e-models' mean run times.
"""

from pathlib import Path

from megate.processes.logs import job_log
from megate.scores.gather import gather
from megate.scores.runtimes import mean_runtimes, write_runtimes

with job_log(snakemake.log[0]):
    jobs = gather([Path(path) for path in snakemake.input], Path(snakemake.output.scores))
    write_runtimes(Path(snakemake.output.runtimes), mean_runtimes(jobs))
