"""final.json: the optimised parameters and the exemplar of each e-model. Also that of BluePyEModel,
which has an entry for each seed, and the exemplar in recipes.json beside it."""

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from megate.core.errors import MegateError, brief, listing, nearest
from megate.core.names import input_problem
from megate.core.wording import first_few
from megate.files.readers import LARGE_MB, read_json_object
from megate.inputs import bluepyemodel


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
    """Read the entries of the (original) `emodels` from final.json. BluePyEModel's file has several
    of an e-model: that with the best score is taken, unless the name has a seed (``NAME__SEED``).

    Raises:
        MegateError: listing every e-model that is missing there or has an unusable entry.
    """
    content = read_json_object(path, "final.json", LARGE_MB)
    entries: dict[str, Any] = {}
    problems: list[str] = []
    for emodel in emodels:
        key = bluepyemodel.result_of(content, emodel)
        entry = entries[emodel] = None if key is None else content[key]
        if bluepyemodel.is_result(entry):
            try:
                entries[emodel] = bluepyemodel.plain_result(entry, path.parent, emodel)
            except MegateError as error:
                problems.append(f"{emodel}: {error}")
                continue
        problems += _problems(entries[emodel], emodel, content)
    if problems:
        raise MegateError(f"final.json: {path}:{listing(problems)}")
    return {emodel: _final(entry) for emodel, entry in entries.items()}


def _problems(entry: Any, emodel: str, content: dict[str, Any]) -> Iterator[str]:
    if entry is None:
        near = nearest(emodel, content)
        has = f"; the nearest is {brief(near)}" if near else f"; it has {first_few(content)}"
        yield f"e-model {brief(emodel)} is missing{has if content else ''}"
        return
    if not isinstance(entry, dict):
        yield f"{emodel}: found {brief(entry)}, expected an object {{...}}"
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
