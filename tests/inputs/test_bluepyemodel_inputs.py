"""BluePyEModel's final.json and recipes.json."""

import json
from pathlib import Path, PurePosixPath
from typing import Any

import pytest
from bluepyemodel_project import (
    EMODEL,
    EXEMPLAR,
    FEATURES,
    FIRST_SEED,
    MODEL,
    PARAMS,
    RECIPES,
    write_project,
)

from megate.core.errors import MegateError
from megate.core.vocabulary import Evaluator
from megate.emodels.kinds import evaluator_of
from megate.inputs.bluepyemodel import (
    emodel_files,
    exemplar,
    package_problems,
    recipe_name,
)
from megate.inputs.final_json import FinalEmodel, read_final_json


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return write_project(tmp_path / "project")


def edit(path: Path, **values: Any) -> None:
    """Set values of the only entry of a JSON file."""
    content = json.loads(path.read_text())
    (entry,) = content.values()
    entry.update(values)
    path.write_text(json.dumps(content))


def read(project: Path, emodel: str) -> FinalEmodel:
    return read_final_json(project / "final.json", [emodel])[emodel]


def test_the_seed_with_the_best_score_is_taken(project: Path) -> None:
    final = read(project, EMODEL)
    assert final.params["g_pas.all"] == 2 * PARAMS["g_pas.all"]
    assert final.params["gkbar_hh.somatic"] == PARAMS["gkbar_hh.somatic"]
    assert final.fitness == {
        "IDrest_150.soma.v.Spikecount": 20.0,
        "APWaveform_300.soma.v.AP_amplitude": 5.0,  # of the validation
    }
    assert final.morph_path == PurePosixPath(EXEMPLAR)
    assert final.main_path == PurePosixPath(".")


@pytest.mark.parametrize(
    ("emodel", "factor"), [(FIRST_SEED, 1), (f"{EMODEL}__test__3", 3), (f"{EMODEL}__test", 2)]
)
def test_a_seed_or_an_iteration_is_named(project: Path, emodel: str, factor: int) -> None:
    assert read(project, emodel).params["g_pas.all"] == factor * PARAMS["g_pas.all"]


def test_a_seed_without_score_is_the_last(project: Path) -> None:
    path = project / "final.json"
    content = json.loads(path.read_text())
    content[f"{EMODEL}__test__2"]["score"] = None
    path.write_text(json.dumps(content))
    assert read(project, EMODEL).params["g_pas.all"] == 3 * PARAMS["g_pas.all"]


@pytest.mark.parametrize(
    ("emodel", "has"),
    [
        ("other", f"it has {FIRST_SEED}, "),
        (f"{EMODEL}__test__4", f"the nearest is '{EMODEL}__test__"),
        ("bal", f"it has {FIRST_SEED}, "),
    ],
)
def test_a_missing_emodel_or_seed_is_named(project: Path, emodel: str, has: str) -> None:
    with pytest.raises(MegateError, match=f"e-model '{emodel}' is missing; {has}"):
        read(project, emodel)


def test_final_json_with_params_and_morph_path_is_read_as_before(project: Path) -> None:
    entry = {"emodel": EMODEL, "params": {"a": 1.0}, "morph_path": "morphologies/other.asc"}
    (project / "final.json").write_text(json.dumps({EMODEL: entry}))
    final = read(project, EMODEL)
    assert (final.params, str(final.morph_path)) == ({"a": 1.0}, "morphologies/other.asc")


@pytest.mark.parametrize(
    ("morph_path", "morphology", "expected"),
    [
        ("./morphologies/", [["a", "a.h5"], ["b", "b.ASC"], ["c", "c.swc"]], "morphologies/b.ASC"),
        ("morphologies/swc", "d.swc", "morphologies/swc/d.swc"),
        ("../shared", [["e", "e.asc"]], "../shared/e.asc"),
    ],
)
def test_exemplar(project: Path, morph_path: str, morphology: Any, expected: str) -> None:
    edit(project / RECIPES, morph_path=morph_path, morphology=morphology)
    assert str(exemplar(project, EMODEL)) == expected


@pytest.mark.parametrize("morphology", [None, [["a", "a.h5"]], [[]], 3, {"a": "a.asc"}])
def test_without_exemplar(project: Path, morphology: Any) -> None:
    edit(project / RECIPES, morphology=morphology)
    with pytest.raises(MegateError, match=r"recipes.json: ball.morphology is .*, expected \[\["):
        exemplar(project, EMODEL)


def test_names_in_recipes_json() -> None:
    recipes = ["L5PC", "L5PC__a", "L5", "L6-PC"]
    expected = {
        "L5PC": "L5PC",
        "L5PC__3": "L5PC",
        "L5PC__a__3": "L5PC__a",
        "L5__x": "L5",
        "L5PC_3": None,
        "L4": None,
        "L6-PC__2": "L6-PC",
        "L6_PC": "L6-PC",
    }
    assert {name: recipe_name(recipes, name) for name in expected} == expected


def test_the_evaluator_of_a_project(project: Path) -> None:
    assert evaluator_of(project, "auto") is Evaluator.BLUEPYEMODEL
    assert evaluator_of(project, "builtin") is Evaluator.BUILTIN
    edit(project / RECIPES, protocol="config/protocols/ball.json", morphology=None)
    recipes = json.loads((project / RECIPES).read_text())
    del recipes[EMODEL]["pipeline_settings"]
    (project / RECIPES).write_text(json.dumps(recipes))
    assert evaluator_of(project, "auto") is Evaluator.BUILTIN
    (project / RECIPES).write_text("{")
    assert evaluator_of(project, "auto") is Evaluator.BUILTIN
    (project / "setup").mkdir()
    (project / "setup" / "__init__.py").touch()
    assert evaluator_of(project, "auto") is Evaluator.CODE


def test_only_needed_files_belong_to_an_emodel(project: Path) -> None:
    for file in (
        "ephys_data/cell/trace.nwb",
        "figures/ball/scores.pdf",
        "checkpoints/ball.pkl",
        "pipeline.py",
        "mechanisms/Na.mod",
        "mechanisms/.Na.mod.swp",
        "axons.py",
        "ramp.txt",
    ):
        (project / file).parent.mkdir(parents=True, exist_ok=True)
        (project / file).touch()
    edit(project / RECIPES, morph_modifiers=[["axons", "replace_axon"]])
    features = json.loads((project / FEATURES).read_text())
    features["protocols"][0]["stimuli"][0]["data_filepath"] = "ramp.txt"
    (project / FEATURES).write_text(json.dumps(features))
    files = [str(path.relative_to(project)) for path in emodel_files(project, [EMODEL])]
    assert files == ["axons.py", FEATURES, MODEL, RECIPES, "mechanisms/Na.mod", "ramp.txt"]


def test_protocols_in_a_file_of_their_own(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: name)  # it is installed
    features = json.loads((project / FEATURES).read_text())
    edit(project / RECIPES, protocol="config/protocols/ball.json")
    assert package_problems(project, [EMODEL]) == []  # not needed: it does not exist
    (project / FEATURES).write_text(json.dumps({"IDrest_150": features["efeatures"]}))
    (problem,) = package_problems(project, [EMODEL])
    file = project / "config" / "protocols" / "ball.json"
    assert problem == f"{project / RECIPES}: ball.protocol: file not found: {file}"


def test_recipes_at_the_top(project: Path) -> None:
    """As emodel-generalisation has them."""
    (project / RECIPES).rename(project / "recipes.json")
    assert evaluator_of(project, "auto") is Evaluator.BLUEPYEMODEL
    assert str(exemplar(project, EMODEL)) == EXEMPLAR
    files = [str(path.relative_to(project)) for path in emodel_files(project, [EMODEL])]
    assert files == [FEATURES, MODEL, "recipes.json"]


def test_problems_are_named(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    edit(project / RECIPES, params="../ball.json")
    (missing, outside), path = package_problems(project, [EMODEL]), project / RECIPES
    assert missing == (
        f"{path} is BluePyEModel's, which is not installed. Install megate with the extra "
        "bluepyemodel: pip install --constraint envs/constraints.txt --editable '.[bluepyemodel]'"
    )
    assert outside == f"{path}: ball.params: '../ball.json' is outside of the package's folder"
