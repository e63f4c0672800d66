"""Circuit recipe: which e-types occur in which m-types and layers.

Formats: YAML v2.0 (``neurons[].traits``) and XML (``NeuronTypes/Layer/StructuralType/
ElectroType``), as the Blue Brain circuit builders and BluePyMM read them.
"""

import math
from collections.abc import Iterator
from pathlib import Path
from reprlib import Repr
from typing import Any

import pandas as pd

from megate.errors import MegateError, listing
from megate.files import read_xml, read_yaml_mapping
from megate.names import check_label, is_name_or_number

COLUMNS = ["layer", "fullmtype", "etype"]
YAML_VERSION = "v2.0"

_BRIEF = Repr()  # aliases can make a value of a YAML file very long
_BRIEF.maxlevel = 2


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
    for record in records:
        for value, what in zip(record, ("layer", "m-type", "e-type"), strict=True):
            check_label(value, what, f"recipe {path}")
    return pd.DataFrame(records, columns=COLUMNS).drop_duplicates(ignore_index=True)


def _records_of_yaml(path: Path) -> Iterator[tuple[str, str, str]]:
    content = read_yaml_mapping(path, "recipe")
    version = content.get("version")
    if version != YAML_VERSION:
        raise MegateError(
            f"recipe: {path}: version is {_BRIEF.repr(version)}, expected {YAML_VERSION!r}"
        )
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
            yield f"{where}.traits.{key} is {_BRIEF.repr(traits.get(key))}, expected a name"
    etypes = traits.get("etype")
    if not isinstance(etypes, dict) or not etypes:
        yield (
            f"{where}.traits.etype is {_BRIEF.repr(etypes)}, expected e-types with weights, "
            "{cADpyr: 1.0}"
        )
        return
    for etype in etypes:
        if not is_name_or_number(etype):
            yield f"{where}.traits.etype has {_BRIEF.repr(etype)}, expected a name or number"


def _records_of_xml(path: Path) -> Iterator[tuple[str, str, str]]:
    types = read_xml(path, "recipe").find("NeuronTypes")
    if types is None:
        raise MegateError(f"recipe: {path}: no <NeuronTypes> in it")
    for layer in types.iterchildren("Layer"):
        for mtype in layer.iterchildren("StructuralType"):
            for etype in mtype.iterchildren("ElectroType"):
                for element in (layer, mtype, etype):
                    _check_element(element, path)
                yield layer.get("id"), mtype.get("id"), etype.get("id")


def _check_element(element: Any, path: Path) -> None:
    where = f"recipe: {path}, line {element.sourceline}: <{element.tag}>"
    if not element.get("id"):
        raise MegateError(f"{where} has no id")
    try:
        percentage = float(element.get("percentage", ""))
    except ValueError:
        percentage = math.nan
    if not percentage > 0:
        raise MegateError(
            f"{where} {element.get('id')!r}: percentage is {element.get('percentage')!r}, "
            "expected a number above 0 (remove a type that does not occur)"
        )
