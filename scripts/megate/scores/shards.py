"""Shards: the Parquet files with scores, one per job.

A shard is tidy: one row per feature, with the job's own columns repeated. The shard of a failed
simulation has one row, with a null feature and the error.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from megate.core.errors import MegateError
from megate.core.tables import field_about
from megate.files.atomic import written_whole

_TEXT, _NUMBER, _COUNT = pa.string(), pa.float64(), pa.int64()

SCHEMA = pa.schema(
    [
        field_about("job", _TEXT, "the simulation, <emodel>/<morphology>", False),
        field_about("emodel", _TEXT, "e-model, as the package was called", False),
        field_about("original_emodel", _TEXT, "key of the parameters", False),
        field_about("morph_name", _TEXT, "morphology, without extension", False),
        field_about("emodel_sha256", _TEXT, "SHA-256 of the e-model's files and parameters", False),
        field_about("status", _TEXT, "scored, raised, crashed, timeout or memory", False),
        field_about(
            "exception", _TEXT, "traceback, or what ended the simulation, and NEURON's last lines"
        ),
        field_about("holding_current", _NUMBER, "nA; null where not searched"),
        field_about("threshold_current", _NUMBER, "nA; null where not searched"),
        field_about(
            "bpo_values",
            _TEXT,
            "JSON object of all the e-model's `bpo_*` values by name, such as currents (nA)",
        ),
        field_about(
            "measured_holding_current",
            _NUMBER,
            "nA; measured by megate where the e-model does not search it",
        ),
        field_about(
            "measured_threshold_current",
            _NUMBER,
            "nA, on top of the holding current; measured by megate where the e-model does not "
            "search it",
        ),
        field_about(
            "measured_at_current",
            _NUMBER,
            "holding current with which megate measured threshold current, input resistance and "
            "holding voltage, nA",
        ),
        field_about("input_resistance", _NUMBER, "at the holding voltage, MOhm"),
        field_about("holding_voltage", _NUMBER, "voltage at rest with the holding current, mV"),
        field_about("resting_potential", _NUMBER, "voltage at rest without current, mV"),
        field_about("no_threshold", _TEXT, "why the cell has no threshold current; null if it has"),
        field_about(
            "AIS_scaler",
            _NUMBER,
            "scale of the AIS's diameters, relative to the exemplar; 1: the AIS of the file; null "
            "if the cell was not adapted",
        ),
        field_about("soma_scaler", _NUMBER, "scale of the soma's length, likewise"),
        field_about("rin_without_ais", _NUMBER, "input resistance of the cell without AIS, MOhm"),
        field_about("rin_without_soma", _NUMBER, "input resistance of the cell without soma, MOhm"),
        field_about(
            "rho_axon", _NUMBER, "input resistance of the AIS alone, divided by rin_without_ais"
        ),
        field_about(
            "rho", _NUMBER, "input resistance of the soma alone, divided by rin_without_soma"
        ),
        field_about("at_limit", pa.bool_(), "whether adapt.limits limit a scale"),
        field_about(
            "adaptation", _TEXT, "JSON: the limits, and the scales in the order of the search"
        ),
        field_about(
            "stopped_at",
            _TEXT,
            "feature over its limit at which the simulation was stopped (`stop_early`); null if it "
            "was run as a whole",
        ),
        field_about(
            "stop_early",
            _TEXT,
            "digest of the settings of limits with which it could be stopped; null if it could not",
        ),
        field_about("runtime_s", _NUMBER, "wall time of the simulation, s", False),
        field_about("cpu_s", _NUMBER, "CPU time of the simulation, s", False),
        field_about("build_cpu_s", _NUMBER, "of that: building cells"),
        field_about("solve_cpu_s", _NUMBER, "of that: NEURON's runs"),
        field_about("features_cpu_s", _NUMBER, "of that: features and scores"),
        field_about("currents_cpu_s", _NUMBER, "of that: measuring currents and input resistance"),
        field_about("adapt_cpu_s", _NUMBER, "of that: scaling AIS and soma"),
        field_about("peak_memory_mb", _NUMBER, "largest resident memory of a process, MB", False),
        field_about("sweeps", _COUNT, "sweeps (protocol runs) that the package asked for"),
        field_about("cells_built", _COUNT, "how often the cell was built for them"),
        field_about("solver_steps", _COUNT, "NEURON's integration steps in all sweeps"),
        field_about("host", _TEXT, "name of the machine", False),
        field_about("versions", _TEXT, "versions of Python and the libraries", False),
        field_about("feature", _TEXT, "feature; null if the job has no scores"),
        field_about("score", _NUMBER, "standard deviations from the experimental mean"),
        field_about("value", _NUMBER, "the feature's value, in eFEL's unit; null if not computed"),
        field_about("exp_mean", _NUMBER, "experimental mean, in the same unit; null if not told"),
        field_about("exp_std", _NUMBER, "experimental standard deviation, same unit"),
    ]
)

_OF_FEATURES = ("feature", "score", "value", "exp_mean", "exp_std")

# There may be 100,000 of these small files, and each is read once, as a whole. Statistics and a
# schema with descriptions would take longer to read and write than the rows.
_QUICK: dict[str, Any] = {"compression": "snappy", "write_statistics": False}
_PLAIN = pa.schema([field.remove_metadata() for field in SCHEMA])


class ShardError(MegateError):
    """A file is not a shard, or is damaged."""


@dataclass(frozen=True)
class JobResult:
    """The result of one simulation: the columns of `SCHEMA`, described there.

    Attributes:
        features: per feature a mapping with `feature`, `score`, and, where known, `value`,
            `exp_mean` and `exp_std`
        protocols: what the simulation told of its protocols with `stop_early`
            (`megate.scores.protocols`); not part of the shard
    """

    job: str
    emodel: str
    original_emodel: str
    morph_name: str
    emodel_sha256: str
    status: str
    runtime_s: float
    cpu_s: float
    peak_memory_mb: float
    host: str
    versions: str
    exception: str | None = None
    holding_current: float | None = None
    threshold_current: float | None = None
    bpo_values: Mapping[str, float] | None = None
    measured_holding_current: float | None = None
    measured_threshold_current: float | None = None
    measured_at_current: float | None = None
    input_resistance: float | None = None
    holding_voltage: float | None = None
    resting_potential: float | None = None
    no_threshold: str | None = None
    AIS_scaler: float | None = None
    soma_scaler: float | None = None
    rin_without_ais: float | None = None
    rin_without_soma: float | None = None
    rho_axon: float | None = None
    rho: float | None = None
    at_limit: bool | None = None
    adaptation: str | None = None
    build_cpu_s: float | None = None
    solve_cpu_s: float | None = None
    features_cpu_s: float | None = None
    currents_cpu_s: float | None = None
    adapt_cpu_s: float | None = None
    sweeps: int | None = None
    cells_built: int | None = None
    solver_steps: int | None = None
    stopped_at: str | None = None
    stop_early: str | None = None
    features: list[dict[str, Any]] = field(default_factory=list)
    protocols: dict[str, dict[str, Any]] = field(default_factory=dict)

    @property
    def currents_measured(self) -> bool:
        """Whether megate measured a current, or tried to: the result depends on the settings of
        `scoring.currents`."""
        measured = self.measured_holding_current, self.measured_threshold_current
        return any(current is not None for current in (*measured, self.no_threshold))


def write_shard(path: Path, result: JobResult) -> None:
    """Write the shard of one job; it appears whole or not at all."""
    of_job = {name: getattr(result, name) for name in SCHEMA.names if name not in _OF_FEATURES}
    values = result.bpo_values
    of_job["bpo_values"] = json.dumps(values, sort_keys=True) if values else None
    features = result.features or [{}]
    write_rows(path, pa.Table.from_pylist([of_job | feature for feature in features], _PLAIN))


def write_rows(path: Path, rows: pa.Table) -> None:
    """Write a shard's rows; the file appears whole or not at all."""
    with written_whole(path) as partial:
        pq.write_table(rows, partial, **_QUICK)


def read_shard(path: Path) -> pa.Table:
    """A shard's rows. Columns that it lacks, because an earlier version of megate wrote it, are
    null if `SCHEMA` allows that.

    Raises:
        ShardError: the file cannot be read, or is not a shard.
    """
    try:
        file = pq.ParquetFile(str(path), pre_buffer=False)
        if file.metadata.num_rows and _readable(file.schema_arrow):
            rows = file.read(use_threads=False)
            return rows if rows.schema.equals(SCHEMA) else _completed(rows)
        problem = "not a shard: other columns, or no rows"
    except (OSError, ValueError, pa.ArrowException) as error:
        problem = " ".join(str(error).split())
    raise ShardError(f"{path}: {problem}; delete it and run megate again")


def _readable(schema: pa.Schema) -> bool:
    """Whether `SCHEMA` is `schema` with further nullable columns, or `schema` itself."""
    if schema.equals(SCHEMA):
        return True
    known = [field for field in SCHEMA if field.name in schema.names]
    missing = [field for field in SCHEMA if field.name not in schema.names]
    return schema.equals(pa.schema(known)) and all(field.nullable for field in missing)


def _completed(rows: pa.Table) -> pa.Table:
    columns = [
        rows[field.name] if field.name in rows.column_names else pa.nulls(len(rows), field.type)
        for field in _PLAIN
    ]
    return pa.table(columns, schema=_PLAIN)


def read_table(path: Path, **options: Any) -> pa.Table:
    """Read a Parquet file of a run's results, with options of `pyarrow.parquet.read_table`.

    Raises:
        MegateError: it cannot be read.
        FileNotFoundError: there is no such file.
    """
    try:
        return pq.read_table(path, **options)
    except FileNotFoundError:
        raise
    except (OSError, ValueError, pa.ArrowException) as error:
        raise MegateError(
            f"{path}: cannot be read; delete it and run megate again: {error}"
        ) from error


def write_table(path: Path, table: pa.Table) -> None:
    """Write a Parquet file; it appears whole or not at all."""
    with written_whole(path) as partial:
        pq.write_table(table, partial, compression="zstd")
