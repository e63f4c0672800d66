"""E-models without code: configuration files that megate's built-in evaluator reads."""

from pathlib import Path

from megate.builtin.package import RECIPES
from megate.core.errors import MegateError, brief
from megate.emodels.kinds import has_code
from megate.files.readers import read_json_object
from megate.inputs.bluepyemodel import is_bluepyemodel
from megate.project_setup.formats.found import FoundEmodel
from megate.project_setup.formats.parameters import emodels_of_package

DESCRIPTION = (
    f"package without code: {RECIPES} (or config/recipes.json), and final.json in the folder or "
    "beside it"
)


def recognised(folder: Path) -> bool:
    """Whether the folder has recipes of the built-in evaluator, and no code."""
    has_recipes = any(path.is_file() for path in _recipes(folder))
    return has_recipes and not has_code(folder) and not is_bluepyemodel(folder)


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
