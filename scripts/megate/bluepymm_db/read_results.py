"""Read what came of the combinations in BluePyMM's scores.sqlite: scores, currents, exceptions.

The scores are those of the JSON objects in table `scores`. They are exact, and they tell a feature
without a score from one that only other e-models have. BluePyMM's own `select` decides by table
`score_values`: a file in which the two differ is refused.
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
"""Columns of table `scores` that hold what came of a row."""

CURRENTS = ("holding_current", "threshold_current")
"""Keys of the JSON object in `extra_values` (nA)."""

_CLOSE = 1e-9  # SQLite keeps 15 digits of numbers in a column that pandas took for text

Scores = dict[str, float | None]


def read_results(db: SqliteFile, jobs: Sequence[tuple[str, str]]) -> tuple[list[str], pa.Table]:
    """Read the results of all rows of table `scores`.

    Args:
        jobs: name of each row's job, and its morphology's file

    Returns:
        Each row's job: those that share a name, but not file and results, are told apart by
        ``@2``...; and the scores, one row per (job, feature).
    """
    values = _ScoreValues(db)
    results = _Results()
    known: dict[tuple[str, bytes], str] = {}
    times: dict[str, int] = {}
    of_rows, problems = [], []
    for row, ((name, path), texts) in enumerate(
        zip(jobs, db.select("scores", RESULTS), strict=True)
    ):
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
            # what raised has no scores, whatever stands there
            kept = {} if exception else scores or {}
            results.add(known[key], currents, exception, kept)
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


def _currents(value: Any, place: str) -> tuple[float, float]:
    """Holding and threshold current, nA; NaN where there is none."""
    extra = json_object_of(value, place) or {}
    currents = []
    for name in CURRENTS:
        current = extra.get(name)
        if not is_number_or_null(current):
            raise MegateError(f"{place}: {name} is {current!r}, expected a number (nA) or null")
        currents.append(math.nan if current is None else float(current))
    return currents[0], currents[1]


class _ScoreValues:
    """Table `score_values`, read along with the rows of table `scores`.

    Attributes:
        rows: its rows, one after the other; without columns of features, no end of empty ones
    """

    def __init__(self, db: SqliteFile) -> None:
        self._db = db
        columns = db.columns("score_values")
        self._features = [name for name in columns if name != "index"]
        self._position = {name: n for n, name in enumerate(self._features)}
        # no table: `bluepymm run` stops before it writes one where everything raised
        if columns and db.count("score_values") != db.count("scores"):
            raise MegateError(
                f"{db.place('score_values')}: found {db.count('score_values')} rows, expected "
                f"{db.count('scores')}, one for each of table scores"
            )
        self.rows: Iterator[tuple] = repeat(())
        if self._features:
            self.rows = db.select("score_values", self._features)

    def compare(self, row: int, values: tuple, scores: Scores) -> None:
        """Raise if the row's `values` are not `scores`, and NULL for all other features."""
        if not self._features:
            if scores:
                raise MegateError(
                    f"{self._db.place('score_values')}: found no such table or no features in it, "
                    "expected a column per feature; `bluepymm run` writes them when it ends"
                )
            return
        positions = [self._position.get(feature, -1) for feature in scores]
        expected = list(scores.values())
        n_other = len(values) - values.count(None) - len(expected) + expected.count(None)
        if n_other == 0 and -1 not in positions and [values[n] for n in positions] == expected:
            return
        for feature in dict.fromkeys([*scores, *self._features]):
            position = self._position.get(feature)
            found = None if position is None else values[position]
            if not _same(found, scores.get(feature)):
                raise MegateError(
                    f"{self._db.place('score_values', row, feature)}: found {_shown(found)}, "
                    f"expected {_shown(scores.get(feature))}, as in the JSON of table scores"
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
    """The results of jobs, one after the other."""

    def __init__(self) -> None:
        self._jobs: list[str] = []
        self._exceptions: list[str | None] = []
        self._currents = (array("d"), array("d"))
        self._codes: list[np.ndarray] = []
        self._values: list[np.ndarray] = []
        self._features: dict[str, int] = {}
        self._codes_of: dict[tuple[str, ...], np.ndarray] = {}

    def add(
        self, job: str, currents: tuple[float, float], exception: str | None, scores: Scores
    ) -> None:
        """Add a job; one without scores has one row, without feature."""
        self._jobs.append(job)
        self._exceptions.append(exception)
        for column, current in zip(self._currents, currents, strict=True):
            column.append(current)
        features = tuple(scores)
        if features not in self._codes_of:  # all jobs of an e-model have the same
            codes = [self._features.setdefault(name, len(self._features)) for name in features]
            self._codes_of[features] = np.array(codes or [-1], dtype=np.int32)
        self._codes.append(self._codes_of[features])
        self._values.append(np.array(list(scores.values()) or [None], dtype=float))

    def table(self) -> pa.Table:
        """One row per (job, feature)."""
        n_rows = [len(codes) for codes in self._codes]
        texts = {text: n for n, text in enumerate(dict.fromkeys(filter(None, self._exceptions)))}
        exceptions = [-1 if text is None else texts[text] for text in self._exceptions]
        columns = {"job": _texts(np.repeat(np.arange(len(n_rows)), n_rows), self._jobs)}
        for name, currents in zip(CURRENTS, self._currents, strict=True):
            columns[name] = _numbers(np.repeat(np.array(currents), n_rows))
        columns["exception"] = _texts(np.repeat(exceptions, n_rows), list(texts))
        columns["feature"] = _texts(np.concatenate(self._codes), list(self._features))
        columns["score"] = _numbers(np.concatenate(self._values))
        return pa.table(columns)


def _texts(codes: np.ndarray, texts: list[str]) -> pa.DictionaryArray:
    """Texts by their number in `texts`; -1 is null."""
    indices = pa.array(codes.astype(np.int32), mask=codes < 0)
    return pa.DictionaryArray.from_arrays(indices, pa.array(texts, pa.string()))


def _numbers(values: np.ndarray) -> pa.Array:
    """Numbers; NaN is null."""
    return pa.array(values, pa.float64(), from_pandas=True)
