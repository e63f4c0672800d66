"""Read BluePyMM's scores.sqlite. The files are made by hand, with sqlite3."""

import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scores_sqlite import combination, edit, exemplars, write_scores_sqlite
from tables import with_none

from megate.bluepymm_db.read import read_scores_db
from megate.core.errors import MegateError


@pytest.fixture
def db(tmp_path: Path) -> Path:
    return tmp_path / "scores.sqlite"


def read(path: Path) -> tuple[list[dict[str, Any]], list[tuple]]:
    """Combinations as records, and scores as (job, exception, feature, score)."""
    combos, scores = read_scores_db(path)
    columns = ["job", "exception", "feature", "score"]
    table = with_none(scores.to_pandas().astype(dict.fromkeys(columns, object)))
    return with_none(combos).to_dict("records"), list(
        table[columns].itertuples(index=False, name=None)
    )


def message_of(path: Path) -> str:
    with pytest.raises(MegateError) as caught:
        read_scores_db(path)
    return str(caught.value)


# ---- reading -------------------------------------------------------------------------------


def test_combinations(db: Path) -> None:
    """Every column of a combination and of the exemplars, at places that BluePyMM gives them."""
    write_scores_sqlite(
        db,
        [
            *exemplars(),
            combination("m.1-a", original_emodel="E_original"),
            combination("ex", original_emodel="E_original", morph_ext=".swc", layer="str1"),
        ],
    )
    combos, _ = read(db)
    assert combos[0] == {
        "combo": 0,
        "layer": None,
        "fullmtype": "L5_TPC:A",
        "mtype": "L5_TPC",
        "msubtype": "A",
        "etype": "cADpyr",
        "morph_name": "ex",
        "morph_path": "/old/rep/ex.asc",
        "emodel": "E",
        "original_emodel": "E_original",
        "is_exemplar": True,
        "is_repaired": True,
        "is_original": False,
        "opt_scores": None,
        "job": "E/ex@repaired",
    }
    assert [row["job"] for row in combos] == [
        "E/ex@repaired",
        "E/ex@repaired@original",
        "E/ex@unrepaired",
        "E/ex@unrepaired@original",
        "E/m.1-a",
        "E/ex",
    ]
    assert [row["emodel"] for row in combos] == ["E", "E_original"] * 2 + ["E", "E"]
    assert [row["opt_scores"] for row in combos] == [None, None] + ['{"f": 1.0}'] * 2 + [None, None]
    assert combos[4]["morph_path"] == "/old/morphs/m.1-a.asc"
    assert combos[5]["morph_path"] == "/old/morphs/ex.swc"
    assert (combos[4]["layer"], combos[4]["msubtype"]) == ("5", "A")
    assert (combos[5]["layer"], combos[5]["is_exemplar"]) == ("str1", False)


def test_scores(db: Path) -> None:
    """A score that is NaN or null is missing; a feature of another e-model is not. A row without
    scores raised, also if nobody wrote down what."""
    write_scores_sqlite(
        db,
        [
            combination("a", scores={"f": 0.1, "g": None}),
            combination("b", scores='{"f": NaN, "g": 250.0}'),
            combination("c", scores="null", exception="Boom\n", extra_values="null"),
            combination("d", scores=None, extra_values=None),
            combination("e", scores="{}", extra_values={"holding_current": None}),
            combination("f", emodel="F", scores={"h": 3}),
        ],
    )
    edit(db, "UPDATE score_values SET g = 250.0 WHERE rowid = 2")
    assert read(db)[1] == [
        ("E/a", None, "f", 0.1),
        ("E/a", None, "g", None),
        ("E/b", None, "f", None),
        ("E/b", None, "g", 250.0),
        ("E/c", "Boom\n", None, None),
        ("E/d", f"scores_db: {db}: table scores, row 3, column 'scores': no scores and no "
                "exception", None, None),
        ("E/e", None, None, None),
        ("F/f", None, "h", 3.0),
    ]  # fmt: skip
    currents = read_scores_db(db)[1].select(["holding_current", "threshold_current"])
    assert [tuple(row.values()) for row in currents.to_pylist()] == [
        *[(-0.125, 0.5)] * 4,
        *[(None, None)] * 3,
        (-0.125, 0.5),
    ]


def test_rows_share_a_job_only_with_the_same_results(db: Path) -> None:
    """BluePyMM simulates every row, megate every (e-model, morphology): a row that alone crashed
    keeps its exception."""
    write_scores_sqlite(
        db,
        [
            combination("a", etype="bAC"),
            combination("a"),
            combination("a", layer="6", scores="null", exception="Killed", extra_values="null"),
            combination("a", morph_dir="/elsewhere"),
        ],
    )
    combos, scores = read(db)
    assert [row["job"] for row in combos] == ["E/a", "E/a", "E/a@2", "E/a@3"]
    assert [row[0] for row in scores] == ["E/a", "E/a", "E/a@2", "E/a@3", "E/a@3"]


def test_an_older_file(db: Path) -> None:
    """Columns in another order or missing, numbers where texts should be, an index in both
    tables: as older versions of BluePyMM and pandas wrote them."""
    columns = (
        "emodel TEXT, etype TEXT, exception TEXT, extra_values TEXT, fullmtype TEXT, "
        "is_exemplar TEXT, is_original REAL, is_repaired BLOB, layer REAL, morph_dir TEXT, "
        "morph_name TEXT, opt_scores TEXT, original_emodel TEXT, scores TEXT, to_run INTEGER"
    )
    row = combination("a", layer=6, is_exemplar="0", is_original=0.0, is_repaired=b"\1")
    write_scores_sqlite(db, [row], f"CREATE TABLE scores ({columns})", with_index=True)
    (combos,), scores = read(db)
    assert combos["layer"] == "6"
    assert (combos["mtype"], combos["msubtype"]) == ("L5_TPC", "A")
    flags = [combos[name] for name in ("is_exemplar", "is_repaired", "is_original")]
    assert flags == [False, True, False]
    assert combos["morph_path"] == "/old/morphs/a.asc"
    assert scores == [("E/a", None, "f", 1.0), ("E/a", None, "g", 2.0)]


def test_the_json_is_exact_where_score_values_are_not(db: Path) -> None:
    """pandas takes a column with None for text, of which SQLite keeps 15 digits."""
    third = 1 / 3
    write_scores_sqlite(db, [combination("a", scores={"f": third})])
    edit(
        db,
        "DROP TABLE score_values",
        "CREATE TABLE score_values (f TEXT)",
        "INSERT INTO score_values VALUES ('0.333333333333333')",
    )
    assert read(db)[1] == [("E/a", None, "f", third)]


def test_everything_raised(db: Path) -> None:
    """`bluepymm run` then stops before it writes score_values."""
    raised = {"scores": "null", "exception": "Boom", "extra_values": "null"}
    write_scores_sqlite(db, [combination("a", **raised), combination("b", **raised)])
    assert read(db)[1] == [("E/a", "Boom", None, None), ("E/b", "Boom", None, None)]


def test_memory_grows_with_the_numbers_only(db: Path) -> None:
    """2,000 combinations x 62 features: the tables that are read back are dictionaries of texts
    and 36 bytes a row."""
    names = [f"feature_{n}" for n in range(62)]
    values = np.random.default_rng(4).random((2000, 62))
    rows = [
        combination(f"m{n}", scores=dict(zip(names, row.tolist(), strict=True)))
        for n, row in enumerate(values)
    ]
    write_scores_sqlite(db, rows)
    combos, scores = read_scores_db(db)
    assert (len(combos), len(scores)) == (2000, 124_000)
    assert scores["score"].to_numpy().tobytes() == values.tobytes()
    assert scores.nbytes < 40 * len(scores) + 100_000


# ---- bad files -----------------------------------------------------------------------------


def row_1(**differs: Any) -> Callable[[Path], object]:
    """The second of three rows has other values."""
    return lambda path: write_scores_sqlite(
        path, [combination("a"), combination("b", **differs), combination("c")]
    )


def then(*statements: str) -> Callable[[Path], object]:
    return lambda path: (row_1()(path), edit(path, *statements))


def without(column: str) -> Callable[[Path], object]:
    return then(f'ALTER TABLE scores DROP COLUMN "{column}"')


TABLE = r"scores_db: .*scores\.sqlite: table scores"
BAD = {
    "no file": (lambda path: None, r"file not found: .*scores\.sqlite"),
    "no sqlite": (
        lambda path: path.write_text("job,score\n" * 100),
        r"cannot read .*scores\.sqlite: file is not a database",
    ),
    "truncated": (
        lambda path: (
            write_scores_sqlite(path, [combination(f"m{n}") for n in range(500)]),
            os.truncate(path, path.stat().st_size // 2),
        ),
        r"cannot read .*scores\.sqlite: database disk image is malformed",
    ),
    "no tables": (
        lambda path: path.write_bytes(b""),
        rf"{TABLE}: found no such table; expected BluePyMM's, which has layer, fullmtype",
    ),
    "no score_values": (
        then("DROP TABLE score_values"),
        r"table score_values: found no such table or no features in it, expected a column per",
    ),
    "no scores": (then("DROP TABLE scores"), rf"{TABLE}: found no such table"),
    "no rows": (lambda path: write_scores_sqlite(path, []), rf"{TABLE}: found no rows"),
    "a column is missing": (
        without("original_emodel"),
        rf"{TABLE}: found the columns index, layer.*; expected .* has original_emodel too",
    ),
    "only exemplars": (
        lambda path: write_scores_sqlite(path, exemplars()),
        rf"{TABLE}: found exemplars only, expected combinations",
    ),
    "not run": (
        then("UPDATE scores SET to_run = 1, scores = NULL WHERE rowid > 1"),
        rf"{TABLE}, row 1, column 'to_run': found 1, expected 0: 2 combinations have not been run",
    ),
    "prepared only": (
        then("UPDATE scores SET to_run = 1, scores = NULL", "DROP TABLE score_values"),
        r"row 0, column 'to_run': found 1, expected 0: 3 combinations have not been run; let `blue",
    ),
    "rows lost": (
        then("DELETE FROM score_values WHERE rowid = 2"),
        r"table score_values: found 2 rows, expected 3",
    ),
    "other scores in score_values": (
        then("UPDATE score_values SET g = 2.5 WHERE rowid = 2"),
        r"table score_values, row 1, column 'g': found 2\.5, expected 2\.0, as in the JSON",
    ),
    "a score where there is none": (
        lambda path: (
            row_1(scores={"f": 1.0})(path),
            edit(path, "UPDATE score_values SET g = 3.5 WHERE rowid = 2"),
        ),
        r"score_values, row 1, column 'g': found 3\.5, expected NULL",
    ),
    "no score where there is one": (
        then("ALTER TABLE score_values DROP COLUMN g"),
        r"score_values, row 0, column 'g': found NULL, expected 2\.0",
    ),
    "a text in score_values": (
        then("UPDATE score_values SET f = 'high' WHERE rowid = 3"),
        r"score_values, row 2, column 'f': found 'high', expected 1\.0",
    ),
    "malformed scores": (
        then("""UPDATE scores SET scores = '{"f": 1.0,' WHERE rowid = 2"""),
        rf"{TABLE}, row 1, column 'scores': found '{{\"f\": 1\.0,', expected a JSON object or null",
    ),
    "scores in a list": (
        row_1(scores="[1.0, 2.0]"),
        r"row 1, column 'scores': found '\[1\.0, 2\.0\]', expected a JSON object or null",
    ),
    "a score in words": (
        row_1(scores='{"f": "high"}'),
        r"row 1, column 'scores': 'f' is 'high', expected a number or null",
    ),
    "a score that is true": (
        row_1(scores='{"f": true}'),
        r"row 1, column 'scores': 'f' is True, expected a number or null",
    ),
    "a number too large": (
        row_1(scores='{"f": 1' + "0" * 400 + "}"),
        r"row 1, column 'scores': 'f' is 1000.*, expected a number or null",
    ),
    "malformed currents": (
        row_1(extra_values="nothing"),
        r"row 1, column 'extra_values': found 'nothing', expected a JSON object or null",
    ),
    "a current in words": (
        row_1(extra_values={"holding_current": "none"}),
        r"row 1, column 'extra_values': 'holding_current' is 'none', expected a number \(nA\)",
    ),
    "malformed opt_scores": (
        lambda path: write_scores_sqlite(
            path, [combination("a"), *exemplars(opt_scores="?")[2:], combination("b")]
        ),
        r"row 1, column 'opt_scores': found '\?', expected a JSON object",
    ),
    "opt_scores that are no numbers": (
        lambda path: write_scores_sqlite(
            path, [*exemplars(opt_scores={"f": None})[2:], combination("b")]
        ),
        r"row 0, column 'opt_scores': 'f' is None, expected a number",
    ),
    "a combination under an original name": (
        lambda path: write_scores_sqlite(path, [combination("a"), combination("b", is_original=1)]),
        r"row 1, column 'is_original': found 1 for a combination, expected 0",
    ),
    "no opt_scores": (
        lambda path: write_scores_sqlite(
            path, [combination("a"), *exemplars(opt_scores=None)[2:], combination("b")]
        ),
        r"row 1, column 'opt_scores': found NULL, expected a value",
    ),
    "no layer": (row_1(layer=None), rf"{TABLE}, row 1, column 'layer': found NULL, expected"),
    "no e-model": (row_1(emodel=None), r"row 1, column 'emodel': found NULL, expected a value"),
    "a flag that is none": (
        row_1(is_exemplar=2),
        r"row 1, column 'is_exemplar': found 2, expected 0 or 1",
    ),
    "bytes for a name": (
        row_1(etype=b"\xff"),
        r"row 1, column 'etype': found b'\\xff', expected a string",
    ),
    "very many bytes for a name": (
        row_1(etype=b"x" * 1_000_000),
        r"row 1, column 'etype': found b'xxx.*xxx', expected a string",
    ),
    "a path for a name": (
        then("UPDATE scores SET morph_name = '../a' WHERE rowid = 2"),
        r"row 1, column 'morph_name': morphology name '\.\./a' cannot be used",
    ),
    "a space in an e-type": (
        row_1(etype="c ADpyr"),
        r"row 1, column 'etype': e-type 'c ADpyr' cannot be used",
    ),
    "an e-model that is no template name": (
        row_1(emodel="E-2"),
        r"row 1, column 'emodel': e-model name 'E-2' cannot be used",
    ),
    "an e-model with two parameter sets": (
        row_1(original_emodel="other"),
        r"row 1, column 'original_emodel': found 'other' for e-model 'E', expected 'E'",
    ),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_files(case: str, db: Path) -> None:
    make, expected = BAD[case]
    make(db)
    message = message_of(db)
    assert re.search(expected, message), message
    assert str(db) in message
    assert len(message) < 2000
    assert len(message.splitlines()) <= 4  # one, or a list of the three rows


def test_reading_changes_nothing(db: Path) -> None:
    write_scores_sqlite(db, [combination("a")])
    before = db.read_bytes()
    read(db)
    assert db.read_bytes() == before
    assert list(db.parent.iterdir()) == [db]
