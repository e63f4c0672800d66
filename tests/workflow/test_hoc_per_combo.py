"""The target combos_hoc: a hoc per released combination, every one loaded in NEURON."""

import json
import platform
import shutil
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest
from runs import Outcome, Project
from test_hoc import NEURON_SCRIPT, ReleasedCell, spike_times

pytestmark = pytest.mark.slow

# Every cell of an e-model, on the morphology that its hoc names, beside the e-model's own template
# with that morphology given by hand.
COMPARE_SCRIPT = """
import json, sys
library, directory, emodel, cells = json.loads(sys.argv[1])
from neuron import h
h.load_file("stdrun.hoc")
h.nrn_load_dll(library)

def made(hoc, template, *morphology):
    assert h.load_file(hoc)
    name = "".join(f', "{name}"' for name in morphology)
    h(f'objref cell\\ncell = new {template}(0, "{directory}"{name})')
    return h.cell

def content(cell):
    return [
        [
            str(section).split(".", 1)[1],
            section.L,
            [segment.diam for segment in section],
            [[f(i) for f in (section.x3d, section.y3d, section.z3d)] for i in range(section.n3d())],
            section.psection()["density_mechs"],
            section.psection()["ions"],
        ]
        for section in cell.all
    ]

answer = {}
for hoc, template, morphology in cells:
    cell = made(hoc, template)
    by_hand = made(*emodel, morphology)
    found, expected = json.dumps(content(cell)), json.dumps(content(by_hand))
    answer[template] = [found == expected, len(list(cell.all)), cell.morphology, hash(found)]
print(json.dumps(answer))
"""


@pytest.fixture(scope="module")
def project(example: tuple[Project, Outcome], tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A copy of the finished example with its hoc files."""
    finished, outcome = example
    assert outcome.returncode == 0, outcome.output
    project = Project(tmp_path_factory.mktemp("combos_hoc") / "project")
    shutil.copytree(finished.root, project.root)
    outcome = project.snakemake("combos_hoc")
    assert outcome.returncode == 0, outcome.output
    assert outcome.planned["emodel_combos_hoc"] == 2
    assert "prepare_emodel" not in outcome.planned
    return project


def folder(project: Project) -> Path:
    return project.results / "release" / "combos_hoc"


def table_of(project: Project) -> pd.DataFrame:
    return pd.read_csv(folder(project) / "combos_hoc.tsv", sep="\t", dtype=str)


def hoc_files(project: Project) -> set[str]:
    return {str(path.relative_to(folder(project))) for path in folder(project).rglob("*.hoc")}


def library(project: Project, emodel: str) -> str:
    package = project.results / "emodels" / emodel / "package"
    return str(package / platform.machine() / "libnrnmech.so")


def test_each_released_combination_has_its_hoc_and_nothing_else_does(project: Project):
    table = table_of(project)
    release = pd.read_csv(project.results / "release" / "mecombo_emodel.tsv", sep="\t", dtype=str)
    for column in release.columns:
        assert table[column].equals(release[column]), column
    assert len(table) == 12
    assert hoc_files(project) == set(table["hoc"])
    assert len(set(table["hoc"])) == 9  # three cells have two e-types
    morphologies = {path.name for path in (project.inputs / "morphologies").iterdir()}
    assert set(table["morphology"]) <= morphologies
    assert {Path(name).suffix for name in table["morphology"]} == {".asc", ".swc"}


def test_a_second_call_has_nothing_to_do(project: Project):
    assert project.snakemake("combos_hoc").planned == {}
    project.snakemake()  # the report's pages, which the target did not ask for
    assert project.snakemake().planned == {}
    assert project.snakemake("combos_hoc").planned == {}


def test_only_name_and_morphology_differ_from_the_emodels_hoc(project: Project):
    exemplars = {"cADpyr_TPC": "tpc140301-A1.asc", "cNAC_LBC": "lbc140501-1.swc"}
    for row in table_of(project).itertuples():
        text = (folder(project) / row.hoc).read_text()
        assert f'"{row.morphology}"' in text
        text = text.replace(row.template_name, row.emodel)
        text = text.replace(f'"{row.morphology}"', f'"{exemplars[row.emodel]}"')
        hoc = project.results / "release" / "emodels_hoc" / f"{row.emodel}.hoc"
        known = f"({row.axon_sections}, {row.basal_sections}, {row.apical_sections})"
        assert f"check_sections{known}" in text
        text = text.replace(f"check_sections{known}", "check_sections(-1, -1, -1)")
        assert text == hoc.read_text(), row.combo_name


@pytest.mark.parametrize("emodel", ["cADpyr_TPC", "cNAC_LBC"])
def test_every_hoc_gives_the_emodels_cell_on_its_own_morphology(
    emodel: str, project: Project, tmp_path: Path
):
    table = table_of(project)
    table = table[table["emodel"] == emodel].drop_duplicates("hoc")
    directory = str(project.inputs / "morphologies")
    cells = [
        [str(folder(project) / row.hoc), row.template_name, row.morphology]
        for row in table.itertuples()
    ]
    hoc = str(project.results / "release" / "emodels_hoc" / f"{emodel}.hoc")
    arguments = [library(project, emodel), directory, [hoc, emodel], cells]
    done = subprocess.run(
        [sys.executable, "-c", COMPARE_SCRIPT, json.dumps(arguments)],
        cwd=tmp_path,  # empty: NEURON loads by itself the mechanisms in its working directory
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout.splitlines()[-1])
    assert list(answer) == table["template_name"].tolist()
    for template, morphology in zip(table["template_name"], table["morphology"], strict=True):
        same, sections, path, _ = answer[template]
        assert same, template
        assert sections > 10, template
        assert path == f"{directory}/{morphology}"
    assert len({cell[-1] for cell in answer.values()}) == len(cells)  # no two are alike


def test_one_spikes_as_the_emodels_hoc_does(project: Project, tmp_path: Path):
    row = table_of(project).set_index("morph_name").loc["tpc140309-B2"]
    own = ReleasedCell(
        hoc=str(folder(project) / row["hoc"]),
        template=row["template_name"],
        library=library(project, row["emodel"]),
        morphology_dir=str(project.inputs / "morphologies"),
        morphology_name="",
        holding_current=float(row["holding_current"]),
        threshold_current=float(row["threshold_current"]),
    )
    by_hand = ReleasedCell(
        hoc=str(project.results / "release" / "emodels_hoc" / f"{row['emodel']}.hoc"),
        template=row["emodel"],
        library=own.library,
        morphology_dir=own.morphology_dir,
        morphology_name=row["morphology"],
        holding_current=own.holding_current,
        threshold_current=own.threshold_current,
    )
    spikes = spike_times(NEURON_SCRIPT, own, tmp_path)
    assert spikes
    assert min(spikes) > 200
    assert spikes == spike_times(NEURON_SCRIPT, by_hand, tmp_path)


def test_after_a_changed_threshold_the_set_follows(project: Project):
    before = hoc_files(project)
    project.edit("config.yaml", "megate_threshold: 5", "megate_threshold: 2")
    (folder(project) / "an_emodel_that_is_gone").mkdir()
    outcome = project.snakemake()
    assert outcome.returncode == 0, outcome.output
    assert not folder(project).exists()  # they were another release's
    outcome = project.snakemake("combos_hoc")
    assert outcome.returncode == 0, outcome.output
    after = hoc_files(project)
    assert after < before
    assert after == set(table_of(project)["hoc"])
    assert table_of(project)["combo_name"].nunique() == len(after)
    assert {path.name for path in folder(project).iterdir() if path.is_dir()} == {
        "cADpyr_TPC",
        "cNAC_LBC",
    }
