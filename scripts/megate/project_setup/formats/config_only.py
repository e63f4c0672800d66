"""E-models without code: configuration files that megate's built-in evaluator reads."""

from pathlib import Path

from megate.builtin.package import RECIPES
from megate.core.errors import MegateError, brief
from megate.emodels.kinds import has_code
from megate.files.readers import read_json_object
from megate.project_setup.formats.found import FoundEmodel
from megate.project_setup.formats.parameters import emodels_of_package

DESCRIPTION = (
    f"package without code: {RECIPES} (or config/recipes.json), and final.json in the folder or "
    "beside it"
)


def recognised(folder: Path) -> bool:
    """Whether the folder has recipes of the built-in evaluator, and no code. BluePyEModel's recipes
    have `pipeline_settings`."""
    path = next((path for path in _recipes(folder) if path.is_file()), None)
    if has_code(folder) or path is None:
        return False
    recipes = read_json_object(path, "e-model's recipes").values()
    return not any(isinstance(each, dict) and "pipeline_settings" in each for each in recipes)


def emodels_in(folder: Path) -> list[FoundEmodel]:
    """The e-models of the package that its recipes have; raises as
    `parameters.emodels_of_package`."""
    path = next(path for path in _recipes(folder) if path.is_file())
    recipes = read_json_object(path, "e-model's recipes")
    found = [each for each in emodels_of_package(folder) if each.name in recipes]
    if not found:
        has = ", ".join(map(brief, recipes)) or "none"
        raise MegateError(f"{path} has none of the e-models of final.json; it has {has}")
    return found


def _recipes(folder: Path) -> list[Path]:
    return [folder / RECIPES, folder / "config" / "recipes.json"]
