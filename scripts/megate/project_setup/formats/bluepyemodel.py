"""E-models of BluePyEModel: a project's folder with recipes.json and final.json."""

from pathlib import Path, PurePosixPath
from typing import Any

from megate.core.errors import MegateError, brief
from megate.emodels.kinds import has_code
from megate.files.readers import LARGE_MB, read_json_object
from megate.inputs.bluepyemodel import (
    emodel_files,
    exemplar,
    hoc_name,
    is_bluepyemodel,
    is_result,
    recipe_name,
    recipes_path,
    result_of,
)
from megate.inputs.final_json import read_final_json
from megate.project_setup.formats.found import FoundEmodel

DESCRIPTION = (
    "project of BluePyEModel: config/recipes.json with pipeline_settings, and final.json in the "
    "folder"
)


def recognised(folder: Path) -> bool:
    """Whether the folder has recipes of BluePyEModel, and no code."""
    return not has_code(folder) and is_bluepyemodel(folder)


def emodels_in(folder: Path) -> list[FoundEmodel]:
    """The e-models of recipes.json that final.json has, each with the parameters of the seed with
    the best score.

    Raises:
        MegateError: final.json is missing or has none of the e-models; a file is malformed.
    """
    path = folder / "final.json"
    content = read_json_object(path, "BluePyEModel's final.json", LARGE_MB)
    recipes = read_json_object(recipes_path(folder), "recipes")
    keys = {name: key for name in recipes if (key := result_of(content, name)) is not None}
    if not keys:
        found, expected = ", ".join(map(brief, content)), ", ".join(map(brief, recipes))
        raise MegateError(
            f"{path} has none of the e-models of {recipes_path(folder)} ({expected}); it has "
            f"{found or 'no entry'}"
        )
    return [_found(folder, name, content, key) for name, key in keys.items()]


def _found(folder: Path, name: str, content: dict[str, Any], key: str) -> FoundEmodel:
    final = read_final_json(folder / "final.json", [key])[key]
    given = exemplar(folder, name)
    outside = given.is_absolute() or ".." in given.parts
    place = PurePosixPath("morphologies", given.name) if outside else given
    entry = content[key] if is_result(content[key]) else {}
    seeds = [each for each in content if recipe_name([name], each) is not None]
    assumed = (
        [f"the parameters are those of {key}, the best score of {len(seeds)} in final.json"]
        if len(seeds) > 1
        else []
    )
    return FoundEmodel(
        name=hoc_name(name),
        folder=folder,
        files=[file.relative_to(folder) for file in emodel_files(folder, [name])],
        written={},
        copied={str(place): folder / given} if (folder / given).is_file() else {},
        exemplar=str(place),
        params=final.params,
        fitness=final.fitness,
        etype=_text(entry.get("etype")),
        mtype=_text(entry.get("mtype")),
        assumed=assumed,
    )


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) and value else None
