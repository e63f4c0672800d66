"""Shards: the Parquet files with scores, one per job, and all of them gathered.

A shard is tidy: one row per feature, with the job's own columns repeated. A job that raised has
one row, with a null feature and the traceback.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.dataset as ds
import pyarrow.parquet as pq

from megate.atomic import written_whole
from megate.errors import MegateError, listing

SCHEMA = pa.schema(
    [
        pa.field("job", pa.string(), False, {"about": "the simulation, <emodel>/<morphology>"}),
        pa.field("emodel", pa.string(), False, {"about": "e-model, as the package was called"}),
        pa.field("original_emodel", pa.string(), False, {"about": "key of the parameters"}),
        pa.field("morph_name", pa.string(), False, {"about": "morphology, without extension"}),
        pa.field("holding_current", pa.float64(), True, {"about": "nA; null where not searched"}),
        pa.field("threshold_current", pa.float64(), True, {"about": "nA; null where not searched"}),
        pa.field("exception", pa.string(), True, {"about": "traceback of a job that raised"}),
        pa.field("runtime_s", pa.float64(), False, {"about": "wall time of the simulation, s"}),
        pa.field("feature", pa.string(), True, {"about": "feature; null if the job has no scores"}),
        pa.field("score", pa.float64(), True, {"about": "standard deviations from the mean"}),
    ]
)


@dataclass(frozen=True)
class JobResult:
    """What one simulation gave.

    Attributes:
        scores: feature -> score (standard deviations), None or NaN where it has none
        holding_current, threshold_current: nA, None where the e-model does not search them
        exception: traceback, None if the job ran
        runtime_s: wall time, s
    """

    job: str
    emodel: str
    original_emodel: str
    morph_name: str
    runtime_s: float
    scores: dict[str, float | None] = field(default_factory=dict)
    holding_current: float | None = None
    threshold_current: float | None = None
    exception: str | None = None


def write_shard(path: Path, result: JobResult) -> None:
    """Write the shard of one job; it appears whole or not at all."""
    features: list[tuple[str | None, float | None]] = list(result.scores.items()) or [(None, None)]
    rows = [
        {name: getattr(result, name) for name in SCHEMA.names if name not in ("feature", "score")}
        | {"feature": feature, "score": score}
        for feature, score in features
    ]
    write_table(path, pa.Table.from_pylist(rows, schema=SCHEMA))


def write_table(path: Path, table: pa.Table) -> None:
    """Write a Parquet file; it appears whole or not at all."""
    with written_whole(path) as partial:
        pq.write_table(table, partial, compression="zstd")


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
    """Read the gathered scores."""
    return pq.read_table(path, schema=SCHEMA).to_pandas()
