"""Create the cell model from a morphology and the parameters file."""

from collections.abc import Iterator, Mapping
from typing import Any, TypeAlias

from bluepyopt import ephys

from megate.builtin.checks import full_name
from megate.builtin.names import DISTRIBUTION, GLOBAL, UNIFORM, section_lists

Parameter: TypeAlias = ephys.parameters.NrnParameter | ephys.parameters.MetaParameter


def cell_model(
    name: str, params: Mapping[str, Any], morphology: ephys.morphologies.NrnFileMorphology
) -> ephys.models.CellModel:
    """Create the cell model from the content of the parameters file. Its free parameters are the
    optimised ones; its `name`, the e-model's, is that of the NEURON template in hoc."""
    mechanisms = [
        ephys.mechanisms.NrnMODMechanism(
            name=f"{suffix}.{where}", suffix=suffix, locations=_locations(where)
        )
        for where, definition in params["mechanisms"].items()
        for suffix in definition["mech"]
    ]
    return ephys.models.CellModel(
        name, morph=morphology, mechs=mechanisms, params=list(_parameters(params))
    )


def _locations(where: str) -> list[ephys.locations.NrnSeclistLocation]:
    return [
        ephys.locations.NrnSeclistLocation(seclist, seclist_name=seclist)
        for seclist in section_lists(where)
    ]


def _parameters(params: Mapping[str, Any]) -> Iterator[Parameter]:
    scalers = {UNIFORM: ephys.parameterscalers.NrnSegmentLinearScaler()} | {
        name: ephys.parameterscalers.NrnSegmentSomaDistanceScaler(
            name=name,
            distribution=definition["fun"],
            dist_param_names=definition.get("parameters"),
        )
        for name, definition in params.get("distributions", {}).items()
    }
    for where, definitions in params["parameters"].items():
        for definition in definitions:
            yield _parameter(definition, where, scalers)


def _parameter(definition: Mapping[str, Any], where: str, scalers: Mapping[str, Any]) -> Parameter:
    name, value = definition["name"], definition["val"]
    free = isinstance(value, list)
    common = {
        "name": full_name(name, where),
        "frozen": not free,
        "bounds": value if free else None,
        "value": None if free else value,
    }
    if where == GLOBAL:
        return ephys.parameters.NrnGlobalParameter(param_name=name, **common)
    if where.startswith(DISTRIBUTION):
        scaler = scalers[where.removeprefix(DISTRIBUTION)]
        return ephys.parameters.MetaParameter(obj=scaler, attr_name=name, **common)
    in_section = {"param_name": name, "locations": _locations(where)} | common
    if "dist" in definition:
        scaler = scalers[definition["dist"]]
        return ephys.parameters.NrnRangeParameter(value_scaler=scaler, **in_section)
    return ephys.parameters.NrnSectionParameter(**in_section)
