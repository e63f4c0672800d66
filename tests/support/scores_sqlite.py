"""BluePyMM's scores.sqlite, written by hand: as `bluepymm prepare` and `run` 0.9.11 leave it."""

import json
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

SCORES = (
    'CREATE TABLE "scores" ("index" INTEGER, "layer" TEXT, "fullmtype" TEXT, "mtype" TEXT, '
    '"msubtype" TEXT, "etype" TEXT, "morph_name" TEXT, "morph_ext" TEXT, "emodel" TEXT, '
    '"original_emodel" TEXT, "morph_dir" TEXT, "scores" TEXT, "opt_scores" TEXT, '
    '"exception" TEXT, "to_run" INTEGER, "is_exemplar" INTEGER, "is_repaired" INTEGER, '
    '"is_original" INTEGER, "submtype" TEXT, "extra_values" TEXT)'
)


def combination(morph_name: str, **differs: Any) -> dict[str, Any]:
    """The row of a combination of e-model E; it says only what differs from an ordinary one."""
    return {
        "layer": "5",
        "fullmtype": "L5_TPC:A",
        "mtype": "L5_TPC",
        "submtype": "A",
        "etype": "cADpyr",
        "morph_name": morph_name,
        "emodel": "E",
        "original_emodel": differs.get("emodel", "E"),
        "morph_dir": "/old/morphs",
        "scores": {"f": 1.0, "g": 2.0},
        "to_run": 0,
        "is_exemplar": 0,
        "is_repaired": 1,
        "is_original": 0,
        "extra_values": {"holding_current": -0.125, "threshold_current": 0.5},
    } | differs


def exemplars(morph_name: str = "ex", **differs: Any) -> list[dict[str, Any]]:
    """The four exemplar rows of e-model E."""
    both = {"layer": None, "msubtype": "A", "submtype": None, "morph_ext": ".asc", "is_exemplar": 1}
    repaired = {"morph_dir": "/old/rep"}
    unrepaired = {"is_repaired": 0, "morph_dir": "/old/E/morphologies", "opt_scores": {"f": 1.0}}
    original = {"is_original": 1, "emodel": "E_original"}
    ways = [repaired, repaired | original, unrepaired, unrepaired | original]
    return [
        combination(morph_name, **(both | way | {"original_emodel": "E_original"} | differs))
        for way in ways
    ]


def as_json(value: Any) -> Any:
    return json.dumps(value) if isinstance(value, dict) else value


def write_scores_sqlite(
    path: Path, rows: Sequence[dict[str, Any]], scores: str = SCORES, with_index: bool = False
) -> Path:
    """Write both tables; a row's `scores`, `opt_scores` and `extra_values` may be dictionaries.

    Args:
        scores: how table `scores` is created
        with_index: have a column `index` in `score_values`, as older versions do
    """
    features = list(dict.fromkeys(name for row in rows for name in _scores(row)))
    with closing(sqlite3.connect(path)) as db:
        db.execute(scores)
        known = [column[1] for column in db.execute("PRAGMA table_info(scores)")]
        for number, row in enumerate(rows):
            values = [as_json(({"index": number} | row).get(name)) for name in known]
            db.execute(f"INSERT INTO scores VALUES ({', '.join('?' * len(known))})", values)
        columns = [f'"{name}" REAL' for name in features]
        columns = ['"index" INTEGER', *columns] if with_index else columns
        if columns:
            db.execute(f"CREATE TABLE score_values ({', '.join(columns)})")
            for number, row in enumerate(rows):
                values = [_scores(row).get(name) for name in features]
                values = [number, *values] if with_index else values
                db.execute(
                    f"INSERT INTO score_values VALUES ({', '.join('?' * len(values))})", values
                )
        db.commit()
    return path


def _scores(row: dict[str, Any]) -> dict[str, float]:
    return row["scores"] if isinstance(row["scores"], dict) else {}


def edit(path: Path, *statements: str) -> None:
    """Change the file with SQL."""
    with closing(sqlite3.connect(path)) as db:
        for statement in statements:
            db.execute(statement)
        db.commit()
