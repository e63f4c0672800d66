"""scores_db against BluePyMM 0.9.11 itself: a scores.sqlite that its own functions make of the
example says what megate says, and megate writes the same tables."""

import json
import random
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import yaml
from tables import with_none

from megate.config import load_config
from megate.project import Project
from megate.schema import Source
from megate.scores_db import read_scores_db
from megate.scores_db_write import write_scores_db

pytest.importorskip("bluepymm", reason="bluepymm is not installed (extra `test`)")

from bluepymm.prepare_combos.create_mm_sqlite import create_mm_sqlite
from bluepymm.run_combos.calculate_scores import (
    expand_scores_to_score_values_table,
    save_scores,
)


@pytest.fixture
def made(repository: Path, tmp_path: Path) -> Path:
    """What `bluepymm prepare` makes of the example, and random results of every row: scores of
    the e-model's own features, NaN, an exception."""
    example = repository / "config" / "example"
    emodels = example / "emodels"
    etype_map = json.loads((emodels / "emodel_etype_map.json").read_text())
    final = json.loads((emodels / "final.json").read_text())
    path = tmp_path / "scores.sqlite"
    morphs = str(example / "morphologies")
    create_mm_sqlite(
        str(path),
        str(example / "recipe.yaml"),
        morphs,
        morphs,
        None,
        etype_map,
        final,
        {name: str(emodels / name) for name in etype_map},
    )
    with closing(sqlite3.connect(path)) as db:
        rows = db.execute('SELECT "index", emodel FROM scores').fetchall()
    dice = random.Random(4)
    for row, emodel in rows:
        scores: dict[str, float] | None = {
            name: dice.gauss(2, 2) for name in final[emodel]["fitness"]
        }
        extra: dict[str, Any] | None = {"holding_current": dice.random(), "threshold_current": None}
        exception = None
        if row == 9:
            scores, extra, exception = None, None, "Traceback...\nValueError: Boom\n"
        elif row == 11:
            scores[next(iter(scores))] = float("nan")
        save_scores(str(path), row, scores, extra, exception)
    expand_scores_to_score_values_table(str(path))
    return path


def content(path: Path) -> dict[str, Any]:
    """Tables with their columns, types and rows; indices."""
    with closing(sqlite3.connect(path)) as db:
        tables = {
            name: (
                db.execute(f"SELECT name, type FROM pragma_table_info('{name}')").fetchall(),
                db.execute(f"SELECT * FROM {name}").fetchall(),
            )
            for name in ("scores", "score_values")
        }
        indices = "SELECT name, tbl_name FROM sqlite_master WHERE type = 'index'"
        return tables | {"indices": db.execute(indices).fetchall()}


def test_combinations_are_those_of_megate(made: Path, repository: Path, schema_path: Path) -> None:
    """Read from BluePyMM's file as from the inputs; BluePyMM takes every morphology of the release
    for .asc."""
    config = repository / "config"
    settings = yaml.safe_load((config / "config.yaml").read_text())
    project = Project(load_config([Source("config", settings, config)], schema_path))
    combos, _ = read_scores_db(made)
    expected = project.combos.assign(
        morph_path=[
            path if row.is_exemplar else str(Path(path).with_suffix(".asc"))
            for row, path in zip(
                project.combos.itertuples(), project.combos["morph_path"], strict=True
            )
        ]
    )
    by_inputs = [name for name in expected.columns if name != "job"]
    pd.testing.assert_frame_equal(with_none(combos[by_inputs]), with_none(expected[by_inputs]))
    assert combos["job"].str.split("@").str[0].tolist() == (
        expected["job"].str.split("@").str[0].tolist()
    )


def test_what_is_read_is_written_as_it_was(made: Path, tmp_path: Path) -> None:
    combos, scores = read_scores_db(made)
    written = tmp_path / "written.sqlite"
    write_scores_db(written, combos, scores.to_pandas())
    assert content(written) == content(made)
