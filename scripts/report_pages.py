"""Write the HTML pages about the release, its coverage, the e-models and the run times.

Input: decisions.parquet, combos.parquet, scores.parquet, coverage.tsv. Output: a page or one page
per e-model for each entry of `megate.report.html.report`.
"""

from pathlib import Path

from megate.processes.logs import job_log
from megate.report.html.report import write_pages
from megate.report.results import read_results

with job_log(snakemake.log[0]):
    files = snakemake.input
    results = read_results(
        Path(files.decisions), Path(files.combos), Path(files.scores), Path(files.coverage)
    )
    for name, paths in snakemake.output.items():
        write_pages(name, paths, results)
