"""Write the table of combinations and exemplar rows, and the types that they should cover.

Input: the project's configuration. Output: combos.parquet, types.parquet.
"""

from pathlib import Path

from megate.config.config import Config
from megate.processes.logs import job_log
from megate.project.combinations import as_arrow, types_as_arrow
from megate.project.project import Project
from megate.scores.shards import write_table

with job_log(snakemake.log[0]):
    project = Project(Config.from_plain(snakemake.config))
    write_table(Path(snakemake.output.combos), as_arrow(project.combos))
    write_table(Path(snakemake.output.types), types_as_arrow(project.types))
