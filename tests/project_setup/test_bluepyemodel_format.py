"""`megate init` recognises projects of BluePyEModel."""

import json
import shutil
from pathlib import Path

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
from megate.project_setup.recognise import recognise


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = write_project(tmp_path / "project")
    (folder / "mechanisms").mkdir()
    (folder / "mechanisms" / "Na.mod").touch()
    (folder / "figures").mkdir()
    (folder / "figures" / "scores.pdf").touch()
    return folder


def test_the_best_seed_of_each_emodel(project: Path) -> None:
    (found,) = recognise(project)
    assert (found.name, found.folder, found.evaluator) == (EMODEL, project, None)
    assert found.params["g_pas.all"] == 2 * PARAMS["g_pas.all"]
    assert found.fitness["IDrest_150.soma.v.Spikecount"] == 20.0
    files = [str(file) for file in found.files]
    assert files == [FEATURES, MODEL, RECIPES, "mechanisms/Na.mod"]
    assert found.exemplar == EXEMPLAR
    assert found.copied == {EXEMPLAR: project / EXEMPLAR}
    assert (found.etype, found.mtype) == (None, None)
    assert found.assumed == [
        f"the parameters are those of {EMODEL}__test__2, the best score of 3 in final.json"
    ]


def test_types_of_final_json(project: Path) -> None:
    path = project / "final.json"
    entry = json.loads(path.read_text())[FIRST_SEED] | {"etype": "cNAC", "mtype": "L5_LBC"}
    path.write_text(json.dumps({FIRST_SEED: entry}))
    (found,) = recognise(project)
    assert (found.etype, found.mtype, found.assumed) == ("cNAC", "L5_LBC", [])


def test_an_exemplar_outside_of_the_project_is_copied(project: Path) -> None:
    shutil.move(project / "morphologies", project.parent / "shared")
    recipes = json.loads((project / RECIPES).read_text())
    recipes[EMODEL]["morph_path"] = "../shared"
    (project / RECIPES).write_text(json.dumps(recipes))
    (found,) = recognise(project)
    assert found.exemplar == EXEMPLAR
    assert [path.resolve() for path in found.copied.values()] == [
        project.parent.resolve() / "shared" / "cell.swc"
    ]


def test_without_final_json(project: Path) -> None:
    (project / "final.json").unlink()
    with pytest.raises(MegateError, match=r"BluePyEModel's final.json: file not found"):
        recognise(project)


def test_with_the_results_of_other_emodels(project: Path) -> None:
    path = project / "final.json"
    entry = json.loads(path.read_text())[FIRST_SEED] | {"emodel": "other"}
    path.write_text(json.dumps({"other__1": entry}))
    with pytest.raises(MegateError, match=r"none of the e-models .* \('ball'\); it has 'other__1'"):
        recognise(project)
