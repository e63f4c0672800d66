"""The scores of all jobs: shards gathered into one table."""

from collections.abc import Sequence
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.dataset as ds
import pyarrow.parquet as pq

from megate.errors import MegateError, listing
from megate.shards import SCHEMA

# What decisions are made from; the rest is for people to read.
_DECISIVE = ("job", "holding_current", "threshold_current", "exception", "feature", "score")


def gather(paths: Sequence[Path]) -> pa.Table:
    """Read the shards of all jobs into one table, in the order of `paths`.

    Raises:
        MegateError: listing the shards that cannot be read or have another schema.
    """
    try:
        # The schema of the first file would stand for all: compare each with ours instead.
        dataset = ds.dataset([str(path) for path in paths], schema=SCHEMA, format="parquet")
        problems = [
            f"{fragment.path}: its columns are not those of a shard; delete it to score it anew"
            for fragment in dataset.get_fragments()
            if not fragment.physical_schema.equals(SCHEMA)
        ]
        if not problems:
            return dataset.to_table()
    except (OSError, pa.ArrowInvalid) as error:
        problems = [" ".join(str(error).split())]
    raise MegateError(f"scores: unreadable shards:{listing(problems)}")


def read_scores(path: Path) -> pd.DataFrame:
    """Read of the gathered scores what decisions are made from."""
    return pq.read_table(path, schema=SCHEMA, columns=list(_DECISIVE)).to_pandas()
