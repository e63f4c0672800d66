"""Why a combination is released or not, from the results of a run."""

import difflib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from megate.core.errors import MegateError
from megate.core.names import neuron_compliant
from megate.core.paths import COMPLIANCE_LOG, Paths
from megate.core.tables import aligned
from megate.core.tracebacks import root_cause
from megate.core.vocabulary import JobState, Reason
from megate.core.wording import counted
from megate.gating.decisions import OF_COMBO
from megate.gating.decisions import SCHEMA as DECISIONS
from megate.gating.margins import margins
from megate.project.combinations import combo_names
from megate.scores.job_files import no_run, running_here, unfinished
from megate.scores.shards import read_shard, read_table

_NAMES = ["combo", "combo_name", "morph_name", "layer", "fullmtype", "etype", "emodel", "job"]
_OF_RUN = ["status", "exception", "no_threshold", "runtime_s"]
_OF_FEATURE = ["feature", "score", "value", "exp_mean", "exp_std"]
_LIMITING = ["limiting_feature", "limiting_feature_score", "limiting_feature_limit", "margin"]
_DECIDED = ["feature", *(name for name in DECISIONS.names if name not in [*OF_COMBO, "feature"])]
_OF_DECISION = [name for name in OF_COMBO if name not in _NAMES and name != "passed"]


@dataclass(frozen=True)
class Explanation:
    """Why a combination is released or not.

    Attributes:
        combo: what it is: `combo_name`, `emodel`, `morph_name`, `layer`, `fullmtype`, `etype`,
            `job`
        released: None if nothing is decided yet
        decision: its own columns of decisions.parquet; empty if nothing is decided
        state: of its simulation
        run: `status`, `exception`, `no_threshold`, `runtime_s`; empty without result
        log: the simulation's log
        notes: what else is to say, in words
        features: one row per feature of its scores, the worst first: `score`, `value`, `exp_mean`,
            `exp_std`, `exemplar_score` (of the e-model's exemplar), `margin`, and the columns of
            decisions.parquet about features
        alternatives: the other combinations of its morphology, layer and m-type: `combo_name`,
            `emodel`, `etype`, `released`, `reason`, limiting feature, its score, limit and margin
        unadapted: with `adapt`: its own columns of decisions_unadapted.parquet, if it is there
    """

    combo: dict[str, Any]
    released: bool | None
    decision: dict[str, Any]
    state: JobState
    run: dict[str, Any]
    log: Path
    notes: list[str]
    features: pd.DataFrame
    alternatives: pd.DataFrame
    unadapted: dict[str, Any]


def explain(paths: Paths, name: str) -> list[Explanation]:
    """Explain all combinations that a name means.

    Args:
        name: of a combination, a morphology, or a simulation (e-model/morphology)

    Raises:
        MegateError: there are no results of a run, a file cannot be read, or nothing has the name;
            the message has similar names.
    """
    if not paths.combos.is_file():
        raise MegateError(no_run(paths))
    table = read_table(paths.combos).to_pandas()
    rows = table[~table["is_exemplar"]]
    rows = rows.assign(combo_name=combo_names(rows))
    found = _matching(rows, name, (paths.release / COMPLIANCE_LOG).is_file())
    if found.empty:
        raise MegateError(_not_found(paths, table, rows, name))
    of_morphologies = rows.merge(found[["morph_name", "layer", "fullmtype"]].drop_duplicates())
    decided = _decisions(paths.decisions, of_morphologies["combo"])
    unadapted = _decisions(paths.unadapted_decisions, found["combo"])
    exemplars = _exemplars(table, found["emodel"].unique())
    scores = _scores(paths, [*found["job"], *exemplars.values()])
    running = running_here(paths.logs)
    explained = [
        _explanation(paths, row, of_morphologies, decided, unadapted, scores, exemplars, running)
        for row in found[_NAMES].to_dict("records")
    ]
    for each in explained:
        if each.decision.get("reason") == Reason.NOT_AMONG_BEST:
            each.notes.append(_cut(paths, rows, each.combo))
    return explained


def _matching(rows: pd.DataFrame, name: str, compliant: bool) -> pd.DataFrame:
    simulation = rows["emodel"] + "/" + rows["morph_name"]
    found = rows[
        (rows["combo_name"] == name)
        | (rows["morph_name"] == name)
        | (rows["job"] == name)
        | (simulation == name)
    ]
    if found.empty and compliant:  # the release has other names
        found = rows[rows["combo_name"].map(neuron_compliant) == name]
    return found


def _not_found(paths: Paths, table: pd.DataFrame, rows: pd.DataFrame, name: str) -> str:
    what = f"{paths.results}: no combination, morphology or e-model/morphology is named {name!r}"
    if name in set(table["job"]):
        emodel = name.partition("/")[0]
        return f"{name} is the exemplar of the e-model {emodel}; exemplars are not released"
    if name in set(rows["emodel"]):
        return f"{what}; it is an e-model: give a morphology, too: {name}/MORPHOLOGY"
    columns = ["job"] if "/" in name else ["morph_name", "combo_name"]
    known = list(dict.fromkeys(text for column in columns for text in rows[column]))
    close = difflib.get_close_matches(name[:200], known, n=3)
    return f"{what}; the nearest names are {', '.join(close)}" if close else what


def _decisions(path: Path, combos: Iterable[int]) -> pd.DataFrame:
    """The rows of decisions about some combinations; none if there is no file."""
    if not path.is_file():
        return pd.DataFrame(columns=DECISIONS.names)
    table = read_table(path, filters=[("combo", "in", list(combos))]).to_pandas()
    # (columns that an earlier version did not write are null)
    return table.astype({"feature": object}).reindex(columns=DECISIONS.names)


def _exemplars(table: pd.DataFrame, emodels: Iterable[str]) -> dict[str, str]:
    """The simulation of each e-model's repaired exemplar, or else of the unrepaired one."""
    rows = table[table["is_exemplar"] & ~table["is_original"] & table["emodel"].isin(list(emodels))]
    rows = rows.sort_values("is_repaired", kind="stable")  # the last counts
    return dict(zip(rows["emodel"], rows["job"], strict=True))


def _scores(paths: Paths, jobs: Iterable[str]) -> dict[str, pd.DataFrame]:
    """The scores of some simulations, from their shards, or, if they were imported, from the
    gathered table."""
    columns, found = ["job", *_OF_RUN, *_OF_FEATURE], {}
    for job in dict.fromkeys(jobs):
        if paths.shard(job).is_file():
            found[job] = read_shard(paths.shard(job)).select(columns).to_pandas()
    if not paths.shards.is_dir() and paths.scores.is_file():
        wanted = [("job", "in", list(jobs))]
        rows = read_table(paths.scores, filters=wanted).to_pandas().reindex(columns=columns)
        found = {str(job): of_job for job, of_job in rows.groupby("job")}
    return found


def _explanation(
    paths: Paths,
    combo: dict[str, Any],
    of_morphologies: pd.DataFrame,
    decided: pd.DataFrame,
    unadapted: pd.DataFrame,
    scores: dict[str, pd.DataFrame],
    exemplars: dict[str, str],
    running: dict[str, int],
) -> Explanation:
    own = decided[decided["combo"] == combo["combo"]]
    decision = _first(own, OF_COMBO)
    run, simulation = scores.get(combo["job"]), f"score_combo/{combo['job']}"
    log = paths.log(simulation)
    shard, notes = paths.shard(combo["job"]), []
    again = bool(decision) and shard.is_file() and _newer(shard, paths.decisions)
    if run is None:
        job = unfinished(log, running.get(simulation))
        state = job.state
        notes += [job.problem.strip()] if job.problem else []
    else:
        state = JobState.DONE if run["feature"].notna().any() else JobState.FAILED
    if again:
        notes.append("it was simulated again since this decision; the next run decides anew")
    exemplar = scores.get(exemplars.get(combo["emodel"], ""))
    return Explanation(
        combo={name: combo[name] for name in _NAMES if name != "combo"},
        released=bool(decision["passed"]) if decision else None,
        decision=decision,
        state=state,
        run={} if run is None else _first(run, _OF_RUN),
        log=log,
        notes=notes,
        features=_features(own, None if again else run, exemplar),
        alternatives=_alternatives(combo, of_morphologies, decided),
        unadapted=_first(unadapted[unadapted["combo"] == combo["combo"]], OF_COMBO),
    )


def _first(rows: pd.DataFrame, columns: Sequence[str]) -> dict[str, Any]:
    """The first row as plain values, None where they are missing; empty if there is none."""
    if rows.empty:
        return {}
    return _records(rows[list(columns)].head(1))[0]


def _newer(path: Path, than: Path) -> bool:
    return path.stat().st_mtime_ns > than.stat().st_mtime_ns


def _features(
    decided: pd.DataFrame, run: pd.DataFrame | None, exemplar: pd.DataFrame | None
) -> pd.DataFrame:
    """The table of `Explanation.features`."""
    of_run = _of_features(run)
    table = decided[_DECIDED].dropna(subset="feature").set_index("feature")
    if decided.empty:
        table = of_run[["score"]].reindex(columns=_DECIDED[1:])
    table = table.join(of_run.drop(columns="score"))
    table["exemplar_score"] = _of_features(exemplar)["score"].reindex(table.index)
    score, limit = (table[name].to_numpy(float) for name in ("score", "limit"))
    table["margin"] = margins(score, limit)
    # those that fail; of these, first those without margin
    fails = (table["feature_passed"] == False).to_numpy()  # noqa: E712 (null is neither)
    order = np.lexsort(
        [
            table["margin"].fillna(-np.inf if fails.any() else np.inf),
            table["gated"] != True,  # noqa: E712
            ~fails,
        ]
    )
    return table.iloc[order].reset_index()


def _of_features(run: pd.DataFrame | None) -> pd.DataFrame:
    rows = pd.DataFrame(columns=_OF_FEATURE) if run is None else run[_OF_FEATURE]
    rows = rows.dropna(subset="feature").drop_duplicates("feature").set_index("feature")
    return rows.astype(float)


def _alternatives(
    combo: dict[str, Any], of_morphologies: pd.DataFrame, decided: pd.DataFrame
) -> pd.DataFrame:
    same = of_morphologies["combo"] != combo["combo"]
    for name in ("morph_name", "layer", "fullmtype"):
        same &= of_morphologies[name] == combo[name]
    others = of_morphologies.loc[same, ["combo", "combo_name", "emodel", "etype"]]
    columns = ["combo", "passed", "reason", *_LIMITING]
    table = others.merge(decided[columns].drop_duplicates("combo"), on="combo", how="left")
    return table.rename(columns={"passed": "released"}).drop(columns="combo")


def _cut(paths: Paths, rows: pd.DataFrame, combo: dict[str, Any]) -> str:
    """With `select_perc_best`: which median scores the released combinations have."""
    of_type = rows
    for name in ("emodel", "etype", "fullmtype"):
        of_type = of_type[of_type[name] == combo[name]]
    table = _decisions(paths.decisions, of_type["combo"]).drop_duplicates("combo")
    released = table.loc[table["passed"] == True, "median_score"]  # noqa: E712
    return (
        f"of the {len(table):,} combinations of this e-model, m-type and e-type, {len(released):,} "
        f"are released; their median scores are {released.max():.4g} or less"
    )


def explanation_document(explanation: Explanation) -> dict[str, Any]:
    """An explanation as plain values, for JSON."""
    run = explanation.run
    without = explanation.unadapted
    return {
        **explanation.combo,
        "released": explanation.released,
        **{name: explanation.decision.get(name) for name in _OF_DECISION},
        "state": str(explanation.state),
        "status": run.get("status"),
        "message": _message(explanation),
        "runtime_s": run.get("runtime_s"),
        "log": str(explanation.log),
        "notes": explanation.notes,
        "unadapted": {name: without[name] for name in _OF_DECISION} if without else None,
        "features": _records(explanation.features),
        "alternatives": _records(explanation.alternatives),
    }


def _records(table: pd.DataFrame) -> list[dict[str, Any]]:
    """The rows as plain values, None where they are missing."""
    columns = {
        str(name): [None if pd.isna(value) else value for value in values.tolist()]
        for name, values in table.items()
    }
    return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]


def _message(explanation: Explanation) -> str | None:
    """Why the simulation failed, or why there is no threshold current."""
    if explanation.run.get("exception"):
        return root_cause(explanation.run["exception"])
    return explanation.run.get("no_threshold")


def describe_explanation(explanation: Explanation) -> Iterator[str]:
    """An explanation as lines of text."""
    combo, decision, features = explanation.combo, explanation.decision, explanation.features
    yield combo["combo_name"]
    yield f"  {_outcome(explanation)}"
    yield (
        f"  e-model {combo['emodel']}, e-type {combo['etype']}; morphology {combo['morph_name']}, "
        f"layer {combo['layer']}, m-type {combo['fullmtype']}"
    )
    yield f"  simulation {combo['job']}: {_simulation(explanation)}"
    yield f"  log: {explanation.log}"
    if message := _message(explanation):
        yield f"  {message}"
    for note in explanation.notes:
        yield from ("  " + note).replace("\n", "\n  ").split("\n")
    if decision.get("stopped_at"):
        yield f"  stopped early at {decision['stopped_at']}; what remained was not computed"
    if decision.get("AIS_scaler") is not None:
        yield from _adapted(explanation)
    fails = features[features["feature_passed"] == False]  # noqa: E712
    gated = features[features["gated"] == True]  # noqa: E712
    if len(fails):
        yield ""
        yield f"  {len(fails)} of {len(gated)} gated features do not pass, the worst first:"
        yield from _feature_lines(fails)
    elif len(gated) and np.isfinite(gated["limit"].astype(float)).any():
        yield ""
        yield f"  {counted(len(gated), 'gated feature')}; the nearest to its limit:"
        yield from _feature_lines(gated.head(1))
    elif explanation.state == JobState.DONE and not decision:
        yield ""
        yield f"  features with scores: {len(features):,}"
    if len(explanation.alternatives):
        yield ""
        yield "  other combinations of this morphology and m-type:"
        yield from _alternative_lines(explanation.alternatives)


def _outcome(explanation: Explanation) -> str:
    decision = explanation.decision
    if not decision:
        return "nothing is decided yet"
    near = " (within borderline_margin of the limit)" if decision["borderline"] else ""
    if explanation.released:
        return f"released{near}"
    return f"not released: {Reason(decision['reason']).label}{near}"


def _simulation(explanation: Explanation) -> str:
    run = explanation.run
    if not run:
        return f"{explanation.state} ({explanation.state.about})"
    seconds = "" if run["runtime_s"] is None else f" in {run['runtime_s']:.1f} s"
    return f"{run['status']}{seconds}"


def _adapted(explanation: Explanation) -> Iterator[str]:
    decision, without = explanation.decision, explanation.unadapted
    scales = ", ".join(
        f"{name} {decision[name]:.4g}"
        for name in ("AIS_scaler", "soma_scaler", "rho_axon", "rho")
        if decision[name] is not None
    )
    at_limit = "; adapt.limits limit a scale" if decision["at_limit"] else ""
    yield f"  adapted: {scales}{at_limit}"
    if without:
        yield f"  without adaptation: {Reason(without['reason']).label}"


def _feature_lines(features: pd.DataFrame) -> Iterator[str]:
    head = ["score", "limit", "margin", "exemplar", "value", "mean", "SD", "feature"]
    rows = [head]
    for row in features.to_dict("records"):
        numbers = [row[name] for name in ("score", "limit", "margin", "exemplar_score")]
        numbers[2] = None if numbers[2] is None else 100 * numbers[2]
        texts = [_number(number) for number in numbers]
        texts[2] += " %" if texts[2] != "-" else ""
        texts += [_number(row[name]) for name in ("value", "exp_mean", "exp_std")]
        rows.append([*texts, row["feature"]])
    yield from (f"    {line}" for line in aligned(rows, last_left=True))
    yield "    (score, limit and exemplar, its score, are in SD from the experimental mean; value,"
    yield "    mean and SD in the feature's unit; margin is (limit - score) / limit)"


def _alternative_lines(table: pd.DataFrame) -> Iterator[str]:
    rows = [["e-model", "e-type", "decision", "margin", "limiting feature"]]
    for row in table.to_dict("records"):
        reason = "nothing yet" if pd.isna(row["reason"]) else Reason(row["reason"]).label
        margin = "-" if pd.isna(row["margin"]) else f"{100 * row['margin']:.3g} %"
        feature = "" if pd.isna(row["limiting_feature"]) else str(row["limiting_feature"])
        rows.append([row["emodel"], row["etype"], reason, margin, feature])
    yield from (f"    {line}" for line in aligned(rows, left=3, last_left=True))


def _number(value: Any) -> str:
    return "-" if pd.isna(value) else f"{value:.4g}"
