"""Brain regions in place of layers, from the inputs to the combinations."""

from pathlib import Path

import h5py
import pandas as pd
import pytest
from circuits import write_sonata
from loading import Load
from runs import Project as Copy
from runs import copy_project

from megate.config.config import Config
from megate.files.readers import read_yaml_mapping
from megate.project.project import Project

TYPE = ["layer", "fullmtype", "etype", "morph_name", "emodel", "job"]


@pytest.fixture
def copy(tmp_path: Path) -> Copy:
    return copy_project(tmp_path)


def config_of(copy: Copy, load: Load, **prepare: object) -> Config:
    content = read_yaml_mapping(copy.root / "config" / "config.yaml", "config")
    paths = ("recipe_path", "morph_path", "rep_morph_path", "emodels_dir")
    absolute = {key: str(copy.root / "config" / content["prepare"][key]) for key in paths}
    return load({**content, "prepare": {**content["prepare"], **absolute, **prepare}})


def with_regions(copy: Copy) -> None:
    """Call layer 4 VPL, a region."""
    recipe = copy.inputs / "recipe.yaml"
    lines = recipe.read_text().replace('"@;L4$"', "VPL").splitlines(keepends=True)
    recipe.write_text("".join(line for line in lines if line.strip() != "layer: 4"))
    neurondb = copy.inputs / "morphologies" / "neuronDB.xml"
    neurondb.write_text(neurondb.read_text().replace("<layer>4<", "<layer>VPL<"))
    etype_map = copy.inputs / "emodels" / "emodel_etype_map.json"
    text = etype_map.read_text().replace('"layer": ["4", "5"]', '"layer": ["5"], "region": ["VPL"]')
    etype_map.write_text(text)


def test_regions_give_the_combinations_of_layers(copy: Copy, load: Load) -> None:
    layers = Project(config_of(copy, load))
    assert set(layers.combos["layer"].dropna()) == {"4", "5"}
    with_regions(copy)
    regions = Project(config_of(copy, load))
    renamed = layers.combos.assign(layer=layers.combos["layer"].replace("4", "VPL"))
    pd.testing.assert_frame_equal(regions.combos[TYPE], renamed[TYPE])
    assert set(regions.types["layer"]) == {"VPL", "5"}


def test_cells_of_regions_give_the_same_combinations(copy: Copy, load: Load) -> None:
    with_regions(copy)
    combos = Project(config_of(copy, load)).combos
    own = combos[~combos["is_exemplar"]]
    cells = [tuple(row) for row in own[["layer", "fullmtype", "etype", "morph_name"]].to_numpy()]
    nodes = write_sonata(copy.root / "nodes.h5", cells * 3)
    with h5py.File(nodes, "a") as file:
        file.move("nodes/cells/0/layer", "nodes/cells/0/subregion")
        file.move("nodes/cells/0/@library/layer", "nodes/cells/0/@library/subregion")
    circuit = Project(config_of(copy, load, recipe_path=None, sonata_nodes_path=str(nodes)))
    pd.testing.assert_frame_equal(circuit.combos[TYPE], combos[TYPE])
    assert circuit.types["cells"].sum() == 3 * len(cells)
