"""Check that an e-model's configuration files are consistent, beyond what their schemas check."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

from megate.builtin.distributions import distribution_problems
from megate.builtin.names import (
    DEP,
    DISTRIBUTION,
    GLOBAL,
    HOLDING,
    HOLDING_CURRENT,
    HOLDING_FEATURES,
    HYP,
    MAIN,
    MULTIPLE,
    RIN,
    RMP,
    SECTION_LISTS,
    SOMA_V,
    THRESHOLD,
    THRESHOLD_CURRENT,
    UNIFORM,
    level_of,
    levels_of,
    section_lists,
    threshold_features,
)
from megate.core.names import label_problem

_BUILT_INTO_NEURON = {"pas", "hh", "fastpas", "extracellular"}
_PLACES = (*SECTION_LISTS, *MULTIPLE)
_RUN_BY_MAIN = ("StepProtocol", "StepThresholdProtocol")
RESTING_POTENTIAL = {
    "": "voltage_base",
    DEP: "steady_state_voltage_stimend",
    HYP: "steady_state_voltage_stimend",
}
"""Feature of RMP that is the resting potential: with one holding voltage, or with two."""


def file_problems(
    params: Mapping[str, Any], protocols: Mapping[str, Any], features: Mapping[str, Any]
) -> Iterator[tuple[str, str]]:
    """Problems, each with the key of its file in the recipe: "params", "protocol" or "features"."""
    yield from (("params", problem) for problem in _parameter_problems(params))
    yield from (("protocol", problem) for problem in _protocol_problems(protocols))
    yield from (("features", problem) for problem in _feature_problems(features, protocols))


def free_parameters(params: Mapping[str, Any]) -> dict[str, list[float]]:
    """Bounds of the optimised parameters by their names in final.json."""
    return {
        full_name(parameter["name"], where): parameter["val"]
        for where, parameters in params["parameters"].items()
        for parameter in parameters
        if isinstance(parameter["val"], list)
    }


def inserted_mechanisms(params: Mapping[str, Any]) -> set[str]:
    """Suffixes of the mechanisms that the cell inserts and that are not built into NEURON."""
    named = {suffix for of in params["mechanisms"].values() for suffix in of["mech"]}
    return named - _BUILT_INTO_NEURON


def full_name(name: str, where: str) -> str:
    """The name of a parameter in final.json."""
    return name if where == GLOBAL else f"{name}.{where}"


def value_problems(params: Mapping[str, Any], values: Mapping[str, float]) -> Iterator[str]:
    """Optimised parameters without a value or with one outside of their bounds, and other values
    in final.json."""
    bounds = free_parameters(params)
    for name, (lower, upper) in bounds.items():
        if name not in values:
            yield f"final.json has no value for the parameter {name!r}"
        elif not lower <= values[name] <= upper:
            yield (
                f"final.json's parameter {name!r} is {values[name]}, outside its bounds "
                f"[{lower}, {upper}]"
            )
    for name in values:
        if name not in bounds:
            yield f"final.json's parameter {name!r} is not one of the optimised parameters"


def is_threshold_search(protocol: Mapping[str, Any]) -> bool:
    """Whether a protocol searches the threshold current."""
    return str(protocol.get("type")).endswith("ThresholdDetectionProtocol")


def needs_apical_point(protocols: Mapping[str, Any]) -> bool:
    """Whether a protocol records on the path to the apical point."""
    return any(
        recording["type"] == "somadistanceapic"
        for protocol in protocols.values()
        for recording in protocol.get("extra_recordings", ())
    )


# ---- parameters ------------------------------------------------------------------------------


def _parameter_problems(params: Mapping[str, Any]) -> Iterator[str]:
    distributions, parameters = params.get("distributions", {}), params["parameters"]
    own = {name: definition.get("parameters", []) for name, definition in distributions.items()}
    for name, definition in distributions.items():
        for problem in distribution_problems(definition["fun"], own[name]):
            yield f"distributions.{name}.fun: {problem}"
        valued = {p["name"] for p in parameters.get(DISTRIBUTION + name, [])}
        for parameter in own[name]:
            if parameter not in valued:
                yield f"parameters.{DISTRIBUTION}{name}: no value for {parameter!r}"
    places = [("mechanisms", where) for where in params["mechanisms"]]
    places += [
        ("parameters", where)
        for where in parameters
        if where != GLOBAL and not where.startswith(DISTRIBUTION)
    ]
    for key, where in places:
        if where not in _PLACES:
            yield f"{key}.{where}: unknown section list, expected one of {', '.join(_PLACES)}"
    for where, in_place in parameters.items():
        of = where.removeprefix(DISTRIBUTION) if where.startswith(DISTRIBUTION) else None
        if of is not None and of not in own:
            yield f"parameters.{where}: distribution {of!r} does not exist"
        for number, parameter in enumerate(in_place):
            place = f"parameters.{where}[{number}]"
            name, value, dist = (parameter.get(key) for key in ("name", "val", "dist"))
            if of in own and name not in own[of]:
                yield f"{place}: {name!r} is not a parameter of {of!r}"
            if isinstance(value, list) and value[0] > value[1]:
                yield f"{place}.val: the lower bound {value[0]} is above the upper bound {value[1]}"
            if dist not in (None, UNIFORM, *distributions):
                yield f"{place}.dist: distribution {dist!r} does not exist"
            if dist is not None and where not in _PLACES:
                yield f"{place}.dist: allowed only in section lists"
    yield from _order_problems(parameters, distributions)


def _order_problems(
    parameters: Mapping[str, Any], distributions: Mapping[str, Any]
) -> Iterator[str]:
    """Values whose order differs between the simulation and the hoc.

    The simulation sets the values in the order of the file. The hoc sets those of `all` first, and
    in each section list those with a distribution last. In both, the last value counts.
    """
    settings = defaultdict(list)
    for where, in_place in parameters.items():
        for parameter in in_place if where in _PLACES else ():
            lists = SECTION_LISTS if where == "all" else section_lists(where)
            rank = (where != "all", parameter.get("dist") in distributions)
            for section_list in lists:
                settings[section_list, parameter["name"]].append((rank, where))
    for (section_list, name), ranked in settings.items():
        rank, where = ranked[-1]
        if section_list != "all" and rank != max(ranked)[0]:
            yield (
                f"parameters.{where}: {name!r} is set after another value for {section_list}, but "
                "before it in hoc; put 'all' first, and values without 'dist' before those with it"
            )


# ---- protocols -------------------------------------------------------------------------------


def _protocol_problems(protocols: Mapping[str, Any]) -> Iterator[str]:
    searches = [name for name, protocol in protocols.items() if is_threshold_search(protocol)]
    for name, protocol in protocols.items():
        if problem := label_problem(name, "protocol"):
            yield f"key: {problem}"
        seen = {SOMA_V}
        for number, recording in enumerate(protocol.get("extra_recordings", ())):
            where = f"{name}.extra_recordings[{number}]"
            is_section = recording["type"] == "nrnseclistcomp"
            for key in ("sec_index", "comp_x") if is_section else ("somadistance",):
                if key not in recording:
                    yield f"{where}: {key!r} is missing"
            recorded = f"{recording['name']}.{recording['var']}"
            if recorded in seen:
                yield f"{where}: another recording is named {recorded!r}"
            seen.add(recorded)
        if protocol.get("type") == "StepThresholdProtocol":
            if MAIN not in protocols:
                yield f"{name}: a StepThresholdProtocol needs {MAIN!r} (it searches the threshold)"
            if steps_of(protocol)[-1].get("thresh_perc") is None:
                yield f"{name}.stimuli.step: 'thresh_perc' is missing"
        elif protocol.get("type") == "StepProtocol":
            for number, step in enumerate(steps_of(protocol)):
                if step.get("amp") is None:
                    yield f"{name}.stimuli.step[{number}]: 'amp' is missing"
            holding = protocol["stimuli"].get("holding", {"amp": 0})
            is_searched = name in (RIN, RIN + DEP, RIN + HYP) and MAIN in protocols
            if holding.get("amp") is None and not is_searched:
                yield f"{name}.stimuli.holding: 'amp' is missing"
    if MAIN in protocols:
        yield from _main_problems(protocols, searches)
    else:
        for name in [*searches, *(name for name in protocols if name.startswith(HOLDING))]:
            yield f"{name}: a search needs {MAIN!r}, which runs it"


def _main_problems(protocols: Mapping[str, Any], searches: list[str]) -> Iterator[str]:
    levels = levels_of(protocols)
    rins = [RIN + level for level in levels]
    for name in (RMP, *rins):
        if protocols.get(name, {}).get("type") != "StepProtocol":
            yield f"{MAIN} needs the StepProtocol {name!r}"
    for level in levels:
        rin, holding = RIN + level, HOLDING + level
        if "holding" not in protocols.get(rin, {}).get("stimuli", {"holding": None}):
            yield f"{rin}.stimuli: 'holding' is missing; {holding!r} searches its amplitude"
        if holding not in protocols:
            yield f"{MAIN} needs the protocol {holding!r}"
    found = " and ".join(searches) or "none"
    if levels == ("",) and len(searches) != 1:
        yield f"{MAIN} needs one ThresholdDetectionProtocol, found {found}"
    elif levels != ("",):
        if HOLDING in protocols:
            yield f"{HOLDING}: found {HOLDING}{levels[0]}, too; remove one of them"
        expected = [THRESHOLD + level for level in levels]
        if sorted(searches) != sorted(expected):
            yield (
                f"{MAIN} needs the ThresholdDetectionProtocols {' and '.join(expected)}, found "
                f"{found}"
            )
    for key in ("other_protocols", "pre_protocols"):
        for name in protocols[MAIN].get(key, ()):
            kind = protocols.get(name, {}).get("type")
            if name in rins:
                yield f"{MAIN}.{key}: {MAIN} itself runs {name!r}; remove it from this list"
            if kind not in _RUN_BY_MAIN:
                yield f"{MAIN}.{key}: found {name!r}, expected a {' or '.join(_RUN_BY_MAIN)}"
            if kind == "StepThresholdProtocol" and level_of(name, levels) not in levels:
                yield (
                    f"{name}: a StepThresholdProtocol whose name does not end in {HYP!r} needs "
                    f"{HOLDING + DEP!r} and {THRESHOLD + DEP!r}"
                )


def steps_of(protocol: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """A protocol's steps. The file may have a list of them or a single one."""
    steps = protocol["stimuli"]["step"]
    return steps if isinstance(steps, list) else [steps]


# ---- features --------------------------------------------------------------------------------


def _feature_problems(features: Mapping[str, Any], protocols: Mapping[str, Any]) -> Iterator[str]:
    recordings = _recordings_of(protocols)
    levels = levels_of(protocols)
    special = {HOLDING_FEATURES + level: HOLDING_CURRENT + level for level in levels}
    special |= {threshold_features(level): THRESHOLD_CURRENT + level for level in levels}
    for protocol, of_recordings in features.items():
        allowed: dict[str, str | None]  # recording -> the only feature that it can have
        if protocol in special and MAIN in protocols:
            allowed = {SOMA_V: special[protocol]}
        elif protocol in recordings:
            allowed = dict.fromkeys(recordings[protocol])
        else:
            yield f"{protocol}: this protocol is not run"
            continue
        for recording, of_recording in of_recordings.items():
            if recording not in allowed:
                known = ", ".join(allowed)
                yield f"{protocol}.{recording}: unknown recording, expected one of {known}"
                continue
            for number, feature in enumerate(of_recording):
                name, only = feature["feature"], allowed[recording]
                if (only and name != only) or (not only and name.startswith("bpo_")):
                    expected = f"{only!r}" if only else "a feature of eFEL"
                    yield f"{protocol}.{recording}[{number}]: found {name!r}, expected {expected}"
    if not any(of for of_recordings in features.values() for of in of_recordings.values()):
        yield "found no feature, expected at least one"
    needed = {RMP: [RESTING_POTENTIAL[levels[0]]]}
    needed |= {RIN + x: ["ohmic_input_resistance_vb_ssse", "voltage_base"] for x in levels}
    for protocol, names in needed.items() if MAIN in protocols else ():
        found = [feature["feature"] for feature in features.get(protocol, {}).get(SOMA_V, ())]
        for name in names:
            if name not in found:
                yield f"{protocol}.{SOMA_V}: {name!r} is missing; {MAIN} needs it"


def _recordings_of(protocols: Mapping[str, Any]) -> dict[str, list[str]]:
    """Names of the recordings of each protocol that is run."""
    run = list(protocols)
    if main := protocols.get(MAIN):
        rins = [RIN + level for level in levels_of(protocols)]
        run = [RMP, *rins, *main["other_protocols"], *main.get("pre_protocols", ())]
    extra = {name: protocols[name].get("extra_recordings", ()) for name in run if name in protocols}
    return {
        name: [SOMA_V, *(f"{recording['name']}.{recording['var']}" for recording in recordings)]
        for name, recordings in extra.items()
    }
