"""The data of the page to explore a release in: names, settings and arrays of numbers.

The page decides again, with other thresholds, so it has all that `megate.gating.decide` decides
from. Scores keep their 64 bits: a score that is at its limit in Python is at its limit there.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow.parquet as pq

from megate.config.config import Select
from megate.core.patterns import matching
from megate.core.vocabulary import Reason
from megate.gating.thresholds import TYPES
from megate.report.html.figures import Traces
from megate.report.html.trace_page import chosen_responses
from megate.report.results import Results
from megate.report.style import COLOURS

MAX_SCORES = 8_000_000
"""Most scores of a page, 8 bytes each. Browsers open such a page in some seconds."""

MAX_TRACE_POINTS = 1_000_000
"""Most points of all traces of a page, 8 bytes each."""

_NAMES = ("morph_name", "layer", "fullmtype", "etype", "emodel")
_CURRENTS = (
    "holding_current",
    "threshold_current",
    "input_resistance",
    "holding_voltage",
    "resting_potential",
)
_OF_EXEMPLAR = ("score", "exp_mean", "exp_std")
_MAX_MESSAGE = 300


@dataclass(frozen=True)
class Exemplar:
    """The repaired exemplar of an e-model, whose scores scale the limits.

    Attributes:
        job: its simulation
        features: index `feature`; columns `score` (standard deviations), and `exp_mean` and
            `exp_std` in the feature's unit
    """

    job: str
    features: pd.DataFrame


@dataclass(frozen=True)
class Exploration:
    """The data of a page.

    Attributes:
        head: names, settings, and what is left out; plain values
        arrays: name -> one-dimensional array. Those that start with ``combo.`` have a value per
            combination, one e-model after the other; texts are numbers of names in `head`, or -1.
            ``<e-model>.scores`` has the scores of its simulations, one feature after the other.
    """

    head: dict[str, Any]
    arrays: dict[str, np.ndarray]


@dataclass
class _Codes:
    """Names, numbered in the order in which they are met."""

    numbers: dict[str, int] = field(default_factory=dict)

    def of(self, texts: Iterable[Any]) -> np.ndarray:
        """The number of each text, -1 for a missing one."""
        codes, values = pd.factorize(pd.Series([*texts], dtype=object))
        numbers = [self.numbers.setdefault(str(value), len(self.numbers)) for value in values]
        return np.array([*numbers, -1], np.int32)[codes]


def read_exemplars(combos: Path, scores: Path) -> dict[str, Exemplar]:
    """Read the repaired exemplar of each e-model that has one from combos.parquet and
    scores.parquet."""
    columns = ["emodel", "job", "is_exemplar", "is_repaired", "is_original"]
    rows = pd.read_parquet(combos, columns=columns)
    rows = rows[rows["is_exemplar"] & rows["is_repaired"] & ~rows["is_original"]]
    jobs = dict(zip(rows["emodel"], rows["job"], strict=True))
    if not jobs:
        return {}
    columns = ["job", "feature", *_OF_EXEMPLAR]
    known = [name for name in columns if name in pq.read_schema(scores).names]
    table = pq.read_table(scores, columns=known, filters=[("job", "in", [*jobs.values()])])
    features = table.to_pandas().reindex(columns=columns).dropna(subset=["feature"])
    return {
        emodel: Exemplar(job, features[features["job"] == job].set_index("feature"))
        for emodel, job in jobs.items()
    }


def exploration(
    results: Results,
    select: Select,
    exemplars: Mapping[str, Exemplar],
    traces: Callable[[str], Traces] | None = None,
    max_scores: int = MAX_SCORES,
    max_trace_points: int = MAX_TRACE_POINTS,
) -> Exploration:
    """The data of the page. E-models whose scores do not fit are left out. So are all traces, if
    they do not fit.

    Args:
        exemplars: of `read_exemplars`
        traces: the voltages of a simulation, thinned for drawing; None if no traces are kept
    """
    shown, left_out = _that_fit(results, max_scores)
    combos = pd.concat([results.combos.iloc[:0], *map(results.combos_of, shown)])
    names = {name: _Codes() for name in _NAMES}
    features, messages, jobs = _Codes(), _Codes(), _Codes()
    arrays = {
        **{f"combo.{name}": names[name].of(combos[name]) for name in _NAMES},
        **{f"combo.{name}": combos[name].to_numpy(np.float32) for name in _CURRENTS},
        "combo.raised": combos["reason"].eq(Reason.SIMULATION_ERROR).to_numpy(np.uint8),
        "combo.no_threshold": _without_threshold(combos, results.runs),
        "combo.stopped_at": features.of(combos["stopped_at"]),
        "combo.message": messages.of(combos["message"].str.slice(0, _MAX_MESSAGE)),
        "combo.job": jobs.of(combos["job"]),
    }
    emodels = []
    for number, emodel in enumerate(shown):
        of_jobs = results.combos_of(emodel).drop_duplicates("job")
        scores = _scores(emodel, results)
        arrays[f"{number}.scores"] = scores.loc[of_jobs.index].to_numpy(np.float64).T.ravel()
        arrays[f"{number}.features"] = features.of(scores.columns)
        exemplar = exemplars.get(emodel)
        if exemplar is not None:
            known = exemplar.features.reindex(scores.columns)
            for name in _OF_EXEMPLAR:
                arrays[f"{number}.{name}"] = known[name].to_numpy(np.float64)
        emodels.append(
            {
                "name": emodel,
                "combos": len(results.combos_of(emodel)),
                "jobs": len(of_jobs),
                "exemplar": exemplar and int(jobs.of([exemplar.job])[0]),
            }
        )
    drawn = _drawn(jobs.numbers, traces, max_trace_points) if traces else {}
    responses = _Codes()
    arrays |= _trace_arrays(drawn, jobs, responses)
    reasons = [{"value": each, "label": each.label, "colour": COLOURS[each]} for each in Reason]
    head = {
        "emodels": emodels,
        "left_out": left_out,
        "traces": "none" if traces is None else "shown" if drawn else "left out",
        "reasons": reasons,
        "settings": _settings(select, names, list(features.numbers)),
        "names": {name: list(codes.numbers) for name, codes in names.items()},
        "features": list(features.numbers),
        "messages": list(messages.numbers),
        "responses": list(responses.numbers),
    }
    return Exploration(head, arrays)


def _that_fit(results: Results, most: int) -> tuple[list[str], list[dict[str, Any]]]:
    """The e-models whose scores fit, and the names and numbers of the others."""
    shown, left_out = [], []
    for emodel, combos in results.combos.groupby("emodel", sort=True):
        n_scores = combos["job"].nunique() * _scores(str(emodel), results).shape[1]
        if n_scores <= most:
            shown.append(str(emodel))
            most -= n_scores
        else:
            released = int(combos["passed"].sum())
            left_out.append({"name": emodel, "combos": len(combos), "released": released})
    return shown, left_out


def _scores(emodel: str, results: Results) -> pd.DataFrame:
    """The scores of an e-model, combination x feature; no feature if all simulations failed."""
    if emodel in results.gates:
        return results.gates[emodel].scores
    return pd.DataFrame(index=results.combos_of(emodel).index)


def _without_threshold(combos: pd.DataFrame, runs: pd.DataFrame) -> np.ndarray:
    """Whether each combination has no threshold current, and a simulation that says why."""
    reasons = combos["job"].map(runs.set_index("job")["no_threshold"])
    return (reasons.notna() & combos["threshold_current"].isna()).to_numpy(np.uint8)


def _settings(
    select: Select, names: Mapping[str, _Codes], features: Sequence[str]
) -> dict[str, Any]:
    """What decides. Each rule has its patterns and, for each key, the numbers of the names that
    they match: the page does not evaluate regular expressions."""
    candidates = {key: list(names[key].numbers) for key in TYPES} | {"features": features}
    rules = []
    for rule in select.megate_thresholds:
        patterns = {key: rule[key] for key in candidates if key in rule}
        matches = {key: _matches(patterns[key], candidates[key], whole=True) for key in patterns}
        threshold = float(rule["megate_threshold"])
        rules.append({"patterns": patterns, "matches": matches, "threshold": threshold})
    return {
        "rules": rules,
        "skipped": _matches(select.to_skip_features, features, whole=False),
        "skip_repaired_exemplar": bool(select.skip_repaired_exemplar),
        "uncomputable_exemplar_feature": select.uncomputable_exemplar_feature,
        "borderline_margin": select.borderline_margin,
        "select_perc_best": select.select_perc_best,
        "release_without_threshold": select.release_without_threshold,
    }


def _matches(patterns: Sequence[str], names: Sequence[str], whole: bool) -> list[int]:
    matched = set().union(*(matching(pattern, names, whole) for pattern in patterns))
    return [number for number, name in enumerate(names) if name in matched]


def _drawn(jobs: Iterable[str], traces: Callable[[str], Traces], most: int) -> dict[str, Traces]:
    """The traces to draw of each simulation; empty if they have too many points."""
    drawn: dict[str, Traces] = {}
    for job in jobs:
        of_job = traces(job)
        drawn[job] = {name: of_job[name] for name in chosen_responses(list(of_job))}
        most -= sum(trace.shape[1] for trace in drawn[job].values())
        if most < 0:
            return {}
    return drawn


def _trace_arrays(
    drawn: Mapping[str, Traces], jobs: _Codes, responses: _Codes
) -> dict[str, np.ndarray]:
    """The traces one after the other, with simulation, response and number of points of each."""
    each = [(job, name, trace) for job, of in drawn.items() for name, trace in of.items()]
    points = np.concatenate([np.empty((2, 0)), *(trace for _, _, trace in each)], axis=1)
    return {
        "trace.job": jobs.of(job for job, _, _ in each),
        "trace.response": responses.of(name for _, name, _ in each),
        "trace.points": np.array([trace.shape[1] for _, _, trace in each], np.int32),
        "trace.t": points[0].astype(np.float32),
        "trace.v": points[1].astype(np.float32),
    }
