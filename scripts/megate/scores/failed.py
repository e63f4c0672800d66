"""Simulations that came to no scores: which, why, and how to have them run again."""

from collections.abc import Collection, Iterator, Sequence
from fnmatch import fnmatchcase
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from megate.core.errors import MegateError
from megate.core.tracebacks import root_cause
from megate.core.vocabulary import NOT_SCORED, Status
from megate.scores.spares import remove_spares

_COLUMNS = ["job", "emodel", "morph_name", "status", "exception", "runtime_s", "peak_memory_mb"]


def read_failed(results: Path) -> pd.DataFrame:
    """The simulations without scores, as their shards are now.

    Most are read from the gathered table; only shards that are newer are opened one by one.

    Args:
        results: folder of a run, finished or not

    Returns:
        One row per simulation, sorted by `job`: `emodel`, `morph_name`, `status` (one of
        `child.STATUSES`), `reason` (a line), `runtime_s` (wall time, s), `peak_memory_mb`.

    Raises:
        MegateError: there are no simulations in `results`.
    """
    gathered = results / "scores.parquet"
    shards = {_job_of(path): path for path in (results / "scores").glob("*/*.parquet")}
    if not shards:
        raise MegateError(
            f"results: found no simulations in {results / 'scores'}, expected those of a run"
        )
    known = gathered.stat().st_mtime_ns if gathered.is_file() else -1
    newer = [job for job, path in shards.items() if path.stat().st_mtime_ns > known]
    tables = [_failed_rows(shards[job]) for job in newer]
    if known >= 0:
        rows = _failed_rows(gathered)
        current = pa.array(sorted(shards.keys() - set(newer)), pa.string())
        tables.append(rows.filter(pc.is_in(rows["job"], current)))
    table = pa.concat_tables(tables).to_pandas() if tables else pd.DataFrame(columns=_COLUMNS)
    reason = table["exception"].fillna("").map(root_cause)
    return (
        table.drop(columns="exception").assign(reason=reason).sort_values("job", ignore_index=True)
    )


def _job_of(shard: Path) -> str:
    return f"{shard.parent.name}/{shard.stem}"


def _failed_rows(path: Path) -> pa.Table:
    try:
        return pq.read_table(path, columns=_COLUMNS, filters=pc.field("status") != Status.SCORED)
    except (OSError, ValueError, pa.ArrowException) as error:
        raise MegateError(f"{path}: unreadable; delete it to score it anew: {error}") from error


def select_failed(
    failed: pd.DataFrame,
    statuses: Collection[str] = (),
    emodels: Collection[str] = (),
    jobs: Sequence[str] = (),
) -> pd.DataFrame:
    """Those of `failed` with one of the statuses, of one of the e-models, and with a job that
    matches one of the patterns (``*`` for anything); all where nothing is given.

    Raises:
        MegateError: an e-model or a pattern that none of them has.
    """
    chosen = failed
    for kind, column, patterns in (("e-model", "emodel", emodels), ("job", "job", jobs)):
        for pattern in patterns:
            if not any(fnmatchcase(name, pattern) for name in failed[column]):
                raise MegateError(f"{kind} {pattern!r}: no simulation of it is without scores")
        if patterns:
            matching = [any(fnmatchcase(name, p) for p in patterns) for name in chosen[column]]
            chosen = chosen[matching]
    return chosen[chosen["status"].isin(list(statuses))] if statuses else chosen


def describe_failed(failed: pd.DataFrame) -> Iterator[str]:
    """Lines for people: counts per status and reason, then each simulation with its reason."""
    counts = failed["status"].value_counts().reindex(list(NOT_SCORED), fill_value=0)
    texts = [f"{count:,} {status}" for status, count in counts.items() if count]
    yield f"{len(failed):,} simulations without scores" + (f": {', '.join(texts)}" if texts else "")
    reasons = failed.groupby(["status", "reason"]).size().sort_values(ascending=False)
    for (status, reason), count in reasons.items():
        yield f"{count:>8,}  {status}: {reason}"
    if len(failed):
        yield ""
    for row in failed.itertuples():
        yield f"{row.job}: {row.status} after {row.runtime_s:.0f} s: {row.reason}"


def forget(results: Path, failed: pd.DataFrame) -> None:
    """Remove the shards and traces of simulations: the next run does them again."""
    for job in failed["job"]:
        remove_spares(results, job)
        for folder in ("scores", "traces"):
            (results / folder / f"{job}.parquet").unlink(missing_ok=True)
