"""Score one combination.

Input: the morphology and the prepared e-model. Output: the shard with its scores, or with the
reason of its failure; its traces, if they are wanted.
"""

import json
from pathlib import Path

from megate.config.config import Adapt, Scoring
from megate.core.paths import Paths
from megate.processes.logs import job_log
from megate.steps.score_combo import NOT_OF_JOB, limits_to_stop, score_combo, settings_of

with job_log(snakemake.log[0]):
    adapt = None
    if snakemake.input.exemplar:
        adapt = settings_of(Path(snakemake.input.exemplar[0]), Adapt(**snakemake.config["adapt"]))
    limits = None
    if snakemake.config["scoring"]["stop_early"]:
        limits = limits_to_stop(
            Path(snakemake.input.manifest),
            json.loads(snakemake.params.types),
            snakemake.input.exemplar_scores,
            snakemake.config["select"],
        )
    traces = snakemake.output.get("traces")
    score_combo(
        name=snakemake.wildcards.job,
        facts={k: v for k, v in snakemake.params.job.items() if k not in NOT_OF_JOB},
        morphology=Path(snakemake.input.morphology),
        manifest=Path(snakemake.input.manifest),
        adapt=adapt,
        stop_limits=limits,
        stop_early=snakemake.params.job.get("stop_early"),
        scoring=Scoring(**snakemake.config["scoring"]),
        currents=snakemake.config["select"]["currents"],
        paths=Paths(Path(snakemake.config["results"])),
        shard=Path(snakemake.output.scores),
        traces=None if traces is None else Path(traces),
        log=Path(snakemake.log[0]),
        convert=snakemake.config["prepare"]["check_morphologies"] == "convert",
    )
