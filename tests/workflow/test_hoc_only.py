"""A project whose e-model is a hoc: what is released, and what runs again after a change."""

import json
import shutil
from pathlib import Path

import hoc_emodel
import pandas as pd
import pyarrow.parquet as pq
import pytest
import yaml
from hoc_emodel import swc
from small_project import EXEMPLAR, SmallProject

pytestmark = pytest.mark.slow

# lengths of the dendrites, um; the exemplar's is 100
LENGTHS = {"similar": 110.0, "huge": 20000.0}


@pytest.fixture
def project(tmp_path: Path) -> SmallProject:
    project = SmallProject(tmp_path / "project", list(LENGTHS), "", stop_early=True)
    for name, length in {EXEMPLAR: 100.0, **LENGTHS}.items():
        (project.root / "morphologies" / f"{name}.swc").write_text(swc(length))
    package = project.root / "emodels" / "small"
    shutil.rmtree(package)
    hoc_emodel.write(package)
    path = project.root / "emodels" / "final.json"
    final = json.loads(path.read_text())
    final["small"] |= {"params": {}}
    final["small"].pop("fitness")
    path.write_text(json.dumps(final))
    configure(project, {"scoring": {"currents": {"holding_voltage_mV": -75}}})
    configure(project, {"scoring": {"hoc_tests": {"input_resistance": 0.05}}})
    configure(project, {"select": {"check_opt_scores": True}})  # a hoc has none
    return project


def configure(project: SmallProject, settings: dict[str, dict]) -> None:
    path = project.root / "megate.yaml"
    config = yaml.safe_load(path.read_text())
    for section, values in settings.items():
        config[section] |= values
    path.write_text(yaml.safe_dump(config))


def scores(project: SmallProject) -> pd.Series:
    table = pq.read_table(project.results / "scores.parquet").to_pandas()
    return table.set_index(["morph_name", "feature"])["score"]


def test_release_and_reruns(project: SmallProject) -> None:
    outcome = project.snakemake("all", "combos_hoc")
    assert outcome.returncode == 0, outcome.output
    release = project.results / "release"
    released = pd.read_csv(release / "mecombo_emodel.tsv", sep="\t")
    assert set(released["morph_name"]) == {EXEMPLAR, "similar"}
    assert (released["threshold_current"] > 0).all()
    assert (scores(project)[EXEMPLAR].dropna().isin([0.0, 250.0])).all()
    assert "does not pass" not in outcome.output  # the cell has no axon

    # the e-model's own hoc, with its name and morphology
    text = (release / "circuit" / "hoc" / "small.hoc").read_text()
    assert text == hoc_emodel.HOC.replace("template hh_cell", "template small")
    (combo,) = released.loc[released["morph_name"] == "similar", "combo_name"]
    text = next((release / "combos_hoc").glob(f"*/{combo}.hoc")).read_text()
    assert f"begintemplate {combo}\n" in text
    assert '"similar.swc"' in text
    cells = pd.read_csv(release / "circuit" / "cells.tsv", sep="\t")
    assert set(cells["celsius"]) == {6.3}
    assert set(cells["v_init"]) == {-65}

    again = project.snakemake("all")
    assert not again.planned, again.output
    before = scores(project)

    # other tolerances: other scores
    configure(project, {"scoring": {"hoc_tests": {"input_resistance": 0.5}}})
    outcome = project.snakemake("all")
    assert outcome.returncode == 0, outcome.output
    assert outcome.planned["prepare_emodel"] == 1
    assert outcome.planned["score_combo"] == 3
    value = scores(project)["huge"]["mm.Rin.soma.input_resistance"]
    assert value < before["huge"]["mm.Rin.soma.input_resistance"] / 9.9
    # and the first ones are kept
    configure(project, {"scoring": {"hoc_tests": {"input_resistance": 0.05}}})
    outcome = project.snakemake("all")
    assert outcome.returncode == 0, outcome.output
    for log in (project.results / "logs" / "score_combo" / "small").glob("*.log"):
        assert "scores in" not in log.read_text()
