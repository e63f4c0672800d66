"""Decide which combinations pass, and write the release.

Input: combos.parquet, scores.parquet, the e-models' hoc, their commits if they come from a git
repository. Output: the release's files, the table of decisions, the report and the summary.
"""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pandas as pd

from megate.config.config import Select
from megate.emodels import combos_hoc
from megate.emodels.git.revisions import RELEASED_NAME
from megate.files.atomic import new_or_none, write_text
from megate.files.readers import local
from megate.files.writing import writing
from megate.gating.decide import decide
from megate.gating.decisions import write_decisions
from megate.gating.opt_scores import refuse_other_opt_scores
from megate.morphologies.check import problems_in, read_table
from megate.processes.logs import job_log
from megate.release.files import COMPLIANCE_LOG, shared_names, summary, write_release
from megate.release.provenance import facts
from megate.report.pdf.report import write_report
from megate.scores.matrix import read_scores

with job_log(snakemake.log[0]):
    select = Select(**snakemake.params.select)
    combos_path, scores_path = Path(snakemake.input.combos), Path(snakemake.input.scores)
    combos, scores = pd.read_parquet(combos_path), read_scores(scores_path)
    refuse_other_opt_scores(combos, scores, select)
    decisions = decide(combos, scores, select)
    del scores  # 200 MB of 100,000 combinations
    identity = facts(snakemake.config, combos_path, scores_path)
    left_out = snakemake.params.left_out
    if left_out:
        identity.append(("left out", left_out))
    release = Path(snakemake.output.extneurondb).parent
    hoc = [Path(path) for path in snakemake.input.hoc]
    # these three Snakemake does not (always) know as outputs, and would leave an earlier release's
    with (
        writing(release),
        new_or_none(release / COMPLIANCE_LOG, release / combos_hoc.FOLDER, release / RELEASED_NAME),
        ThreadPoolExecutor() as pool,  # Arrow writes while Python draws
    ):
        written = pool.submit(write_decisions, Path(snakemake.output.decisions), decisions)
        table = write_release(release, decisions, hoc, select.make_names_neuron_compliant)
        decisions.warnings.extend(shared_names(table))
        morphologies = Path(snakemake.config["results"], "morphologies.tsv")
        used = {local(Path(file)) for file in combos["morph_path"].unique()}
        found = problems_in([r for r in read_table(morphologies) if r.file in used], morphologies)
        decisions.warnings.extend([found.headline] if found.problems else [])
        write_report(Path(snakemake.output.megating), decisions, select, identity)
        write_text(Path(snakemake.output.summary), summary(decisions, release, left_out) + "\n")
        for revisions in snakemake.input.revisions:
            write_text(release / RELEASED_NAME, Path(revisions).read_text())
        written.result()
