"""Where a run is: its jobs, and the files that are made from them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from megate.core.paths import Paths
from megate.core.tables import aligned
from megate.core.vocabulary import JobState, Reason
from megate.core.wording import counted
from megate.scores.failed import causes, describe_causes
from megate.scores.progress import Jobs, Progress, read_progress

_MAX_EMODELS, _MAX_CAUSES, _MAX_JOBS = 30, 10, 5


@dataclass(frozen=True)
class Made:
    """A file that is made from the scores.

    Attributes:
        changed: time of its last change, ns since 1970; None if there is none
        older_than: what it is made from and has changed since, in words; empty if nothing
    """

    path: Path
    changed: int | None
    older_than: str = ""


@dataclass(frozen=True)
class RunStatus:
    """Where a run is.

    Attributes:
        made: "scores", "decisions", "release" and "report", with their files
        decided: number of combinations with each reason; empty if nothing is decided
    """

    paths: Paths
    progress: Progress
    made: dict[str, Made]
    decided: dict[Reason, int]


def read_status(paths: Paths) -> RunStatus:
    """Find out where a run is, from its files. It may run meanwhile.

    Raises:
        MegateError: there are no results of a run, or a file cannot be read.
    """
    progress = read_progress(paths)
    since = progress.since_gathered
    made = {"scores": _made(paths.scores, counted(since, "simulation") if since else "")}
    # (one rule writes both the decisions and the release)
    for name, path, source in (
        ("decisions", paths.decisions, "scores"),
        ("release", paths.summary, "scores"),
        ("report", paths.release_page, "release"),
    ):
        before = made[source]
        # (a file that is missing is not older than anything)
        newer = (before.changed or 0) > (_changed(path) or 0)
        made[name] = _made(path, source if before.older_than or newer else "")
    return RunStatus(paths, progress, made, _decided(paths.decisions))


def _made(path: Path, older_than: str) -> Made:
    return Made(path, _changed(path), older_than if path.is_file() else "")


def _changed(path: Path) -> int | None:
    return path.stat().st_mtime_ns if path.is_file() else None


def _decided(path: Path) -> dict[Reason, int]:
    if not path.is_file():
        return {}
    try:
        table = pq.read_table(path, columns=["combo", "reason"], read_dictionary=["reason"])
    except (OSError, pa.ArrowException):  # it is being written
        return {}
    combo = table["combo"].to_numpy()
    first = np.flatnonzero(np.diff(combo, prepend=-1))  # rows of a combination stand together
    reasons = table["reason"].take(first).combine_chunks().cast(pa.string()).value_counts()
    counts = {each["values"]: each["counts"] for each in reasons.to_pylist()}
    return {reason: counts[reason] for reason in Reason if reason in counts}


def status_document(status: RunStatus) -> dict[str, Any]:
    """The status as plain values, for JSON. Times are in ISO 8601."""
    progress = status.progress
    simulations = progress.simulations
    return {
        "results": str(status.paths.results),
        "imported": progress.imported,
        "emodels": _jobs_document(progress.emodels)
        | {
            "unfinished": _unfinished_document(status, "prepare_emodel", progress.emodels),
        },
        "simulations": _jobs_document(simulations)
        | {
            "of_emodels": {
                emodel: _counts(simulations, jobs) for emodel, jobs in _by_emodel(simulations)
            },
            "unfinished": _unfinished_document(status, "score_combo", simulations),
            "causes": causes(progress.failed).to_dict("records"),
        },
        "files": {
            name: {
                "path": str(made.path),
                "changed": _iso(made.changed),
                "older_than": made.older_than or None,
            }
            for name, made in status.made.items()
        },
        "combinations": {reason.value: count for reason, count in status.decided.items()},
    }


def _jobs_document(jobs: Jobs) -> dict[str, Any]:
    return _counts(jobs, jobs.states) | {"changed": _iso(jobs.changed)}


def _counts(jobs: Jobs, some: Sequence[str] | dict[str, JobState]) -> dict[str, int]:
    return {"total": len(some)} | {str(k): n for k, n in jobs.counts(some).items()}


def _unfinished_document(status: RunStatus, rule: str, jobs: Jobs) -> list[dict[str, Any]]:
    return [
        {
            "job": job,
            "state": str(one.state),
            "problem": one.problem,
            "process": one.process,
            "log": str(status.paths.log(f"{rule}/{job}")),
        }
        for job, one in jobs.unfinished.items()
        if one.state != JobState.LEFT
    ]


def _by_emodel(simulations: Jobs) -> Iterator[tuple[str, list[str]]]:
    jobs: dict[str, list[str]] = {}
    for job in simulations.states:
        jobs.setdefault(job.partition("/")[0], []).append(job)
    yield from sorted(jobs.items())


def describe_status(status: RunStatus) -> Iterator[str]:
    """The status as lines of text."""
    progress = status.progress
    yield f"results: {status.paths.results}"
    yield ""
    yield from aligned(list(_job_rows(progress)), left=1)
    for rule, jobs in (("prepare_emodel", progress.emodels), ("score_combo", progress.simulations)):
        yield from _describe_unfinished(status, rule, jobs)
    if len(progress.failed):
        yield ""
        yield f"{counted(len(progress.failed), 'failed simulation')} (megate failed lists them):"
        lines = list(describe_causes(progress.failed))
        yield from lines[:_MAX_CAUSES]
        if len(lines) > _MAX_CAUSES:
            yield f"          ... and {len(lines) - _MAX_CAUSES:,} more causes"
    yield ""
    yield from aligned(list(_file_rows(status)), left=4)


def _job_rows(progress: Progress) -> Iterator[list[str]]:
    yield ["", "total", *JobState, "last result"]
    if not progress.imported:
        yield _row("e-models", progress.emodels)
    name = "imported scores" if progress.imported else "simulations"
    yield _row(name, progress.simulations)
    by_emodel = list(_by_emodel(progress.simulations))
    if len(by_emodel) > 1:
        # those that are not finished first
        open_first = sorted(by_emodel, key=lambda of: not _is_open(progress.simulations, of[1]))
        for emodel, jobs in open_first[:_MAX_EMODELS]:
            counts = _counts(progress.simulations, jobs)
            yield [f"  {emodel}", *(f"{count:,}" for count in counts.values()), ""]
        if len(by_emodel) > _MAX_EMODELS:
            yield [f"  ... and {len(by_emodel) - _MAX_EMODELS} more e-models", *[""] * 8]


def _is_open(jobs: Jobs, some: Sequence[str]) -> bool:
    return any(jobs.states[job] not in (JobState.DONE, JobState.FAILED) for job in some)


def _row(name: str, jobs: Jobs) -> list[str]:
    counts = _counts(jobs, jobs.states)
    return [name, *(f"{count:,}" for count in counts.values()), _time(jobs.changed)]


def _describe_unfinished(status: RunStatus, rule: str, jobs: Jobs) -> Iterator[str]:
    texts = {
        JobState.RUNNING: "running on this machine",
        JobState.BEGUN: "begun, without result: running on another machine, or interrupted",
        JobState.STOPPED: "stopped by an error; the next run tries again",
    }
    for state, text in texts.items():
        names = [name for name, one in jobs.unfinished.items() if one.state == state]
        if not names:
            continue
        yield ""
        yield f"{text}:"
        for name in names[:_MAX_JOBS]:
            problem = jobs.unfinished[name].problem
            about = ("\n" + problem.strip()).replace("\n", "\n      ") if problem else ""
            yield f"  {name} ({status.paths.log(f'{rule}/{name}')}){about}"
        if len(names) > _MAX_JOBS:
            yield f"  ... and {len(names) - _MAX_JOBS:,} more"


def _file_rows(status: RunStatus) -> Iterator[list[str]]:
    yield ["file", "last change", "older than", "content"]
    parts = [f"{count:,} {reason.label}" for reason, count in status.decided.items()]
    for name, made in status.made.items():
        content = ", ".join(parts) if name == "decisions" else ""
        yield [str(made.path), _time(made.changed) or "not yet", made.older_than, content]


def _time(changed: int | None) -> str:
    return "" if changed is None else f"{datetime.fromtimestamp(changed / 1e9):%Y-%m-%d %H:%M:%S}"


def _iso(changed: int | None) -> str | None:
    if changed is None:
        return None
    return datetime.fromtimestamp(changed / 1e9).astimezone().isoformat(timespec="seconds")
