"""Write the table of combinations and exemplar rows.

Input: the project's configuration. Output: combos.parquet.
"""

from pathlib import Path

from megate.config.config import Config
from megate.processes.logs import job_log
from megate.project.combinations import as_arrow
from megate.project.project import Project
from megate.scores.shards import write_table

with job_log(snakemake.log[0]):
    project = Project(Config.from_plain(snakemake.config))
    write_table(Path(snakemake.output[0]), as_arrow(project.combos))
