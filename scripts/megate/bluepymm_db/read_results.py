"""Read the results in BluePyMM's scores.sqlite: scores, currents, exceptions.

Scores come from the JSON objects in table `scores`. These are exact, and they distinguish a feature
without a score from a feature of other e-models. BluePyMM's `select` decides from table
`score_values`, so the two must agree.
"""

import hashlib
import math
from array import array
from collections import Counter
from collections.abc import Sequence
from itertools import repeat
from typing import Any

import numpy as np
import pyarrow as pa

from megate.core.errors import MegateError
from megate.files.sqlite_file import SqliteFile, check_numbers, json_object_of, text_of

RESULTS = ("scores", "extra_values", "exception")
"""Columns of table `scores` with a row's results."""

CURRENTS = ("holding_current", "threshold_current")
"""Keys of the JSON object in `extra_values` (nA)."""

_CLOSE = 1e-9  # relative; SQLite keeps 15 digits where pandas declared a column as text

Scores = dict[str, float | None]


def read_results(db: SqliteFile, jobs: Sequence[tuple[str, str]]) -> tuple[list[str], pa.Table]:
    """Read the results of all rows of table `scores`.

    Args:
        jobs: of each row, the name of its job and its morphology's file

    Returns:
        Each row's job, and the scores: one row per (job, feature), with the columns of
        `megate.scores.shards.SCHEMA` that decisions need, strings as dictionaries, NULL and NaN
        as null. Rows with the same name but another file or other results get ``@2``... appended.

    Raises:
        MegateError: listing all rows with values that are wrong.
    """
    columns = db.columns("score_values")
    features = [name for name in columns if name != "index"]
    # if everything raised, `bluepymm run` stops before it writes table score_values
    if columns and db.count("score_values") != db.count("scores"):
        raise MegateError(
            f"{db.place('score_values')}: found {db.count('score_values')} rows, expected "
            f"{db.count('scores')}, one for each of table scores"
        )
    values = db.select("score_values", features) if features else repeat(())
    results = _Results()
    known: dict[tuple[str, bytes], str] = {}
    times: Counter[str] = Counter()
    of_rows, problems = [], []
    rows = zip(jobs, db.select("scores", RESULTS), values, strict=False)
    for row, ((name, path), texts, stored) in enumerate(rows):
        places = [db.place("scores", row, column) for column in RESULTS]
        try:
            scores, currents = json_object_of(texts[0], places[0]), _currents(texts[1], places[1])
            check_numbers(scores or {}, places[0])
            _compare(db, row, dict(zip(features, stored, strict=True)), scores or {})
        except MegateError as error:
            problems.append(str(error))
            continue
        key = (name, hashlib.blake2b(repr((path, *texts)).encode(), digest_size=16).digest())
        if key not in known:
            times[name] += 1
            known[key] = name if times[name] == 1 else f"{name}@{times[name]}"
            exception = text_of(texts[2], places[2]) if texts[2] else None
            if scores is None and exception is None:
                exception = f"{places[0]}: no scores and no exception"
            # a row with an exception has no scores, even if the column contains some
            results.add(known[key], currents, exception, {} if exception else scores or {})
        of_rows.append(known[key])
    db.refuse(problems)
    return of_rows, results.table()


def _currents(value: Any, place: str) -> list[float | None]:
    """Holding and threshold current, nA; None if there is none."""
    extra = json_object_of(value, place) or {}
    currents = {name: extra.get(name) for name in CURRENTS}
    check_numbers(currents, place, "a number (nA) or null")
    return [None if current is None else float(current) for current in currents.values()]


def _compare(db: SqliteFile, row: int, stored: dict[str, Any], scores: Scores) -> None:
    """Raise unless a row's `stored` values are `scores`, and NULL for all other features."""
    if scores and not stored:
        raise MegateError(
            f"{db.place('score_values')}: found no such table or no features in it, "
            "expected a column per feature; `bluepymm run` writes them when it ends"
        )
    expected = dict.fromkeys(stored) | scores
    if stored == expected:
        return
    for feature, score in expected.items():
        if not _same(stored.get(feature), score):
            found, wanted = (
                "NULL" if value is None else repr(value) for value in (stored.get(feature), score)
            )
            raise MegateError(
                f"{db.place('score_values', row, feature)}: found {found}, expected {wanted}, as "
                "in the JSON of table scores"
            )


def _same(found: Any, expected: float | None) -> bool:
    if found is None or expected is None or math.isnan(expected):
        return found is None and (expected is None or math.isnan(expected))
    try:
        return math.isclose(float(found), expected, rel_tol=_CLOSE)
    except ValueError:
        return False


class _Results:
    """The results of jobs, in compact columns: files with millions of scores are read."""

    def __init__(self) -> None:
        self._jobs: list[tuple] = []
        self._features: dict[str, int] = {}
        # one entry per score: position of its job and feature (-1: none), and its value
        self._job_of = array("i")
        self._feature_of = array("i")
        self._values = array("d")

    def add(
        self, job: str, currents: list[float | None], exception: str | None, scores: Scores
    ) -> None:
        """Add a job. A job without scores gets one row, without feature."""
        for feature, score in scores.items():
            self._feature_of.append(self._features.setdefault(feature, len(self._features)))
            self._values.append(math.nan if score is None else score)
        if not scores:
            self._feature_of.append(-1)
            self._values.append(math.nan)
        self._job_of.extend([len(self._jobs)] * max(len(scores), 1))
        self._jobs.append((job, *currents, exception))

    def table(self) -> pa.Table:
        """One row per (job, feature); NaN becomes null."""
        jobs, *currents, exceptions = zip(*self._jobs, strict=True)
        columns = {"job": pa.array(jobs, pa.string()).dictionary_encode()}
        for name, values in zip(CURRENTS, currents, strict=True):
            columns[name] = pa.array(values, pa.float64(), from_pandas=True)
        columns["exception"] = pa.array(exceptions, pa.string()).dictionary_encode()
        feature_of = np.array(self._feature_of)
        features = pa.DictionaryArray.from_arrays(
            pa.array(feature_of, pa.int32(), mask=feature_of < 0),
            pa.array(self._features, pa.string()),
        )
        scores = pa.array(np.array(self._values), pa.float64(), from_pandas=True)
        table = pa.table(columns).take(pa.array(np.array(self._job_of)))
        return table.append_column("feature", features).append_column("score", scores)
