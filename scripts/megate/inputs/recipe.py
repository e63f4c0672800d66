"""Circuit recipe: which e-types occur in which m-types and layers.

Formats: YAML v2.0 (``neurons[].traits``) and XML (``NeuronTypes/Layer/StructuralType/
ElectroType``), as the Blue Brain circuit builders and BluePyMM read them.
"""

import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd

from megate.core.errors import MegateError, brief, listing
from megate.core.names import is_name_or_number, label_problem
from megate.files.readers import read_xml, read_yaml_mapping

COLUMNS = ["layer", "fullmtype", "etype"]
YAML_VERSION = "v2.0"

_YAML_MAX_MB = 100  # minutes to read


def read_recipe(path: Path) -> pd.DataFrame:
    """Read a recipe, by its extension.

    Returns:
        One row per (layer, fullmtype, etype), all strings, in the file's order, each once.

    Raises:
        MegateError: unknown extension or version, malformed file, missing or unusable entry,
            percentage 0.
    """
    readers = {".xml": _records_of_xml, ".yaml": _records_of_yaml, ".yml": _records_of_yaml}
    if path.suffix not in readers:
        raise MegateError(f"recipe: {path}: expected a .yaml, .yml or .xml file")
    records = list(readers[path.suffix](path))
    if not records:
        raise MegateError(f"recipe: {path} names no layer with an m-type and an e-type")
    table = pd.DataFrame(records, columns=COLUMNS).drop_duplicates(ignore_index=True)
    problems = [
        problem
        for column, what in zip(COLUMNS, ("layer", "m-type", "e-type"), strict=True)
        for name in table[column].unique()
        if (problem := label_problem(name, what))
    ]
    if problems:
        raise MegateError(f"recipe: {path}:{listing(problems)}")
    return table


def _records_of_yaml(path: Path) -> Iterator[tuple[str, str, str]]:
    content = read_yaml_mapping(path, "recipe", _YAML_MAX_MB)
    version = content.get("version")
    if version != YAML_VERSION:
        raise MegateError(f"recipe: {path}: version is {brief(version)}, expected {YAML_VERSION!r}")
    neurons = content.get("neurons")
    if not isinstance(neurons, list):
        raise MegateError(f"recipe: {path}: 'neurons' is missing or not a list")
    problems = [
        problem for number, neuron in enumerate(neurons) for problem in _problems(neuron, number)
    ]
    if problems:
        raise MegateError(f"recipe: {path}:{listing(problems)}")
    for neuron in neurons:
        traits = neuron["traits"]
        for etype in traits["etype"]:
            yield str(traits["layer"]), str(traits["mtype"]), str(etype)


def _problems(neuron: Any, number: int) -> Iterator[str]:
    where = f"neurons[{number}]"
    traits = neuron.get("traits") if isinstance(neuron, dict) else None
    if not isinstance(traits, dict):
        yield f"{where}: 'traits' is missing, expected layer, mtype and etype"
        return
    for key in ("layer", "mtype"):
        if not is_name_or_number(traits.get(key)):
            yield f"{where}.traits.{key} is {brief(traits.get(key))}, expected a name"
    etypes = traits.get("etype")
    if not isinstance(etypes, dict) or not etypes:
        yield (
            f"{where}.traits.etype is {brief(etypes)}, expected e-types with weights, "
            "{cADpyr: 1.0}"
        )
        return
    for etype in etypes:
        if not is_name_or_number(etype):
            yield f"{where}.traits.etype has {brief(etype)}, expected a name or number"


def _records_of_xml(path: Path) -> Iterator[tuple[str, str, str]]:
    types = read_xml(path, "recipe").find("NeuronTypes")
    if types is None:
        raise MegateError(f"recipe: {path}: no <NeuronTypes> in it")
    records, problems = [], {}
    for layer in types.iterchildren("Layer"):
        for mtype in layer.iterchildren("StructuralType"):
            for etype in mtype.iterchildren("ElectroType"):
                problems |= {e: _problem_of(e) for e in (layer, mtype, etype) if e not in problems}
                records.append((layer.get("id"), mtype.get("id"), etype.get("id")))
    found = [problem for problem in problems.values() if problem]
    if found:
        raise MegateError(f"recipe: {path}:{listing(found)}")
    yield from records


def _problem_of(element: Any) -> str | None:
    where = f"line {element.sourceline}: <{element.tag}>"
    if not element.get("id"):
        return f"{where} has no id"
    found = element.get("percentage")
    try:
        percentage = float(found or "")
    except ValueError:
        percentage = math.nan
    if percentage > 0:
        return None
    return (
        f"{where} {brief(element.get('id'))}: percentage is {brief(found)}, expected a number "
        "above 0 (remove a type that does not occur)"
    )
