"""Shards gathered into one table. (Without pandas: importing that takes longer than reading a
thousand shards.)"""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from megate.atomic import written_whole
from megate.errors import MegateError, listing
from megate.shards import SCHEMA, ShardError, read_shard

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
