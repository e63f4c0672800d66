"""The table of decisions: why each combination passed or did not, feature by feature."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from megate.core.vocabulary import Reason
from megate.files.atomic import written_whole
from megate.gating.decide import Decisions, EmodelGates
from megate.scores.shards import field_about

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
    field_about("reason", _TEXT, "passed, failed, raised or missing score", False),
    field_about("n_failed", _COUNT, "number of gated features that fail", False),
    field_about("limiting_feature", _TEXT, "gated feature of smallest margin, or without score"),
    field_about("limiting_feature_score", _NUMBER, "its score, standard deviations"),
    field_about("limiting_feature_limit", _NUMBER, "its limit, standard deviations"),
    field_about("margin", _NUMBER, "(limit - score) / limit of the limiting feature"),
    field_about("borderline", _FLAG, "the margin is nearer to 0 than borderline_margin", False),
    field_about("median_score", _NUMBER, "median score of the features that are not skipped"),
]
_OF_FEATURE = [
    field_about("feature", _TEXT, "feature; null if the combination has no scores"),
    field_about("score", _NUMBER, "standard deviations from the experimental mean; null: missing"),
    field_about("limit", _NUMBER, "largest score that passes; null if not gated or none passes"),
    field_about("rule", _COUNT, "number of the threshold rule that set the limit, from 1"),
    field_about("gated", _FLAG, "false: skipped by to_skip_features"),
    field_about("feature_passed", _FLAG, "whether the score passes; null if not gated"),
    field_about(
        "uncomputable_in_exemplar",
        _FLAG,
        "the exemplar's feature could not be computed (score 250)",
    ),
]

OF_COMBO = [field.name for field in _OF_COMBO]
"""The combination's columns."""

SCHEMA = pa.schema([*_OF_COMBO, *_OF_FEATURE])
"""One row per (combination, feature) with the combination's columns repeated; a combination that
raised has one row, with a null feature. E-models in the order of their names, combinations in
theirs, features as the e-model gives them."""

_TEXTS = [field.name for field in SCHEMA if field.type == _TEXT]
_AT_ONCE = 10_000  # combinations: bounds the memory


def write_decisions(path: Path, decisions: Decisions) -> None:
    """Write `decisions` as a Parquet file with the columns of `SCHEMA`; it appears whole or not
    at all."""
    # dictionaries of numbers, and statistics of each column, would take as long as all the rest
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
    """The rows of some combinations of one e-model."""
    n_features = gates.scores.shape[1]
    scored = (combos["reason"] != Reason.SIMULATION_ERROR).to_numpy() & (n_features > 0)
    repeats = np.where(scored, n_features, 1)
    row = np.repeat(np.arange(len(combos)), repeats)
    feature = np.arange(len(row)) - np.repeat(np.cumsum(repeats) - repeats, repeats)
    of_combo = pa.Table.from_pandas(
        combos[OF_COMBO],
        schema=pa.schema(_OF_COMBO),
        preserve_index=False,
    )
    columns = _feature_columns(gates, rows, row, feature, np.repeat(~scored, repeats))
    table = of_combo.take(pa.array(row))
    for field, values in zip(_OF_FEATURE, columns, strict=True):
        table = table.append_column(field, values.cast(field.type))
    return table


def _feature_columns(
    gates: EmodelGates, rows: slice, row: np.ndarray, feature: np.ndarray, none: np.ndarray
) -> Iterator[pa.Array]:
    """The columns of `_OF_FEATURE`.

    Args:
        rows: the combinations
        row: of each row of the table, which of them
        feature: of each row of the table, the position of its feature
        none: rows that have none
    """
    # a column at least, for rows without feature to look at
    features = gates.scores.columns if gates.scores.shape[1] else pd.Index([""], dtype=object)
    names = pa.array(features, pa.string())
    gated = features.isin(gates.limits.columns)[feature]
    scores, limits, rules = (
        table.iloc[rows].reindex(columns=features).to_numpy(float)[row, feature]
        for table in (gates.scores, gates.limits, gates.rules)
    )
    yield pa.DictionaryArray.from_arrays(pa.array(feature, pa.int32(), mask=none), names)
    yield pa.array(scores, from_pandas=True)
    yield pa.array(limits, mask=none | np.isnan(limits))
    yield pa.array(rules, mask=none | ~gated | (rules == 0))
    yield pa.array(gated, mask=none)
    yield pa.array(scores <= limits, mask=none | ~gated)
    yield pa.array(features.isin(gates.uncomputable_in_exemplar)[feature], mask=none)
