"""Decide which combinations pass, and write the release.

Input: combos.parquet, scores.parquet, the e-models' hoc, their commits if they come from a git
repository; types.parquet, unless scores are imported; morphologies.tsv; with `adapt`, the files
about the exemplars, and the scores without adaptation. Output: the release's files, the table of
decisions, the coverage, the report and the summary; with `adapt`, what it changes, and the table of
decisions without it.
"""

from pathlib import Path

from megate.processes.logs import job_log
from megate.steps.aggregate import aggregate

with job_log(snakemake.log[0]):
    revisions = [Path(path) for path in snakemake.input.revisions]
    types = [Path(path) for path in snakemake.input.types]
    aggregate(
        snakemake.config,
        combos=Path(snakemake.input.combos),
        scores=Path(snakemake.input.scores),
        hoc=[Path(path) for path in snakemake.input.hoc],
        revisions=revisions[0] if revisions else None,
        morphologies=Path(snakemake.params.morphologies),
        left_out=snakemake.params.left_out,
        types=types[0] if types else None,
        exemplars=[Path(path) for path in snakemake.input.get("exemplars", ())],
        unadapted=Path(snakemake.input.get("unadapted_scores", "")),
        table=Path(snakemake.output.decisions),
        release=Path(snakemake.output.summary).parent,
        log=Path(snakemake.log[0]),
    )
