"""Write the pages of Snakemake's report with traces.

Input: decisions.parquet, combos.parquet, scores.parquet, the traces. Output: a page per e-model.
"""

from pathlib import Path

import pandas as pd

from megate.processes.logs import job_log
from megate.report.html.pages import write_page
from megate.report.html.tables import read_outcome, read_runs
from megate.report.html.trace_page import trace_page

with job_log(snakemake.log[0]):
    combos_path, traces = Path(snakemake.input.combos), Path(snakemake.params.traces)
    runs = read_runs(Path(snakemake.input.scores))
    outcome = read_outcome(Path(snakemake.input.decisions), combos_path, runs)
    combos = pd.read_parquet(combos_path)
    for path in map(Path, snakemake.output):
        page = trace_page(
            path.stem,
            outcome.of_emodel(path.stem).combos,
            combos[combos["emodel"] == path.stem],
            lambda job: traces / f"{job}.parquet",
        )
        write_page(path, page)
