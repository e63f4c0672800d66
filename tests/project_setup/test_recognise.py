"""Which e-models are recognised in a folder."""

import dataclasses
from pathlib import Path
from types import SimpleNamespace

import pytest

from megate.core.errors import MegateError
from megate.project_setup import recognise
from megate.project_setup.etypes import TypedEmodel
from megate.project_setup.formats.found import FoundEmodel
from megate.project_setup.new_project import _evaluator

FOUND = FoundEmodel("E", Path("E"), [], {}, {}, "exemplar.swc", {}, {}, None, None, [])


def test_a_package_with_code(repository: Path) -> None:
    (found,) = recognise.recognise(repository / "config/example/emodels/cADpyr_TPC")
    assert found.name == "cADpyr_TPC"
    assert found.exemplar == "morphologies/tpc140301-A1.asc"
    assert found.params["g_pas.all"] == 5e-05
    assert found.fitness["mm.RMP.soma.v.voltage_base"] == 0.31046182216578205
    assert (found.etype, found.mtype) == ("cADpyr", "L[45]_TPC.*")
    assert {Path("setup/__init__.py"), Path("mechanisms/NaP08.mod")} <= set(found.files)


def test_a_package_without_code(repository: Path) -> None:
    (found,) = recognise.recognise(repository / "config/example/emodels/cNAC_LBC")
    assert (found.name, found.etype, found.mtype) == ("cNAC_LBC", "cNAC|dNAC", ".*_LBC")
    assert Path("config/recipes/recipes.json") in found.files


def test_folders_in_a_folder(repository: Path) -> None:
    found = recognise.recognise(repository / "config/example/emodels")
    assert [each.name for each in found] == ["cADpyr_TPC", "cNAC_LBC"]


def test_bluepymms_folder_is_a_package(reference_project: Path) -> None:
    (found,) = recognise.recognise(reference_project / "emodels_dir/singlecell-optimization")
    assert (found.name, found.etype, found.mtype) == ("cADpyr_L5TPC", "cADpyr", None)
    assert found.exemplar == "morphologies/C060114A5.asc"
    assert not {Path("final.json"), Path("emodel_etype_map.json")} & set(found.files)


def test_recipes_of_bluepyemodel_are_not_the_built_in_evaluators(tmp_path: Path) -> None:
    (tmp_path / "config").mkdir()
    recipes = '{"L5PC": {"pipeline_settings": {}, "params": "config/params.json"}}'
    (tmp_path / "config/recipes.json").write_text(recipes)
    own = recognise.config_only
    assert not own.recognised(tmp_path)


def test_two_formats_at_once(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    both = [
        SimpleNamespace(DESCRIPTION=f"format {name}", recognised=lambda _: True) for name in "ab"
    ]
    monkeypatch.setattr(recognise, "FORMATS", both)
    with pytest.raises(MegateError, match="several formats") as caught:
        recognise.recognise(tmp_path)
    assert "format a" in str(caught.value) and "format b" in str(caught.value)


def test_different_evaluators() -> None:
    hoc = dataclasses.replace(FOUND, name="H", evaluator="hoc")
    emodels = [TypedEmodel(found, ["E"], ".*", ["M"], ["1"]) for found in (FOUND, hoc)]
    with pytest.raises(MegateError, match=r"E: auto\n.*H: hoc"):
        _evaluator(emodels)
    assert _evaluator(emodels[1:]) == "hoc"
    assert _evaluator(emodels[:1]) is None
