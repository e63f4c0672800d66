"""Write combinations and scores as BluePyMM's scores.sqlite.

Input: combos.parquet, scores.parquet. Output: scores.sqlite.
"""

from pathlib import Path

import pandas as pd

from megate.bluepymm_db.write import write_scores_db
from megate.processes.logs import job_log
from megate.scores.matrix import read_scores

with job_log(snakemake.log[0]):
    write_scores_db(
        Path(snakemake.output[0]),
        pd.read_parquet(snakemake.input.combos),
        read_scores(Path(snakemake.input.scores)),
    )
