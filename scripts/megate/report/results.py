"""Read from the results what the HTML pages show."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from megate.adaptation.emodel import EmodelAdaptation
from megate.core.tracebacks import root_cause
from megate.core.vocabulary import Reason
from megate.gating.decide import EmodelGates
from megate.gating.decisions import OF_COMBO, SCHEMA
from megate.release.adaptation import Adaptation, read_adaptation
from megate.release.coverage import read_coverage
from megate.scores import shards

_OF_FEATURES = ["combo", "emodel", *(name for name in SCHEMA.names if name not in OF_COMBO)]
_OF_RUNS = shards.SCHEMA.names[: shards.SCHEMA.names.index("feature")]


@dataclass(frozen=True)
class Results:
    """What was simulated and decided.

    Attributes:
        combos: one row per combination, index `combo`: the combination's columns of
            decisions.parquet (`megate.gating.decisions`); `job`; `message`, the exception's last
            line of a simulation error, or why there is no threshold current
        gates: per e-model; combinations whose simulation failed have no limits here
        runs: one row per simulation, with its columns of scores.parquet
        coverage: the table of `megate.release.coverage`
        adaptation: of the cells; None if `adapt` is off
    """

    combos: pd.DataFrame
    gates: dict[str, EmodelGates]
    runs: pd.DataFrame
    coverage: pd.DataFrame
    adaptation: Adaptation | None = None

    def combos_of(self, emodel: str) -> pd.DataFrame:
        """The combinations of one e-model."""
        return self.combos[self.combos["emodel"] == emodel]


def read_results(
    decisions: Path,
    combos: Path,
    scores: Path,
    coverage: Path,
    adaptation: Adaptation | None = None,
) -> Results:
    """Read decisions.parquet, combos.parquet, scores.parquet and coverage.tsv."""
    table, runs = read_combos(decisions, combos, scores)
    gates = {gates.emodel: gates for gates in _read_gates(decisions, table)}
    return Results(table, gates, runs, read_coverage(coverage), adaptation)


def read_adaptation_results(
    table: Path,
    decisions: Path,
    combos: Path,
    scores: Path,
    exemplars: Iterable[Path],
    limits: Sequence[float],
) -> Adaptation:
    """Read adaptation.tsv, the decisions and scores without adaptation, combos.parquet, and the
    files about the exemplars. `limits`: smallest and largest scale."""
    without, _ = read_combos(decisions, combos, scores)
    return Adaptation(
        read_adaptation(table),
        without,
        {gates.emodel: gates for gates in _read_gates(decisions, without)},
        {exemplar.emodel: exemplar for exemplar in map(EmodelAdaptation.read, exemplars)},
        limits,
    )


def read_combos(decisions: Path, combos: Path, scores: Path) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Read the combinations and the simulations, as in `Results`, without the features."""
    runs = _first_of_each(scores, _OF_RUNS, "job")
    table = _first_of_each(decisions, OF_COMBO, "combo")
    table = table.set_index("combo", drop=False).rename_axis(None)
    jobs = pd.read_parquet(combos, columns=["combo", "job"]).set_index("combo")["job"]
    table["job"] = jobs.reindex(table.index)
    of_runs = runs.set_index("job")
    failed = table["reason"] == Reason.SIMULATION_ERROR
    exceptions = table.loc[failed, "job"].map(of_runs["exception"])
    messages = exceptions.map(root_cause, na_action="ignore").reindex(table.index)
    without = table["reason"] == Reason.NO_THRESHOLD
    table["message"] = messages.mask(without, table["job"].map(of_runs["no_threshold"]))
    return table, runs


def _first_of_each(path: Path, columns: Sequence[str], key: str) -> pd.DataFrame:
    """The first row of every value of `key`; texts are plain strings."""
    keys = _read_column(path, key)
    first = np.flatnonzero(~keys.duplicated())
    rows = {name: _read_column(path, name).iloc[first] for name in columns}
    table = pd.DataFrame(rows).reset_index(drop=True)
    return table.astype(dict.fromkeys(table.select_dtypes("category"), object))


def _read_gates(path: Path, combos: pd.DataFrame) -> Iterator[EmodelGates]:
    """The comparison of scores with limits, as one matrix each per e-model."""
    columns = {name: _read_column(path, name) for name in _OF_FEATURES}
    emodels = columns.pop("emodel").cat
    names = columns["feature"].cat.categories
    columns["feature"] = columns["feature"].cat.codes  # -1: no feature
    for code, emodel in enumerate(emodels.categories):
        here = np.flatnonzero((emodels.codes == code) & (columns["feature"] >= 0))
        rows = pd.DataFrame({name: values.iloc[here] for name, values in columns.items()})
        index = combos.index[combos["emodel"] == emodel]
        column, codes = pd.factorize(rows["feature"])
        features = names[codes].astype(object)
        gated = features[np.unique(column[rows["gated"]])]
        uncomputable = set(features[np.unique(column[rows["uncomputable_in_exemplar"]])])
        row = index.get_indexer(rows["combo"])
        matrices = {}
        for name in ("score", "limit", "rule", "feature_passed"):
            values = np.full((len(index), len(features)), np.nan)
            values[row, column] = rows[name]
            matrices[name] = pd.DataFrame(values, index, features)
        yield EmodelGates(
            str(emodel),
            matrices["score"],
            matrices["limit"][gated],
            matrices["rule"][gated].fillna(0).astype(int),
            matrices["feature_passed"][gated] == 1,
            [feature for feature in gated if feature in uncomputable],
        )


def _read_column(path: Path, name: str) -> pd.Series:
    """One column; texts as categoricals, a missing flag as false."""
    schema = pq.read_schema(path)
    if name not in schema.names:  # an earlier version of megate wrote the file
        return pd.Series([None] * pq.read_metadata(path).num_rows, dtype=object)
    text = not pa.types.is_primitive(schema.field(name).type)
    file = pq.ParquetFile(path, read_dictionary=[name] if text else None, pre_buffer=False)
    # one column after the other: the millions of rows are never all held by Arrow and pandas
    column = file.read(columns=[name], use_threads=False).column(0)
    if pa.types.is_boolean(column.type):
        column = column.fill_null(pa.scalar(False))
    return column.to_pandas()
