"""E-model e-type map: the layers, m-types and e-types of each e-model."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from megate.core.errors import MegateError, brief, listing, unknown_keys
from megate.core.names import emodel_name_problem, is_name_or_number, label_problem
from megate.core.patterns import pattern_problem
from megate.files.readers import read_json_object

ANYTHING = ".*"
_PATTERNS = ("etype", "mtype", "morph_name")
_PLACES = ("layer", "region")
_KEYS = {"mm_recipe", *_PLACES, *_PATTERNS}


@dataclass(frozen=True)
class MapEntry:
    """One e-model of the map.

    Attributes:
        original_emodel: key of the entry, and of the e-model's parameters in final.json
        emodel: name to score with (``mm_recipe``)
        layers: its layers and its brain regions, which stand in place of layers
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
    """Read several maps, which together have all e-models.

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
    """Read one map.

    Raises:
        MegateError: listing every missing or unusable key, every invalid regex, and every
            ``mm_recipe`` that two entries have.
    """
    content = read_json_object(path, "e-model e-type map")
    entries, problems = [], []
    for original_emodel, value in content.items():
        found = list(_problems(original_emodel, value))
        problems += found
        if not found:
            entries.append(_entry(original_emodel, value))
    problems += _shared_recipes(entries)
    if problems:
        raise MegateError(f"e-model e-type map: {path}:{listing(problems)}")
    if not entries:
        raise MegateError(f"e-model e-type map: {path} holds no e-model")
    return entries


def _problems(original_emodel: str, value: Any) -> Iterator[str]:
    problem = label_problem(original_emodel, "e-model name")
    if problem:
        yield f"key: {problem}"
        return
    if not isinstance(value, dict):
        yield f"{original_emodel}: found {brief(value)}, expected an object {{...}}"
        return
    for problem in _problems_of_entry(value):
        yield f"{original_emodel}: {problem}"


def _problems_of_entry(value: dict[str, Any]) -> Iterator[str]:
    if "mm_recipe" not in value:
        yield "'mm_recipe' is missing"
    if not any(key in value for key in _PLACES):
        yield "'layer' is missing (or 'region')"
    keys = [key for key in value if not key.startswith(("_", "comment"))]
    yield from unknown_keys([key for key in keys if key not in _KEYS], _KEYS)
    mm_recipe = value.get("mm_recipe", "missing")
    if not is_name_or_number(mm_recipe):
        yield f"mm_recipe has {brief(mm_recipe)}, expected a name"
    elif problem := emodel_name_problem(str(mm_recipe)):
        yield f"mm_recipe: {problem}"
    for key, example in zip(_PLACES, ("5", "VPL"), strict=True):
        names = value.get(key, [example])
        if not isinstance(names, list) or not names:
            yield f'{key} is {brief(names)}, expected a list, ["{example}"]'
            names = []
        for name in names:
            if not is_name_or_number(name):
                yield f"{key} has {brief(name)}, expected a name"
            elif problem := label_problem(str(name), key):
                yield problem
    for key in _PATTERNS:
        pattern = value.get(key, ANYTHING)
        if problem := pattern_problem(pattern):
            yield f"{key} {brief(pattern)} is not a valid regular expression: {problem}"


def _entry(original_emodel: str, value: dict[str, Any]) -> MapEntry:
    return MapEntry(
        original_emodel=original_emodel,
        emodel=str(value["mm_recipe"]),
        layers=tuple(str(name) for key in _PLACES for name in value.get(key, [])),
        **{key: value.get(key, ANYTHING) for key in _PATTERNS},
    )


def _shared_recipes(entries: list[MapEntry]) -> list[str]:
    """Entries that share an mm_recipe: an e-model has one hoc file and one exemplar, so it cannot
    have two parameter sets."""
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
