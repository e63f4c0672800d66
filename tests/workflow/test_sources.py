"""Where the combinations come from: recipe and neuronDB, or the cells of a circuit. Each form of
the same project gives the same release."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pandas as pd
import pytest
import yaml
from circuits import Cell, write_mvd3, write_sonata
from runs import Outcome, snakemake
from small_project import EXEMPLAR, SmallProject

pytestmark = pytest.mark.slow

CELLS: list[Cell] = [("1", "M", "E", name) for name in ("b", EXEMPLAR, "b", "a", "b")]


@pytest.fixture
def project(tmp_path: Path) -> SmallProject:
    return SmallProject(tmp_path, ["a", "b"], "")


def run(project: SmallProject, results: str, *arguments: str, **prepare: Any) -> Outcome:
    """Run it with other keys of `prepare` (None: without it), and with results of its own."""
    config = yaml.safe_load((project.root / "megate.yaml").read_text())
    changed = config["prepare"] | prepare
    config["prepare"] = {key: value for key, value in changed.items() if value is not None}
    config["results"] = results
    (project.root / f"{results}.yaml").write_text(yaml.safe_dump(config))
    outcome = snakemake(*arguments, "--configfile", f"{results}.yaml", cwd=project.root)
    assert "Traceback" not in outcome.output, outcome.output
    return outcome


def combos(project: SmallProject, results: str) -> pd.DataFrame:
    """The table of combinations, whatever their order."""
    table = pd.read_parquet(project.root / results / "combos.parquet").drop(columns="combo")
    return table.sort_values(list(table.columns), ignore_index=True)


def release(project: SmallProject, results: str) -> Iterator[bytes]:
    for name in ("extneurondb.dat", "mecombo_emodel.tsv"):
        yield (project.root / results / "release" / name).read_bytes()


def test_recipe_mvd3_and_sonata_give_the_same_release(project: SmallProject):
    """One run serves all three: another form of the same cells simulates nothing."""
    write_mvd3(project.root / "circuit.mvd3", CELLS)
    with_extension = [(*cell[:3], f"{cell[3]}.swc") for cell in CELLS]
    write_sonata(project.root / "nodes.h5", CELLS[:1], "other")
    write_sonata(project.root / "nodes.h5", with_extension, "cells")
    outcome = run(project, "results")
    assert outcome.returncode == 0, outcome.output
    assert outcome.planned["score_combo"] == 3
    table, released = combos(project, "results"), list(release(project, "results"))
    lines = released[0].decode().splitlines()
    assert [line.split()[0] for line in lines] == ["a", "b", EXEMPLAR]
    forms = [
        {"circuitmvd3_path": "circuit.mvd3"},
        {"sonata_nodes_path": "nodes.h5", "sonata_population": "cells"},
    ]
    for keys in forms:
        shutil.rmtree(project.results / "release")
        (project.results / "combos.parquet").unlink()  # it would be the same
        outcome = run(project, "results", recipe_path=None, **keys)
        assert outcome.returncode == 0, outcome.output
        assert "score_combo" not in outcome.planned
        assert outcome.planned["combos"] == 1
        pd.testing.assert_frame_equal(combos(project, "results"), table)
        assert list(release(project, "results")) == released


def test_neurondb_dat_gives_the_same_table(project: SmallProject):
    morphs = project.root / "morphologies"
    assert run(project, "by_xml", "--until", "combos").returncode == 0
    (morphs / "neuronDB.xml").unlink()
    (morphs / "neurondb.dat").write_text(f"{EXEMPLAR} 1 M\na 1 M\nb 1 M E\n")
    assert run(project, "by_dat", "--until", "combos").returncode == 0
    (morphs / "neurondb.dat").rename(project.root / "elsewhere.dat")
    elsewhere = run(project, "by_path", "--until", "combos", neurondb_path="elsewhere.dat")
    assert elsewhere.returncode == 0
    tables = [
        (project.root / results / "combos.parquet").read_bytes()
        for results in ("by_xml", "by_dat", "by_path")
    ]
    assert tables[0] == tables[1] == tables[2]


def test_morphologies_without_recipe_row_are_left_out_and_told(project: SmallProject):
    neurondb = project.root / "morphologies" / "neuronDB.xml"
    more = "<morphology><name>k</name><mtype>K</mtype><layer>1</layer></morphology></listing>"
    neurondb.write_text(neurondb.read_text().replace("</listing>", more))
    refused = run(project, "refused", "--dry-run")
    assert refused.returncode != 0
    assert "  - k: layer '1', m-type 'K'" in refused.output
    outcome = run(project, "skipped", morphologies_without_recipe="warn")
    assert outcome.returncode == 0, outcome.output
    told = "left out: morphologies whose layer and m-type the recipe does not have: 1 (k: layer "
    assert outcome.output.count(f"megate: {told}") == 1
    assert f"\n{told}" in (project.root / "skipped" / "release" / "summary.txt").read_text()
    assert set(combos(project, "skipped")["morph_name"]) == {"a", "b", EXEMPLAR}


def test_circuit_that_cannot_be_used_is_one_message(project: SmallProject):
    path = write_mvd3(project.root / "circuit.mvd3", CELLS)
    with h5py.File(path, "a") as file:
        del file["cells/properties/etype"]
        file["cells/properties/etype"] = np.zeros(len(CELLS))
    keys = {"recipe_path": None, "circuitmvd3_path": "circuit.mvd3"}
    outcome = run(project, "results", "--dry-run", **keys)
    assert outcome.returncode != 0
    assert f"megate: circuit: {path}:\n  - cells/properties/etype holds values" in outcome.output
    path.write_text("not HDF5")
    for form in ("circuitmvd3_path", "sonata_nodes_path"):
        outcome = run(project, "results", "--dry-run", recipe_path=None, **{form: "circuit.mvd3"})
        assert outcome.returncode != 0
        assert outcome.output.rstrip().endswith(f"megate: circuit: {path} is not an HDF5 file")
        assert "HDF5-DIAG" not in outcome.output
