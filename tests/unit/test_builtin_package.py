"""builtin.package: an e-model's configuration files are read and checked, all problems together."""

import json
import math
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import yaml
from config_emodel import NAME, Files, steps_only, with_mechanisms
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from spoiled_files import renumbered, spoiled

from megate.builtin.checks import free_parameters, needs_apical_point
from megate.builtin.package import ConfigFiles, config_problems, read_config_files
from megate.errors import MegateError

Change = Callable[[Files], Any]


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
    assert free_parameters(config.params) == list(files.values)
    assert config_problems(with_mechanisms(tmp_path), [NAME], files.values) == []
    assert needs_apical_point(config.protocols)
    assert not needs_apical_point(read_config_files(steps_only().write(tmp_path), NAME).protocols)


def test_its_files_have_every_key_of_the_schemas(repository: Path):
    """So that a key that is not read any more is seen here."""
    files, schemas = Files(), repository / "scripts" / "megate" / "builtin" / "schemas"
    found = json.dumps([files.recipes, files.params, files.protocols, files.features])
    for path in schemas.glob("*.yaml"):
        for properties in _properties(yaml.safe_load(path.read_text())):
            assert not [key for key in properties if f'"{key}": ' not in found]


def _properties(schema: Any) -> list[dict]:
    if not isinstance(schema, dict):
        return [p for item in schema for p in _properties(item)] if isinstance(schema, list) else []
    own = [schema["properties"]] if isinstance(schema.get("properties"), dict) else []
    return own + [p for value in schema.values() for p in _properties(value)]


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


def put(*path: str | int, to: Any) -> Change:
    """Set what is at a path: the file's name, then keys."""

    def change(files: Files) -> None:
        kind, *keys = path
        if not keys:
            setattr(files, kind, to)
            return
        where = getattr(files, kind)
        for key in keys[:-1]:
            where = where[key]
        where[keys[-1]] = to

    return change


def drop(*path: str | int) -> Change:
    def change(files: Files) -> None:
        where = getattr(files, path[0])
        for key in path[1:-1]:
            where = where[key]
        del where[path[-1]]

    return change


RECIPE = ("recipes", NAME)
ALL = ("params", "parameters", "all")
SOMATIC = ("params", "parameters", "somatic")
DECAY = ("params", "distributions", "decay")
STEP = ("protocols", "Step_0.02", "stimuli", "step")
BAP = ("protocols", "bAP", "extra_recordings")
AMPLITUDE = ("features", "Step_150", "soma.v", 1)

PROBLEMS: dict[str, tuple[Change, str]] = {
    # recipes.json
    "recipe missing": (drop(*RECIPE), r"recipes\.json has no 'pyr'; it has nothing"),
    "recipe unknown key": (
        put(*RECIPE, "morph_modifier", to=[]),
        r"recipes\.json: pyr: unknown key 'morph_modifier'; .* 'morph_modifiers'",
    ),
    "recipe key missing": (drop(*RECIPE, "params"), "pyr: 'params' is a required property"),
    "recipe is a list": (put(*RECIPE, to=[]), r"pyr: \[\] is not of type 'object'"),
    "recipes are a list": (put("recipes", to=[]), r"recipes\.json holds list, expected"),
    "recipe path is a number": (put(*RECIPE, "params", to=5), r"pyr\.params: 5 is not of type"),
    "power transform": (put(*RECIPE, "use_powertransform", to=True), "False was expected"),
    "two axons": (
        put(*RECIPE, "morph_modifiers", to=["replace_axon_with_taper", "bluepyopt_replace_axon"]),
        r"pyr\.morph_modifiers: .* too long",
    ),
    "unknown axon": (
        put(*RECIPE, "morph_modifiers", to=["x"]),
        r"morph_modifiers\[0\]: 'x' is not",
    ),
    "file missing": (put(*RECIPE, "features", to="config/x.json"), r"not found: .*config/x\.json"),
    "path leaves": (
        put(*RECIPE, "params", to="config/../../x"),
        r"pyr\.params: .* leaves the pack",
    ),
    "path is absolute": (put(*RECIPE, "protocol", to="/etc/passwd"), r"pyr\.protocol: .* leaves"),
    "path is empty": (put(*RECIPE, "params", to=""), "file not found"),
    "path is no text": (put(*RECIPE, "params", to="x\0\n\ud800"), r"'x\\x00\\n\\ud800' is no path"),
    "path is long": (put(*RECIPE, "params", to="x" * 5000), "cannot read"),
    # not JSON, or not this JSON
    "no JSON": (put("params", to="{"), r"params/pyr\.json is not valid JSON"),
    "empty": (put("params", to=""), r"params/pyr\.json is not valid JSON"),
    "null": (put("params", to=None), r"params/pyr\.json holds nothing, expected a JSON object"),
    "protocols are a list": (put("protocols", to=[]), r"protocols/pyr\.json holds list, expected"),
    "nested": (put("params", "distributions", to=json.loads("[" * 300 + "]" * 300)), "too deeply"),
    "very nested": (put("params", to="[" * 100_000), "is not valid JSON"),
    "large": (put("features", to="{}" + " " * 5_000_000), "has 5000002 bytes, expected at most"),
    "a number of 5000 digits": (put("params", to="9" * 5000), "is not valid JSON"),
    # parameters
    "mechanisms missing": (drop("params", "mechanisms"), "'mechanisms' is a required property"),
    "section list": (
        put("params", "mechanisms", "soma", to={"mech": ["pas"]}),
        r"mechanisms\.soma: no section list has this name, expected one of all, somatic, basal",
    ),
    "section list of parameters": (
        put("params", "parameters", "axon", to=[]),
        r"parameters\.axon: no section list has this name",
    ),
    "mechanism's name": (
        put("params", "mechanisms", "all", "mech", to=["pas\n"]),
        r"mechanisms\.all\.mech\[0\]: 'pas\\n' does not match",
    ),
    "parameter's name": (put(*ALL, 0, "name", to="e_pas }"), r"parameters\.all\[0\]\.name: "),
    "parameter twice": (
        put(*ALL, 1, "name", to="cm"),
        r"parameters\.all: 'cm' stands there 2 times",
    ),
    "parameter's unknown key": (
        put(*ALL, 0, "vall", to=1),
        r"parameters\.all\[0\]: unknown key 'vall'; the nearest known one is 'val'",
    ),
    "NaN": (put(*ALL, 0, "val", to=math.nan), r"all\[0\]\.val: nan found, expected a finite"),
    "infinite": (put(*ALL, 3, "val", to=[0, math.inf]), r"all\[3\]\.val\[1\]: inf found"),
    "huge": (put(*ALL, 0, "val", to=10**400), r"all\[0\]\.val: 1000.* found, expected a finite"),
    "truth value": (put(*ALL, 0, "val", to=True), r"all\[0\]\.val: True found, .*a number, a list"),
    "three bounds": (put(*ALL, 3, "val", to=[1, 2, 3]), r"all\[3\]\.val: \[1, 2, 3\] is too long"),
    "bounds": (put(*ALL, 3, "val", to=[1, 0]), r"the lower bound 1 is above the upper bound 0"),
    "distribution": (
        put(*ALL, 0, "dist", to="exq"),
        r"all\[0\]\.dist: there is no distribution 'exq'",
    ),
    "global distribution": (
        put("params", "parameters", "global", 0, "dist", to="exp"),
        r"parameters\.global\[0\]\.dist: only in section lists",
    ),
    "expression": (
        put(*DECAY, "fun", to="open('x')"),
        r"params/pyr\.json: distributions\.decay\.fun: it has \"open",
    ),
    "own parameter": (
        put(*DECAY, "parameters", to=["constant", "slope"]),
        r"parameters\.distribution_decay: no value for 'slope'",
    ),
    "no own parameter": (
        put("params", "parameters", "distribution_exp", to=[{"name": "slope", "val": 1}]),
        r"distribution_exp\[0\]: 'slope' is no parameter of 'exp'",
    ),
    "no such distribution": (
        put("params", "parameters", "distribution_x", to=[]),
        r"parameters\.distribution_x: there is no distribution 'x'",
    ),
    "other order in hoc": (
        lambda f: f.params["parameters"].update(all=f.params["parameters"].pop("all")),
        r"parameters\.all: 'cm' comes after another value of it for myelinated, but before that",
    ),
    "value after distribution": (
        put("params", "parameters", "allact", to=[{"name": "gbar_HcnK06", "val": 0}]),
        r"parameters\.allact: 'gbar_HcnK06' comes after another value of it for apical",
    ),
    # protocols
    "type": (
        put("protocols", "bAP", "type", to="RampProtocol"),
        r"bAP: type is 'RampProtocol', expected one of .*StepProtocol, StepThresholdProtocol",
    ),
    "type missing": (drop("protocols", "bAP", "type"), "bAP: type is None, expected one of"),
    "protocol is a list": (put("protocols", "bAP", to=[1]), r"bAP: type is \[1\], expected one of"),
    "protocol is null": (put("protocols", "Main", to=None), "Main: None is not of type 'object'"),
    "protocol's name": (
        lambda f: f.protocols.update({"a b": f.protocols["RMP"]}),
        "protocol 'a b' cannot be used",
    ),
    "protocol's key": (
        put("protocols", "RMP", "stimulus", to={}),
        "RMP: unknown key 'stimulus'; the nearest known one is 'stimuli'",
    ),
    "no steps": (put(*STEP, to=[]), r"stimuli\.step: \[\] (should be non-empty|is too short)"),
    "step is a number": (
        put(*STEP, to=5),
        r"step: 5 found, expected one of: keys with values, a l",
    ),
    "delay missing": (drop(*STEP, 1, "delay"), r"step\[1\]: 'delay' is a required property"),
    "negative delay": (put(*STEP, 0, "delay", to=-1), r"step\[0\]\.delay: -1 is less than"),
    "long delay": (put(*STEP, 0, "delay", to=1e300), r"step\[0\]\.delay: 1e\+300 is greater than"),
    "long": (put(*STEP, 0, "totduration", to=2e6), r"step\[0\]\.totduration: .* greater than"),
    "amplitude missing": (
        drop(*STEP, 0, "amp"),
        r"Step_0\.02\.stimuli\.step\[0\]: 'amp' is missing",
    ),
    "holding missing": (drop("protocols", "Rin", "stimuli", "holding"), "'holding' is missing"),
    "holding without amplitude": (
        put(
            "protocols",
            "RMP",
            "stimuli",
            "holding",
            to={"delay": 0, "duration": 1, "totduration": 1},
        ),
        r"RMP\.stimuli\.holding: 'amp' is missing",
    ),
    "percentage missing": (
        drop("protocols", "Step_150", "stimuli", "step", "thresh_perc"),
        r"Step_150\.stimuli\.step: 'thresh_perc' is missing",
    ),
    "no RMP": (drop("protocols", "RMP"), "Main needs the StepProtocol 'RMP'"),
    "no Rin": (drop("protocols", "Rin"), "Main needs the StepProtocol 'Rin'"),
    "no RinHoldcurrent": (
        drop("protocols", "RinHoldcurrent"),
        "needs the protocol 'RinHoldcurrent'",
    ),
    "no search": (
        drop("protocols", "ThresholdDetection"),
        "ThresholdDetectionProtocol, found none",
    ),
    "two searches": (
        lambda f: f.protocols.update(Second=f.protocols["ThresholdDetection"]),
        "found ThresholdDetection and Second",
    ),
    "no Main": (drop("protocols", "Main"), r"Step_150: a StepThresholdProtocol needs 'Main'"),
    "search without Main": (drop("protocols", "Main"), "RinHoldcurrent: a search needs 'Main'"),
    "unknown protocol": (
        put("protocols", "Main", "other_protocols", to=["Step_151"]),
        r"Main\.other_protocols: 'Step_151' is no StepProtocol or StepThresholdProtocol here",
    ),
    "Main in Main": (
        put("protocols", "Main", "pre_protocols", to=["Main"]),
        r"Main\.pre_protocols: 'Main' is no StepProtocol",
    ),
    "Rin again": (
        put("protocols", "Main", "pre_protocols", to=["Rin"]),
        r"Main\.pre_protocols: 'Rin' is run by Main itself",
    ),
    "precision": (
        put("protocols", "RinHoldcurrent", "holdi_precision", to=0),
        r"RinHoldcurrent\.holdi_precision: 0 is less than or equal to the minimum",
    ),
    "depth": (
        put("protocols", "RinHoldcurrent", "holdi_max_depth", to=1000),
        r"RinHoldcurrent\.holdi_max_depth: 1000 is greater than the maximum of 50",
    ),
    "recording's type": (
        put(*BAP, 0, "type", to="x"),
        r"extra_recordings\[0\]\.type: 'x' is not one",
    ),
    "recording's distance": (drop(*BAP, 1, "somadistance"), r"\[1\]: 'somadistance' is missing"),
    "recording's section": (drop(*BAP, 2, "sec_index"), r"\[2\]: 'sec_index' is missing"),
    "recording's place": (put(*BAP, 2, "comp_x", to=1.5), r"\[2\]\.comp_x: 1\.5 is greater"),
    "recording's list": (put(*BAP, 1, "seclist_name", to="x"), r"\[1\]\.seclist_name: 'x' is not"),
    "recording's variable": (put(*BAP, 1, "var", to="v)"), r"\[1\]\.var: 'v\)' does not match"),
    "recording twice": (
        put(*BAP, 1, "name", to="apic1"),
        r"\[1\]: there is another recording 'apic1",
    ),
    "soma again": (put(*BAP, 1, "name", to="soma"), r"\[1\]: there is another recording 'soma\.v'"),
    # features
    "no features": (put("features", to={}), "there is no feature in it"),
    "feature of nothing": (
        put("features", "Step_300", to={}),
        r"features/pyr\.json: Step_300: no protocol of this name is run",
    ),
    "feature of a search": (
        put("features", "ThresholdDetection", to={"soma.v": []}),
        "ThresholdDetection: no protocol of this name is run",
    ),
    "feature of what is not run": (
        put("protocols", "Main", "other_protocols", to=["bAP"]),
        "Step_150: no protocol of this name is run",
    ),
    "feature's recording": (
        put("features", "bAP", "apic2.v", to=[]),
        r"bAP\.apic2\.v: no such recording, bAP has soma\.v, apic1\.v, dend1\.v, ca_soma\.cai",
    ),
    "feature twice": (
        put(*AMPLITUDE, "feature", to="mean_frequency"),
        r"Step_150\.soma\.v: 'mean_frequency' stands there 2 times",
    ),
    "feature's name": (
        put(*AMPLITUDE, "feature", to="AP amp"),
        r"soma\.v\[1\]\.feature: 'AP amp' ",
    ),
    "no deviation": (put(*AMPLITUDE, "val", to=[1]), r"soma\.v\[1\]\.val: \[1\] is too short"),
    "deviation 0": (put(*AMPLITUDE, "val", to=[1, 0]), r"val\[1\]: 0 is less than or equal to"),
    "negative deviation": (
        put(*AMPLITUDE, "val", to=[1, -1]),
        r"val\[1\]: -1 is less than or equal",
    ),
    "mean NaN": (
        put(*AMPLITUDE, "val", to=[math.nan, 1]),
        r"val\[0\]: nan found, expected a finite",
    ),
    "mean huge": (
        put(*AMPLITUDE, "val", to=[10**400, 1]),
        r"val\[0\]: 1000.* found, expected a fin",
    ),
    "mean text": (put(*AMPLITUDE, "val", to=["1", 1]), r"val\[0\]: '1' is not of type 'number'"),
    "weight": (put(*AMPLITUDE, "weight", to=-1), r"soma\.v\[1\]\.weight: -1 is less than"),
    "strict": (
        put(*AMPLITUDE, "strict_stim", to=1),
        r"soma\.v\[1\]\.strict_stim: 1 is not of type",
    ),
    "feature's unknown key": (
        put(*AMPLITUDE, "strict_stimulus", to=True),
        r"soma\.v\[1\]: unknown key 'strict_stimulus'; the nearest known one is 'strict_stim'",
    ),
    "current in the wrong place": (
        put(*AMPLITUDE, "feature", to="bpo_threshold_current"),
        r"Step_150\.soma\.v\[1\]: found 'bpo_threshold_current', expected a feature of eFEL",
    ),
    "wrong current": (
        put("features", "Threshold", "soma.v", 0, "feature", to="bpo_holding_current"),
        r"found 'bpo_holding_current', expected 'bpo_threshold_current'",
    ),
    "Main's feature": (
        drop("features", "Rin", "soma.v", 1),
        r"Rin\.soma\.v: 'ohmic_input_resistance_vb_ssse' is missing, which Main needs",
    ),
}


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
    assert problem.startswith("its package has no code (setup/__init__.py) and no ")


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
    for expected in ("{x}", "does not have its parameter", "apik", "'RMP'", "bAP.apic2.v"):
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
        "final.json's parameter 'gbar_NaP08.basal' is none of those that were optimised",
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
    max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
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
