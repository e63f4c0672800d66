"""builtin.package: an e-model's configuration files are read and checked, all problems together."""

import json
import re
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import two_levels
import yaml
from builtin_problems import AMPLITUDE, DECAY, PROBLEMS, drop, put
from config_emodel import NAME, Files, steps_only, with_mechanisms
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from spoiled_files import renumbered, spoiled

from megate.builtin.checks import free_parameters, needs_apical_point
from megate.builtin.package import ConfigFiles, config_problems, read_config_files
from megate.core.errors import MegateError


def message(package: Path, files: Files) -> str:
    with pytest.raises(MegateError) as caught:
        read_config_files(files.write(package), NAME)
    return str(caught.value)


def test_a_valid_e_model_is_read_without_its_comments(tmp_path: Path):
    files = Files()
    config = read_config_files(files.write(tmp_path), NAME)
    assert "_comment" not in json.dumps([config.recipe, config.params, config.protocols])
    assert list(config.protocols) == [name for name in files.protocols if name != "_comment"]
    assert config.params["parameters"]["global"] == files.params["parameters"]["global"]
    assert list(free_parameters(config.params)) == list(files.values)
    assert config_problems(with_mechanisms(tmp_path), [NAME], files.values) == []
    assert needs_apical_point(config.protocols)
    assert not needs_apical_point(read_config_files(steps_only().write(tmp_path), NAME).protocols)


def test_its_files_have_every_key_of_the_schemas(repository: Path):
    """So that a key that is not read any more is seen here."""
    schemas = repository / "scripts" / "megate" / "builtin" / "schemas"
    found = json.dumps([vars(Files()), vars(two_levels.files())])
    for path in schemas.glob("*.yaml"):
        for properties in _properties(yaml.safe_load(path.read_text())):
            assert not [key for key in properties if f'"{key}": ' not in found]


def _properties(schema: Any) -> list[dict]:
    if not isinstance(schema, dict):
        return [p for item in schema for p in _properties(item)] if isinstance(schema, list) else []
    own = [schema["properties"]] if isinstance(schema.get("properties"), dict) else []
    return own + [p for value in schema.values() for p in _properties(value)]


def test_the_last_of_entries_with_the_same_name_counts(tmp_path: Path):
    """As in BluePyOpt, which collects parameters and scores by name: in the place of the first."""
    files = Files()
    somatic = files.params["parameters"]["somatic"]
    somatic.insert(0, {"name": "gbar_NaP08", "val": 0.05})
    somatic.append({"name": "ena", "val": 50.0})
    spikes = files.features["Step_150"]["soma.v"]
    spikes.append({"feature": "mean_frequency", "val": [30.0, 5.0, "x"]})
    config = read_config_files(files.write(tmp_path), NAME)
    names = [p["name"] for p in config.params["parameters"]["somatic"]]
    assert names[:4] == ["gbar_NaP08", "ena", "ek", "gbar_KdP08"] and len(names) == 8
    values = {p["name"]: p["val"] for p in config.params["parameters"]["somatic"]}
    assert values["ena"] == 50.0 and values["gbar_NaP08"] == [0.0, 1.0]
    assert [(f["feature"], f["val"][0]) for f in config.features["Step_150"]["soma.v"]] == [
        ("mean_frequency", 30.0),
        ("AP_amplitude", 80.0),
        ("time_to_first_spike", 20.0),
    ]
    of_params, of_features = config.warnings
    assert f"{tmp_path}/config/params/pyr.json: several entries" in of_params
    assert of_params.endswith("BluePyOpt: parameters.somatic.gbar_NaP08, parameters.somatic.ena")
    assert of_features.endswith("BluePyOpt: Step_150.soma.v.mean_frequency")
    assert read_config_files(Files().write(tmp_path), NAME).warnings == []


def test_recipes_are_also_read_from_another_path(tmp_path: Path):
    """That of BluePyEModel, if there are none at the usual path."""
    package = with_mechanisms(Files().write(tmp_path))
    usual, other = package / "config/recipes/recipes.json", package / "config/recipes.json"
    other.write_text("[]")
    assert config_problems(package, [NAME], Files().values) == []
    usual.replace(other)
    assert config_problems(package, [NAME], Files().values) == []
    (problem,) = config_problems(package, ["pyr_2"], Files().values)
    assert f"{other} has no 'pyr_2'; it has pyr" in problem


# ---- the reference data --------------------------------------------------------------------


@pytest.fixture
def reference_config(reference_project: Path) -> ConfigFiles:
    package = reference_project / "emodels_dir" / "singlecell-optimization"
    return read_config_files(package, "cADpyr_L5TPC")


def test_reference_parameters(reference_config: ConfigFiles, reference_project: Path):
    package = reference_project / "emodels_dir" / "singlecell-optimization"
    values = json.loads((package / "final.json").read_text())["cADpyr_L5TPC"]["params"]
    assert len(values) == 31
    assert sorted(free_parameters(reference_config.params)) == sorted(values)
    problems = config_problems(package, ["cADpyr_L5TPC"], values)
    assert len(problems) == 1 and "no .mod file" in problems[0]  # the data leave them out


def test_reference_features(reference_config: ConfigFiles, reference: Path):
    expected = pd.read_csv(reference / "expected" / "scores.csv")["feature"].unique()
    named = [
        f"mm.{protocol}.{recording}.{feature['feature']}"
        for protocol, recordings in reference_config.features.items()
        for recording, features in recordings.items()
        for feature in features
    ]
    assert len(named) == 62
    assert sorted(named) == sorted(expected)


# ---- one problem each ------------------------------------------------------------------------


@pytest.mark.parametrize("case", PROBLEMS)
def test_a_problem_is_named(case: str, tmp_path: Path):
    change, expected = PROBLEMS[case]
    files = Files()
    change(files)
    found = message(tmp_path, files)
    assert re.search(expected, found), found
    assert found.startswith(f"e-model {NAME}:\n  - ")
    assert str(tmp_path) in found
    assert all(len(line) < 600 and line.isprintable() for line in found.splitlines())


def test_a_missing_package_is_named(tmp_path: Path):
    (problem,) = config_problems(tmp_path, [NAME], {})
    assert problem.startswith("its package has no code (setup/__init__.py), no hoc ")


def test_problems_of_all_files_come_together(tmp_path: Path):
    files = Files()
    for change in (
        put("params", to="{"),
        put("protocols", "RMP", "stimulus", to={}),
        put(*AMPLITUDE, "weight", to=-1),
        put(*AMPLITUDE, "strict", to=1),
        put(*AMPLITUDE, "trict_stim", to=1),
    ):
        change(files)
    assert len(re.findall("\n  - ", message(tmp_path, files))) == 5


def test_problems_of_one_file_come_together(tmp_path: Path):
    files = Files()
    put(*DECAY, "fun", to="{x}")(files)
    put("params", "parameters", "apik", to=[])(files)
    drop("protocols", "RMP")(files)
    put("features", "bAP", "apic2.v", to=[])(files)
    found = message(tmp_path, files)
    for expected in ("{x}", "is not used", "apik", "'RMP'", "bAP.apic2.v"):
        assert expected in found


def test_a_problem_of_two_names_is_told_once(tmp_path: Path):
    files = Files()
    files.recipes["pyr_legacy"] = files.recipes[NAME]
    put(*AMPLITUDE, "weight", to=-1)(files)
    problems = config_problems(files.write(tmp_path), [NAME, "pyr_legacy"], files.values)
    assert len(problems) == 1
    problems = config_problems(tmp_path, [NAME, "pyr_old"], files.values)
    assert [("has no 'pyr_old'; it has pyr, pyr_legacy" in text) for text in problems] == [
        False,
        True,
    ]


# ---- with final.json and the mechanisms ---------------------------------------------------------


def test_values_and_parameters_match(tmp_path: Path):
    package = with_mechanisms(Files().write(tmp_path))
    values = Files().values | {"gbar_NaP08.axonal": 1.5, "gbar_NaP08.basal": 0.1}
    del values["g_pas.all"]
    assert config_problems(package, [NAME], values) == [
        "final.json has no value for the parameter 'g_pas.all'",
        "final.json's parameter 'gbar_NaP08.axonal' is 1.5, outside its bounds [0.0, 1.0]",
        "final.json's parameter 'gbar_NaP08.basal' is not one of the optimised parameters",
    ]


def test_mechanisms_are_there(tmp_path: Path):
    package = with_mechanisms(Files().write(tmp_path))
    (package / "mechanisms" / "NaP08.mod").unlink()
    (package / "mechanisms" / "NaP08.mod").mkdir()  # a folder is no file
    (problem,) = config_problems(package, [NAME], Files().values)
    assert "'NaP08'" in problem and "no .mod file" in problem
    assert "pas" not in problem


# ---- whatever the files hold ------------------------------------------------------------------


@settings(
    max_examples=3 * settings.default.max_examples,  # of the tier
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(spoiled() | renumbered() | st.builds(Files, params=st.text(), features=st.text()))
def test_spoiled_files_are_read_or_refused(tmp_path: Path, files: Files):
    package = files.write(tmp_path)
    try:
        config = read_config_files(package, NAME)
    except MegateError as error:
        assert str(error).replace("\n", "").isprintable()
        assert config_problems(package, [NAME], files.values)
    else:
        assert isinstance(config, ConfigFiles)
        assert all(problem.isprintable() for problem in config_problems(package, [NAME], {}))
