"""Decide which combinations pass, and write the release.

Input: combos.parquet, scores.parquet, the e-models' hoc. Output: the release's files, the table of
decisions, the report and the summary.
"""

from pathlib import Path

import pandas as pd

from megate.config import Select
from megate.decisions import write_decisions
from megate.logs import job_log
from megate.megating import decide
from megate.opt_scores import refuse_other_opt_scores
from megate.provenance import facts
from megate.release import summary, write_release
from megate.report import write_report
from megate.scores import read_scores

with job_log(snakemake.log[0]):
    select = Select(**snakemake.params.select)
    combos = pd.read_parquet(snakemake.input.combos)
    scores = read_scores(Path(snakemake.input.scores))
    if select.check_opt_scores:
        refuse_other_opt_scores(combos, scores, select.opt_scores_tolerance)
    decisions = decide(
        combos,
        scores,
        select.megate_thresholds,
        select.to_skip_features,
        select.skip_repaired_exemplar,
        select.select_perc_best,
        select.open_gates,
        select.borderline_margin,
    )
    write_decisions(Path(snakemake.output.decisions), decisions)
    release = Path(snakemake.output.extneurondb).parent
    hoc = [Path(path) for path in snakemake.input.hoc]
    write_release(release, decisions, hoc, select.make_names_neuron_compliant)
    write_report(Path(snakemake.output.megating), decisions, select, facts(snakemake.config))
    Path(snakemake.output.summary).write_text(summary(decisions, release) + "\n")
