"""Against BluePyMM 0.9.11 itself: a scores.sqlite that its own functions make of the example says
what megate says, and megate writes the same tables; a circuit.mvd3 gives the same combinations."""

import json
import random
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import yaml
from circuits import Cell, write_mvd3
from tables import with_none

from megate.bluepymm_db.read import read_scores_db
from megate.bluepymm_db.write import write_scores_db
from megate.config.config import load_config
from megate.config.schema import Source
from megate.inputs.circuit_mvd3 import read_mvd3
from megate.inputs.neurondb import read_neurondb
from megate.inputs.recipe import read_recipe
from megate.project.project import Project

pytest.importorskip("bluepymm", reason="bluepymm is not installed (extra `test`)")

from bluepymm.prepare_combos.create_mm_sqlite import (
    create_mm_sqlite,
    create_mm_sqlite_circuitmvd3,
)
from bluepymm.prepare_combos.parse_files import read_circuitmvd3
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


def random_cells(neurondb: pd.DataFrame, etypes: dict[str, list[str]], n: int) -> list[Cell]:
    """Cells of the release's morphologies, most of them many times."""
    dice = random.Random(7)
    cells = []
    for _ in range(n):
        row = neurondb.iloc[min(dice.randrange(len(neurondb)), dice.randrange(len(neurondb)))]
        cells.append((row.layer, row.fullmtype, dice.choice(etypes[row.fullmtype]), row.morph_name))
    return cells


@pytest.fixture
def cells(repository: Path) -> list[Cell]:
    example = repository / "config" / "example"
    recipe = read_recipe(example / "recipe.yaml")
    etypes = recipe.groupby("fullmtype")["etype"].agg(list).to_dict()
    return random_cells(read_neurondb(example / "morphologies" / "neuronDB.xml"), etypes, 300)


@pytest.mark.parametrize("layers", ["library", "numbers"])
def test_cells_of_a_circuit_are_those_that_bluepymm_reads(
    layers: str, cells: list[Cell], tmp_path: Path
) -> None:
    """It has a row for each cell, megate one for each type and morphology, with the number of
    cells: in the same order."""
    path = write_mvd3(tmp_path / "circuit.mvd3", cells, layers)
    theirs = read_circuitmvd3(str(path))
    theirs = theirs.groupby(list(theirs), sort=False).size().reset_index(name="cells")
    assert 10 < len(theirs) < len(cells) / 3
    pd.testing.assert_frame_equal(read_mvd3(path), theirs, check_dtype=False)


def test_combinations_of_a_circuit_are_those_of_bluepymm(
    cells: list[Cell], repository: Path, schema_path: Path, tmp_path: Path
) -> None:
    """As a BluePyMM project, whose relative path counts from prepare.json's folder. BluePyMM leaves
    m-type and subtype of combinations empty."""
    example = repository / "config" / "example"
    emodels, morphs = example / "emodels", str(example / "morphologies")
    etype_map = json.loads((emodels / "emodel_etype_map.json").read_text())
    final = json.loads((emodels / "final.json").read_text())
    folder = tmp_path / "project"
    folder.mkdir()
    circuit = write_mvd3(folder / "circuit.mvd3", cells)
    path = tmp_path / "scores.sqlite"
    packages = {name: str(emodels / name) for name in etype_map}
    create_mm_sqlite_circuitmvd3(
        str(path), str(circuit), morphs, morphs, None, etype_map, final, packages
    )
    columns = [
        *("layer", "fullmtype", "etype", "morph_name", "emodel", "original_emodel"),
        *("is_exemplar", "is_repaired", "is_original"),
    ]
    with closing(sqlite3.connect(path)) as db:
        theirs = db.execute(f"SELECT {', '.join(columns)} FROM scores").fetchall()

    prepare = {
        "circuitmvd3_path": "./circuit.mvd3",
        "morph_path": morphs,
        "rep_morph_path": morphs,
        "emodels_dir": str(emodels),
        "emodel_etype_map_path": "emodel_etype_map.json",
        "final_json_path": "final.json",
    }
    for name, content in (
        ("prepare", prepare),
        ("run", {}),
        ("select", {"check_opt_scores": False}),
    ):
        (folder / f"{name}.json").write_text(json.dumps(content))
    source = Source("config", {"bluepymm": "project"}, tmp_path)
    ours = with_none(Project(load_config([source], schema_path)).combos)
    assert list(ours[columns].itertuples(index=False, name=None)) == list(dict.fromkeys(theirs))
    assert len(ours) < len(theirs)
    tpc = ours[(ours["fullmtype"] == "L5_TPC:A") & ~ours["is_exemplar"]]
    assert len(tpc)
    assert tpc[["mtype", "msubtype"]].drop_duplicates().to_numpy().tolist() == [["L5_TPC", "A"]]
