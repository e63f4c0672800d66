"""What a change runs again, and what it does not: the lines of docs/reruns.md.

Each test starts from the same finished project, changes one thing, and says every job that follows,
by rule and name.
"""

import json
import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from runs import REPOSITORY, Project, copy_project, jobs_by_name

pytestmark = pytest.mark.slow

NOTHING: set[str] = set()
AGGREGATION = {"aggregate", "circuit", "report_pages", "all"}
TPC = ["cADpyr_TPC/tpc140301-A1", "cADpyr_TPC/tpc140301-A1@unrepaired", "cADpyr_TPC/tpc140301-A2"]
LBC = ["cNAC_LBC/lbc140501-1", "cNAC_LBC/lbc140501-1@unrepaired", "cNAC_LBC/lbc140507.1"]

RECIPE = """\
version: v2.0
neurons:
- traits: {layer: 4, mtype: L4_TPC, etype: {cADpyr: 1.0}}
- traits: {layer: 4, mtype: L4_LBC, etype: {cNAC: 1.0}}
- traits: {layer: 5, mtype: "L5_TPC:A", etype: {cADpyr: 1.0}}
- traits: {layer: 5, mtype: L5_LBC, etype: {cNAC: 0.7, dNAC: 0.3}}
"""
NEURONDB = {
    "tpc140301-A1": ("L5_TPC", "A", 5),
    "tpc140301-A2": ("L5_TPC", "A", 5),
    "lbc140501-1": ("L5_LBC", "", 5),
    "lbc140507.1": ("L4_LBC", "", 4),
}
ETYPE_MAP = {
    "cADpyr_TPC": {"mm_recipe": "cADpyr_TPC", "etype": "cADpyr", "layer": ["4", "5"]},
    "cNAC_LBC": {"mm_recipe": "cNAC_LBC", "etype": "cNAC|dNAC", "layer": ["4", "5"]},
}


def simulations(*jobs: str) -> set[str]:
    """These, and what follows from them."""
    return {f"score_combo {job}" for job in jobs} | {"gather_scores"} | AGGREGATION


def preparation(emodel: str) -> set[str]:
    return {f"prepare_emodel {emodel}", f"emodel_hoc {emodel}"}


@dataclass(frozen=True)
class Finished(Project):
    """The finished project, to be changed."""

    @property
    def release(self) -> Path:
        return self.inputs / "morphologies"

    def package(self, emodel: str) -> Path:
        return self.inputs / "emodels" / emodel

    def write_neurondb(self, morphologies: dict[str, tuple[str, str, int]]) -> None:
        entries = [
            f"<morphology><name>{name}</name><mtype>{mtype}</mtype><msubtype>{msubtype}</msubtype>"
            f"<layer>{layer}</layer></morphology>\n"
            for name, (mtype, msubtype, layer) in morphologies.items()
        ]
        text = f"<neurondb><listing>\n{''.join(entries)}</listing></neurondb>\n"
        (self.release / "neuronDB.xml").write_text(text)

    def change(self, file: str, change: Callable[[dict[str, Any]], object]) -> None:
        """Change what a JSON file of the inputs holds."""
        path = self.inputs / file
        content = json.loads(path.read_text())
        change(content)
        path.write_text(json.dumps(content, indent=1))

    def would_run(self, *options: str) -> set[str]:
        """The jobs that would run, `<rule> <wildcard>`."""
        return jobs_by_name(self.snakemake("--dry-run", *options))

    def runs(self) -> set[str]:
        """The jobs that run. Exactly the shards of its simulations are new, and nothing is left to
        be done."""
        before = self.shards()
        jobs = jobs_by_name(self.snakemake())
        after = self.shards()
        written = {f"score_combo {job}" for job in after if before.get(job) != after[job]}
        assert written == {job for job in jobs if job.startswith("score_combo ")}
        assert self.would_run() == NOTHING
        return jobs

    def shards(self) -> dict[str, int]:
        """When each shard was written."""
        return {
            f"{path.parent.name}/{path.stem}": path.stat().st_mtime_ns
            for path in self.results.glob("scores/*/*.parquet")
        }


@pytest.fixture(scope="module")
def backup(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The example, cut down to two morphologies per e-model, and run."""
    root = tmp_path_factory.mktemp("triggers") / "project"
    root.mkdir()
    project = Finished(copy_project(root).root)
    (project.inputs / "recipe.yaml").write_text(RECIPE)
    project.write_neurondb(NEURONDB)
    (project.inputs / "emodels" / "emodel_etype_map.json").write_text(json.dumps(ETYPE_MAP))
    # a file of more than a megabyte
    morphology = project.release / "tpc140301-A2.asc"
    morphology.write_text(morphology.read_text() + "; a long comment\n" * 70_000)
    # an exemplar that is not one yet
    exemplars = project.package("cNAC_LBC") / "morphologies"
    shutil.copy(project.release / "lbc140507.1.asc", exemplars)
    # a mechanism that is not used
    unused = project.package("cNAC_LBC") / "mechanisms" / "Unused.mod"
    unused.write_text("NEURON { SUFFIX Unused }\n")

    both = preparation("cADpyr_TPC") | preparation("cNAC_LBC")
    assert project.runs() == simulations(*TPC, *LBC) | both | {"combos"}
    return root.rename(root.with_name("backup"))


@pytest.fixture
def project(backup: Path) -> Finished:
    """The finished project as it was, where it was made."""
    root = backup.with_name("project")
    shutil.rmtree(root, ignore_errors=True)
    shutil.copytree(backup, root)  # with the times of all files
    return Finished(root)


# nothing


def test_no_change_runs_nothing(project: Finished):
    assert project.would_run() == NOTHING


def touch_inputs(project: Finished) -> None:
    """All, of which one is large."""
    for path in (project.root / "config").rglob("*"):
        os.utime(path)


def change_a_share_of_the_recipe(project: Finished) -> None:
    project.edit("example/recipe.yaml", "{cNAC: 0.7, dNAC: 0.3}", "{cNAC: 0.6, dNAC: 0.4}")


def change_the_order_of_parameters(project: Finished) -> None:
    def change(final: dict[str, Any]) -> None:
        final["cNAC_LBC"]["params"] = dict(reversed(final["cNAC_LBC"]["params"].items()))

    project.change("emodels/final.json", change)


def add_hidden_and_compiled_files_and_caches(project: Finished) -> None:
    for file in (".notes", "x86_64/special", "__pycache__/setup.pyc"):
        path = project.package("cNAC_LBC") / file
        path.parent.mkdir(exist_ok=True)
        path.write_text("new")


def go_on_after_broken_morphologies(project: Finished) -> None:
    project.edit("config.yaml", "check_morphologies: error", "check_morphologies: warn")


def change_limits_and_rebuild_cells(project: Finished) -> None:
    project.edit("config.yaml", "  timeout_s: 3600", "  timeout_s: 60")
    project.edit("config.yaml", "  memory_mb: 2000", "  memory_mb: 3000")
    project.edit("config.yaml", "  rebuild_cell: false", "  rebuild_cell: true")


def test_changes_that_run_nothing(project: Finished):
    """They are made together: a job of any of them would be in the list."""
    for change in (
        change_a_share_of_the_recipe,
        change_the_order_of_parameters,
        add_hidden_and_compiled_files_and_caches,
        go_on_after_broken_morphologies,
        change_limits_and_rebuild_cells,
        touch_inputs,
    ):
        change(project)
    assert project.would_run() == NOTHING


# the selection


def test_a_threshold_runs_the_aggregation(project: Finished):
    release = project.results / "release" / "mecombo_emodel.tsv"
    assert "lbc140507.1" not in release.read_text()
    project.edit("config.yaml", "megate_threshold: 5", "megate_threshold: 14")
    assert project.runs() == AGGREGATION
    assert "lbc140507.1" in release.read_text()


def test_skip_patterns_and_options_run_the_aggregation(project: Finished):
    for old, new in (
        ("to_skip_features: []", 'to_skip_features: ["mm.Step_0.15"]'),
        ("make_names_neuron_compliant: false", "make_names_neuron_compliant: true"),
        ("# select_perc_best: 0.5", "select_perc_best: 0.5"),
        ("# opt_scores_tolerance: 0", "opt_scores_tolerance: 0.1"),
        ("check_opt_scores: false", "check_opt_scores: true"),
        ("uncomputable_exemplar_feature: warn", "uncomputable_exemplar_feature: fail"),
        ("borderline_margin: 0.1", "borderline_margin: 0.2"),
        ("plot_emodels_per_morphology: true", "plot_emodels_per_morphology: false"),
    ):
        project.edit("config.yaml", old, new)
    assert project.would_run() == AGGREGATION


def test_another_template_writes_the_hoc(project: Finished):
    (project.inputs / "own.jinja2").write_text("{{ template_name }} on {{ morphology }}\n")
    project.edit("config.yaml", "# template: my_cell", "template: example/own.jinja2 # my_cell")
    both = {"emodel_hoc cADpyr_TPC", "emodel_hoc cNAC_LBC"}
    assert project.runs() == both | AGGREGATION
    hoc = project.results / "release" / "emodels_hoc" / "cNAC_LBC.hoc"
    assert hoc.read_text().strip() == "cNAC_LBC on lbc140501-1.swc"


def test_fitness_runs_the_aggregation(project: Finished):
    def change(final: dict[str, Any]) -> None:
        final["cNAC_LBC"]["fitness"]["mm.Step_0.15.soma.v.AP_amplitude"] += 0.1

    project.change("emodels/final.json", change)
    assert project.would_run() == {"combos"} | AGGREGATION


# morphologies


def test_a_changed_morphology_runs_its_own_job(project: Finished):
    other = project.release / "lbc140503.1.asc"
    (project.release / "lbc140507.1.asc").write_bytes(other.read_bytes())
    assert project.runs() == simulations("cNAC_LBC/lbc140507.1")


def test_the_repaired_exemplar_is_a_morphology_as_any(project: Finished):
    with (project.release / "lbc140501-1.swc").open("a") as file:
        file.write("# changed\n")
    assert project.would_run() == simulations("cNAC_LBC/lbc140501-1")


def change_parameter(project: Finished) -> None:
    def change(final: dict[str, Any]) -> None:
        final["cNAC_LBC"]["params"]["gbar_NaW96.somatic"] = 0.36

    project.change("emodels/final.json", change)


def add_morphology(project: Finished) -> None:
    project.write_neurondb(NEURONDB | {"lbc140501-2": ("L5_LBC", "", 5)})


def test_a_new_morphology_runs_its_own_job(project: Finished):
    add_morphology(project)
    assert project.runs() == simulations("cNAC_LBC/lbc140501-2") | {"combos"}
    scores = pd.read_parquet(project.results / "scores.parquet")
    assert "cNAC_LBC/lbc140501-2" in set(scores["job"])
    # and is one of its e-model's from then on
    change_parameter(project)
    all_of_it = simulations(*LBC, "cNAC_LBC/lbc140501-2") | preparation("cNAC_LBC")
    assert project.would_run() == all_of_it


def test_a_removed_morphology_simulates_nothing_and_nor_does_its_return(project: Finished):
    project.write_neurondb({name: NEURONDB[name] for name in NEURONDB if name != "tpc140301-A2"})
    assert project.runs() == {"combos", "gather_scores"} | AGGREGATION
    decisions = pd.read_parquet(project.results / "decisions.parquet")
    assert set(decisions["morph_name"]) == {"tpc140301-A1", "lbc140501-1", "lbc140507.1"}
    assert "tpc140301-A2" not in (project.results / "release" / "extneurondb.dat").read_text()
    project.write_neurondb(NEURONDB)
    assert project.would_run() == {"combos", "gather_scores"} | AGGREGATION


def test_morphologies_of_another_layer_and_mtype_simulate_nothing(project: Finished):
    moved = {"lbc140507.1": ("L5_LBC", "", 5), "tpc140301-A2": ("L4_TPC", "", 4)}
    project.write_neurondb(NEURONDB | moved)
    assert project.would_run() == {"combos"} | AGGREGATION


def test_an_apical_point_runs_its_morphology(project: Finished):
    project.change("morphologies/apical_points_isec.json", lambda p: p.update({"tpc140301-A2": 5}))
    assert project.would_run() == simulations("cADpyr_TPC/tpc140301-A2")


def test_the_exemplars_apical_point_runs_the_exemplar(project: Finished):
    project.change("morphologies/apical_points_isec.json", lambda p: p.update({"tpc140301-A1": 5}))
    # without unrep_morph_path the unrepaired one has the release's apical point
    both = simulations("cADpyr_TPC/tpc140301-A1", "cADpyr_TPC/tpc140301-A1@unrepaired")
    assert project.would_run() == both | {"emodel_hoc cADpyr_TPC"}


# the recipe and the map


def test_a_new_etype_runs_the_new_combinations(project: Finished):
    """It brings the other e-model into play, on morphologies that it has not met."""
    project.edit("example/recipe.yaml", "L4_LBC, etype: {cNAC", "L4_LBC, etype: {cADpyr: 1, cNAC")
    assert project.runs() == simulations("cADpyr_TPC/lbc140507.1") | {"combos"}


def test_an_etype_of_the_same_emodel_simulates_nothing(project: Finished):
    project.edit("example/recipe.yaml", "L4_LBC, etype: {cNAC", "L4_LBC, etype: {dNAC: 1, cNAC")
    assert project.would_run() == {"combos"} | AGGREGATION


def test_the_map_runs_what_is_new_in_it(project: Finished):
    def change(etype_map: dict[str, Any]) -> None:
        etype_map["cADpyr_TPC"]["etype"] = "c.*"

    project.change("emodels/emodel_etype_map.json", change)
    new = simulations("cADpyr_TPC/lbc140501-1", "cADpyr_TPC/lbc140507.1")
    assert project.would_run() == new | {"combos"}


def test_the_map_simulates_nothing_for_what_it_lacks_now(project: Finished):
    def change(etype_map: dict[str, Any]) -> None:
        etype_map["cADpyr_TPC"]["morph_name"] = ".*-A1"

    project.change("emodels/emodel_etype_map.json", change)
    assert project.would_run() == {"combos", "gather_scores"} | AGGREGATION


# e-models


def test_a_parameter_runs_its_emodel(project: Finished):
    change_parameter(project)
    assert project.would_run() == simulations(*LBC) | preparation("cNAC_LBC")


def test_a_mechanism_runs_its_emodel(project: Finished):
    scores = project.results / "scores.parquet"
    before = pd.read_parquet(scores).set_index(["job", "feature"])["score"]
    project.edit("example/emodels/cNAC_LBC/mechanisms/NaW96.mod", "phi = 5", "phi = 6")
    assert project.runs() == simulations(*LBC) | preparation("cNAC_LBC")
    after = pd.read_parquet(scores).set_index(["job", "feature"])["score"]
    assert set(before.index[before != after].get_level_values("job")) == set(LBC)
    # and what comes after runs as it would have before
    add_morphology(project)
    assert project.would_run() == simulations("cNAC_LBC/lbc140501-2") | {"combos"}


@pytest.mark.parametrize(
    "file",
    [
        "config/features/lbc.json",
        "config/protocols/lbc.json",
        "config/params/lbc.json",
        "config/recipes/recipes.json",
        "mechanisms/Unused.mod",
        "morphologies/lbc140501-1.swc",  # where unrepaired exemplars are in their packages
        "notes.txt",  # a new one
    ],
)
def test_any_file_of_a_package_runs_its_emodel(file: str, project: Finished):
    with (project.package("cNAC_LBC") / file).open("a") as opened:
        opened.write("\n")
    assert project.would_run() == simulations(*LBC) | preparation("cNAC_LBC")


def test_a_new_emodel_runs_its_own_jobs(project: Finished):
    new = project.package("cNAC_new")
    shutil.copytree(project.package("cNAC_LBC"), new)
    project.change(
        str((new / "config/recipes/recipes.json").relative_to(project.inputs)),
        lambda recipes: recipes.update(cNAC_new=recipes.pop("cNAC_LBC")),
    )
    change = {"main_path": "cNAC_new"}
    project.change("emodels/final.json", lambda f: f.update(cNAC_new=f["cNAC_LBC"] | change))
    assert project.would_run() == NOTHING  # it stands for nothing yet
    change = {"mm_recipe": "cNAC_new", "layer": ["4"]}
    project.change(
        "emodels/emodel_etype_map.json", lambda m: m.update(cNAC_new=m["cNAC_LBC"] | change)
    )
    names = ("lbc140501-1", "lbc140501-1@unrepaired", "lbc140507.1")
    jobs = simulations(*(f"cNAC_new/{name}" for name in names)) | preparation("cNAC_new")
    assert project.would_run() == jobs | {"combos"}


def test_another_exemplar_runs_its_own_job(project: Finished):
    def change(final: dict[str, Any]) -> None:
        final["cNAC_LBC"]["morph_path"] = "morphologies/lbc140507.1.asc"

    project.change("emodels/final.json", change)
    jobs = simulations("cNAC_LBC/lbc140507.1@unrepaired") | {"combos", "emodel_hoc cNAC_LBC"}
    assert project.would_run() == jobs


def test_without_repaired_exemplars_nothing_is_simulated(project: Finished):
    project.edit("config.yaml", "skip_repaired_exemplar: false", "skip_repaired_exemplar: true")
    # the exemplars are in the release too
    assert project.would_run() == {"combos"} | AGGREGATION


# how it is simulated


def test_without_apical_points_what_had_one_runs(project: Finished):
    project.edit("config.yaml", "use_apical_points: true", "use_apical_points: false")
    assert project.would_run() == simulations(*TPC) | {"emodel_hoc cADpyr_TPC"}


def test_traces_are_had_by_simulating_and_kept_for_nothing(project: Finished):
    project.edit("config.yaml", "  keep_traces: false", "  keep_traces: true")
    assert project.runs() == simulations(*TPC, *LBC) | {"report_traces"}
    project.edit("config.yaml", "  keep_traces: true", "  keep_traces: false")
    assert project.would_run() == NOTHING


# results that are lost


def test_a_lost_shard_is_made_again(project: Finished):
    (project.results / "scores" / "cNAC_LBC" / "lbc140507.1.parquet").unlink()
    assert project.runs() == simulations("cNAC_LBC/lbc140507.1")


@pytest.mark.parametrize(
    ("lost", "jobs"),
    [
        ("combos.parquet", {"combos"} | AGGREGATION),
        ("scores.parquet", {"gather_scores"} | AGGREGATION),
        ("decisions.parquet", AGGREGATION),
        ("report", {"report_pages", "all"}),
    ],
)
def test_what_is_lost_is_made_again_without_simulating(
    lost: str, jobs: set[str], project: Finished
):
    path = project.results / lost
    shutil.rmtree(path) if path.is_dir() else path.unlink()
    assert project.would_run() == jobs


def test_a_lost_emodel_is_prepared_when_it_is_needed(project: Finished):
    (project.results / "emodels" / "cNAC_LBC" / "emodel.json").unlink()
    assert project.would_run() == NOTHING
    (project.results / "scores" / "cNAC_LBC" / "lbc140507.1.parquet").unlink()
    assert project.would_run() == simulations(*LBC) | preparation("cNAC_LBC")


def test_a_lost_release_is_made_again_without_simulating(project: Finished):
    hoc = project.results / "release" / "emodels_hoc" / "cNAC_LBC.hoc"
    before = hoc.read_bytes()
    hoc.unlink()
    assert project.would_run() == {"emodel_hoc cNAC_LBC"} | AGGREGATION
    shutil.rmtree(project.results / "release")
    both = {"emodel_hoc cADpyr_TPC", "emodel_hoc cNAC_LBC"}
    assert project.runs() == both | AGGREGATION
    assert hoc.read_bytes() == before


# places and versions


def test_a_project_that_is_moved_with_its_results_is_not_scored_again(project: Finished):
    """Only what names the new place runs: the table of combinations, and the release."""
    moved = Finished(project.root.with_name("moved"))
    project.root.rename(moved.root)
    assert moved.runs() == {"combos"} | AGGREGATION
    release = (moved.results / "release" / "mecombo_release.json").read_text()
    assert str(moved.root) in release


def test_another_megate_writes_the_hoc_with_its_template(project: Finished, tmp_path: Path):
    for name in ("Snakefile", "workflow", "scripts", "envs", "profiles"):
        source, target = REPOSITORY / name, tmp_path / name
        if source.is_dir():
            shutil.copytree(source, target, copy_function=shutil.copy)  # new times
        elif source.is_file():
            shutil.copy(source, target)
    both = {"emodel_hoc cADpyr_TPC", "emodel_hoc cNAC_LBC"}
    assert project.would_run("--snakefile", str(tmp_path / "Snakefile")) == both | AGGREGATION


def test_another_neuron_runs_nothing_and_is_recorded_where_it_does(
    project: Finished, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    newer = tmp_path / "neuron-99.0.dist-info"
    newer.mkdir()
    (newer / "METADATA").write_text("Metadata-Version: 2.1\nName: neuron\nVersion: 99.0\n")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    assert project.would_run() == NOTHING
    (project.results / "scores" / "cNAC_LBC" / "lbc140507.1.parquet").unlink()
    assert project.runs() == simulations("cNAC_LBC/lbc140507.1")
    scores = pd.read_parquet(project.results / "scores.parquet")
    newer = scores["versions"].str.contains("neuron 99.0", regex=False)
    assert set(scores.loc[newer, "job"]) == {"cNAC_LBC/lbc140507.1"}


# several changes


def test_changes_made_together_run_what_they_run_one_by_one(project: Finished):
    add_morphology(project)
    project.edit("config.yaml", "megate_threshold: 5", "megate_threshold: 14")
    project.edit("example/recipe.yaml", "L4_LBC, etype: {cNAC", "L4_LBC, etype: {cADpyr: 1, cNAC")
    new = simulations("cNAC_LBC/lbc140501-2", "cADpyr_TPC/lbc140507.1") | {"combos"}
    assert project.would_run() == new
    change_parameter(project)
    assert project.would_run() == new | simulations(*LBC) | preparation("cNAC_LBC")
