"""Read and check the configuration files of an e-model's package.

``config/recipes/recipes.json`` names the parameters, protocols and features files of each e-model.
The JSON schemas in the folder ``schemas`` describe every key. `checks` checks that the files are
consistent.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path, PurePosixPath
from typing import Any

import yaml

from megate.builtin.checks import file_problems, inserted_mechanisms, value_problems
from megate.builtin.names import HOLDING, MAIN
from megate.core.errors import MegateError, brief, listing, shortened
from megate.emodels.mechanisms import defined_in, refuse_undefined
from megate.files.json_schema import dotted, violations
from megate.files.readers import read_json_object

RECIPES = PurePosixPath("config/recipes/recipes.json")
_SCHEMAS = Path(__file__).parent / "schemas"
_FILES = {"params": "params", "protocols": "protocol", "features": "features"}
"""Kind of file -> its key in the recipe."""
_MAX_MB = 5
_MAX_CHARACTERS = 500  # of a message
_KINDS = {
    "StepProtocol": "StepProtocol",
    "StepThresholdProtocol": "StepThresholdProtocol",
    "ThresholdDetectionProtocol": "ThresholdDetectionProtocol",
    "RatSSCxThresholdDetectionProtocol": "ThresholdDetectionProtocol",
}


@dataclass(frozen=True)
class ConfigFiles:
    """An e-model's configuration, without comments; see the schemas.

    Attributes:
        recipe: the e-model's entry in recipes.json
        params, protocols, features: content of the files that it names
    """

    recipe: dict[str, Any]
    params: dict[str, Any]
    protocols: dict[str, Any]
    features: dict[str, Any]


def config_problems(
    package: Path, emodels: Iterable[str], params: Mapping[str, float]
) -> list[str]:
    """Problems that prevent the built-in evaluator from running e-models, each in one line.

    These are the problems that `read_config_files` finds, values that do not match the optimised
    parameters, and inserted mechanisms without a .mod file.

    Args:
        emodels: names in recipes.json
        params: parameter name -> value, from final.json
    """
    if not (package / RECIPES).is_file():
        return [f"its package has no code (setup/__init__.py) and no {package / RECIPES}"]
    problems: list[str] = []
    for emodel in emodels:
        config, found = _read(package, emodel)
        problems += found
        if config is None:
            continue
        problems += value_problems(config.params, params)
        try:
            refuse_undefined(inserted_mechanisms(config.params) - defined_in(package))
        except MegateError as error:
            problems.append(f"{package}: {error}")
    return list(dict.fromkeys(map(_one_line, problems)))


def read_config_files(package: Path, emodel: str) -> ConfigFiles:
    """Read and check an e-model's configuration files.

    Raises:
        MegateError: with the problems of all files: missing files, and what does not follow the
            schemas or the checks in `checks`.
    """
    config, problems = _read(package, emodel)
    if config is None:
        raise MegateError(f"e-model {emodel}:{listing(list(map(_one_line, problems)))}")
    return config


def _read(package: Path, emodel: str) -> tuple[ConfigFiles | None, list[str]]:
    """An e-model's configuration, or None and the problems, each with its file."""
    path = package / RECIPES
    problems: list[str] = []
    contents: dict[str, Any] = {}
    try:
        recipes = _content(path, emodel)
    except MegateError as error:
        return None, [str(error)]
    if emodel not in recipes:
        known = ", ".join(sorted(recipes)[:10]) or "no e-models"
        return None, [f"{path} has no {emodel!r}; it has {known}"]
    recipe = recipes[emodel]
    if problems := [f"{path}: {text}" for text in _violations("recipes", {emodel: recipe})]:
        return None, problems
    for kind, key in _FILES.items():
        text, file = recipe[key], PurePosixPath(recipe[key])
        if file.is_absolute() or ".." in file.parts:
            problems.append(f"{path}: {emodel}.{key}: {text!r} is outside of the package's folder")
        elif not text.isprintable():
            problems.append(f"{path}: {emodel}.{key}: {text!r} is not a valid path")
        else:
            try:
                content = contents[kind] = _content(package / file, emodel)
            except MegateError as error:
                problems.append(str(error))
                continue
            is_protocols = kind == "protocols"
            found = _protocol_violations(content) if is_protocols else _violations(kind, content)
            problems += [f"{package / file}: {problem}" for problem in found]
    if not problems:
        for key, problem in file_problems(**contents):
            problems.append(f"{package / recipe[key]}: {problem}")
    return (None if problems else ConfigFiles(recipe, **contents)), problems


def _content(path: Path, emodel: str) -> dict[str, Any]:
    return _without_comments(read_json_object(path, f"e-model {emodel}", _MAX_MB))


def _one_line(problem: str) -> str:
    """A problem in one line of printable characters, whatever names the files contain."""
    printable = "".join(c if c.isprintable() else repr(c)[1:-1] for c in problem)
    return shortened(printable, _MAX_CHARACTERS)


def _violations(kind: str, content: Any) -> list[str]:
    return [f"{dotted(keys)}: {reason}" for keys, reason in violations(content, _schema(kind))]


def _protocol_violations(protocols: Mapping[str, Any]) -> Iterator[str]:
    schema = _schema("protocols")
    for name, protocol in protocols.items():
        found = protocol.get("type") if isinstance(protocol, dict) else protocol
        kind = name if name in (MAIN, HOLDING) else _KINDS.get(str(found))
        if kind is None:
            yield f"{name}: type is {brief(found)}, expected one of {', '.join(sorted(_KINDS))}"
            continue
        for keys, reason in violations(protocol, schema | {"$ref": f"#/$defs/{kind}"}):
            yield f"{dotted([name, *keys])}: {reason}"


@cache
def _schema(kind: str) -> dict[str, Any]:
    return yaml.safe_load((_SCHEMAS / f"{kind}.yaml").read_text(encoding="utf-8"))


def _without_comments(value: Any) -> Any:
    """`value` without the keys that start with an underscore, at any level."""
    if isinstance(value, dict):
        items = value.items()
        return {k: _without_comments(v) for k, v in items if not k.startswith("_")}
    if isinstance(value, list):
        return [_without_comments(item) for item in value]
    return value
