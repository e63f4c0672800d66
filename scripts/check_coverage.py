"""Check that each type has a released combination (select.require_coverage).

Input: coverage.tsv. Output: a file that says so; if a type has none, an error.
"""

from pathlib import Path

from megate.files.atomic import write_text
from megate.processes.logs import job_log
from megate.release.coverage import check_coverage

with job_log(snakemake.log[0]):
    check_coverage(Path(snakemake.input.coverage))
    write_text(Path(snakemake.output[0]), "Each type has a released combination.\n")
