"""Gather the shards of all jobs.

Input: the shards. Output: scores.parquet; runtimes.json, the e-models' mean run times; with
`adapt`, scores_unadapted.parquet, the scores of exemplars and of cells that were also simulated
without adaptation.
"""

from pathlib import Path

from megate.core.paths import Paths
from megate.processes.logs import job_log
from megate.scores.gather import gather, unadapted_shards
from megate.scores.runtimes import mean_runtimes, write_runtimes

with job_log(snakemake.log[0]):
    shards = [Path(path) for path in snakemake.input]
    jobs = gather(shards, Path(snakemake.output.scores), snakemake.params.currents)
    write_runtimes(Path(snakemake.output.runtimes), mean_runtimes(jobs))
    if unadapted := snakemake.output.get("unadapted"):
        folder = Paths(Path(snakemake.config["results"])).unadapted
        found = unadapted_shards(shards, snakemake.params.exemplars, folder)
        gather(found, Path(unadapted), snakemake.params.currents)
