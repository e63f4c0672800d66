"""E-models of BluePyEModel: find their files, and check what can be checked without BluePyEModel.

``config/recipes.json`` names the parameters, the features with their protocols, and the exemplar of
each e-model. final.json has the results of optimisations, one for each e-model and seed; its keys
are ``EMODEL__SEED`` or ``EMODEL__ITERATION__SEED``.
"""

import importlib.util
import math
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import Any, TypeGuard

from megate.core.errors import MegateError, brief
from megate.files.readers import LARGE_MB, read_json_object

RECIPES = PurePosixPath("config/recipes/recipes.json")
OTHER_RECIPES = (PurePosixPath("config/recipes.json"), PurePosixPath("recipes.json"))
"""Where BluePyEModel and emodel-generalisation have the recipes, if `RECIPES` does not exist."""

LIBRARY = "bluepyemodel"
_MORPHOLOGIES = (".asc", ".swc", ".ASC", ".SWC")
_FEATURES, _SETTINGS = "features", "pipeline_settings"


def recipes_path(package: Path) -> Path:
    """The file with the recipes of a package; it need not exist."""
    paths = [package / place for place in (RECIPES, *OTHER_RECIPES)]
    return next((path for path in paths if path.exists()), paths[0])


def is_bluepyemodel(package: Path) -> bool:
    """Whether a package's recipes.json is BluePyEModel's: an e-model has `pipeline_settings`, or a
    morphology and no protocols file. False if it cannot be read."""
    try:
        recipes = read_json_object(recipes_path(package), "recipes").values()
    except MegateError:
        return False
    return any(
        _SETTINGS in recipe or ("morphology" in recipe and "protocol" not in recipe)
        for recipe in recipes
        if isinstance(recipe, dict)
    )


def recipe_name(recipes: Iterable[str], emodel: str) -> str | None:
    """The key in recipes.json of an e-model, which may be named ``RECIPE__SEED`` or similar.
    Characters that a NEURON template's name cannot have may be underscores in it."""
    asked = hoc_name(emodel)
    found = [
        name
        for name in recipes
        if f"{asked}__".startswith(f"{hoc_name(name)}__") and hoc_name(name)
    ]
    return max(found, key=len, default=None)


def hoc_name(name: str) -> str:
    """An e-model's name as that of a NEURON template."""
    return re.sub(r"[^A-Za-z0-9_]", "_", name)


def read_recipe(package: Path, emodel: str) -> tuple[str, dict[str, Any]]:
    """Read the recipe of an e-model.

    Returns:
        Its key in recipes.json, and the recipe.

    Raises:
        MegateError: recipes.json cannot be read or does not have the e-model.
    """
    path = recipes_path(package)
    recipes = read_json_object(path, f"BluePyEModel's recipe of e-model {emodel}")
    name = recipe_name(recipes, emodel)
    if name is None:
        known = ", ".join(sorted(recipes)[:10]) or "no e-models"
        raise MegateError(
            f"{path} has no {brief(emodel)}; it has {known}. Name the e-model (mm_recipe) as "
            "there, or NAME__ and a text of your own"
        )
    if not isinstance(recipes[name], dict):
        found = brief(recipes[name])
        raise MegateError(f"{path}: {name}: found {found}, expected an object {{...}}")
    return name, recipes[name]


def exemplar(package: Path, emodel: str) -> PurePosixPath:
    """The exemplar's file, relative to the package: `morphology` in the folder `morph_path` of the
    recipe. The first file in a format that BluePyEModel reads counts.

    Raises:
        MegateError: the recipe cannot be read or does not name one.
    """
    name, recipe = read_recipe(package, emodel)
    folder, morphology = recipe.get("morph_path", "morphology"), recipe.get("morphology")
    files = [morphology]
    if isinstance(morphology, list):
        files = [each[-1] for each in morphology if isinstance(each, list) and each]
    for file in files:
        if isinstance(file, str) and isinstance(folder, str) and file.endswith(_MORPHOLOGIES):
            return PurePosixPath(folder, file)
    raise MegateError(
        f"{recipes_path(package)}: {name}.morphology is {brief(morphology)}, expected "
        '[["NAME", "FILE.asc"]] (asc or swc) and morph_path, the folder of FILE'
    )


def package_problems(package: Path, emodels: Iterable[str]) -> list[str]:
    """Problems that prevent BluePyEModel from running e-models, each in one line: it is not
    installed; recipes.json does not have the e-model; a file that the recipe names is missing,
    outside of the package, or no JSON object."""
    problems = []
    if importlib.util.find_spec(LIBRARY) is None:
        problems.append(
            f"{recipes_path(package)} is BluePyEModel's, which is not installed. Install megate "
            "with the extra bluepyemodel: pip install --constraint envs/constraints.txt --editable "
            "'.[bluepyemodel]'"
        )
    for emodel in emodels:
        try:
            name, recipe = read_recipe(package, emodel)
            for key, file in _named_files(package, name, recipe).items():
                what = f"{recipes_path(package)}: {name}.{key}"
                read_json_object(package / file, what, LARGE_MB)
        except MegateError as error:
            problems += str(error).splitlines()
    return list(dict.fromkeys(problems))


def _named_files(package: Path, name: str, recipe: Mapping[str, Any]) -> dict[str, PurePosixPath]:
    """The JSON files that a recipe names, by key.

    Raises:
        MegateError: a key is missing or is not a path in the package.
    """
    settings = recipe.get(_SETTINGS, {})
    if not isinstance(settings, dict | str):
        raise MegateError(
            f"{recipes_path(package)}: {name}.{_SETTINGS} is {brief(settings)}, expected an object "
            "{...} or the path of a JSON file"
        )
    keys = ["parameters" if "parameters" in recipe else "params", _FEATURES]
    keys += [key for key in ("protocol", _SETTINGS) if isinstance(recipe.get(key), str)]
    files = {}
    for key in keys:
        where, text = f"{recipes_path(package)}: {name}.{key}", recipe.get(key)
        if not isinstance(text, str) or not text.isprintable():
            raise MegateError(f"{where} is {brief(text)}, expected the path of a JSON file")
        files[key] = PurePosixPath(text)
        if files[key].is_absolute() or ".." in files[key].parts:
            raise MegateError(f"{where}: {text!r} is outside of the package's folder")
    # the features file usually has the protocols, too; the other file need not exist then
    if "protocol" in files:
        what = f"{recipes_path(package)}: {name}.{_FEATURES}"
        if "efeatures" in read_json_object(package / files[_FEATURES], what, LARGE_MB):
            del files["protocol"]
    return files


def emodel_files(package: Path, emodels: Iterable[str]) -> list[Path]:
    """The files that e-models need, sorted: those that the recipes name, mechanisms, and the Python
    modules of morph_modifiers. A project of BluePyEModel also has recordings, figures and
    checkpoints.

    Raises:
        MegateError: a recipe cannot be read.
    """
    found = {recipes_path(package), *_below(package / "mechanisms")}
    for emodel in emodels:
        name, recipe = read_recipe(package, emodel)
        files = _named_files(package, name, recipe)
        found |= {package / file for file in files.values()}
        found |= _stimuli(package, read_json_object(package / files[_FEATURES], name, LARGE_MB))
        settings = recipe.get(_SETTINGS, {})
        if _SETTINGS in files:
            settings = read_json_object(package / files[_SETTINGS], name)
        for modifiers in (recipe.get("morph_modifiers"), settings.get("morph_modifiers")):
            for modifier in modifiers if isinstance(modifiers, list) else []:
                if isinstance(modifier, list) and modifier and isinstance(modifier[0], str):
                    module = package / modifier[0].partition(".")[0]
                    found |= {module.with_suffix(".py"), *_below(module, ".py")}
    return sorted(path for path in found if path.is_file())


def _below(folder: Path, suffix: str = "") -> Iterator[Path]:
    for path in folder.rglob("*"):
        if not path.name.startswith(".") and path.name.endswith(suffix):
            yield path


def _stimuli(package: Path, features: Mapping[str, Any]) -> set[Path]:
    """The files with currents that protocols inject."""
    protocols = features.get("protocols")
    stimuli: list[Any] = []
    for protocol in protocols if isinstance(protocols, list) else []:
        of_protocol = protocol.get("stimuli") if isinstance(protocol, dict) else None
        stimuli += of_protocol if isinstance(of_protocol, list) else [of_protocol]
    files = {
        PurePosixPath(stimulus["data_filepath"])
        for stimulus in stimuli
        if isinstance(stimulus, dict) and isinstance(stimulus.get("data_filepath"), str)
    }
    return {package / file for file in files if not file.is_absolute() and ".." not in file.parts}


def is_result(entry: Any) -> TypeGuard[dict[str, Any]]:
    """Whether an entry of final.json is BluePyEModel's."""
    return (
        isinstance(entry, dict)
        and "morph_path" not in entry
        and ("emodel" in entry or "parameters" in entry)
    )


def result_of(content: Mapping[str, Any], emodel: str) -> str | None:
    """The key in BluePyEModel's final.json of an e-model: its name, or that of its seed with the
    best (lowest) score. None if there is none."""
    if emodel in content:
        return emodel
    seeds = [
        key
        for key, entry in content.items()
        if is_result(entry) and (entry.get("emodel") == emodel or key.startswith(f"{emodel}__"))
    ]
    return min(seeds, key=lambda key: _score(content[key]), default=None)


def _score(entry: Mapping[str, Any]) -> float:
    score = entry.get("score")
    return score if isinstance(score, int | float) and not math.isnan(score) else math.inf


def plain_result(entry: Mapping[str, Any], package: Path, emodel: str) -> dict[str, Any]:
    """An entry of BluePyEModel's final.json with megate's keys: `params`, `fitness` (also that of
    the protocols for validation) and `morph_path`.

    Raises:
        MegateError: the exemplar is not known.
    """
    fitness: Any = entry.get("fitness") or {}
    validation = entry.get("validation_fitness") or {}
    if isinstance(fitness, dict) and isinstance(validation, dict):
        fitness = fitness | validation
    return {
        "params": entry.get("parameters", entry.get("params")),
        "fitness": fitness,
        "morph_path": str(exemplar(package, emodel)),
    }
