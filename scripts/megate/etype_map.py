"""E-model e-type map: which e-model stands for which layers, m-types and e-types."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from megate.errors import MegateError, listing, unknown_key
from megate.files import read_json_object
from megate.names import check_emodel_name, check_label, is_name_or_number

ANYTHING = ".*"
_KEYS = {"mm_recipe", "etype", "mtype", "morph_name", "layer"}


@dataclass(frozen=True)
class MapEntry:
    """One e-model of the map.

    Attributes:
        original_emodel: key of the entry, and of the e-model's parameters in final.json
        emodel: name to score with (``mm_recipe``)
        layers: layers that it stands for
        etype, mtype: regexes that an e-type and a full m-type must match fully
        morph_name: regex that a morphology's name must match at its start
    """

    original_emodel: str
    emodel: str
    layers: tuple[str, ...]
    etype: str = ANYTHING
    mtype: str = ANYTHING
    morph_name: str = ANYTHING


def read_etype_maps(paths: Sequence[Path]) -> list[list[MapEntry]]:
    """Read several maps, which together stand for all e-models.

    Raises:
        MegateError: as `read_etype_map`; or listing every e-model and every ``mm_recipe`` that
            two of them have.
    """
    maps = [read_etype_map(path) for path in paths]
    places: dict[tuple[str, str], dict[Path, None]] = {}
    for path, entries in zip(paths, maps, strict=True):
        for entry in entries:
            places.setdefault(("e-model", entry.original_emodel), {})[path] = None
            places.setdefault(("mm_recipe", entry.emodel), {})[path] = None
    problems = [
        f"{kind} {name!r}: {', '.join(map(str, of))}"
        for (kind, name), of in places.items()
        if len(of) > 1
    ]
    if problems:
        raise MegateError(
            "e-model e-type maps: each e-model needs a name and an mm_recipe of its own, but "
            "several have" + listing(problems)
        )
    return maps


def read_etype_map(path: Path) -> list[MapEntry]:
    """Read an e-model e-type map.

    Raises:
        MegateError: listing every entry with a missing or unusable key, an invalid regex, or
            an ``mm_recipe`` that another entry has too.
    """
    content = read_json_object(path, "e-model e-type map")
    entries, problems = [], []
    for original_emodel, value in content.items():
        try:
            entries.append(_entry(original_emodel, value))
        except MegateError as error:
            problems.append(str(error))
    problems += _shared_recipes(entries)
    if problems:
        raise MegateError(f"e-model e-type map: {path}:{listing(problems)}")
    if not entries:
        raise MegateError(f"e-model e-type map: {path} holds no e-model")
    return entries


def _entry(original_emodel: str, value: Any) -> MapEntry:
    check_label(original_emodel, "e-model name", "key")
    if not isinstance(value, dict):
        raise MegateError(f"{original_emodel}: found {value!r}, expected an object {{...}}")
    for key in ("mm_recipe", "layer"):
        if key not in value:
            raise MegateError(f"{original_emodel}: {key!r} is missing")
    for key in value:
        if key not in _KEYS and not key.startswith(("_", "comment")):
            raise MegateError(f"{original_emodel}: {unknown_key(key, _KEYS)}")
    if not isinstance(value["layer"], list) or not value["layer"]:
        raise MegateError(f'{original_emodel}: layer is {value["layer"]!r}, expected a list, ["5"]')
    for key, values in (("mm_recipe", [value["mm_recipe"]]), ("layer", value["layer"])):
        for name in values:
            if not is_name_or_number(name):
                raise MegateError(f"{original_emodel}: {key} has {name!r}, expected a name")
    patterns = {key: value.get(key, ANYTHING) for key in ("etype", "mtype", "morph_name")}
    for key, pattern in patterns.items():
        try:
            re.compile(pattern)
        except (re.error, TypeError) as error:
            raise MegateError(
                f"{original_emodel}: {key} {pattern!r} is not a valid regular expression: {error}"
            ) from error
    return MapEntry(
        original_emodel=original_emodel,
        emodel=check_emodel_name(str(value["mm_recipe"]), f"{original_emodel}: mm_recipe"),
        layers=tuple(check_label(str(layer), "layer", original_emodel) for layer in value["layer"]),
        **patterns,
    )


def _shared_recipes(entries: list[MapEntry]) -> list[str]:
    """One mm_recipe for two entries: there is one hoc file and one exemplar per e-model, which
    cannot stand for two parameter sets."""
    owner: dict[str, str] = {}
    problems = []
    for entry in entries:
        first = owner.setdefault(entry.emodel, entry.original_emodel)
        if first != entry.original_emodel:
            problems.append(
                f"{first} and {entry.original_emodel} have the same mm_recipe {entry.emodel!r}: "
                "each e-model needs a name of its own"
            )
    return problems
