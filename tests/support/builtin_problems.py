"""Problems in an e-model's configuration files.

Each is a change to valid files, with a regular expression for the message.
"""

import json
import math
from collections.abc import Callable
from typing import Any

from config_emodel import NAME, Files

Change = Callable[[Files], Any]


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
    "BluePyEModel's recipe": (
        put(*RECIPE, "pipeline_settings", to={"efel_settings": {}}),
        r"recipes\.json: pyr: this is BluePyEModel's layout, .* if the recipe has pipeline_s",
    ),
    "BluePyEModel's features": (
        put("features", to={"efeatures": [], "protocols": []}),
        r"features/pyr\.json: this is BluePyEModel's layout",
    ),
    "many places": (
        lambda f: [of.update(tol=1) for of in f.params["parameters"]["somatic"]],
        r"pyr\.json: parameters\.somatic\[0\] and 7 other places: unknown key 'tol'",
    ),
    "recipe missing": (drop(*RECIPE), r"recipes\.json has no 'pyr'; it has no e-models"),
    "recipe unknown key": (
        put(*RECIPE, "morph_modifier", to=[]),
        r"recipes\.json: pyr: unknown key 'morph_modifier'; .* 'morph_modifiers'",
    ),
    "recipe key missing": (drop(*RECIPE, "params"), "pyr: 'params' is missing"),
    "recipe is a list": (put(*RECIPE, to=[]), r"pyr: \[\] found, expected a mapping"),
    "recipes are a list": (put("recipes", to=[]), r"recipes\.json holds list, expected"),
    "recipe path is a number": (
        put(*RECIPE, "params", to=5),
        r"pyr\.params: 5 found, expected a string",
    ),
    "power transform": (put(*RECIPE, "use_powertransform", to=True), "True found, expected False"),
    "two axons": (
        put(*RECIPE, "morph_modifiers", to=["replace_axon_with_taper", "bluepyopt_replace_axon"]),
        r"pyr\.morph_modifiers: .* found, expected a list of at most 1",
    ),
    "unknown axon": (
        put(*RECIPE, "morph_modifiers", to=["x"]),
        r"morph_modifiers\[0\]: 'x' found, expected one of",
    ),
    "file missing": (put(*RECIPE, "features", to="config/x.json"), r"not found: .*config/x\.json"),
    "path leaves": (
        put(*RECIPE, "params", to="config/../../x"),
        r"pyr\.params: .* is outside of the pack",
    ),
    "path is absolute": (
        put(*RECIPE, "protocol", to="/etc/passwd"),
        r"pyr\.protocol: .* is outside",
    ),
    "path is empty": (put(*RECIPE, "params", to=""), "is a folder, expected a file"),
    "path is no text": (
        put(*RECIPE, "params", to="x\0\n\ud800"),
        r"'x\\x00\\n\\ud800' is not a valid path",
    ),
    "path is long": (put(*RECIPE, "params", to="x" * 5000), "cannot read"),
    # not JSON, or not this JSON
    "no JSON": (put("params", to="{"), r"params/pyr\.json is not valid JSON"),
    "empty": (put("params", to=""), r"params/pyr\.json is not valid JSON"),
    "null": (put("params", to=None), r"params/pyr\.json holds nothing, expected a JSON object"),
    "protocols are a list": (put("protocols", to=[]), r"protocols/pyr\.json holds list, expected"),
    "nested": (put("params", "distributions", to=json.loads("[" * 300 + "]" * 300)), "nests more"),
    "very nested": (put("params", to="[" * 100_000), "nests more than 100 deep"),
    "large": (put("features", to="{}" + " " * 5_000_000), r"has 5\.0 MB, expected at most 5 MB"),
    "a number of 5000 digits": (put("params", to="9" * 5000), "whole number of 5000 digits"),
    # parameters
    "mechanisms missing": (drop("params", "mechanisms"), "'mechanisms' is missing"),
    "section list": (
        put("params", "mechanisms", "soma", to={"mech": ["pas"]}),
        r"mechanisms\.soma: unknown section list, expected one of all, somatic, basal",
    ),
    "section list of parameters": (
        put("params", "parameters", "axon", to=[]),
        r"parameters\.axon: unknown section list",
    ),
    "mechanism's name": (
        put("params", "mechanisms", "all", "mech", to=["pas\n"]),
        r"mechanisms\.all\.mech\[0\]: 'pas\\n' found, expected a string of the form",
    ),
    "parameter's name": (put(*ALL, 0, "name", to="e_pas }"), r"parameters\.all\[0\]\.name: "),
    "parameter's unknown key": (
        put(*ALL, 0, "vall", to=1),
        r"parameters\.all\[0\]: unknown key 'vall'; the nearest known one is 'val'",
    ),
    "NaN": (put(*ALL, 0, "val", to=math.nan), r"all\[0\]\.val: nan found, expected a finite"),
    "infinite": (put(*ALL, 3, "val", to=[0, math.inf]), r"all\[3\]\.val\[1\]: inf found"),
    "huge": (put(*ALL, 0, "val", to=10**400), "whole number of 401 digits"),
    "truth value": (put(*ALL, 0, "val", to=True), r"all\[0\]\.val: True found, .*a number, a list"),
    "three bounds": (
        put(*ALL, 3, "val", to=[1, 2, 3]),
        r"all\[3\]\.val: \[1, 2, 3\] found, .* at most 2",
    ),
    "bounds": (put(*ALL, 3, "val", to=[1, 0]), r"the lower bound 1 is above the upper bound 0"),
    "distribution": (
        put(*ALL, 0, "dist", to="exq"),
        r"all\[0\]\.dist: distribution 'exq' does not exist",
    ),
    "global distribution": (
        put("params", "parameters", "global", 0, "dist", to="exp"),
        r"parameters\.global\[0\]\.dist: allowed only in section lists",
    ),
    "expression": (
        put(*DECAY, "fun", to="open('x')"),
        r"params/pyr\.json: distributions\.decay\.fun: found \"open",
    ),
    "long expression": (
        put(*DECAY, "fun", to="1" * 1001),
        r"distributions\.decay\.fun: .* at most 1000",
    ),
    "own parameter": (
        put(*DECAY, "parameters", to=["constant", "slope"]),
        r"parameters\.distribution_decay: no value for 'slope'",
    ),
    "no own parameter": (
        put("params", "parameters", "distribution_exp", to=[{"name": "slope", "val": 1}]),
        r"distribution_exp\[0\]: 'slope' is not a parameter of 'exp'",
    ),
    "no such distribution": (
        put("params", "parameters", "distribution_x", to=[]),
        r"parameters\.distribution_x: distribution 'x' does not exist",
    ),
    "other order in hoc": (
        lambda f: f.params["parameters"].update(all=f.params["parameters"].pop("all")),
        r"parameters\.all: 'cm' is set after another value for myelinated, but before it",
    ),
    "value after distribution": (
        put("params", "parameters", "allact", to=[{"name": "gbar_HcnK06", "val": 0}]),
        r"parameters\.allact: 'gbar_HcnK06' is set after another value for apical",
    ),
    # protocols
    "type": (
        put("protocols", "bAP", "type", to="RampProtocol"),
        r"bAP: type is 'RampProtocol', expected one of .*StepProtocol, StepThresholdProtocol",
    ),
    "type missing": (drop("protocols", "bAP", "type"), "bAP: type is None, expected one of"),
    "protocol is a list": (put("protocols", "bAP", to=[1]), r"bAP: type is \[1\], expected one of"),
    "protocol is null": (
        put("protocols", "Main", to=None),
        "Main: None found, expected a mapping",
    ),
    "protocol's name": (
        lambda f: f.protocols.update({"a b": f.protocols["RMP"]}),
        "protocol 'a b' cannot be used",
    ),
    "protocol's key": (
        put("protocols", "RMP", "stimulus", to={}),
        "RMP: unknown key 'stimulus'; the nearest known one is 'stimuli'",
    ),
    "no steps": (put(*STEP, to=[]), r"stimuli\.step: \[\] found, expected a list of 1 or more"),
    "step is a number": (
        put(*STEP, to=5),
        r"step: 5 found, expected one of: a mapping, a l",
    ),
    "delay missing": (drop(*STEP, 1, "delay"), r"step\[1\]: 'delay' is missing"),
    "negative delay": (
        put(*STEP, 0, "delay", to=-1),
        r"step\[0\]\.delay: -1 found, expected 0 or more",
    ),
    "long delay": (
        put(*STEP, 0, "delay", to=1e300),
        r"step\[0\]\.delay: 1e\+300 found, .* at most",
    ),
    "long": (put(*STEP, 0, "totduration", to=2e6), r"step\[0\]\.totduration: .* at most"),
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
        r"other_protocols: found 'Step_151', expected a StepProtocol or StepThresholdProtocol",
    ),
    "Main in Main": (
        put("protocols", "Main", "pre_protocols", to=["Main"]),
        r"Main\.pre_protocols: found 'Main', expected a StepProtocol",
    ),
    "Rin again": (
        put("protocols", "Main", "pre_protocols", to=["Rin"]),
        r"Main\.pre_protocols: Main itself runs 'Rin'",
    ),
    "precision": (
        put("protocols", "RinHoldcurrent", "holdi_precision", to=0),
        r"RinHoldcurrent\.holdi_precision: 0 found, expected a number above 0",
    ),
    "depth": (
        put("protocols", "RinHoldcurrent", "holdi_max_depth", to=1000),
        r"RinHoldcurrent\.holdi_max_depth: 1000 found, expected at most 50",
    ),
    "recording's type": (
        put(*BAP, 0, "type", to="x"),
        r"extra_recordings\[0\]\.type: 'x' found, expected one of",
    ),
    "recording's distance": (drop(*BAP, 1, "somadistance"), r"\[1\]: 'somadistance' is missing"),
    "recording's section": (drop(*BAP, 2, "sec_index"), r"\[2\]: 'sec_index' is missing"),
    "recording's place": (put(*BAP, 2, "comp_x", to=1.5), r"\[2\]\.comp_x: 1\.5 found, .* at most"),
    "recording's list": (
        put(*BAP, 1, "seclist_name", to="x"),
        r"\[1\]\.seclist_name: 'x' found, .* one of",
    ),
    "recording's variable": (
        put(*BAP, 1, "var", to="v)"),
        r"\[1\]\.var: 'v\)' found, expected a string",
    ),
    "recording twice": (
        put(*BAP, 1, "name", to="apic1"),
        r"\[1\]: another recording is named 'apic1",
    ),
    "soma again": (put(*BAP, 1, "name", to="soma"), r"\[1\]: another recording is named 'soma\.v'"),
    # features
    "no features": (put("features", to={}), "found no feature, expected at least one"),
    "feature of nothing": (
        put("features", "Step_300", to={}),
        r"features/pyr\.json: Step_300: this protocol is not run",
    ),
    "feature of a search": (
        put("features", "ThresholdDetection", to={"soma.v": []}),
        "ThresholdDetection: this protocol is not run",
    ),
    "feature of what is not run": (
        put("protocols", "Main", "other_protocols", to=["bAP"]),
        "Step_150: this protocol is not run",
    ),
    "feature's recording": (
        put("features", "bAP", "apic2.v", to=[]),
        r"apic2\.v: unknown recording, expected one of soma\.v, apic1\.v, dend1\.v, ca_soma\.cai",
    ),
    "setting's type": (
        put(*AMPLITUDE, "efel_settings", to={"interp_step": "fine"}),
        r"soma\.v\[1\]\.efel_settings\.interp_step: 'fine' found, expected a number",
    ),
    "setting is a list": (
        put(*AMPLITUDE, "efel_settings", to={"sahp_start": [5]}),
        r"soma\.v\[1\]\.efel_settings\.sahp_start: \[5\] found, expected a number or true or",
    ),
    "setting 0": (
        put(*AMPLITUDE, "efel_settings", to={"interp_step": 0}),
        r"efel_settings\.interp_step: 0 found, expected 0\.001 or more",
    ),
    "feature's name": (
        put(*AMPLITUDE, "feature", to="AP amp"),
        r"soma\.v\[1\]\.feature: 'AP amp' ",
    ),
    "no deviation": (
        put(*AMPLITUDE, "val", to=[1]),
        r"soma\.v\[1\]\.val: \[1\] found, expected a list of 2",
    ),
    "deviation 0": (
        put(*AMPLITUDE, "val", to=[1, 0]),
        r"val\[1\]: 0 found, expected a number above 0",
    ),
    "negative deviation": (
        put(*AMPLITUDE, "val", to=[1, -1]),
        r"val\[1\]: -1 found, expected a number above 0",
    ),
    "mean NaN": (
        put(*AMPLITUDE, "val", to=[math.nan, 1]),
        r"val\[0\]: nan found, expected a finite",
    ),
    "mean huge": (
        put(*AMPLITUDE, "val", to=[10**400, 1]),
        "whole number of 401 digits",
    ),
    "mean text": (put(*AMPLITUDE, "val", to=["1", 1]), r"val\[0\]: '1' found, expected a number"),
    "weight": (
        put(*AMPLITUDE, "weight", to=-1),
        r"soma\.v\[1\]\.weight: -1 found, expected 0 or more",
    ),
    "strict": (
        put(*AMPLITUDE, "strict_stim", to=1),
        r"soma\.v\[1\]\.strict_stim: 1 found, expected true or",
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
        r"Rin\.soma\.v: 'ohmic_input_resistance_vb_ssse' is missing; Main needs it",
    ),
}
