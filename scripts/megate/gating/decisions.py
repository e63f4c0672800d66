"""decisions.parquet: why each combination passed or did not, feature by feature.

The values of `_OF_COMBO` are columns of the table of `Decisions`; those of `_OF_FEATURE` come from
`_feature_columns`.
"""

from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from megate.core.tables import field_about
from megate.core.vocabulary import Reason
from megate.files.atomic import written_whole
from megate.gating.outcome import Decisions, EmodelGates
from megate.scores.currents import ADAPTED
from megate.scores.shards import SCHEMA as SHARD

_TEXT = pa.dictionary(pa.int32(), pa.string())
_NUMBER, _COUNT, _FLAG = pa.float64(), pa.int64(), pa.bool_()

_OF_COMBO = [
    field_about("combo", _COUNT, "number of the combination, as in combos.parquet", False),
    field_about("combo_name", _TEXT, "<emodel>_<fullmtype>_<layer>_<morph_name>", False),
    field_about("morph_name", _TEXT, "morphology", False),
    field_about("layer", _TEXT, "layer", False),
    field_about("fullmtype", _TEXT, "m-type", False),
    field_about("etype", _TEXT, "e-type", False),
    field_about("emodel", _TEXT, "e-model", False),
    field_about("passed", _FLAG, "whether the combination is released", False),
    field_about("reason", _TEXT, f"one of {', '.join(Reason)}", False),
    field_about("n_failed", _COUNT, "number of gated features that do not pass", False),
    field_about(
        "stopped_at",
        _TEXT,
        "feature at which the simulation was stopped (`stop_early`), so that other features were "
        "not computed",
    ),
    field_about(
        "limiting_feature", _TEXT, "gated feature with the smallest margin, or without score"
    ),
    field_about("limiting_feature_score", _NUMBER, "its score, standard deviations"),
    field_about("limiting_feature_limit", _NUMBER, "its limit, standard deviations"),
    field_about("margin", _NUMBER, "(limit - score) / limit of the limiting feature"),
    field_about("borderline", _FLAG, "whether the margin is within borderline_margin of 0", False),
    field_about(
        "median_score", _NUMBER, "median of the gated features' scores, standard deviations"
    ),
    field_about(
        "holding_current", _NUMBER, "nA; the e-model's own, or measured where it searches none"
    ),
    field_about(
        "threshold_current",
        _NUMBER,
        "nA, on top of the holding current; the e-model's own, or measured where it searches none",
    ),
    *(
        field_about(name, _NUMBER, SHARD.field(name).metadata[b"about"].decode())
        for name in ("input_resistance", "holding_voltage", "resting_potential")
    ),
    *(
        field_about(name, SHARD.field(name).type, SHARD.field(name).metadata[b"about"].decode())
        for name in ADAPTED
    ),
]
_CURRENTS = {"holding_current", "threshold_current", *ADAPTED}
_CURRENTS |= {"input_resistance", "holding_voltage", "resting_potential"}
_OF_FEATURE = [
    field_about("feature", _TEXT, "feature; null if the combination has no scores"),
    field_about("score", _NUMBER, "standard deviations from the experimental mean; null: missing"),
    field_about(
        "limit",
        _NUMBER,
        "largest score that passes, standard deviations; null if not gated or if no score passes",
    ),
    field_about("rule", _COUNT, "number of the threshold rule that set the limit, from 1"),
    field_about("gated", _FLAG, "false if to_skip_features skips the feature"),
    field_about(
        "feature_passed",
        _FLAG,
        "whether the score passes; null if not gated, or not computed because the simulation was "
        "stopped",
    ),
    field_about(
        "uncomputable_in_exemplar",
        _FLAG,
        "whether the feature could not be computed for the exemplar (score 250)",
    ),
]

OF_COMBO = [field.name for field in _OF_COMBO]
"""The columns about combinations."""

SCHEMA = pa.schema([*_OF_COMBO, *_OF_FEATURE])
"""One row per (combination, feature); the columns about combinations are repeated. A combination
without scores has one row, with a null feature. E-models are sorted by name; combinations and
features are in the order of combos.parquet and of the e-model's scores."""

_NOT_IN_FAILURES = {"combo", "passed", "stopped_at", "borderline", "median_score", *_CURRENTS}
FAILURES_SCHEMA = pa.schema(
    [
        *(field for field in _OF_COMBO if field.name not in _NOT_IN_FAILURES),
        field_about(
            "message",
            _TEXT,
            "why the simulation failed, with NEURON's last lines, or why there is no threshold "
            "current, or that the simulation was stopped early",
        ),
    ]
)
"""The columns of failures.tsv: one row per combination that is not released."""

_TEXTS = [field.name for field in SCHEMA if field.type == _TEXT]
_AT_ONCE = 10_000  # combinations: bounds the memory


def write_decisions(path: Path, decisions: Decisions) -> None:
    """Write `decisions` as a Parquet file with the columns of `SCHEMA`. It appears whole or not at
    all."""
    # dictionaries of numbers, and statistics of all columns, would double the time
    options = {"use_dictionary": _TEXTS, "write_statistics": ["combo", "emodel"]}
    with (
        written_whole(path) as partial,
        pq.ParquetWriter(partial, SCHEMA, compression="zstd", **options) as writer,
    ):
        for gates in decisions.gates:
            combos = decisions.combos.loc[gates.scores.index]
            for first in range(0, len(combos), _AT_ONCE):
                rows = slice(first, first + _AT_ONCE)
                writer.write_table(_table(combos.iloc[rows], gates, rows))


def _table(combos: pd.DataFrame, gates: EmodelGates, rows: slice) -> pa.Table:
    n_features = gates.scores.shape[1]
    scored = (combos["reason"] != Reason.SIMULATION_ERROR).to_numpy() & (n_features > 0)
    repeats = np.where(scored, n_features, 1)
    row = np.repeat(np.arange(len(combos)), repeats)
    feature = np.arange(len(row)) - np.repeat(np.cumsum(repeats) - repeats, repeats)
    table = pa.Table.from_pandas(
        combos[OF_COMBO], schema=pa.schema(_OF_COMBO), preserve_index=False
    ).take(pa.array(row))
    stopped = np.repeat(combos["stopped_at"].notna().to_numpy(), repeats)
    columns = _feature_columns(gates, rows, row, feature, np.repeat(~scored, repeats), stopped)
    for field in _OF_FEATURE:
        table = table.append_column(field, columns[field.name].cast(field.type))
    return table


def _feature_columns(
    gates: EmodelGates,
    rows: slice,
    row: np.ndarray,
    feature: np.ndarray,
    none: np.ndarray,
    stopped: np.ndarray,
) -> dict[str, pa.Array]:
    """The columns of `_OF_FEATURE`. Each row of the table has the position of its combination among
    `rows`, that of its feature, whether there is none, and whether its simulation was stopped."""
    # at least one column, which rows without feature can point to
    features = gates.scores.columns if gates.scores.shape[1] else pd.Index([""], dtype=object)
    names = pa.array(features, pa.string())
    gated = features.isin(gates.limits.columns)[feature]
    scores, limits, rules = (
        table.iloc[rows].reindex(columns=features).to_numpy(float)[row, feature]
        for table in (gates.scores, gates.limits, gates.rules)
    )
    uncomputable = features.isin(gates.uncomputable_in_exemplar)[feature]
    return {
        "feature": pa.DictionaryArray.from_arrays(pa.array(feature, pa.int32(), mask=none), names),
        "score": pa.array(scores, from_pandas=True),
        "limit": pa.array(limits, mask=none | np.isnan(limits)),
        "rule": pa.array(rules, mask=none | ~gated | (rules == 0)),
        "gated": pa.array(gated, mask=none),
        "feature_passed": pa.array(
            scores <= limits, mask=none | ~gated | (stopped & np.isnan(scores))
        ),
        "uncomputable_in_exemplar": pa.array(uncomputable, mask=none),
    }
