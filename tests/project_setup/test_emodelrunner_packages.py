"""megate init makes e-models without code of EModelRunner's packages.

The environment variable MEGATE_EMODELRUNNER names a checkout of BlueBrain/EModelRunner, whose
examples are read, too.
"""

import json
import os
import shutil
from pathlib import Path

import pytest
from config_emodel import NAME, Files
from emodelrunner_package import INI, MORPHOLOGY, write
from two_levels import files as two_levels

from megate.builtin.package import config_problems, read_config_files
from megate.core.errors import MegateError
from megate.morphologies.release import MorphologyDirectory
from megate.project_setup.formats import emodelrunner
from megate.project_setup.formats.found import FoundEmodel

PROTOCOLS = "prot_path = config/protocols/cell.json"


def found(folder: Path) -> FoundEmodel:
    assert emodelrunner.recognised(folder)
    (emodel,) = emodelrunner.emodels_in(folder)
    return emodel


def put(emodel: FoundEmodel, folder: Path) -> Path:
    """Write the e-model's package as a project has it."""
    for name, text in emodel.written.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    for name, path in emodel.copied.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, folder / name)
    return folder


def test_a_package_becomes_an_e_model_without_code(tmp_path: Path):
    files = Files()
    emodel = found(write(tmp_path / "cell", files))
    assert (emodel.name, emodel.etype, emodel.mtype) == (NAME, None, "L5_TPC")
    assert emodel.params == files.values and emodel.currents is None and emodel.files == []
    assert emodel.exemplar == f"morphologies/{MORPHOLOGY}"
    package = put(emodel, tmp_path / "package")
    assert config_problems(package, [NAME], emodel.params) == []
    config = read_config_files(package, NAME)
    expected = read_config_files(files.write(tmp_path / "expected"), NAME)
    for kind in ("params", "protocols", "features"):
        assert getattr(config, kind) == getattr(expected, kind)
    assert config.recipe["morph_modifiers"] == ["replace_axon_with_taper"]
    assert "dt" not in config.recipe
    assert any("CVODE" in line and '"dt": 0.025' in line for line in emodel.assumed)
    morphologies = MorphologyDirectory((package / emodel.exemplar).parent)
    assert morphologies.apical_points == {MORPHOLOGY.removesuffix(".asc"): 6}
    assert {path.name for path in package.glob("mechanisms/*")} == {
        path.name for path in (tmp_path / "cell").glob("mechanisms/*.mod")
    }


def test_other_values_of_the_ini_file(tmp_path: Path):
    """Steps of CVODE, the morphology's axon, no apical point, other global parameters."""
    text = INI.replace("cvode_active = False", "cvode_active = true")
    text = text.replace("do_replace_axon = True", "do_replace_axon = False")
    text = text.replace("isec = 6", "isec = -1").replace("v_init = -80", "v_init = -70.5")
    text = text.replace("mtype = L5_TPC", "mtype = _")
    emodel = found(write(tmp_path / "cell", Files(), text, f"optimised/{MORPHOLOGY}"))
    assert emodel.mtype is None
    assert emodel.fitness == {".RMP.x": 1.0}
    recipe = json.loads(emodel.written["config/recipes/recipes.json"])[NAME]
    assert recipe["morph_modifiers"] == []
    assert not any("apical" in name for name in emodel.written)
    params = json.loads(emodel.written["config/params/cell.json"])
    assert params["parameters"]["global"] == [
        {"name": "celsius", "val": 34},
        {"name": "v_init", "val": -70.5},
    ]
    assert emodel.assumed == ["v_init is -70.5, as in cell.ini; cell.json has -80.0"]


def test_defaults_are_those_of_emodelrunner(tmp_path: Path):
    needed = ("features_path", "unopt", "prot_path", "morph_path", "emodel =")
    lines = [line for line in INI.splitlines() if line.startswith(("[Paths]", "[Cell]", *needed))]
    emodel = found(write(tmp_path / "cell", Files(), "\n".join(lines)))
    recipe = json.loads(emodel.written["config/recipes/recipes.json"])[NAME]
    assert recipe["morph_modifiers"] == ["replace_axon_with_taper"]
    assert any('"dt": 0.025' in line for line in emodel.assumed)
    assert "config/params/cell.json" in emodel.copied
    assert emodel.mtype is None and not any("apical" in name for name in emodel.written)


def test_a_thalamic_package(tmp_path: Path):
    folder = write(tmp_path / "cell", two_levels(), INI.replace("type = sscx", "type = thalamus"))
    types = {"m-type": "VPL_TC", "e-type": "dNAD_ltb"}
    (folder / "cell_info.json").write_text(json.dumps(types))
    emodel = found(folder)
    assert (emodel.mtype, emodel.etype) == ("VPL_TC", "dNAD_ltb")
    assert emodel.currents == ("bpo_holding_current_hyp", "bpo_threshold_current_hyp")
    recipe = json.loads(emodel.written["config/recipes/recipes.json"])[NAME]
    assert recipe["morph_modifiers"] == ["replace_axon_with_taper_without_myelin"]
    assert emodel.fitness == {}
    assert not any(name.startswith("mechanisms") for name in emodel.copied)
    package = put(emodel, tmp_path / "package")
    assert config_problems(package, [NAME], emodel.params) == []


def test_the_ini_file_of_the_recipe_is_taken(tmp_path: Path):
    """a.ini has protocols of which no feature is scored."""
    folder = write(tmp_path / "cell", Files())
    (folder / "config/a.ini").write_text(INI.replace(PROTOCOLS, "prot_path = config/other.json"))
    (folder / "config/other.json").write_text(json.dumps({"Step": {}}))
    (folder / "config/b.ini").write_text("[Paths]\nother = 1\n")
    emodel = found(folder)
    assert emodel.copied["config/protocols/cell.json"] == folder / "config/protocols/cell.json"
    assert any("cell.ini" in line for line in emodel.assumed)
    (folder / "config/cell.ini").unlink()
    with pytest.raises(MegateError, match=r"a\.ini: \[Paths\] prot_path: .* no protocol 'RMP'"):
        found(folder)


def test_other_folders_are_not_recognised(tmp_path: Path):
    assert not emodelrunner.recognised(tmp_path)
    (tmp_path / "tox.ini").write_bytes(b"[tox]\n\xff")
    (tmp_path / "folder.ini").mkdir()
    assert not emodelrunner.recognised(tmp_path)


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("emodel = pyr", "", r"cell\.ini: \[Cell\] has no 'emodel'"),
        ("emodel = pyr", "emodel = other", "e-model 'other' is missing"),
        (PROTOCOLS, "", r"cell\.ini: \[Paths\] has no 'prot_path'"),
        (PROTOCOLS, "prot_path = no.json", r"\[Paths\] prot_path: file not found: .*no\.json"),
        (PROTOCOLS, "prot_path = %(no)s/x", r"cell\.ini: \[Paths\] prot_path: Bad value subst"),
        (PROTOCOLS, "prot_path = %x", r"cell\.ini: \[Paths\] prot_path: '%' must be foll"),
        ("type = sscx", "type = synplas", r"\[Package\] type: 'synplas' found, expected sscx or"),
        ("dt = 0.025", "dt = fast", r"cell\.ini: \[Sim\] dt: could not convert .*'fast'"),
        ("= False", "= maybe", r"cell\.ini: \[Sim\] cvode_active: Not a boolean: maybe"),
        ("isec = 6", "isec = x", r"\[Protocol\] apical_point_isec: .*'x'"),
        ("celsius = 34", "celsius = warm", r"\[Cell\] celsius: .*'warm'"),
        ("mtype = L5_TPC", "mtype = %(m)s", r"\[Morphology\] mtype: Bad value substitution"),
        ("[Sim]", "[Sim", r"cell\.ini: .*contains parsing errors"),
        ("[Sim]", "[Cell]", r"cell\.ini: .*section 'Cell' already exists"),
    ],
)
def test_problems_of_the_ini_file(old: str, new: str, expected: str, tmp_path: Path):
    assert old in INI
    folder = write(tmp_path / "cell", Files(), INI.replace(old, new))
    with pytest.raises(MegateError, match=expected):
        found(folder)


def test_problems_of_the_parameters_file(tmp_path: Path):
    files = Files()
    del files.params["mechanisms"]
    with pytest.raises(MegateError, match=r"params/cell\.json:\s.*'mechanisms' is missing"):
        found(write(tmp_path / "cell", files))


@pytest.mark.slow
@pytest.mark.parametrize(("example", "features"), [("sscx", 64), ("thalamus", 34)])
def test_published_packages(example: str, features: int, tmp_path: Path):
    checkout = os.environ.get("MEGATE_EMODELRUNNER")
    if not checkout:
        pytest.skip("MEGATE_EMODELRUNNER does not name a checkout of EModelRunner")
    emodel = found(Path(checkout, "examples", f"{example}_sample_dir"))
    package = put(emodel, tmp_path)
    assert config_problems(package, [emodel.name], emodel.params) == []
    of_protocols = read_config_files(package, emodel.name).features.values()
    assert sum(len(each) for of in of_protocols for each in of.values()) == features
