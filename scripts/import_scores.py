"""Import combinations and scores of an earlier BluePyMM run.

Input: its scores.sqlite and, if they are known, its e-models' hoc. Output: combos.parquet,
scores.parquet, the hoc.
"""

from pathlib import Path

from megate.bluepymm_db.import_scores import copy_hoc, write_scores
from megate.bluepymm_db.read import read_scores_db
from megate.processes.logs import job_log
from megate.project.combinations import as_arrow
from megate.scores.shards import write_table

with job_log(snakemake.log[0]):
    combos, scores = read_scores_db(Path(snakemake.input.scores_db))
    emodels = set(combos.loc[~combos["is_exemplar"], "emodel"])
    copy_hoc(map(Path, snakemake.input.hoc), map(Path, snakemake.output.hoc), emodels)
    write_table(Path(snakemake.output.combos), as_arrow(combos))
    write_scores(Path(snakemake.output.scores), combos, scores)
