"""Write combinations and scores as BluePyMM's scores.sqlite.

Input: combos.parquet, scores.parquet. Output: scores.sqlite.
"""

from pathlib import Path

import pandas as pd

from megate.logs import job_log
from megate.scores import read_scores
from megate.scores_db_write import write_scores_db

with job_log(snakemake.log[0]):
    combos = pd.read_parquet(snakemake.input.combos)
    scores = read_scores(Path(snakemake.input.scores))
    write_scores_db(Path(snakemake.output[0]), combos, scores)
