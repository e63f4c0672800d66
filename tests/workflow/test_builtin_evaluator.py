"""An e-model of configuration files alone goes through the whole workflow; one that has code as
well runs in the way that `scoring.evaluator` says."""

import json
import shutil
from pathlib import Path

import pandas as pd
import pytest
import yaml
from config_emodel import MORPHOLOGIES, NAME, Files, values, with_mechanisms
from runs import snakemake

pytestmark = pytest.mark.slow

ORIGINAL = "pyr_legacy"
EXEMPLAR, OTHER = "tpc140301-A1", "tpc140301-A2"
JOBS = {"prepare_emodel": 1, "emodel_hoc": 1, "score_combo": 3, "gather_scores": 1}

CODE = """
from pathlib import Path
from types import SimpleNamespace
from megate.builtin.evaluator import create_evaluator
Path({marker!r}).touch()
multieval = True
def create(etype, altmorph):
    made = create_evaluator(Path.cwd(), etype, *altmorph[0][1:])
    return SimpleNamespace(evaluators=[made])
evaluator = SimpleNamespace(create=create)
"""


class Project:
    """Two morphologies; the e-model has another name in the map than in the release."""

    def __init__(self, root: Path, files: Files) -> None:
        self.root, self.package, self.marker = root, root / "emodels" / "pyr", root / "code_ran"
        with_mechanisms(files.write(self.package))
        release = root / "morphologies"
        release.mkdir()
        for name in (EXEMPLAR, OTHER):
            shutil.copyfile(MORPHOLOGIES / f"{name}.asc", release / f"{name}.asc")
        shutil.copyfile(
            MORPHOLOGIES / "apical_points_isec.json", release / "apical_points_isec.json"
        )
        morphology = (
            "<morphology><name>{}</name><mtype>M</mtype><msubtype/><layer>5</layer></morphology>"
        )
        listed = "".join(map(morphology.format, (EXEMPLAR, OTHER)))
        (release / "neuronDB.xml").write_text(f"<neurondb><listing>{listed}</listing></neurondb>")
        traits = {"layer": 5, "mtype": "M", "etype": {"E": 1.0}}
        self.write("recipe.yaml", {"version": "v2.0", "neurons": [{"traits": traits}]})
        final = {"params": values(), "morph_path": f"{EXEMPLAR}.asc", "main_path": "pyr"}
        self.write("emodels/final.json", {ORIGINAL: final})
        entry = {"mm_recipe": NAME, "etype": "E", "layer": ["5"]}
        self.write("emodels/map.json", {ORIGINAL: entry})
        self.configure(evaluator="auto")

    def write(self, name: str, content: object) -> None:
        write = json.dumps if name.endswith(".json") else yaml.safe_dump
        (self.root / name).write_text(write(content))

    def configure(self, evaluator: str) -> None:
        prepare = dict.fromkeys(
            ["morph_path", "rep_morph_path", "unrep_morph_path"], "morphologies"
        )
        prepare |= {"recipe_path": "recipe.yaml", "emodels_dir": "emodels"}
        prepare |= {"emodel_etype_map_path": "map.json", "final_json_path": "final.json"}
        rule = {"features": [".*"], "megate_threshold": 20}
        select = {"megate_thresholds": [rule], "check_opt_scores": False}
        scoring = {"evaluator": evaluator}
        self.write("megate.yaml", {"prepare": prepare, "scoring": scoring, "select": select})

    def add_code(self) -> None:
        """Code that says that it ran, and does the same."""
        setup = self.package / "setup"
        setup.mkdir()
        (setup / "__init__.py").write_text(CODE.format(marker=str(self.marker)))

    def snakemake(self, *arguments: str):
        return snakemake(*arguments, "--configfile", "megate.yaml", cwd=self.root)

    def scores(self) -> dict[tuple[str, str], float]:
        table = pd.read_parquet(self.root / "results" / "scores.parquet")
        return table.set_index(["job", "feature"])["score"].to_dict()


def both_names() -> Files:
    files = Files()
    files.recipes[ORIGINAL] = files.recipes[NAME]
    return files


def test_to_the_release_and_with_code_again(tmp_path: Path):
    project = Project(tmp_path, both_names())
    project.add_code()
    project.configure(evaluator="builtin")
    outcome = project.snakemake()
    assert outcome.returncode == 0, outcome.output
    assert not project.marker.exists()
    release = tmp_path / "results" / "release"
    table = pd.read_csv(release / "mecombo_emodel.tsv", sep="\t")
    assert list(table["morph_name"]) == [EXEMPLAR, OTHER]
    assert set(table["emodel"]) == {NAME}
    assert table["threshold_current"].between(0.05, 0.5).all()
    assert table["holding_current"].between(-0.1, -0.001).all()
    assert f"begintemplate {NAME}\n" in (release / "emodels_hoc" / f"{NAME}.hoc").read_text()
    scores = project.scores()
    jobs = [f"{NAME}/{EXEMPLAR}", f"{NAME}/{OTHER}", f"{NAME}/{EXEMPLAR}@original"]
    assert sorted({job for job, _ in scores}) == sorted(jobs)
    assert len(scores) == 3 * 13 and max(scores.values()) < 20
    for job, feature in scores:
        if job == jobs[2]:  # the same under the other name
            assert scores[job, feature] == scores[jobs[0], feature]

    # nothing is left to do, until the other evaluator is asked for
    assert project.snakemake("--dry-run").planned == {}
    project.configure(evaluator="auto")
    outcome = project.snakemake()
    assert outcome.returncode == 0, outcome.output
    assert {rule: outcome.planned[rule] for rule in JOBS} == JOBS
    assert project.marker.exists()
    assert project.scores() == scores


def refused(project: Project) -> str:
    outcome = project.snakemake()
    assert outcome.returncode != 0
    assert "Traceback" not in outcome.output
    assert not list((project.root / "results").glob("scores/**/*.parquet"))
    return outcome.output


def test_recipes_must_have_both_names(tmp_path: Path):
    project = Project(tmp_path, Files())
    output = refused(project)
    assert f"  - {ORIGINAL}: {project.package}/config/recipes/recipes.json has no" in output
    assert f"has no '{ORIGINAL}'; it has {NAME}" in output
    assert output.count("recipes.json has no") == 1


@pytest.mark.parametrize("case", ["feature", "apical points"])
def test_what_only_preparing_shows_is_refused(case: str, tmp_path: Path):
    files = both_names()
    if case == "feature":
        files.features["Step_150"]["soma.v"][1]["feature"] = "AP_amplitud"
        expected = "mm.Step_150.soma.v.AP_amplitud; a similar name is 'AP_amplitude'"
    else:
        expected = "it takes apical points, but there is no "
    project = Project(tmp_path, files)
    if case == "apical points":
        (tmp_path / "morphologies" / "apical_points_isec.json").unlink()
    assert expected in refused(project)
