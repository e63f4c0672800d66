"""Random small projects to decide about: combinations, scores and settings, the same for a seed.

Half of the scores are near or exactly at a limit, or missing; simulations fail, are stopped early,
and have no threshold current.
"""

import math
import random
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
from outcomes import COVERAGE
from tables import combo, combos_table, exemplar, scores_table

from megate.config.config import Select
from megate.gating.decide import decide
from megate.gating.decisions import write_decisions
from megate.report.results import Results, read_results

EMODELS = ["cADpyr", "bAC", "c.NAC(1)"]
MTYPES = ["L5_TPC:A", "L5_TPC", "L23_PC"]
ETYPES = ["cAD", "bAC"]
FEATURES = [f"Step_{step}.soma.v.{name}" for step in (150, 280) for name in ("AP+", "Rin", "f")]
THRESHOLDS = [0.0, 0.5, 1.0, 2.0, 2.5, 5.0]
PATTERNS = {
    "emodel": [".*", "c.*", "bAC", r"c\.NAC\(1\)"],
    "fullmtype": [".*", "L5_.*", "L5_TPC", ".*:A"],
    "etype": [".*", "cAD", "c.*"],
    "features": [".*", "Step_150.*", r".*\.f", "(?i).*RIN", "Step", r".*\+"],
}
SKIPS = ["Step_150", r".*\.f$", "Step_280.*Rin", ".*"]


@dataclass(frozen=True)
class RandomProject:
    """Combinations (`megate.project.combinations`), tidy scores, and the settings that decide."""

    combos: pd.DataFrame
    scores: pd.DataFrame
    select: dict[str, Any]


def random_project(seed: int) -> RandomProject:
    """The project of a seed."""
    draw = random.Random(seed)
    select = random_select(draw)
    rows, jobs, stopped, unmeasured = [], {}, {}, []
    for emodel in draw.sample(EMODELS, draw.randint(1, len(EMODELS))):
        features = draw.sample(FEATURES, draw.randint(1, len(FEATURES)))
        of_exemplar = {name: _exemplar_score(draw) for name in features}
        of_exemplar = {name: score for name, score in of_exemplar.items() if score is not None}
        jobs[f"{emodel}/ex"] = "Traceback: no" if draw.random() < 0.03 else of_exemplar
        rows.append(exemplar(emodel=emodel, job=f"{emodel}/ex"))
        for number in range(draw.randint(1, 8)):
            job = f"{emodel}/m{number}"
            for _ in range(draw.choice([1, 1, 2])):
                types = {"fullmtype": draw.choice(MTYPES), "etype": draw.choice(ETYPES)}
                rows.append(combo(f"m{number}", emodel=emodel, job=job, **types))
            if draw.random() < 0.08:
                jobs[job] = "Traceback: no"
                continue
            scores = {name: _score(draw, of_exemplar.get(name)) for name in features}
            jobs[job] = scores
            if select["select_perc_best"] is None and draw.random() < 0.15:
                last = draw.randint(1, len(features))
                jobs[job] = dict([*scores.items()][:last])
                stopped[job] = features[last - 1]
            if draw.random() < 0.15:
                unmeasured.append(job)
    scores = scores_table(jobs)
    ran = scores["exception"].isna()
    scores["stopped_at"] = scores["job"].map(stopped).astype(object)
    scores["no_threshold"] = pd.Series(None, scores.index, dtype=object)
    without = scores["job"].isin(unmeasured) & ran
    scores.loc[without, "no_threshold"] = "it spikes without a step"
    scores.loc[without, "threshold_current"] = math.nan
    return RandomProject(combos_table(*rows), scores, select)


def random_select(draw: random.Random) -> dict[str, Any]:
    """Settings with a threshold for every feature."""
    rules = [{"features": [".*"], "megate_threshold": draw.choice(THRESHOLDS[1:])}]
    for _ in range(draw.randint(0, 4)):
        keys = [key for key in ("emodel", "fullmtype", "etype") if draw.random() < 0.4]
        rule = {key: draw.sample(PATTERNS[key], draw.randint(1, 2)) for key in [*keys, "features"]}
        rules.append(rule | {"megate_threshold": draw.choice(THRESHOLDS)})
    return {
        "megate_thresholds": rules,
        "to_skip_features": draw.sample(SKIPS[: draw.choice([3, 3, 3, 4])], draw.choice([0, 0, 1])),
        "skip_repaired_exemplar": draw.random() < 0.25,
        "uncomputable_exemplar_feature": draw.choice(["warn", "fail", "ignore"]),
        "borderline_margin": draw.choice([0.0, 0.1, 0.5]),
        "select_perc_best": draw.choice([0.1, 1 / 3, 0.5, 1.0]) if draw.random() < 0.15 else None,
        "release_without_threshold": draw.random() < 0.5,
    }


def settings(select: dict[str, Any]) -> Select:
    """The settings as `decide` takes them."""
    return Select(**select)


def results_of(project: RandomProject, folder: Path) -> Results:
    """Decide with the project's settings; write decisions.parquet, combos.parquet, scores.parquet
    and coverage.tsv into `folder`, and read them for the pages."""
    files = [
        folder / name
        for name in ("decisions.parquet", "combos.parquet", "scores.parquet", "coverage.tsv")
    ]
    decided = decide(project.combos, project.scores, settings(project.select))
    write_decisions(files[0], decided)
    project.combos.to_parquet(files[1])
    project.scores.to_parquet(files[2])
    files[3].write_text(COVERAGE)
    return read_results(*files)


def _exemplar_score(draw: random.Random) -> float | None:
    kinds = [draw.uniform(0, 1), draw.uniform(1, 4), 0.0, 1.0, 250.0, math.nan, None]
    return draw.choices(kinds, [30, 40, 5, 5, 8, 4, 4])[0]


def _score(draw: random.Random, of_exemplar: float | None) -> float:
    """A score: small, large, at a limit (which the exemplar may scale) or just above, or none."""
    scale = of_exemplar if of_exemplar is not None and of_exemplar > 1 else 1.0
    limit = draw.choice(THRESHOLDS) * scale
    kinds = [draw.uniform(0, 0.6), limit, math.nextafter(limit, math.inf), draw.uniform(0, 20)]
    return draw.choices([*kinds, 250.0, math.inf, math.nan], [60, 15, 3, 4, 2, 1, 2])[0]
