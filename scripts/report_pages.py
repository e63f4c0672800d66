"""Write the pages of Snakemake's report about the release, the e-models and the run times.

Input: decisions.parquet, combos.parquet, scores.parquet. Output: release.html, runtimes.html, a
page per e-model.
"""

from pathlib import Path

from megate.processes.logs import job_log
from megate.report.html.emodel_page import emodel_page
from megate.report.html.pages import remove_others, write_page
from megate.report.html.release_page import release_page
from megate.report.html.runtime_page import runtime_page
from megate.report.html.tables import read_outcome, read_runs

with job_log(snakemake.log[0]):
    runs = read_runs(Path(snakemake.input.scores))
    outcome = read_outcome(Path(snakemake.input.decisions), Path(snakemake.input.combos), runs)
    write_page(Path(snakemake.output.release), release_page(outcome))
    write_page(Path(snakemake.output.runtimes), runtime_page(runs))
    for path in map(Path, snakemake.output.emodels):
        write_page(path, emodel_page(path.stem, outcome.of_emodel(path.stem)))
    remove_others(map(Path, snakemake.output.emodels))
