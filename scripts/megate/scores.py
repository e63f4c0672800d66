"""The scores of all jobs: shards gathered into one table, and that table as matrices."""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from megate.atomic import written_whole
from megate.errors import MegateError, listing
from megate.shards import SCHEMA, ShardError, read_shard

# What decisions are made from; the rest is for people to read.
_DECISIVE = ("job", "holding_current", "threshold_current", "exception", "feature", "score")
AT_ONCE = 500
"""Shards that are gathered at a time."""


def gather(paths: Sequence[Path], target: Path, at_once: int = AT_ONCE) -> pa.Table:
    """Put shards, or what was gathered of them, into one Parquet file, in the order of `paths`.
    Memory does not grow with their number, but for what is returned.

    Args:
        target: the file; it appears whole or not at all
        at_once: files that become a row group of it; up to three times as many are in memory

    Returns:
        The first row of each job: the job's own columns.

    Raises:
        MegateError: listing the shards that cannot be read or have another schema.
    """
    problems: list[str] = []
    firsts = [SCHEMA.empty_table()]
    with (
        written_whole(target) as partial,
        pq.ParquetWriter(partial, SCHEMA, compression="zstd") as writer,
    ):
        for found in _read_shards(paths, at_once):
            problems += [one for one in found if isinstance(one, str)]
            if not problems:
                rows = pa.concat_tables(found).combine_chunks().cast(SCHEMA)
                writer.write_table(rows)
                firsts.append(_first_of_each(rows))
        if problems:
            raise MegateError(f"scores: unreadable shards:{listing(problems)}")
    return pa.concat_tables(firsts)


def _first_of_each(rows: pa.Table) -> pa.Table:
    """The first row of each job; those of a job follow one another."""
    job = rows["job"].combine_chunks()
    changes = pc.not_equal(job[1:], job[:-1]).to_numpy(zero_copy_only=False)
    return rows.take(np.concatenate([[0], np.flatnonzero(changes) + 1]))


def _read_shards(paths: Sequence[Path], at_once: int) -> Iterator[list[pa.Table | str]]:
    """Some shards at a time, or what is wrong with one; the next are read while these are used."""
    with ThreadPoolExecutor() as pool:  # Arrow reads files side by side
        read: Iterator[pa.Table | str] | None = None
        for first in range(0, len(paths), at_once):
            being_read = pool.map(_read_or_say, paths[first : first + at_once])
            if read is not None:
                yield list(read)
            read = being_read
        if read is not None:
            yield list(read)


def _read_or_say(path: Path) -> pa.Table | str:
    try:
        return read_shard(path).replace_schema_metadata()
    except ShardError as error:
        return str(error)


def read_scores(path: Path) -> pd.DataFrame:
    """Read of the gathered scores what decisions are made from; texts are categoricals."""
    # one column after the other: Arrow and pandas never hold all of the millions of rows at once
    return pd.DataFrame({name: _read_column(path, name) for name in _DECISIVE}, copy=False)


def _read_column(path: Path, name: str) -> pd.Series:
    texts = [name] if SCHEMA.field(name).type == pa.string() else None
    column = pq.ParquetFile(path, read_dictionary=texts, pre_buffer=False).read(
        columns=[name], use_threads=False
    )
    return column.column(0).to_pandas()


def score_matrix(jobs: pd.Series, scores: pd.DataFrame) -> pd.DataFrame:
    """The scores of some rows' jobs as a matrix.

    Args:
        jobs: the job of each row
        scores: tidy scores, as `read_scores` gives them

    Returns:
        One row per row of `jobs`, with its index, and one column per feature that any of these
        jobs has, in the order in which the scores have them; NaN where a job has no score.
    """
    job, feature = (scores[name].astype("category").cat for name in ("job", "feature"))
    names = jobs.unique()
    position = np.full(len(job.categories) + 1, -1, np.int32)  # the last for no job (code -1)
    code = job.categories.get_indexer(names)
    position[code[code >= 0]] = np.flatnonzero(code >= 0)
    row_of = position[job.codes.to_numpy()]
    of_these = (row_of >= 0) & (feature.codes.to_numpy() >= 0)
    column_of, columns = pd.factorize(feature.codes.to_numpy()[of_these])
    values = np.full((len(names), len(columns)), np.nan)
    values[row_of[of_these], column_of] = scores["score"].to_numpy()[of_these]
    matrix = values[pd.Index(names).get_indexer(jobs)]
    return pd.DataFrame(
        matrix, index=jobs.index, columns=feature.categories[columns].astype(object)
    )
