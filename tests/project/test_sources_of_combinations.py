"""inputs, provenance: which files the combinations come from, and that the report names them."""

import hashlib
from pathlib import Path

import pandas as pd
import pytest

from megate.config.config import Prepare
from megate.project.sources import combination_sources
from megate.release.provenance import facts


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Every file that there may be, each with its own name as content."""
    for name in (
        *("recipe.yaml", "c.mvd3", "nodes.h5", "elsewhere.dat"),
        *("morphs/neuronDB.xml", "rep/neurondb.dat", "swc/neurondb.dat"),
        *("emodels/map.json", "emodels/final.json"),
    ):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(name)
    return tmp_path


CASES = {
    "recipe": (
        {"recipe_path": "recipe.yaml"},
        ["recipe: recipe.yaml", "neuronDB: morphs/neuronDB.xml"],
    ),
    "one folder for all": (
        {"recipe_path": "recipe.yaml", "rep_morph_path": "morphs"},
        ["recipe: recipe.yaml", "neuronDB: morphs/neuronDB.xml", None],
    ),
    "neuronDB elsewhere": (
        {"recipe_path": "recipe.yaml", "neurondb_path": "elsewhere.dat"},
        ["recipe: recipe.yaml", "neuronDB: elsewhere.dat"],
    ),
    "exemplars skipped": (
        {"recipe_path": "recipe.yaml", "skip_repaired_exemplar": True},
        ["recipe: recipe.yaml", "neuronDB: morphs/neuronDB.xml", None],
    ),
    "a folder for each extension": (
        {"recipe_path": "recipe.yaml", "morph_path": {"asc": "asc", "swc": "swc"}},
        ["recipe: recipe.yaml", "neuronDB: swc/neurondb.dat"],
    ),
    "circuit.mvd3": ({"circuitmvd3_path": "c.mvd3"}, ["circuit.mvd3: c.mvd3"]),
    "SONATA": ({"sonata_nodes_path": "nodes.h5"}, ["SONATA nodes: nodes.h5"]),
    "circuit in one folder with the exemplars": (
        {"circuitmvd3_path": "c.mvd3", "rep_morph_path": "morphs"},
        ["circuit.mvd3: c.mvd3", "repaired neuronDB: morphs/neuronDB.xml", None],
    ),
    "circuit with node types": (
        {"sonata_nodes_path": "c.mvd3", "sonata_node_types_path": "nodes.h5"},
        ["SONATA nodes: c.mvd3", "SONATA node types: nodes.h5"],
    ),
    "files that are gone": (
        {"recipe_path": "gone.yaml", "morph_path": "gone", "rep_morph_path": "gone"},
        [None],
    ),
}
REPAIRED = "repaired neuronDB: rep/neurondb.dat"


@pytest.mark.parametrize("case", CASES)
def test_files_that_the_combinations_come_from(case: str, folder: Path) -> None:
    keys, expected = CASES[case]
    expected = expected[:-1] if expected[-1] is None else [*expected, REPAIRED]
    given = {
        "morph_path": "morphs",
        "rep_morph_path": "rep",
        "emodels_dir": ["emodels"],
        "emodel_etype_map_path": "map.json",
        "final_json_path": "final.json",
    } | keys
    in_folder = {
        key: {ending: str(folder / name) for ending, name in value.items()}
        if isinstance(value, dict)
        else str(folder / value)
        if key.endswith("_path") and key not in ("emodel_etype_map_path", "final_json_path")
        else value
        for key, value in given.items()
    }
    found = combination_sources(Prepare.from_plain(in_folder))
    assert [f"{label}: {path.relative_to(folder)}" for label, path in found] == expected


def test_the_report_names_them_with_their_hashes(folder: Path) -> None:
    tables = folder / "combos.parquet", folder / "scores.parquet"
    pd.DataFrame({"combo": [1]}).to_parquet(tables[0])
    pd.DataFrame({"score": [1.0]}).to_parquet(tables[1])
    config = {
        "results": "results",
        "prepare": {
            "circuitmvd3_path": str(folder / "c.mvd3"),
            "morph_path": str(folder / "morphs"),
            "rep_morph_path": str(folder / "rep"),
            "emodels_dir": [str(folder / "emodels")],
            "emodel_etype_map_path": "map.json",
            "final_json_path": "final.json",
        },
        "scoring": {},
        "select": {},
    }
    said = dict(facts(config, *tables))
    for label, name in {
        "circuit.mvd3": "c.mvd3",
        "repaired neuronDB": "rep/neurondb.dat",
        "e-type map": "emodels/map.json",
        "parameters": "emodels/final.json",
    }.items():
        digest = hashlib.sha256(name.encode()).hexdigest()[:16]
        assert said[label] == f"{folder / name} (SHA-256 {digest})"
    assert not {"recipe", "neuronDB"} & set(said)
