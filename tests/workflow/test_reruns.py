"""What a change runs again, and what it does not. The tests build on one another's results: each
leaves a finished project."""

import os
import shutil
from pathlib import Path

import pandas as pd
import pytest
from runs import Project, copy_project

AGGREGATION = {"aggregate": 1, "report_pages": 1, "all": 1}
RESELECTION = {"gather_scores": 1, **AGGREGATION}


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """The example, cut down to the interneuron and finished."""
    project = copy_project(tmp_path_factory.mktemp("rerun"))
    inputs = project.inputs
    (inputs / "recipe.yaml").write_text(
        "version: v2.0\n"
        "neurons:\n"
        "- traits: {layer: 4, mtype: L4_LBC, etype: {cNAC: 1}}\n"
        "- traits: {layer: 5, mtype: L5_LBC, etype: {cNAC: 1}}\n"
    )
    (inputs / "morphologies" / "neuronDB.xml").write_text(
        "<neurondb><listing>"
        + "".join(
            f"<morphology><name>{name}</name><mtype>{mtype}</mtype><msubtype/>"
            f"<layer>{layer}</layer></morphology>"
            for name, mtype, layer in (
                ("lbc140501-1", "L5_LBC", 5),
                ("lbc140501-2", "L5_LBC", 5),
                ("lbc140507.1", "L4_LBC", 4),
            )
        )
        + "</listing></neurondb>\n"
    )
    outcome = project.snakemake()
    assert outcome.returncode == 0, outcome.output
    assert outcome.planned["score_combo"] == 4  # three cells, and the unrepaired exemplar
    assert outcome.planned["prepare_emodel"] == 1
    return project


def rerun(project: Project) -> dict[str, int]:
    outcome = project.snakemake()
    assert outcome.returncode == 0, outcome.output
    return outcome.planned


def shards(project: Project) -> dict[str, int]:
    """When each shard was written."""
    return {path.stem: path.stat().st_mtime_ns for path in project.results.rglob("scores/*/*")}


def test_a_changed_threshold_runs_the_aggregation_only(finished: Project):
    release = finished.results / "release" / "mecombo_emodel.tsv"
    assert "lbc140507.1" not in release.read_text()
    finished.edit("config.yaml", "megate_threshold: 5", "megate_threshold: 14")
    assert rerun(finished) == AGGREGATION
    assert "lbc140507.1" in release.read_text()


def test_skip_patterns_and_options_run_the_aggregation_only(finished: Project):
    finished.edit("config.yaml", "to_skip_features: []", 'to_skip_features: ["Step_0.15"]')
    finished.edit(
        "config.yaml", "make_names_neuron_compliant: false", "make_names_neuron_compliant: true"
    )
    assert rerun(finished) == AGGREGATION
    assert (finished.results / "release" / "log_neuron_compliance.csv").is_file()


def test_a_changed_morphology_runs_its_own_job_only(finished: Project):
    before = shards(finished)
    path = finished.inputs / "morphologies" / "lbc140501-2.asc"
    other = finished.inputs / "morphologies" / "lbc140503.1.asc"
    path.write_bytes(other.read_bytes())
    assert rerun(finished) == {"score_combo": 1, **RESELECTION}
    after = shards(finished)
    assert [name for name in before if before[name] != after[name]] == ["lbc140501-2"]


def test_a_touched_input_without_change_runs_nothing(finished: Project):
    for name in ("recipe.yaml", "emodels/final.json", "emodels/emodel_etype_map.json"):
        os.utime(finished.inputs / name)
    assert rerun(finished) == {}


def test_a_new_morphology_runs_its_own_job_only(finished: Project):
    neurondb = finished.inputs / "morphologies" / "neuronDB.xml"
    entry = (
        "<morphology><name>lbc140503.1</name><mtype>L4_LBC</mtype><msubtype/><layer>4</layer>"
        "</morphology></listing>"
    )
    neurondb.write_text(neurondb.read_text().replace("</listing>", entry))
    assert rerun(finished) == {"combos": 1, "score_combo": 1, **RESELECTION}
    scores = pd.read_parquet(finished.results / "scores.parquet")
    assert "cNAC_LBC/lbc140503.1" in set(scores["job"])


def test_a_lost_shard_is_made_again_and_no_other(finished: Project):
    before = shards(finished)
    next(Path(finished.results, "scores").rglob("lbc140507.1.parquet")).unlink()
    assert rerun(finished) == {"score_combo": 1, **RESELECTION}
    after = shards(finished)
    assert [name for name in before if before[name] != after[name]] == ["lbc140507.1"]


@pytest.mark.parametrize(
    ("lost", "planned"),
    [
        ("release/emodels_hoc/cNAC_LBC.hoc", {"emodel_hoc": 1, **AGGREGATION}),
        ("release", {"emodel_hoc": 1, **AGGREGATION}),
        ("combos.parquet", {"combos": 1, **AGGREGATION}),
        ("scores.parquet", RESELECTION),
        ("decisions.parquet", AGGREGATION),
        ("report", {"report_pages": 1, "all": 1}),
    ],
)
def test_what_is_lost_is_made_again_without_simulating(
    lost: str, planned: dict[str, int], finished: Project
):
    path = finished.results / lost
    before = path.read_bytes() if lost.endswith("hoc") else b""
    shutil.rmtree(path) if path.is_dir() else path.unlink()
    assert rerun(finished) == planned
    assert path.exists()
    assert not before or path.read_bytes() == before


def test_another_template_writes_the_hoc_and_simulates_nothing(finished: Project):
    (finished.inputs / "own.jinja2").write_text("{{ template_name }} on {{ morphology }}\n")
    finished.edit("config.yaml", "# template: my_cell", "template: example/own.jinja2 # my_cell")
    assert rerun(finished) == {"emodel_hoc": 1, **AGGREGATION}
    hoc = finished.results / "release" / "emodels_hoc" / "cNAC_LBC.hoc"
    assert hoc.read_text().strip() == "cNAC_LBC on lbc140501-1.swc"
    assert rerun(finished) == {}


def test_a_changed_parameter_runs_the_emodel_and_its_jobs(finished: Project):
    finished.edit(
        "example/emodels/final.json", '"gbar_NaW96.somatic": 0.35', '"gbar_NaW96.somatic": 0.36'
    )
    planned = rerun(finished)
    assert planned["prepare_emodel"] == planned["emodel_hoc"] == 1
    assert planned["score_combo"] == 5


def test_a_project_that_is_moved_with_its_results_is_not_scored_again(finished: Project):
    """Only what names the new place runs: the table of combinations, and the release."""
    moved = Project(finished.root.with_name("moved"))
    finished.root.rename(moved.root)
    assert rerun(moved) == {"combos": 1, **AGGREGATION}
    release = (moved.results / "release" / "mecombo_release.json").read_text()
    assert str(moved.root) in release
