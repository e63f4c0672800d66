"""Circuit recipe in XML: ``NeuronTypes/Layer/StructuralType/ElectroType``, each with ``id`` and
``percentage``, as the Blue Brain circuit builders and BluePyMM read it."""

import math
from pathlib import Path
from typing import Any

from megate.core.errors import MegateError, brief, listing
from megate.files.readers import read_xml


def records_of_xml(path: Path) -> list[tuple[str, str, str]]:
    """The (layer, full m-type, e-type) of an XML recipe, in the file's order. Recipes of the
    circuit builders include a file of connectivity by an entity; it is not opened.

    Raises:
        MegateError: malformed file, missing id, a percentage that is not above 0.
    """
    types = read_xml(path, "recipe", within="NeuronTypes").find("NeuronTypes")
    if types is None:
        raise MegateError(f"recipe: {path}: no <NeuronTypes> in it")
    elements = [
        (layer, mtype, etype)
        for layer in types.iterchildren("Layer")
        for mtype in layer.iterchildren("StructuralType")
        for etype in mtype.iterchildren("ElectroType")
    ]
    distinct = dict.fromkeys(element for record in elements for element in record)
    problems = [problem for element in distinct if (problem := _problem_of(element))]
    if problems:
        raise MegateError(f"recipe: {path}:{listing(problems)}")
    return [(layer.get("id"), mtype.get("id"), etype.get("id")) for layer, mtype, etype in elements]


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
        "above 0 (remove types that do not occur)"
    )
