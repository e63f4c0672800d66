"""Write the HTML pages about release, coverage, adaptation, e-models and run times, and the page to
explore the release in.

Input: decisions.parquet, combos.parquet, scores.parquet, coverage.tsv; with `adapt`, also
adaptation.tsv, the decisions and scores without adaptation, and the files about the exemplars.
Output: a page or one page per e-model for each entry of `megate.report.html.report`; the page to
explore the release in. It shows traces if they are kept. They are no input: the simulations write
them with their scores.
"""

from pathlib import Path

from megate.config.config import Select
from megate.core.paths import Paths
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
    keeps_traces = snakemake.config["prepare"] and snakemake.config["scoring"]["keep_traces"]
    write_explore_page(
        explore_page,
        results,
        Select(**snakemake.config["select"]),
        Path(files.combos),
        Path(files.scores),
        Paths(Path(snakemake.config["results"])).all_traces if keeps_traces else None,
    )
