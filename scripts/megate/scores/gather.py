"""Gather shards in one table. (Without pandas: importing it takes longer than reading a thousand
shards.)"""

from collections.abc import Container, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from megate.core.errors import MegateError, listing
from megate.core.paths import PARQUET
from megate.files.atomic import written_whole
from megate.project.jobs import without_file
from megate.scores.currents import Rules, with_main_pair
from megate.scores.shards import SCHEMA, ShardError, read_shard

_AT_ONCE = 500  # shards in a row group of the gathered file; up to three such are in memory


def gather(paths: Sequence[Path], target: Path, currents: Rules = ()) -> pa.Table:
    """Write the shards of all jobs to one Parquet file, in the order of `paths`. With more shards,
    only the table that is returned takes more memory.

    Args:
        target: the file; it appears whole or not at all
        currents: which currents are the main pair of each e-model

    Returns:
        The first row of each job: the job's own columns.

    Raises:
        MegateError: shards cannot be read, or have another schema.
    """
    problems: list[str] = []
    firsts = [SCHEMA.empty_table()]
    with (
        written_whole(target) as partial,
        pq.ParquetWriter(partial, SCHEMA, compression="zstd") as writer,
    ):
        for found in _read_shards(paths, currents):
            problems += [one for one in found if isinstance(one, str)]
            if not problems:
                rows = pa.concat_tables(found).combine_chunks().cast(SCHEMA)
                writer.write_table(rows)
                ends = np.cumsum([len(one) for one in found])
                firsts.append(rows.take([0, *ends[:-1]]))
        if problems:
            raise MegateError(f"scores: shards that cannot be read:{listing(problems)}")
    return pa.concat_tables(firsts)


def unadapted_shards(shards: Iterable[Path], exemplars: Container[str], folder: Path) -> list[Path]:
    """The results without adaptation that there are, in the order of `shards`: those of exemplars,
    which are not adapted, and of simulations that were also run without.

    Args:
        shards: of all simulations, <emodel>/<morphology>.parquet
        exemplars: the exemplars' simulations
        folder: where the results without adaptation are, under the same names
    """
    jobs = {f"{shard.parent.name}/{shard.stem}": shard for shard in shards}
    without = set(without_file(jobs, folder))
    found = {job: folder / f"{job}{PARQUET}" for job in jobs if job not in without}
    return [
        shard if job in exemplars else found[job]
        for job, shard in jobs.items()
        if job in exemplars or job in found
    ]


def _read_shards(paths: Sequence[Path], currents: Rules) -> Iterator[list[pa.Table | str]]:
    """Batches of shards, or error messages; the next batch is read while one is used."""
    with ThreadPoolExecutor(2) as pool:  # more threads would wait for Python
        read: Iterator[pa.Table | str] | None = None
        for first in range(0, len(paths), _AT_ONCE):
            being_read = pool.map(
                partial(_read_or_say, currents=currents), paths[first : first + _AT_ONCE]
            )
            if read is not None:
                yield list(read)
            read = being_read
        if read is not None:
            yield list(read)


def _read_or_say(path: Path, currents: Rules) -> pa.Table | str:
    try:
        return with_main_pair(read_shard(path), currents).replace_schema_metadata()
    except ShardError as error:
        return str(error)
