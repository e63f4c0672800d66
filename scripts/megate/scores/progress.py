"""How far the jobs of a run are: the preparation of its e-models, and its simulations."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd
import pyarrow.compute as pc

from megate.core.errors import MegateError
from megate.core.paths import PARQUET, Paths
from megate.core.vocabulary import JobState, Status
from megate.scores.failed import failed_of
from megate.scores.job_files import (
    Unfinished,
    changes,
    names,
    no_run,
    running_here,
    unfinished,
)
from megate.scores.shards import read_table


@dataclass(frozen=True)
class Jobs:
    """Jobs of one kind.

    Attributes:
        states: each job's state, by its name
        unfinished: more about the jobs without result, by their names
        changed: time of the last result, ns since 1970; None if there is none
    """

    states: dict[str, JobState]
    unfinished: dict[str, Unfinished]
    changed: int | None

    def counts(self, jobs: Iterable[str] | None = None) -> dict[JobState, int]:
        """The number of jobs in each state, of all jobs or some."""
        of_states = Counter(self.states.values() if jobs is None else map(self.states.get, jobs))
        return {state: of_states[state] for state in JobState}


@dataclass(frozen=True)
class Progress:
    """How far a run is.

    Attributes:
        imported: whether the scores were imported, not simulated; there are no e-models then
        simulations: by e-model and morphology, as combos.parquet names them
        failed: the failed simulations, as `megate.scores.failed.read_failed` gives them
        since_gathered: number of simulations whose result is newer than scores.parquet
    """

    imported: bool
    emodels: Jobs
    simulations: Jobs
    failed: pd.DataFrame
    since_gathered: int


def read_progress(paths: Paths) -> Progress:
    """Find out how far a run is, from its files. It may run meanwhile.

    Raises:
        MegateError: there are no results of a run, or a file cannot be read.
    """
    if not paths.combos.is_file():
        raise MegateError(no_run(paths))
    jobs = list(dict.fromkeys(read_table(paths.combos, columns=["job"])["job"].to_pylist()))
    shards = changes(paths.shards, PARQUET)
    if not shards and not paths.shards.is_dir() and paths.scores.is_file():
        return _imported(paths)
    results = {job: shards[job] for job in jobs if job in shards}
    failed = failed_of(paths, results)
    gathered = paths.scores.stat().st_mtime_ns if paths.scores.is_file() else None
    running = running_here(paths.logs)
    return Progress(
        imported=False,
        emodels=_emodels(paths, dict.fromkeys(job.partition("/")[0] for job in jobs), running),
        simulations=_simulations(paths, jobs, results, set(failed["job"]), running),
        failed=failed,
        since_gathered=sum(gathered is not None and at > gathered for at in results.values()),
    )


def _emodels(paths: Paths, emodels: Iterable[str], running: Mapping[str, int]) -> Jobs:
    states, without, times = {}, {}, []
    for emodel in emodels:
        manifest = paths.manifest(emodel)
        if manifest.is_file():
            states[emodel] = JobState.DONE
            times.append(manifest.stat().st_mtime_ns)
        else:
            job = f"prepare_emodel/{emodel}"
            without[emodel] = unfinished(paths.log(job), running.get(job))
            states[emodel] = without[emodel].state
    return Jobs(states, without, max(times, default=None))


def _simulations(
    paths: Paths,
    jobs: Iterable[str],
    results: Mapping[str, int],
    failed: set[str],
    running: Mapping[str, int],
) -> Jobs:
    with_log = names(paths.simulation_logs, ".log")
    states, without = {}, {}
    for job in jobs:
        if job in results:
            states[job] = JobState.FAILED if job in failed else JobState.DONE
        elif (process := running.get(f"score_combo/{job}")) or job in with_log:
            without[job] = unfinished(paths.log(f"score_combo/{job}"), process)
            states[job] = without[job].state
        else:
            states[job] = JobState.LEFT
    return Jobs(states, without, max(results.values(), default=None))


def _imported(paths: Paths) -> Progress:
    scores = read_table(paths.scores, columns=["job", "status"])
    of_status: dict[str, Any] = {}
    for status in pc.unique(scores["status"]).to_pylist():
        rows = scores.filter(pc.equal(scores["status"], status))
        of_status |= dict.fromkeys(pc.unique(rows["job"]).to_pylist(), status)
    states = {
        job: JobState.DONE if status == Status.SCORED else JobState.FAILED
        for job, status in of_status.items()
    }
    failed = failed_of(paths, dict.fromkeys(states, -1))
    simulations = Jobs(states, {}, paths.scores.stat().st_mtime_ns)
    return Progress(True, Jobs({}, {}, None), simulations, failed, 0)
