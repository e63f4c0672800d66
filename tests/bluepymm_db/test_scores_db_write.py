"""Write BluePyMM's scores.sqlite and read it back, equal to the last bit."""

import json
import math
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow.parquet as pq
import pytest
from scores_sqlite import SCORES
from tables import combo, combos_table, exemplar, scores_table, with_none

from megate.bluepymm_db.import_scores import write_scores
from megate.bluepymm_db.read import read_scores_db
from megate.bluepymm_db.write import write_scores_db
from megate.core.errors import MegateError
from megate.scores.matrix import read_scores


@pytest.fixture
def db(tmp_path: Path) -> Path:
    return tmp_path / "scores.sqlite"


# Values whose last bits are easily changed.
DELICATE = [0.1 + 0.2, 1 / 3, math.nextafter(250.0, 0), 5e-324, 1.7976931348623157e308, 1e22, -0.0]


def delicate() -> tuple[pd.DataFrame, pd.DataFrame]:
    """Combinations of two e-models with different features, shared, raised and missing."""
    combos = combos_table(
        exemplar("ex", job="E/ex"),
        exemplar("ex", is_original=True, emodel="E0", original_emodel="E", job="E/ex@original"),
        exemplar("ex", is_repaired=False, opt_scores='{"f0": 0.30000000000000004}', job="E/ex"),
        combo("ex", job="E/ex"),
        combo("b", msubtype="A", fullmtype="M:A", morph_path="morphologies/b.swc"),
        combo("c-1.2", layer="str1"),
        combo("b", layer="6", morph_path="morphologies/b.swc"),
        combo("x", emodel="F"),
    )
    scores = scores_table(
        {
            "E/ex": {f"f{n}": value for n, value in enumerate(DELICATE)},
            "E/ex@original": {"f1": None, "f0": 2.0},
            "E/b": {"f0": 1e-3, "f1": math.nan},
            "E/c-1.2": 'Traceback:\n  File "a\'b"\nValueError: µ',
            "F/x": {"g \"quoted' µ": 250.0},
        }
    )
    scores.loc[scores["job"] == "E/b", "threshold_current"] = 0.1 + 0.7
    return combos, scores


def assert_same(read_back: tuple[pd.DataFrame, Any], combos: pd.DataFrame, scores: pd.DataFrame):
    pd.testing.assert_frame_equal(with_none(read_back[0]), with_none(combos), check_dtype=False)
    found = read_back[1].to_pandas()
    assert list(found) == list(scores)
    for name in ("holding_current", "threshold_current", "score"):
        assert found[name].to_numpy(float).tobytes() == scores[name].to_numpy(float).tobytes(), name
    for name in ("job", "exception", "feature"):
        columns = [table[name].astype(object) for table in (found, scores)]
        texts = [column.where(column.notna(), None).tolist() for column in columns]
        assert texts[0] == texts[1]


def test_what_is_written_is_read_to_the_last_bit(db: Path) -> None:
    combos, scores = delicate()
    write_scores_db(db, combos, scores)
    assert_same(read_scores_db(db), combos, scores)


def test_categoricals_are_written_too(db: Path) -> None:
    """Scores as `read_scores` gives them."""
    combos, scores = delicate()
    texts = dict.fromkeys(("job", "exception", "feature"), "category")
    write_scores_db(db, combos, scores.astype(texts))
    assert_same(read_scores_db(db), combos, scores)


def test_the_parquet_file_of_imported_scores(db: Path, tmp_path: Path) -> None:
    """It reads as any scores.parquet; what BluePyMM does not know is null."""
    combos, scores = delicate()
    write_scores_db(db, combos, scores)
    path = tmp_path / "scores.parquet"
    write_scores(path, *read_scores_db(db))
    decisive = read_scores(path)
    assert decisive["score"].to_numpy().tobytes() == scores["score"].to_numpy().tobytes()
    assert decisive["job"].tolist() == scores["job"].tolist()
    table = pq.read_table(path).to_pylist()
    assert [(row["emodel"], row["original_emodel"], row["morph_name"]) for row in table[6:11]] == [
        ("E", "E", "ex"), ("E0", "E", "ex"), ("E0", "E", "ex"), ("E", "E", "b"), ("E", "E", "b"),
    ]  # fmt: skip
    assert [row["status"] for row in table] == ["scored"] * 11 + ["raised", "scored"]
    assert {row["runtime_s"] for row in table} == {row["value"] for row in table} == {None}


def table_info(path: Path) -> list[tuple]:
    with closing(sqlite3.connect(path)) as db:
        columns = [
            db.execute(f"SELECT name, type FROM pragma_table_info('{table}')").fetchall()
            for table in ("scores", "score_values")
        ]
        indices = db.execute("SELECT tbl_name, name FROM sqlite_master WHERE type = 'index'")
        return [*columns, indices.fetchall()]


def test_tables(db: Path, tmp_path: Path) -> None:
    """Columns, types and order are those that BluePyMM creates; features come as they first
    appear."""
    combos, scores = delicate()
    write_scores_db(db, combos, scores)
    expected = tmp_path / "expected.sqlite"
    with closing(sqlite3.connect(expected)) as made:
        made.execute(SCORES)
    scores_columns, features, indices = table_info(db)
    assert scores_columns == table_info(expected)[0]
    names = [f"f{n}" for n in range(len(DELICATE))]
    assert features == [(name, "REAL") for name in [*names, "g \"quoted' µ"]]
    assert indices == [("scores", "ix_scores_index")]


def test_rows(db: Path) -> None:
    combos, scores = delicate()
    write_scores_db(db, combos, scores)
    with closing(sqlite3.connect(db)) as made:
        made.row_factory = sqlite3.Row
        rows = [dict(row) for row in made.execute("SELECT * FROM scores")]
        values = [tuple(row) for row in made.execute("SELECT f0, f1 FROM score_values")]
    assert [row["index"] for row in rows] == list(range(8))
    assert {row["to_run"] for row in rows} == {0}
    # as in BluePyMM: exemplars have an extension and msubtype, combinations submtype
    assert [row["morph_ext"] for row in rows] == [".asc"] * 3 + [None, ".swc", None, ".swc", None]
    assert (rows[0]["msubtype"], rows[0]["submtype"]) == ("", None)
    assert (rows[4]["msubtype"], rows[4]["submtype"]) == (None, "A")
    assert rows[4]["morph_dir"] == "morphologies"
    assert rows[4]["scores"] == '{"f0": 0.001, "f1": NaN}'  # as Python's json writes it
    assert json.loads(rows[4]["extra_values"]) == {
        "holding_current": -0.125,
        "threshold_current": 0.7999999999999999,
    }
    assert (rows[5]["scores"], rows[5]["extra_values"]) == ("null", "null")
    assert rows[5]["exception"].endswith("ValueError: µ")
    assert values[3:7] == [(DELICATE[0], DELICATE[1]), (0.001, None), (None, None), (0.001, None)]


def test_a_run_in_which_everything_raised(db: Path) -> None:
    combos, scores = combos_table(combo("a")), scores_table({"E/a": "Boom"})
    write_scores_db(db, combos, scores)
    assert_same(read_scores_db(db), combos, scores)


def refused(path: Path, combos: pd.DataFrame, scores: pd.DataFrame) -> str:
    """The message with which writing fails; nothing is left."""
    with pytest.raises(MegateError) as caught:
        write_scores_db(path, combos, scores)
    if path.parent.is_dir():
        assert not list(path.parent.iterdir())
    return str(caught.value)


def test_features_that_sqlite_cannot_tell_apart(db: Path) -> None:
    scores = scores_table({"E/a": {"Step.AP": 1.0, "step.ap": 2.0}})
    message = refused(db, combos_table(combo("a")), scores)
    assert "'Step.AP' and 'step.ap' cannot both be columns" in message


def test_more_features_than_sqlite_has_columns(db: Path) -> None:
    scores = scores_table({"E/a": {f"f{n}": 1.0 for n in range(40_000)}})
    message = refused(db, combos_table(combo("a")), scores)
    assert "found 40000 features; a table of SQLite" in message


def test_a_combination_without_scores_leaves_no_file(db: Path) -> None:
    combos = combos_table(*(combo(f"m{n}") for n in range(3000)))
    scores = scores_table({f"E/m{n}": {"f": 1.0} for n in range(2999)})
    assert "job 'E/m2999' of a combination has no scores" in refused(db, combos, scores)


def test_a_place_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    combos, scores = delicate()
    path = tmp_path / "file" / "scores.sqlite"
    assert f"cannot write {path}: " in refused(path, combos, scores)


def test_a_full_disk_leaves_no_file(db: Path) -> None:
    """A limit on the file's size stands for the disk's: SQLite sees the same error."""
    resource = pytest.importorskip("resource")
    signal = pytest.importorskip("signal")
    combos = combos_table(*(combo(f"m{n}") for n in range(3000)))
    scores = scores_table({f"E/m{n}": {"f": 1.0} for n in range(3000)})
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, limits[1]))
        message = refused(db, combos, scores)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        signal.signal(signal.SIGXFSZ, handler)
    assert f"cannot write {db}: " in message
