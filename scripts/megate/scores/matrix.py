"""Read the scores of all jobs, and arrange them as matrices."""

from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from megate.scores.currents import ADAPTED, MEASURED
from megate.scores.shards import SCHEMA

# the columns that decisions are made from
_COLUMNS = (
    "job",
    "holding_current",
    "threshold_current",
    "bpo_values",
    *MEASURED,
    *ADAPTED,
    "exception",
    "stopped_at",
    "feature",
    "score",
)


def read_scores(path: Path) -> pd.DataFrame:
    """Read the columns of the gathered scores that decisions are made from; texts are
    categoricals."""
    # one column after the other, so that millions of rows are never in memory twice
    return pd.DataFrame({name: _read_column(path, name) for name in _COLUMNS}, copy=False)


def _read_column(path: Path, name: str) -> pd.Series:
    metadata = pq.read_metadata(path)
    is_text = SCHEMA.field(name).type == pa.string()
    if name not in metadata.schema.names:  # an earlier version of megate wrote the file
        return pd.Series([None] * metadata.num_rows, dtype="category" if is_text else float)
    texts = [name] if is_text else None
    file = pq.ParquetFile(path, metadata=metadata, read_dictionary=texts, pre_buffer=False)
    return file.read(columns=[name], use_threads=False).column(0).to_pandas()


def score_matrix(jobs: pd.Series, scores: pd.DataFrame) -> pd.DataFrame:
    """The scores of each row's job as a matrix, from tidy scores (`read_scores`).

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
