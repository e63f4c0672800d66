"""Read and check the configuration files of an e-model's package.

``config/recipes/recipes.json`` (or ``config/recipes.json``) names the parameters, protocols and
features files of each e-model. The JSON schemas in the folder ``schemas`` describe every key.
`checks` checks that the files are consistent.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path, PurePosixPath
from typing import Any

import yaml

from megate.builtin.checks import file_problems, inserted_mechanisms, value_problems
from megate.builtin.names import DEP, HOLDING, HYP, MAIN
from megate.core.errors import MegateError, brief, listing, shortened
from megate.emodels.mechanisms import defined_in, refuse_undefined
from megate.files.json_schema import dotted, violations
from megate.files.readers import read_json_object
from megate.inputs.bluepyemodel import RECIPES as RECIPES
from megate.inputs.bluepyemodel import recipes_path

_SCHEMAS = Path(__file__).parent / "schemas"
_FILES = {"params": "params", "protocols": "protocol", "features": "features"}
"""Kind of file -> its key in the recipe."""
_MAX_MB = 5
_MAX_CHARACTERS = 500  # of a message
_MAX_PLACES = 3  # of a problem; more are only counted
_BLUEPYEMODEL = (
    "this is BluePyEModel's layout, which the built-in evaluator does not read. BluePyEModel runs "
    "it if the recipe has pipeline_settings and scoring.evaluator is auto. Or write protocols and "
    "features as described in megate's documentation (E-models without code)"
)
_NAMES = {MAIN: MAIN, HOLDING: HOLDING, HOLDING + DEP: HOLDING, HOLDING + HYP: HOLDING}
"""Protocols whose schema depends on their name."""
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
        warnings: what the user should know about the files, each in one line
    """

    recipe: dict[str, Any]
    params: dict[str, Any]
    protocols: dict[str, Any]
    features: dict[str, Any]
    warnings: list[str] = field(default_factory=list)


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
    if not recipes_path(package).is_file():
        return [
            "its package has no code (setup/__init__.py), no hoc with a NEURON template, and no "
            f"{package / RECIPES}"
        ]
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


def read_params(path: Path, emodel: str) -> dict[str, Any]:
    """Read a parameters file, without comments, and check it with its schema.

    Raises:
        MegateError: the file cannot be read, or does not follow the schema.
    """
    content = _content(path, emodel)
    if problems := _violations("params", content):
        raise MegateError(f"{path}:{listing(list(map(_one_line, problems)))}")
    return content


def _read(package: Path, emodel: str) -> tuple[ConfigFiles | None, list[str]]:
    """An e-model's configuration, or None and the problems, each with its file."""
    path = recipes_path(package)
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
    if isinstance(recipe, dict) and "pipeline_settings" in recipe:
        return None, [f"{path}: {emodel}: {_BLUEPYEMODEL}"]
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
            if kind == "features" and "efeatures" in content:
                found: Iterable[str] = [_BLUEPYEMODEL]
            elif kind == "protocols":
                found = _protocol_violations(content)
            else:
                found = _violations(kind, content)
            problems += [f"{package / file}: {problem}" for problem in found]
    if problems:
        return None, problems
    warnings = [
        f"{package / recipe[_FILES[kind]]}: several entries have the same name; the last one of "
        f"each is used, as in BluePyOpt: {', '.join(names)}"
        for kind, names in _keep_last(contents["params"], contents["features"]).items()
        if names
    ]
    problems = [f"{package / recipe[key]}: {problem}" for key, problem in file_problems(**contents)]
    config = ConfigFiles(recipe, **contents, warnings=list(map(_one_line, warnings)))
    return (None if problems else config), problems


def _keep_last(params: dict[str, Any], features: dict[str, Any]) -> dict[str, list[str]]:
    """Keep only the last of several parameters or features with the same name, in the place of the
    first, as BluePyOpt's CellModel and ObjectivesCalculator do. Return the names by kind of file.
    """
    names: dict[str, list[str]] = {"params": [], "features": []}
    lists = [("params", params["parameters"], "parameters.", "name")]
    lists += [("features", of, f"{protocol}.", "feature") for protocol, of in features.items()]
    for kind, entries_of, prefix, key in lists:
        for where, entries in entries_of.items():
            counts = Counter(entry[key] for entry in entries)
            names[kind] += [f"{prefix}{where}.{name}" for name, n in counts.items() if n > 1]
            entries_of[where] = list({entry[key]: entry for entry in entries}.values())
    return names


def _content(path: Path, emodel: str) -> dict[str, Any]:
    return _without_comments(read_json_object(path, f"e-model {emodel}", _MAX_MB))


def _one_line(problem: str) -> str:
    """A problem in one line of printable characters, whatever names the files contain."""
    printable = "".join(c if c.isprintable() else repr(c)[1:-1] for c in problem)
    return shortened(printable, _MAX_CHARACTERS)


def _violations(kind: str, content: Any) -> list[str]:
    found = violations(content, _schema(kind))
    return _by_reason((dotted(keys), reason) for keys, reason in found)


def _protocol_violations(protocols: Mapping[str, Any]) -> list[str]:
    schema = _schema("protocols")
    problems: list[tuple[str, str]] = []
    for name, protocol in protocols.items():
        found = protocol.get("type") if isinstance(protocol, dict) else protocol
        kind = _NAMES.get(name) or _KINDS.get(str(found))
        if kind is None:
            expected = ", ".join(sorted(_KINDS))
            problems.append((name, f"type is {brief(found)}, expected one of {expected}"))
            continue
        for keys, reason in violations(protocol, schema | {"$ref": f"#/$defs/{kind}"}):
            problems.append((dotted([name, *keys]), reason))
    return _by_reason(problems)


def _by_reason(problems: Iterable[tuple[str, str]]) -> list[str]:
    """Problems as (place, reason), in one line each. If a reason has many places, it is given only
    once: it usually has a common cause."""
    places: dict[str, list[str]] = defaultdict(list)
    for place, reason in problems:
        places[reason].append(place)
    lines = []
    for reason, found in places.items():
        if len(found) > _MAX_PLACES:
            found = [f"{found[0]} and {len(found) - 1} other places"]
        lines += [f"{place}: {reason}" for place in found]
    return lines


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
