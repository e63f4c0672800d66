"""Write the table of combinations and exemplar rows.

Input: the project's configuration. Output: combos.parquet.
"""

from pathlib import Path

from megate.config.config import Config
from megate.processes.logs import job_log
from megate.steps.combos import write_combos

with job_log(snakemake.log[0]):
    write_combos(Path(snakemake.output[0]), Config.from_plain(snakemake.config))
