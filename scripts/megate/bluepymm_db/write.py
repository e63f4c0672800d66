"""Write BluePyMM's scores.sqlite, as its `prepare` and `run` do, for its `select`."""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from megate.bluepymm_db.read import COLUMNS
from megate.bluepymm_db.read_results import CURRENTS
from megate.core.errors import MegateError
from megate.files.atomic import written_whole
from megate.files.sqlite_file import quoted
from megate.files.writing import NotWrittenError

_CHUNK = 1000  # rows written at a time


def write_scores_db(path: Path, combos: pd.DataFrame, scores: pd.DataFrame) -> None:
    """Write combinations (see `megate.project.combinations`) and their scores (see
    `megate.scores.shards`) in the format of BluePyMM 0.9.11.

    Raises:
        MegateError: a combination's job is not in `scores`; SQLite cannot hold the features as
            columns; the file cannot be written.
    """
    jobs = _Jobs(scores)
    try:
        with written_whole(path) as partial, closing(sqlite3.connect(partial)) as db:
            _refuse_features(jobs.features, db.getlimit(sqlite3.SQLITE_LIMIT_COLUMN))
            # no journal: a partial file is deleted, not repaired
            db.execute("PRAGMA journal_mode = OFF")
            db.execute("PRAGMA synchronous = OFF")
            into_scores = _create(db, "scores", COLUMNS)
            db.execute('CREATE INDEX "ix_scores_index" ON "scores" ("index")')
            # a table needs a column; BluePyMM's select ignores one of this name
            of_features = dict.fromkeys(jobs.features, "REAL") or {"index": "INTEGER"}
            into_values = _create(db, "score_values", of_features)
            rows = _rows(combos, jobs)
            while chunk := list(islice(rows, _CHUNK)):
                db.executemany(into_scores, [row for row, _ in chunk])
                db.executemany(into_values, [values for _, values in chunk])
            db.commit()
    except sqlite3.Error as error:
        raise NotWrittenError(
            f"cannot write {path}: SQLite: {error}; fix this and run the same command again"
        ) from error


def _refuse_features(features: list[str], limit: int) -> None:
    """Raise if the features cannot be columns of one SQLite table."""
    if len(features) > limit:
        raise MegateError(
            f"scores.sqlite: found {len(features)} features; a table of SQLite, and so "
            f"BluePyMM's score_values, has at most {limit} columns"
        )
    seen: dict[str, str] = {}
    for feature in features:
        if (other := seen.setdefault(feature.lower(), feature)) != feature:
            raise MegateError(
                f"scores.sqlite: features {other!r} and {feature!r} cannot both be columns of "
                "BluePyMM's score_values: SQLite ignores case in column names"
            )


def _create(db: sqlite3.Connection, table: str, columns: dict[str, str]) -> str:
    """Create a table; return the statement that inserts a row."""
    definitions = ", ".join(f"{quoted(name)} {kind}" for name, kind in columns.items())
    db.execute(f"CREATE TABLE {quoted(table)} ({definitions})")
    return f"INSERT INTO {quoted(table)} VALUES ({', '.join('?' * len(columns))})"


def _rows(combos: pd.DataFrame, jobs: "_Jobs") -> Iterator[tuple[list[Any], list[float | None]]]:
    """A row of `scores` with the one of `score_values`, for each combination."""
    table = combos.astype(object)
    table = table.where(table.notna(), None)
    for number, of_combo in enumerate(table.itertuples(index=False, name=None)):
        combo = dict(zip(table.columns, of_combo, strict=True))
        results, values = jobs.results(combo["job"])
        file = Path(combo["morph_path"])
        exemplar = combo["is_exemplar"]
        # as in BluePyMM, exemplars have an extension, and the subtype under another name
        row = combo | {
            "index": number,
            "morph_ext": file.suffix if exemplar or file.suffix != ".asc" else None,
            "morph_dir": str(file.parent),
            "msubtype": combo["msubtype"] if exemplar else None,
            "submtype": None if exemplar else combo["msubtype"],
            "to_run": 0,
        }
        row |= {key: int(combo[key]) for key in ("is_exemplar", "is_repaired", "is_original")}
        row |= results
        yield [row[key] for key in COLUMNS], values


class _Jobs:
    """The scores by job; `features` are in the order in which they first appear."""

    def __init__(self, scores: pd.DataFrame) -> None:
        self._rows = scores.groupby("job", sort=False, observed=True).indices
        codes, features = pd.factorize(scores["feature"])
        self.features = [str(feature) for feature in features]
        self._codes = codes.astype(np.int32)
        self._values = scores["score"].to_numpy(float)
        firsts = scores[["job", *CURRENTS, "exception"]].drop_duplicates("job").astype(object)
        firsts = firsts.where(firsts.notna(), None)
        self._of_jobs = {job: rest for job, *rest in firsts.itertuples(index=False, name=None)}

    def results(self, job: str) -> tuple[dict[str, str | None], list[float | None]]:
        """A job's `scores`, `extra_values` and `exception`, and its row of `score_values`."""
        if job not in self._rows:
            raise MegateError(f"scores: job {job!r} of a combination has no scores")
        rows = self._rows[job]
        values: list[float | None] = [None] * max(len(self.features), 1)
        scores = {}
        columns = (self._codes[rows].tolist(), self._values[rows].tolist())
        for code, score in zip(*columns, strict=True):
            if code >= 0:
                scores[self.features[code]] = values[code] = score
        *currents, exception = self._of_jobs[job]
        raised = exception is not None and not scores
        has_extra = not raised or any(current is not None for current in currents)
        extra = dict(zip(CURRENTS, currents, strict=True))
        texts = {
            "scores": json.dumps(None if raised else scores),
            "extra_values": json.dumps(extra if has_extra else None),
            "exception": exception,
        }
        return texts, values
