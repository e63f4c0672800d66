"""Morphologies that NEURON misreads: refused, converted and released, accepted, or recorded."""

import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest
import yaml
from cells import AXON, DENDRITE, SOMA
from small_project import SmallProject

pytestmark = pytest.mark.slow

PLAIN = SOMA + DENDRITE + AXON
GUID = PLAIN.replace("(Dendrite)", '(Dendrite) (GUID "a1") (MBFObjectType 5)')
SPINE = PLAIN.replace("(20 0 0 2)", "(20 0 0 2) <((20 2 0 1) (20 3 0 1))>")

LOAD = """
import sys
from neuron import h
hoc, template, folder = sys.argv[1:]
h.load_file(hoc)
cell = getattr(h, template)(0, folder)
print("sections", cell.nSecAxonalOrig, cell.nSecBasal, cell.nSecApical)
"""


def project_with(tmp_path: Path, **prepare: object) -> SmallProject:
    project = SmallProject(tmp_path / "project", ["plain", "guid", "spine"], "")
    for name, text in {"plain": PLAIN, "guid": GUID, "spine": SPINE}.items():
        (project.root / "morphologies" / f"{name}.swc").unlink()
        (project.root / "morphologies" / f"{name}.asc").write_text(text)
    configure(project, **prepare)
    return project


def configure(project: SmallProject, **prepare: object) -> None:
    path = project.root / "megate.yaml"
    config = yaml.safe_load(path.read_text())
    config["prepare"] |= prepare
    path.write_text(yaml.safe_dump(config))


def scores(project: SmallProject) -> pd.DataFrame:
    table = pd.read_parquet(project.results / "scores.parquet")
    return table.pivot(index="feature", columns="morph_name", values="score")


def load(project: SmallProject, row: pd.Series, folder: Path) -> subprocess.CompletedProcess[str]:
    hoc = project.results / "release" / "combos_hoc" / row["hoc"]
    command = [sys.executable, "-c", LOAD, str(hoc), row["template_name"], str(folder)]
    return subprocess.run(command, capture_output=True, text=True, timeout=100, check=False)


def test_converted_and_released(tmp_path: Path):
    project = project_with(tmp_path)
    refused = project.snakemake()
    assert refused.returncode != 0
    assert "2 of 4 morphologies have problems" in refused.output
    for hint in (
        "line 2: (GUID ...)",
        "line 2: a spine in brackets",
        "check_morphologies: convert",
    ):
        assert hint in refused.output
    assert not (project.results / "scores").exists()

    configure(project, check_morphologies="convert")
    outcome = project.snakemake()
    assert outcome.returncode == 0, outcome.output
    assert "2 morphologies are converted for NEURON" in outcome.output
    found = scores(project)
    assert list(found.columns) == ["exemplar", "guid", "plain", "spine"]
    assert found["guid"].equals(found["plain"])
    assert found["spine"].equals(found["plain"])
    copies = project.results / "release" / "morphologies"
    assert sorted(path.name for path in copies.iterdir()) == ["guid.asc", "spine.asc"]

    assert project.snakemake("combos_hoc").returncode == 0
    table = pd.read_csv(project.results / "release" / "combos_hoc" / "combos_hoc.tsv", sep="\t")
    assert list(table["morph_name"]) == ["exemplar", "guid", "plain", "spine"]
    guid = table.set_index("morph_name", drop=False).loc["guid"]
    assert list(guid[["axon_sections", "basal_sections", "apical_sections"]]) == [3, 3, 0]
    assert load(project, guid, copies).stdout.endswith("sections 3.0 3.0 0.0\n")
    other = tmp_path / "other"
    other.mkdir()
    (other / "guid.asc").write_text(SOMA + DENDRITE)
    assert "NEURON built 0 axon, 3 basal and 0 apical sections, but 3, 3 and 0 were scored" in (
        load(project, guid, other).stderr
    )


def test_without_the_check_they_are_recorded_as_failed(tmp_path: Path):
    project = project_with(tmp_path, check_morphologies="warn")
    outcome = project.snakemake()
    assert outcome.returncode == 0, outcome.output
    table = pd.read_parquet(project.results / "scores.parquet").set_index("morph_name")
    statuses = table["status"].groupby(level=0).first().to_dict()
    assert statuses == {
        "exemplar": "scored",
        "plain": "scored",
        "guid": "crashed",
        "spine": "raised",
    }
    failures = (project.results / "release" / "failures.tsv").read_text()
    assert "NEURON built 0 axon, 0 basal and 0 apical sections" in failures
    assert "dend_0" in failures
    assert not (project.results / "release" / "morphologies").exists()


def test_problems_of_some_morphologies_are_accepted(tmp_path: Path):
    project = project_with(tmp_path, accepted_morphologies=["spine"])
    refused = project.snakemake()
    assert "1 of 4 morphologies have problems" in refused.output
    assert refused.returncode != 0
    configure(project, accepted_morphologies=["spine", "guid"])
    outcome = project.snakemake()
    assert outcome.returncode == 0, outcome.output
    assert "2 accepted morphologies have problems" in outcome.output
