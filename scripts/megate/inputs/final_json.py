"""final.json: the optimised parameters and the exemplar of each e-model."""

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from megate.core.errors import MegateError, brief, listing
from megate.core.names import input_problem
from megate.files.readers import LARGE_MB, read_json_object


@dataclass(frozen=True)
class FinalEmodel:
    """One e-model of final.json.

    Attributes:
        params: parameter name -> value, in the package's own units
        fitness: feature -> score (standard deviations) that the optimisation reached
        morph_path: exemplar's file, relative to the e-model's directory
        main_path: e-model's directory, relative to final.json's
        branch: branch of `emodels_repo` that has it; not used with `emodels_dir`
    """

    params: dict[str, float]
    fitness: dict[str, float]
    morph_path: PurePosixPath
    main_path: PurePosixPath
    branch: str | None = None


def read_final_json(path: Path, emodels: Iterable[str]) -> dict[str, FinalEmodel]:
    """Read the entries of the (original) `emodels` from final.json.

    Raises:
        MegateError: listing every e-model that is missing there or has an unusable entry.
    """
    content = read_json_object(path, "final.json", LARGE_MB)
    entries: dict[str, Any] = {emodel: content.get(emodel) for emodel in emodels}
    problems = [text for emodel, entry in entries.items() for text in _problems(entry, emodel)]
    if problems:
        raise MegateError(f"final.json: {path}:{listing(problems)}")
    return {emodel: _final(entry) for emodel, entry in entries.items()}


def _problems(entry: Any, emodel: str) -> Iterator[str]:
    if not isinstance(entry, dict):
        name = brief(emodel)
        found = f"{emodel}: found {brief(entry)}, expected an object {{...}}"
        yield f"e-model {name} is missing" if entry is None else found
        return
    problems = [
        _problem_of_path(entry.get("morph_path"), "morph_path", "the exemplar's file"),
        _problem_of_path(entry.get("main_path", "."), "main_path", "a folder"),
        *_problems_of_numbers(entry, "params"),
        *_problems_of_numbers(entry, "fitness"),
    ]
    yield from (f"{emodel}: {problem}" for problem in problems if problem)


def _problem_of_path(value: Any, key: str, what: str) -> str | None:
    path = PurePosixPath(value) if isinstance(value, str) else None
    if path is None or (key == "morph_path" and not path.suffix):
        return f"{key} is {brief(value)}, expected {what}"
    problem = input_problem(value)
    if problem:
        return f"{key} {brief(value)} {problem}"
    if key == "main_path" and (path.is_absolute() or ".." in path.parts):
        return f"{key} {brief(value)} leaves the e-models' directory"
    return None


def _problems_of_numbers(entry: dict[str, Any], key: str) -> Iterator[str]:
    required = key == "params"
    values = entry.get(key, None if required else {})
    if not isinstance(values, dict):
        yield f"{key!r} is {brief(values)}, expected a mapping of names to numbers"
        return
    for name, value in values.items():
        if not _is_number(value, finite=required):
            kind = "a finite number" if type(value) in (int, float) else "a number"
            yield f"{key}[{brief(name)}] is {brief(value)}, expected {kind}"


def _is_number(value: Any, finite: bool) -> bool:
    if not isinstance(value, int | float) or isinstance(value, bool):
        return False
    try:
        return math.isfinite(value) or not finite
    except OverflowError:  # numbers in JSON may have any number of digits
        return False


def _final(entry: dict[str, Any]) -> FinalEmodel:
    branch = entry.get("branch")
    return FinalEmodel(
        params=entry["params"],
        fitness=entry.get("fitness", {}),
        morph_path=PurePosixPath(entry["morph_path"]),
        main_path=PurePosixPath(entry.get("main_path", ".")),
        branch=branch if isinstance(branch, str) else None,
    )
