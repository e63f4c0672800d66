"""The target nodes and the coverage, on the example. Circuits of all its types are read as programs
that simulate them do."""

import json
import shutil
from pathlib import Path

import h5py
import libsonata
import numpy as np
import pandas as pd
import pytest
import yaml
from circuits import TEXT, write_sonata
from runs import Outcome, Project

pytestmark = pytest.mark.slow

TYPE = ["layer", "fullmtype", "etype", "morph_name"]
MORE = """\
  - region: "@;L6$"
    traits: {layer: 6, mtype: L6_BPC, etype: {cADpyr: 0.5, bNAC: 0.5}}
"""


@pytest.fixture
def project(example: tuple[Project, Outcome], tmp_path: Path) -> Project:
    """A copy of the finished example."""
    finished, outcome = example
    assert outcome.returncode == 0, outcome.output
    shutil.copytree(finished.root, tmp_path / "project")
    return Project(tmp_path / "project")


def released_cells(project: Project) -> pd.DataFrame:
    return pd.read_csv(
        project.results / "release" / "circuit" / "cells.tsv",
        sep="\t",
        dtype=dict.fromkeys(TYPE, str),
    )


def write_nodes(project: Project, cells: list[tuple[str, ...]]) -> Path:
    """Nodes with all attributes that simulators need."""
    path = write_sonata(project.root / "circuit.h5", cells)
    with h5py.File(path, "a") as file:
        group = file["nodes/cells/0"]
        for number, name in enumerate(["x", "y", "z", *(f"orientation_{axis}" for axis in "wxyz")]):
            group[name] = np.arange(len(cells), dtype=np.float32) + number
        inhibitory = np.array([int(cell[2] != "cADpyr") for cell in cells])
        for name, labels in (("morph_class", ["PYR", "INT"]), ("synapse_class", ["EXC", "INH"])):
            group[name] = inhibitory
            group.create_dataset(f"@library/{name}", data=labels, dtype=TEXT)
    return path


def configure(project: Project, section: str, **settings: object) -> None:
    path = project.root / "config" / "config.yaml"
    content = yaml.safe_load(path.read_text())
    content.setdefault(section, {}).update(settings)
    path.write_text(yaml.safe_dump(content))


def test_nodes_of_all_types(project: Project) -> None:
    """libsonata reads each cell's e-model and currents; bluepysnap finds no fatal error."""
    released = released_cells(project)
    cells = [tuple(row) for row in released[TYPE].to_numpy()] * 20
    write_nodes(project, cells)
    configure(project, "circuit", nodes_path="../circuit.h5", seed=4)
    outcome = project.snakemake("nodes")
    assert outcome.returncode == 0, outcome.output
    assert "score_combo" not in outcome.planned
    assert "the nodes lack attributes" not in outcome.output
    assert not (project.results / "nodes_without_combination.tsv").exists()

    nodes = libsonata.NodeStorage(str(project.results / "nodes.h5")).open_population("cells")
    everything = nodes.select_all()
    found = pd.DataFrame(cells, columns=TYPE).assign(
        emodel=[
            text.removeprefix("hoc:") for text in nodes.get_attribute("model_template", everything)
        ]
    )
    assert list(nodes.get_attribute("morphology", everything)) == list(found["morph_name"])
    assert list(nodes.get_attribute("x", everything)) == list(range(len(cells)))
    # each type and morphology of the example has one e-model, so the draw has no choice
    known = released.set_index(TYPE)
    assert not known.index.has_duplicates
    expected = known.loc[pd.MultiIndex.from_frame(found[TYPE])]
    assert list(found["emodel"]) == list(expected["emodel"])
    for name in nodes.dynamics_attribute_names:
        values = nodes.get_dynamics_attribute(name, everything)
        np.testing.assert_array_equal(values, expected[name].to_numpy(np.float32))
    assert {"holding_current", "threshold_current"} <= nodes.dynamics_attribute_names
    assert fatal_errors(project) == []


def fatal_errors(project: Project) -> list[str]:
    """What bluepysnap says about a circuit of the nodes and the release's folder."""
    validation = pytest.importorskip("bluepysnap.circuit_validation")
    folder = project.results / "release" / "circuit"
    population = {
        "type": "biophysical",
        "biophysical_neuron_models_dir": str(folder / "hoc"),
        "alternate_morphologies": {"neurolucida-asc": str(folder / "morphologies" / "asc")},
    }
    nodes = {"nodes_file": str(project.results / "nodes.h5"), "populations": {"cells": population}}
    config = {"version": 2, "networks": {"nodes": [nodes], "edges": []}}
    path = project.root / "circuit_config.json"
    path.write_text(json.dumps(config))
    errors = validation.validate(str(path), skip_slow=False)
    fatal = [str(error) for error in errors if error.level == error.FATAL]
    return [error for error in fatal if "networks.edges" not in error]  # it has none


def test_cells_without_combination_are_listed_then_left_out(project: Project) -> None:
    released = released_cells(project)
    cells = [tuple(row) for row in released[TYPE].to_numpy()]
    strange = [("5", "L5_TPC:A", "cADpyr", "unknown"), ("5", "L5_TPC:A", "cNAC", cells[0][3])]
    write_nodes(project, [cells[0], *strange, *cells])
    configure(project, "circuit", nodes_path="../circuit.h5")
    outcome = project.snakemake("nodes")
    assert outcome.returncode == 1
    assert "population 'cells': 2 of" in outcome.output
    assert "morphology name 'unknown' is not in the release" in outcome.output
    assert not (project.results / "nodes.h5").exists()
    listed = project.results / "nodes_without_combination.tsv"
    assert list(pd.read_csv(listed, sep="\t")["cell"]) == [1, 2]

    configure(project, "circuit", cells_without_combination="leave_out")
    outcome = project.snakemake("nodes")
    assert outcome.returncode == 0, outcome.output
    assert outcome.planned == {"nodes": 1}
    assert "edges files of that circuit do not match" in outcome.output
    nodes = libsonata.NodeStorage(str(project.results / "nodes.h5")).open_population("cells")
    assert nodes.size == len(cells) + 1
    assert list(pd.read_csv(listed, sep="\t")["cell"]) == [1, 2]
    assert project.snakemake("nodes", "-n").planned == {}
    configure(project, "circuit", seed=1)
    assert project.snakemake("nodes", "-n").planned == {"nodes": 1}


def test_nodes_that_are_not_given(project: Project) -> None:
    outcome = project.snakemake("nodes", "-n")
    assert outcome.returncode == 1
    assert outcome.output.rstrip().endswith(
        "megate: config: circuit.nodes_path is missing; the target nodes needs it"
    )


def test_a_hole_of_the_recipe_is_an_error_after_everything_is_written(project: Project) -> None:
    recipe = project.inputs / "recipe.yaml"
    recipe.write_text(recipe.read_text() + MORE)
    outcome = project.snakemake()
    assert outcome.returncode == 0, outcome.output
    assert outcome.planned == {
        "combos": 1,
        "aggregate": 1,
        "circuit": 1,
        "report_pages": 1,
        "all": 1,
    }
    assert (
        "without a released combination: 2 of 9 types, see results/release/coverage.tsv"
        in outcome.output
    )
    coverage = pd.read_csv(project.results / "release" / "coverage.tsv", sep="\t")
    assert list(coverage["fullmtype"][:2]) == ["L6_BPC", "L6_BPC"]
    assert list(coverage["released"][:3] > 0) == [False, False, True]
    page = (project.results / "report" / "coverage.html").read_text()
    assert "Nothing is released for 2 of 9 types" in page

    configure(project, "select", require_coverage=True)
    for _ in range(2):
        outcome = project.snakemake()
        assert outcome.returncode == 1
        assert "no combination is released for 2 of 9 types" in outcome.output
        assert "layer '6', m-type 'L6_BPC', e-type 'bNAC': no morphology" in outcome.output
        for name in ("coverage.tsv", "megating.pdf", "summary.txt", "circuit/cells.tsv"):
            assert (project.results / "release" / name).exists()
        assert (project.results / "report" / "coverage.html").exists()
    assert outcome.planned == {"check_coverage": 1, "all": 1}

    recipe.write_text(recipe.read_text().replace(MORE, ""))
    outcome = project.snakemake()
    assert outcome.returncode == 0, outcome.output
    assert "without a released combination" not in outcome.output
    assert "score_combo" not in outcome.planned
    assert project.snakemake().planned == {}
