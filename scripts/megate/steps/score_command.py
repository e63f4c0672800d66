"""The command of the rule score_combo. A fork of a server may run it (`processes.server`)."""

import ast
import json
from argparse import ArgumentParser
from collections.abc import Sequence
from pathlib import Path

from megate.config.config import Adapt, Scoring
from megate.core.paths import Paths
from megate.processes.logs import job_log
from megate.steps.score_combo import NOT_OF_JOB, limits_to_stop, score_combo, settings_of


def main(arguments: Sequence[str]) -> None:
    """Score the combination that the arguments of the rule's command describe."""
    parser = ArgumentParser()
    parser.add_argument("job")
    parser.add_argument("--config", type=json.loads)
    parser.add_argument("--facts", type=ast.literal_eval)
    for name in ("morphology", "manifest", "scores", "log"):
        parser.add_argument(f"--{name}", type=Path)
    parser.add_argument("--traces", type=Path)
    parser.add_argument("--exemplar")  # empty: the cell is not adapted
    parser.add_argument("--types", type=json.loads)  # with stop_early
    parser.add_argument("--exemplar-scores")  # empty: there are none, or they are not needed
    given = parser.parse_args(arguments)
    with job_log(given.log):
        config, adapt = given.config, None
        if given.exemplar:
            adapt = settings_of(Path(given.exemplar), Adapt(**config["adapt"]))
        limits = None
        if given.types is not None:
            exemplar_scores = Path(given.exemplar_scores) if given.exemplar_scores else None
            limits = limits_to_stop(given.manifest, given.types, exemplar_scores, config["select"])
        score_combo(
            name=given.job,
            facts={k: v for k, v in given.facts.items() if k not in NOT_OF_JOB},
            morphology=given.morphology,
            manifest=given.manifest,
            adapt=adapt,
            stop_limits=limits,
            stop_early=given.facts.get("stop_early"),
            scoring=Scoring(**config["scoring"]),
            currents=config["select"]["currents"],
            paths=Paths(Path(config["results"])),
            shard=given.scores,
            traces=given.traces,
            log=given.log,
            convert=config["check_morphologies"] == "convert",
        )
