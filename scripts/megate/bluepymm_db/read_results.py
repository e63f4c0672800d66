"""Read the results in BluePyMM's scores.sqlite: scores, currents, exceptions.

Scores come from the JSON objects in table `scores`. These are exact, and they distinguish a feature
without a score from a feature of other e-models. BluePyMM's `select` decides from table
`score_values`, so the two must agree.
"""

import hashlib
import math
from array import array
from collections.abc import Iterator, Sequence
from itertools import repeat
from typing import Any

import numpy as np
import pyarrow as pa

from megate.core.errors import MegateError
from megate.files.sqlite_file import SqliteFile, is_number_or_null, json_object_of, text_of

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
        Each row's job, and the scores with one row per (job, feature). Rows with the same name but
        another file or other results get ``@2``... appended to the name.

    Raises:
        MegateError: listing all rows with values that are wrong.
    """
    values = _ScoreValues(db)
    results = _Results()
    known: dict[tuple[str, bytes], str] = {}
    times: dict[str, int] = {}
    of_rows, problems = [], []
    rows = zip(jobs, db.select("scores", RESULTS), strict=True)
    for row, ((name, path), texts) in enumerate(rows):
        places = [db.place("scores", row, column) for column in RESULTS]
        stored = next(values.rows)
        try:
            scores, currents = _scores(texts[0], places[0]), _currents(texts[1], places[1])
            values.compare(row, stored, scores or {})
        except MegateError as error:
            problems.append(str(error))
            continue
        key = (name, hashlib.blake2b(repr((path, *texts)).encode(), digest_size=16).digest())
        if key not in known:
            times[name] = times.get(name, 0) + 1
            known[key] = name if times[name] == 1 else f"{name}@{times[name]}"
            exception = text_of(texts[2], places[2]) if texts[2] else None
            if scores is None and exception is None:
                exception = f"{places[0]}: no scores and no exception"
            # a row with an exception has no scores, even if the column contains some
            results.add(known[key], currents, exception, {} if exception else scores or {})
        of_rows.append(known[key])
    db.refuse(problems)
    return of_rows, results.table()


def _scores(value: Any, place: str) -> Scores | None:
    """A row's scores; None if it raised (BluePyMM writes the text ``null``)."""
    scores = json_object_of(value, place)
    for feature, score in (scores or {}).items():
        if not is_number_or_null(score):
            raise MegateError(f"{place}: {feature!r} is {score!r}, expected a number or null")
    return scores


def _currents(value: Any, place: str) -> tuple[float, ...]:
    """Holding and threshold current, nA; NaN if there is none."""
    extra = json_object_of(value, place) or {}
    currents = [extra.get(name) for name in CURRENTS]
    for name, current in zip(CURRENTS, currents, strict=True):
        if not is_number_or_null(current):
            raise MegateError(f"{place}: {name} is {current!r}, expected a number (nA) or null")
    return tuple(math.nan if current is None else float(current) for current in currents)


class _ScoreValues:
    """Table `score_values`, read in parallel with table `scores`.

    Attributes:
        rows: its rows; endless empty ones if it has no columns of features
    """

    def __init__(self, db: SqliteFile) -> None:
        self._db = db
        columns = db.columns("score_values")
        self._features = [name for name in columns if name != "index"]
        # if everything raised, `bluepymm run` stops before it writes this table
        if columns and db.count("score_values") != db.count("scores"):
            raise MegateError(
                f"{db.place('score_values')}: found {db.count('score_values')} rows, expected "
                f"{db.count('scores')}, one for each of table scores"
            )
        self.rows: Iterator[tuple] = repeat(())
        if self._features:
            self.rows = db.select("score_values", self._features)

    def compare(self, row: int, values: tuple, scores: Scores) -> None:
        """Raise unless the row's `values` are `scores`, and NULL for all other features."""
        if scores and not self._features:
            raise MegateError(
                f"{self._db.place('score_values')}: found no such table or no features in it, "
                "expected a column per feature; `bluepymm run` writes them when it ends"
            )
        stored: dict[str, Any] = dict(zip(self._features, values, strict=True))
        expected = dict.fromkeys(self._features) | scores
        if stored == expected:
            return
        for feature, score in expected.items():
            found = stored.get(feature)
            if not _same(found, score):
                raise MegateError(
                    f"{self._db.place('score_values', row, feature)}: found {_shown(found)}, "
                    f"expected {_shown(score)}, as in the JSON of table scores"
                )


def _same(found: Any, expected: float | None) -> bool:
    if found is None or expected is None or math.isnan(expected):
        return found is None and (expected is None or math.isnan(expected))
    try:
        return math.isclose(float(found), expected, rel_tol=_CLOSE)
    except ValueError:
        return False


def _shown(value: Any) -> str:
    return "NULL" if value is None else repr(value)


class _Results:
    """The results of jobs, in compact columns: files with millions of scores are read."""

    def __init__(self) -> None:
        self._jobs: list[str] = []
        self._exceptions: list[str | None] = []
        self._currents: list[tuple[float, ...]] = []
        self._features: dict[str, int] = {}
        # one entry per score: position of its job and feature (-1: none), and its value
        self._job_of = array("i")
        self._feature_of = array("i")
        self._values = array("d")

    def add(
        self, job: str, currents: tuple[float, ...], exception: str | None, scores: Scores
    ) -> None:
        """Add a job. A job without scores gets one row, without feature."""
        for feature, score in scores.items():
            self._feature_of.append(self._features.setdefault(feature, len(self._features)))
            self._values.append(math.nan if score is None else score)
        if not scores:
            self._feature_of.append(-1)
            self._values.append(math.nan)
        self._job_of.extend([len(self._jobs)] * max(len(scores), 1))
        self._jobs.append(job)
        self._exceptions.append(exception)
        self._currents.append(currents)

    def table(self) -> pa.Table:
        """One row per (job, feature); NaN becomes null."""
        job_of, feature_of = np.array(self._job_of), np.array(self._feature_of)
        columns: dict[str, pa.Array] = {"job": _texts(job_of, self._jobs)}
        for name, currents in zip(CURRENTS, np.array(self._currents).T, strict=True):
            columns[name] = pa.array(currents[job_of], pa.float64(), from_pandas=True)
        exceptions = pa.array(self._exceptions, pa.string()).dictionary_encode()
        columns["exception"] = exceptions.take(pa.array(job_of))
        columns["feature"] = _texts(feature_of, list(self._features))
        columns["score"] = pa.array(np.array(self._values), pa.float64(), from_pandas=True)
        return pa.table(columns)


def _texts(positions: np.ndarray, texts: list[str]) -> pa.DictionaryArray:
    """Texts by their position in `texts`; -1 is null."""
    indices = pa.array(positions, pa.int32(), mask=positions < 0)
    return pa.DictionaryArray.from_arrays(indices, pa.array(texts, pa.string()))
