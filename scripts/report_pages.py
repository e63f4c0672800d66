"""Write the HTML pages about release, coverage, adaptation, e-models and run times, and the page to
explore the release in.

Input: decisions.parquet, combos.parquet, scores.parquet, coverage.tsv; with `adapt`, also
adaptation.tsv, the decisions and scores without adaptation, and the files about the exemplars.
Output: a page or one page per e-model for each entry of `megate.report.html.report`; the page to
explore in, with the traces in the folder that is a param, if they are kept.
"""

from pathlib import Path

from megate.config.config import Select
from megate.processes.logs import job_log
from megate.report.html.explore_page import write_explore_page
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
    pages = dict(snakemake.output.items())
    explore_page = Path(pages.pop("explore"))
    for name, paths in pages.items():
        write_pages(name, paths, results)
    write_explore_page(
        explore_page,
        results,
        Select(**snakemake.config["select"]),
        Path(files.combos),
        Path(files.scores),
        Path(snakemake.params.traces) if snakemake.params.traces else None,
    )
