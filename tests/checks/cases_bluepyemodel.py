"""Checks of e-models of BluePyEModel. The example's interneuron becomes one."""

from collections.abc import Callable
from typing import Any

from broken import INIT, PREPARE, Case
from folder import FINAL_JSON, Folder

_PACKAGE = "emodels/cNAC_LBC"
_RECIPES = f"{_PACKAGE}/config/recipes.json"
_FEATURES = "config/features/bluepyemodel.json"
_STEP = {"amp": 0.1, "delay": 10, "duration": 50, "totduration": 80}
_RECIPE = {
    "morph_path": "./morphologies/",
    "morphology": [["lbc140501-1", "lbc140501-1.swc"]],
    "params": "config/params/lbc.json",
    "features": _FEATURES,
    "pipeline_settings": {"optimiser": "SO-CMA"},
}
_RESULT = {"emodel": "cNAC_LBC", "score": 7.9, "parameters": {}, "fitness": {}}


def _project(protocol: str = "Step_1", **recipe: Any) -> Callable[[Folder], object]:
    """Make the interneuron an e-model of BluePyEModel. `recipe`: other values; None leaves out."""
    keys = {key: value for key, value in (_RECIPE | recipe).items() if value is not None}
    protocols = [{"name": protocol, "stimuli": [_STEP], "recordings_from_config": []}]
    return lambda p: (
        p.remove(f"{_PACKAGE}/config/recipes"),
        p.write_json(_RECIPES, {"cNAC_LBC": keys}),
        p.write_json(f"{_PACKAGE}/{_FEATURES}", {"efeatures": [], "protocols": protocols}),
    )


def _results(recipe: Any, **entries: Any) -> Callable[[Folder], object]:
    """Have BluePyEModel's final.json, and its recipes.json beside it."""
    return lambda p: (
        p.drop(FINAL_JSON, "cNAC_LBC"),
        [p.set(FINAL_JSON, key, to=entry) for key, entry in entries.items()],
        p.write_json("emodels/config/recipes.json", recipe),
    )


BLUEPYEMODEL = [
    Case(
        "e-model is missing in BluePyEModel's recipes.json",
        lambda p: (_project()(p), p.edit(_RECIPES, "cNAC_LBC", "cNAC")),
        (_RECIPES, "'cNAC_LBC'", "it has cNAC", "mm_recipe"),
    ),
    Case(
        "recipe of BluePyEModel that is no object",
        lambda p: (
            _project()(p),
            p.write_json(_RECIPES, {"cNAC_LBC": 3, "other": _RECIPE}),
        ),
        (_RECIPES, "cNAC_LBC", "found 3", "an object"),
    ),
    Case(
        "recipe of BluePyEModel without features",
        _project(features=None),
        (_RECIPES, "cNAC_LBC.features", "None", "the path of a JSON file"),
    ),
    Case(
        "settings of BluePyEModel that are a list",
        _project(pipeline_settings=["SO-CMA"]),
        (_RECIPES, "cNAC_LBC.pipeline_settings", "['SO-CMA']", "an object"),
    ),
    Case(
        "parameters of BluePyEModel outside of the package",
        _project(params="../lbc.json"),
        (_RECIPES, "cNAC_LBC.params", "'../lbc.json'", "outside"),
    ),
    Case(
        "features of BluePyEModel that are missing",
        lambda p: (_project()(p), p.remove(f"{_PACKAGE}/{_FEATURES}")),
        (_RECIPES, "cNAC_LBC.features", f"{_PACKAGE}/{_FEATURES}", "not found"),
    ),
    Case(
        "unknown setting of BluePyEModel",
        _project(pipeline_settings={"optimizer": "SO-CMA", "neuron_dtt": 0.025}),
        ("cNAC_LBC.pipeline_settings", "'neuron_dtt'", "'neuron_dt'"),
        PREPARE,
    ),
    Case(
        "protocol of BluePyEModel without eCode",
        _project("Chirp_150"),
        (_FEATURES, "'Chirp_150'", "eCode", "idrest"),
        PREPARE,
    ),
    Case(
        "final.json of BluePyEModel without the e-model's seed",
        _results({}, cNAC_LBC2__1=_RESULT | {"emodel": "cNAC_LBC2"}),
        (FINAL_JSON, "'cNAC_LBC' is missing", "the nearest is 'cNAC_LBC2__1'"),
    ),
    Case(
        "final.json of BluePyEModel without recipes.json beside it",
        lambda p: (
            _results({}, cNAC_LBC__1=_RESULT)(p),
            p.remove("emodels/config"),
        ),
        (FINAL_JSON, "cNAC_LBC", "emodels/config/recipes/recipes.json", "not found"),
    ),
    Case(
        "e-model of BluePyEModel without exemplar",
        _results({"cNAC_LBC": _RECIPE | {"morphology": []}}, cNAC_LBC__1=_RESULT),
        ("emodels/config/recipes.json", "cNAC_LBC.morphology is []", "FILE.asc"),
    ),
    Case(
        "exemplar of BluePyEModel that is missing",
        lambda p: (
            _project()(p),
            p.remove(f"{_PACKAGE}/morphologies/lbc140501-1.swc"),
        ),
        ("cNAC_LBC", "exemplar not found", "lbc140501-1.swc"),
    ),
    Case(
        "init: a project of BluePyEModel with the results of other e-models",
        lambda p: (
            _project()(p),
            p.write_json(f"{_PACKAGE}/final.json", {"other__1": _RESULT | {"emodel": "other"}}),
        ),
        (f"{_PACKAGE}/final.json", "none of the e-models", "('cNAC_LBC')", "it has 'other__1'"),
        INIT,
        arguments=f"@/new --morphologies @/morphologies --emodel @/{_PACKAGE}",
    ),
]
