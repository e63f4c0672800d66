"""Failed simulations: which ones, why, and how to run them again."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from megate.core.errors import MegateError
from megate.core.paths import PARQUET, Paths
from megate.core.tracebacks import root_cause, same_cause
from megate.core.vocabulary import NOT_SCORED, Status
from megate.core.wording import counted
from megate.scores.finished import remove_finished
from megate.scores.job_files import changes, no_run, says_scored
from megate.scores.shards import SCHEMA, read_table

_COLUMNS = ["job", "emodel", "morph_name", "status", "exception", "runtime_s", "peak_memory_mb"]


def read_failed(paths: Paths) -> pd.DataFrame:
    """The failed simulations of a run, finished or not: those of the gathered table, and of each
    shard that has changed since.

    Returns:
        One row per simulation, sorted by `job`: `emodel`, `morph_name`, `status`, `reason` (a
        line), `runtime_s` (wall time, s), `peak_memory_mb`.

    Raises:
        MegateError: there are no simulations, or a file cannot be read.
    """
    shards = changes(paths.shards, PARQUET)
    if not shards:
        raise MegateError(no_run(paths))
    return failed_of(paths, shards)


def failed_of(paths: Paths, shards: Mapping[str, int]) -> pd.DataFrame:
    """As `read_failed`, of these shards (`megate.scores.job_files.changes`)."""
    gathered = paths.scores
    known = gathered.stat().st_mtime_ns if gathered.is_file() else -1
    newer = [job for job, changed in shards.items() if changed > known]
    logs = str(paths.simulation_logs)  # (to make 100,000 paths of it takes a second)
    unclear = [job for job in newer if not says_scored(f"{logs}/{job}.log")]
    tables = [_failed_rows(paths.shard(job)) for job in unclear]
    if known >= 0:
        rows = _failed_rows(gathered)
        current = pa.array(sorted(shards.keys() - set(newer)), pa.string())
        tables.append(rows.filter(pc.is_in(rows["job"], current)))
    table = pa.concat_tables(tables).to_pandas() if tables else pd.DataFrame(columns=_COLUMNS)
    reason = table["exception"].fillna("").map(root_cause)
    table = table.drop(columns="exception").assign(reason=reason)
    return table.sort_values("job", ignore_index=True)


def _failed_rows(path: Path) -> pa.Table:
    try:
        return read_table(path, columns=_COLUMNS, filters=pc.field("status") != Status.SCORED)
    except FileNotFoundError:  # removed meanwhile, by a run
        return SCHEMA.empty_table().select(_COLUMNS)


def select_failed(
    failed: pd.DataFrame,
    statuses: Collection[str] = (),
    emodels: Collection[str] = (),
    jobs: Sequence[str] = (),
) -> pd.DataFrame:
    """Select failed simulations (`read_failed`) by status, e-model and job; empty for all. E-models
    and jobs may be patterns (``*`` matches anything).

    Raises:
        MegateError: an e-model or a job matches no failed simulation.
    """
    chosen = failed
    for kind, column, patterns in (("e-model", "emodel", emodels), ("job", "job", jobs)):
        for pattern in patterns:
            if not any(fnmatchcase(name, pattern) for name in failed[column]):
                raise MegateError(f"{kind} {pattern!r}: no failed simulation matches")
        if patterns:
            matching = [any(fnmatchcase(name, p) for p in patterns) for name in chosen[column]]
            chosen = chosen[matching]
    return chosen[chosen["status"].isin(list(statuses))] if statuses else chosen


def describe_failed(failed: pd.DataFrame) -> Iterator[str]:
    """Lines of text: counts per status and reason, then each simulation with its reason. Reasons
    that differ only in names of morphologies, paths and numbers are counted together."""
    counts = failed["status"].value_counts().reindex(list(NOT_SCORED), fill_value=0)
    texts = [f"{count:,} {status}" for status, count in counts.items() if count]
    yield counted(len(failed), "failed simulation") + (f": {', '.join(texts)}" if texts else "")
    yield from describe_causes(failed)
    if len(failed):
        yield ""
    for row in failed.itertuples():
        yield f"{row.job}: {row.status} after {row.runtime_s:.0f} s: {row.reason}"


def causes(failed: pd.DataFrame) -> pd.DataFrame:
    """How many simulations failed for the same cause, the most first.

    Returns:
        `status`, `reason` (of the first of them) and `simulations` (their number).
    """
    of_each = [same_cause(row.reason, row.morph_name) for row in failed.itertuples()]
    groups = failed.groupby(["status", pd.Series(of_each, failed.index, dtype=object)])["reason"]
    counts = groups.agg(reason="first", simulations="size").reset_index("status")
    return counts.sort_values("simulations", ascending=False, kind="stable", ignore_index=True)


def describe_causes(failed: pd.DataFrame) -> Iterator[str]:
    """Lines of text: `causes`."""
    for status, reason, count in causes(failed).itertuples(index=False, name=None):
        yield f"{count:>8,}  {status}: {reason}"


def remove_results(paths: Paths, failed: pd.DataFrame) -> None:
    """Remove shards and traces, also kept ones, so that the next run simulates these again."""
    remove_finished(paths, set(failed["job"]))
    for job in failed["job"]:
        paths.shard(job).unlink(missing_ok=True)
        paths.traces(job).unlink(missing_ok=True)
