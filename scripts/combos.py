"""Write the table of combinations and exemplar rows.

Input: the project's configuration. Output: combos.parquet.
"""

from pathlib import Path

import pyarrow as pa

from megate.config.config import Config
from megate.processes.logs import job_log
from megate.project.combinations import SCHEMA
from megate.project.project import Project
from megate.scores.shards import write_table

with job_log(snakemake.log[0]):
    combos = Project(Config.from_plain(snakemake.config)).combos
    table = pa.Table.from_pandas(combos, schema=SCHEMA, preserve_index=False)
    write_table(Path(snakemake.output[0]), table)
