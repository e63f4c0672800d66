"""Circuit recipe in YAML, version v2.0: ``neurons[].traits`` with ``layer``, ``mtype`` and
``etype: {name: weight}``, as the Blue Brain circuit builders and BluePyMM read it.

Beside the traits, each entry has ``region``: the name of an atlas region, or a query that starts
with ``@``. megate uses the name in place of a missing layer. Cells of such entries have no layer,
and ``brainbuilder cells assign-emodels`` joins on their region (``subregion``) instead.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from megate.core.errors import MegateError, brief, listing
from megate.core.names import is_name_or_number
from megate.files.readers import read_yaml_mapping

VERSION = "v2.0"

_MAX_MB = 100  # takes minutes to read


def records_of_yaml(path: Path) -> list[tuple[str, str, str]]:
    """The (layer, full m-type, e-type) of a YAML recipe, in the file's order. Names are as they
    are written: layer ``2_3`` is "2_3".

    Raises:
        MegateError: malformed file, other version, missing or unusable entries.
    """
    content = read_yaml_mapping(path, "recipe", _MAX_MB, names=True)
    version = content.get("version")
    if version != VERSION:
        raise MegateError(f"recipe: {path}: version is {brief(version)}, expected {VERSION!r}")
    neurons = content.get("neurons")
    if not isinstance(neurons, list):
        raise MegateError(f"recipe: {path}: 'neurons' is missing or not a list")
    problems = [
        problem for number, neuron in enumerate(neurons) for problem in _problems(neuron, number)
    ]
    if problems:
        raise MegateError(f"recipe: {path}:{listing(problems)}")
    return [
        (_place(neuron), str(neuron["traits"]["mtype"]), str(etype))
        for neuron in neurons
        for etype in neuron["traits"]["etype"]
    ]


def _place(neuron: dict[str, Any]) -> str:
    """The layer of an entry or, in its place, the region."""
    traits = neuron["traits"]
    return str(traits["layer"] if "layer" in traits else neuron["region"])


def _problems(neuron: Any, number: int) -> Iterator[str]:
    where = f"neurons[{number}]"
    traits = neuron.get("traits") if isinstance(neuron, dict) else None
    if not isinstance(traits, dict):
        yield f"{where}: 'traits' is missing, expected layer, mtype and etype"
        return
    region = neuron.get("region")
    query = isinstance(region, str) and region.startswith("@")
    if "layer" in traits or region is None or query:
        if not is_name_or_number(traits.get("layer")):
            why = f" (region {brief(region)} is a query, not the name of a region)" if query else ""
            yield f"{where}.traits.layer is {brief(traits.get('layer'))}, expected a name{why}"
    elif not is_name_or_number(region):
        yield f"{where}.region is {brief(region)}, expected a name"
    if not is_name_or_number(traits.get("mtype")):
        yield f"{where}.traits.mtype is {brief(traits.get('mtype'))}, expected a name"
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
