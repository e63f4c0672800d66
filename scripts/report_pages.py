"""Write the HTML pages about release, coverage, adaptation, e-models and run times.

Input: decisions.parquet, combos.parquet, scores.parquet, coverage.tsv; with `adapt`, also
adaptation.tsv, the decisions and scores without adaptation, and the files about the exemplars.
Output: a page or one page per e-model for each entry of `megate.report.html.report`.
"""

from pathlib import Path

from megate.processes.logs import job_log
from megate.report.html.report import write_pages
from megate.report.results import read_adaptation_results, read_results

with job_log(snakemake.log[0]):
    files = snakemake.input
    adaptation = None
    if files.get("adaptation"):
        adaptation = read_adaptation_results(
            Path(files.adaptation),
            Path(files.unadapted_decisions),
            Path(files.combos),
            Path(files.unadapted_scores),
            map(Path, files.exemplars),
            snakemake.config["adapt"]["limits"],
        )
    results = read_results(
        Path(files.decisions),
        Path(files.combos),
        Path(files.scores),
        Path(files.coverage),
        adaptation,
    )
    for name, paths in snakemake.output.items():
        write_pages(name, paths, results)
