"""Import combinations and scores of an earlier BluePyMM run.

Input: its scores.sqlite and, if they are known, its e-models' hoc. Output: combos.parquet,
scores.parquet, the hoc.
"""

from pathlib import Path

from megate.processes.logs import job_log
from megate.steps.combos import import_scores

with job_log(snakemake.log[0]):
    import_scores(
        Path(snakemake.input.scores_db),
        [Path(path) for path in snakemake.input.hoc],
        combos=Path(snakemake.output.combos),
        scores=Path(snakemake.output.scores),
        copied_hoc=[Path(path) for path in snakemake.output.hoc],
    )
