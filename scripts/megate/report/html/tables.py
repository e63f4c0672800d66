"""The tables that the pages of Snakemake's report are made from, read from the results."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from megate.core.tracebacks import root_cause
from megate.core.vocabulary import Reason
from megate.gating.decisions import OF_COMBO

_OF_FEATURES = (
    "combo",
    "emodel",
    "feature",
    "score",
    "limit",
    "feature_passed",
    "uncomputable_in_exemplar",
)
_OF_RUNS = (
    "job",
    "emodel",
    "status",
    "exception",
    "holding_current",
    "threshold_current",
    "runtime_s",
    "cpu_s",
    "build_cpu_s",
    "solve_cpu_s",
    "features_cpu_s",
    "peak_memory_mb",
    "sweeps",
    "host",
)
_BATCH = 500_000


@dataclass(frozen=True)
class Outcome:
    """What was decided.

    Attributes:
        combos: one row per combination, index `combo`: the combination's columns of
            decisions.parquet (`megate.gating.decisions`); `job`; `message`, what went wrong if it
            raised; `holding_current`, `threshold_current` (nA)
        features: one row per combination and gated feature: `combo`, `emodel`, `feature`, `score`,
            `limit` (standard deviations), `feature_passed`,
            `uncomputable_in_exemplar`. Combinations whose simulation failed have none.
    """

    combos: pd.DataFrame
    features: pd.DataFrame

    def of_emodel(self, emodel: str) -> "Outcome":
        """The rows of one e-model."""
        combos, features = self.combos, self.features
        return Outcome(combos[combos["emodel"] == emodel], features[features["emodel"] == emodel])


def read_outcome(decisions: Path, combos: Path, runs: pd.DataFrame) -> Outcome:
    """Read what was decided.

    Args:
        decisions: decisions.parquet, one row per combination and feature
        combos: combos.parquet
        runs: from `read_runs`
    """
    table = _read_combos(decisions)
    jobs = pd.read_parquet(combos, columns=["combo", "job"]).set_index("combo")["job"]
    table["job"] = jobs.reindex(table.index)
    of_runs = runs.set_index("job")
    for name in ("holding_current", "threshold_current"):
        table[name] = table["job"].map(of_runs[name])
    raised = table["reason"] == Reason.SIMULATION_ERROR
    exceptions = table.loc[raised, "job"].map(of_runs["exception"])
    table["message"] = exceptions.map(root_cause, na_action="ignore").reindex(table.index)
    return Outcome(table, _read_features(decisions))


def read_runs(scores: Path) -> pd.DataFrame:
    """The simulations of scores.parquet: one row per job, with its own columns."""
    return _first_of_each(scores, _OF_RUNS, "job").reset_index(drop=True)


def _read_combos(path: Path) -> pd.DataFrame:
    table = _first_of_each(path, OF_COMBO, "combo")
    return table.set_index("combo", drop=False).rename_axis(None)


def _first_of_each(path: Path, columns: Sequence[str], key: str) -> pd.DataFrame:
    """The first row of every value of `key`."""
    parts = []
    for batch in _batches(path, columns):
        values = batch[key]
        values = values.indices if isinstance(values, pa.DictionaryArray) else values
        numbers = values.to_numpy(zero_copy_only=False)
        first = np.flatnonzero(np.r_[True, numbers[1:] != numbers[:-1]][: len(numbers)])
        parts.append(_decoded(batch.take(first)).to_pandas())
    return pd.concat(parts).drop_duplicates(key)


def _read_features(path: Path) -> pd.DataFrame:
    parts = []
    for batch in _batches(path, [*_OF_FEATURES, "gated"]):
        gated = batch.filter(pc.and_(batch["gated"], pc.is_valid(batch["feature"])))
        for name in ("feature_passed", "uncomputable_in_exemplar"):
            gated = gated.set_column(
                gated.schema.get_field_index(name), name, pc.fill_null(gated[name], False)
            )
        parts.append(gated.drop_columns("gated"))
    table = pa.Table.from_batches(parts).unify_dictionaries()
    return table.to_pandas(self_destruct=True, split_blocks=True)


def _batches(path: Path, columns: Sequence[str]) -> Iterator[pa.RecordBatch]:
    """The table in parts, as much of it repeats, with its texts as dictionaries; one part at
    least."""
    file = pq.ParquetFile(path)
    texts = [field.name for field in file.schema_arrow if _is_text(field.type)]
    file = pq.ParquetFile(path, read_dictionary=texts)
    kinds = pa.schema([_as_dictionary(file.schema_arrow.field(name)) for name in columns])
    n_batches = 0
    for batch in file.iter_batches(_BATCH, columns=list(columns)):
        yield batch.select(list(columns)).cast(kinds)
        n_batches += 1
    if not n_batches:
        yield pa.RecordBatch.from_pylist([], kinds)


def _as_dictionary(field: pa.Field) -> pa.Field:
    text = _is_text(field.type)
    return pa.field(field.name, pa.dictionary(pa.int32(), pa.string()) if text else field.type)


def _decoded(batch: pa.RecordBatch) -> pa.Table:
    kinds = [
        (field.name, pa.string() if _is_text(field.type) else field.type) for field in batch.schema
    ]
    return pa.Table.from_batches([batch]).cast(pa.schema(kinds))


def _is_text(kind: pa.DataType) -> bool:
    if pa.types.is_dictionary(kind):
        return True
    return pa.types.is_string(kind) or pa.types.is_large_string(kind)
