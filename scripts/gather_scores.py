"""Gather the shards of all jobs.

Input: the shards. Output: scores.parquet.
"""

from pathlib import Path

from megate.logs import job_log
from megate.shards import gather, write_table

with job_log(snakemake.log[0]):
    write_table(Path(snakemake.output[0]), gather([Path(path) for path in snakemake.input]))
