"""Take over combinations and scores of an earlier BluePyMM run.

Input: its scores.sqlite and, if they are known, its e-models' hoc. Output: combos.parquet,
scores.parquet, the hoc.
"""

from pathlib import Path

import pyarrow as pa

from megate.bluepymm_db.import_scores import copy_hoc, write_scores
from megate.bluepymm_db.read import read_scores_db
from megate.processes.logs import job_log
from megate.project.combinations import SCHEMA
from megate.scores.shards import write_table

with job_log(snakemake.log[0]):
    combos, scores = read_scores_db(Path(snakemake.input.scores_db))
    copy_hoc(
        [Path(path) for path in snakemake.input.hoc],
        [Path(path) for path in snakemake.output.hoc],
        set(combos.loc[~combos["is_exemplar"], "emodel"]),
    )
    table = pa.Table.from_pandas(combos, schema=SCHEMA, preserve_index=False)
    write_table(Path(snakemake.output.combos), table)
    write_scores(Path(snakemake.output.scores), combos, scores)
