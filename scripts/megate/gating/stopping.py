"""Option `scoring.stop_early`: the limits at which a simulation is stopped, and which simulations
must be run again because a stopped one may pass other limits.

A simulation is stopped if a feature of each of its combinations is over its limit. Its digest
(`Stops.digest`) of what sets these limits is a param of its rule and a column of its shard. As long
as its combinations fail, it keeps the digest that it was run with.
"""

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache, cached_property
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from megate.config.config import Select
from megate.core.errors import MegateError
from megate.files.atomic import write_text
from megate.gating.decide import limits_of
from megate.gating.thresholds import gated_features
from megate.scores.matrix import score_matrix

_RECORDED = ["job", "emodel_sha256", "adaptation", "exception", "stopped_at", "stop_early"]

Type = tuple[str, str]
"""m-type (`fullmtype`) and e-type of a combination."""


def limits_of_types(
    emodel: str,
    types: Iterable[Sequence[str]],
    features: Sequence[str],
    exemplar: Mapping[str, float | None] | None,
    select: Select,
) -> list[dict[str, float | None]]:
    """The limits of each type's combinations: gated feature -> largest score that passes (standard
    deviations), None if no score passes.

    Args:
        types: m-type and e-type of each
        features: those of the e-model
        exemplar: scores of its repaired exemplar, or None if it has none
    """
    gated = gated_features(features, select.to_skip_features)
    rows = pd.DataFrame([*types], columns=["fullmtype", "etype"]).assign(emodel=emodel)
    scores = None if exemplar is None else pd.Series(exemplar, gated, float)
    values = limits_of(emodel, rows, scores, gated, select).values
    return [
        {feature: None if pd.isna(limit) else limit for feature, limit in of_type.items()}
        for of_type in values.to_dict("records")
    ]


class Stops:
    """Which simulations may be stopped at which limits."""

    SETTINGS = (
        "megate_thresholds",
        "to_skip_features",
        "skip_repaired_exemplar",
        "uncomputable_exemplar_feature",
    )
    """Keys of `select` that set the limits."""

    def __init__(
        self,
        combos: pd.DataFrame,
        select: Select,
        on: bool,
        scores: Path | None = None,
        without_shard: Callable[[], Iterable[str]] = tuple,
        emodel_sha256: Callable[[str], str] = str,
        adapt: bool = False,
        kept: Path | None = None,
    ) -> None:
        """
        Args:
            combos: the table of `megate.project.combinations`
            on: whether `stop_early` is on
            scores: scores.parquet, or None to know of no earlier simulations
            without_shard: gives the simulations without a shard
            emodel_sha256: an e-model's name -> SHA-256 of its files and parameters
            adapt: whether cells are adapted
            kept: without `scores`, the file of `keep`
        """
        self._combos, self._select, self._on = combos, select, on
        self._emodel_sha256, self._adapt = cache(emodel_sha256), adapt
        self._settings = json.dumps(
            [getattr(select, name) for name in self.SETTINGS], sort_keys=True
        )
        self._digests: dict[tuple[Type, ...], str] = {}
        if scores:
            self._before = self._kept(scores, without_shard)
        else:
            self._before = json.loads(kept.read_text()) if kept and kept.exists() else {}

    @property
    def any_could_stop(self) -> bool:
        """Whether a simulation may be stopped, or might have been when it was run."""
        return self._on or any(self._before.values())

    def digest(self, job: str) -> str | None:
        """The digest of what sets the limits at which a simulation may be stopped, or the one that
        it was run with, if its result is still valid. None: it is run, or was run, as a whole."""
        return self._before[job] if job in self._before else self._current(job)

    def keep(self, path: Path) -> None:
        """Write the digests of earlier simulations for batch jobs, which do not find them: before a
        simulation runs again, its shard is removed.

        Raises:
            NotWrittenError: the file cannot be written.
        """
        if self._before:
            write_text(path, json.dumps(self._before, indent=1) + "\n")
        else:
            path.unlink(missing_ok=True)

    def types(self, job: str) -> list[Type]:
        """The types of the combinations of a simulation, if it may be stopped."""
        return [] if self.digest(job) is None else list(self._types[job])

    def exemplar_of(self, job: str) -> str | None:
        """The simulation whose scores scale the limits of another one, if that may be stopped: its
        e-model's repaired exemplar."""
        may_stop = self.digest(job) is not None
        return self._exemplars.get(job.partition("/")[0]) if may_stop else None

    @cached_property
    def _exemplars(self) -> dict[str, str]:
        """The simulation of each e-model's repaired exemplar, whose scores scale the limits."""
        rows = self._combos[self._combos["is_exemplar"] & ~self._combos["is_original"]]
        rows = rows[rows["is_repaired"]]
        return dict(zip(rows["emodel"], rows["job"], strict=True))

    @cached_property
    def _exemplar_jobs(self) -> set[str]:
        return set(self._combos.loc[self._combos["is_exemplar"], "job"])

    @cached_property
    def _types(self) -> dict[str, tuple[Type, ...]]:
        rows = self._combos[~self._combos["is_exemplar"]]
        types: dict[str, set[Type]] = {}
        for job, *of_combo in zip(rows["job"], rows["fullmtype"], rows["etype"], strict=True):
            types.setdefault(job, set()).add(tuple(of_combo))
        return {job: tuple(sorted(of_job)) for job, of_job in types.items()}

    def _current(self, job: str) -> str | None:
        if not self._on or job in self._exemplar_jobs:
            return None
        types = self._types[job]
        if types not in self._digests:
            text = self._settings + json.dumps(types)
            self._digests[types] = hashlib.sha256(text.encode()).hexdigest()[:16]
        return self._digests[types]

    def _kept(
        self, path: Path, without_shard: Callable[[], Iterable[str]]
    ) -> dict[str, str | None]:
        """The digests of simulations that need not be run again, at least not because of them."""
        if not (self._on or _some_could_stop(path)):
            return {}
        recorded = _recorded(path)
        jobs = set(self._combos["job"]).difference(without_shard())
        recorded = recorded[recorded["job"].isin(jobs)]
        stopped = set(recorded.loc[recorded["stopped_at"].notna(), "job"])
        passing = stopped - (self._failing(path, stopped) if self._on and stopped else set())
        kept: dict[str, str | None] = {}
        for run in recorded.itertuples():
            if run.job not in passing and not self._may_stop_now(run):
                kept[str(run.job)] = run.stop_early
        return kept

    def _may_stop_now(self, run: Any) -> bool:
        """Whether a simulation that was run as a whole will be run again, because its e-model or
        `adapt` has changed. It may be stopped then. `run` is a row of `_recorded`."""
        if run.stop_early is not None or not self._on or run.job in self._exemplar_jobs:
            return False
        adapted = self._adapt if run.exception else run.adaptation is not None
        emodel_sha256 = self._emodel_sha256(run.job.partition("/")[0])
        return adapted != self._adapt or run.emodel_sha256 != emodel_sha256

    def _failing(self, path: Path, stopped: set[str]) -> set[str]:
        """The stopped simulations whose combinations all have a score over the limit."""
        rows = self._combos[~self._combos["is_exemplar"] & self._combos["job"].isin(stopped)]
        emodels = rows["emodel"].unique()
        exemplars = {name: self._exemplars[name] for name in emodels if name in self._exemplars}
        wanted = pa.array([*stopped, *exemplars.values()])
        table = pq.read_table(path, columns=["job", "feature", "score"])
        scores = table.filter(pc.is_in(table["job"], wanted)).to_pandas(
            categories=["job", "feature"]
        )
        passing: set[str] = set()
        for emodel, of_emodel in rows.groupby("emodel"):
            jobs = of_emodel["job"]
            exemplar = pd.Series({-1: exemplars[emodel]}) if emodel in exemplars else None
            matrix = score_matrix(jobs if exemplar is None else pd.concat([jobs, exemplar]), scores)
            gated = gated_features(matrix.columns, self._select.to_skip_features)
            of_exemplar = None if exemplar is None else matrix.loc[-1, gated]
            try:
                limits = limits_of(str(emodel), of_emodel, of_exemplar, gated, self._select).values
            except MegateError:  # such as a feature without threshold: the rule aggregate stops
                continue
            own = matrix.loc[of_emodel.index, gated]
            over = (~(own <= limits) & own.notna()).any(axis=1)
            passing.update(jobs[~over])
        return stopped - passing


def _some_could_stop(path: Path) -> bool:
    """Whether a simulation in scores.parquet was run with `stop_early`. (Quick: this is asked at
    the start of every run.)"""
    try:
        column = pq.read_table(path, columns=["stop_early"], read_dictionary=["stop_early"])
        return column.num_columns == 1 and column["stop_early"].null_count < len(column)
    except (OSError, pa.ArrowException):  # no scores yet
        return False


def _recorded(path: Path) -> pd.DataFrame:
    """The first row of each simulation in scores.parquet; nulls are None."""
    try:
        names = pq.read_schema(path).names
        columns = [name for name in _RECORDED if name in names]
        table = pq.read_table(path, columns=columns, read_dictionary=columns).to_pandas()
    except (OSError, pa.ArrowException):  # no scores yet
        table = pd.DataFrame(columns=_RECORDED)
    rows = table.drop_duplicates("job").reindex(columns=_RECORDED).astype(object)
    return rows.where(rows.notna(), None)
