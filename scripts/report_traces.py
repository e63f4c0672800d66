"""Write the HTML pages with traces.

Input: decisions.parquet, combos.parquet, scores.parquet, the traces. Output: a page per e-model.
"""

from pathlib import Path

import pandas as pd

from megate.processes.logs import job_log
from megate.report.html.page import write_page
from megate.report.html.trace_page import trace_page
from megate.report.results import read_combos

with job_log(snakemake.log[0]):
    files, traces = snakemake.input, Path(snakemake.params.traces)
    combos, _ = read_combos(Path(files.decisions), Path(files.combos), Path(files.scores))
    rows = pd.read_parquet(files.combos)
    for path in map(Path, snakemake.output):
        own, of_emodel = (table[table["emodel"] == path.stem] for table in (combos, rows))
        write_page(
            path, trace_page(path.stem, own, of_emodel, lambda job: traces / f"{job}.parquet")
        )
