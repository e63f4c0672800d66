"""final.json: the optimised parameters of each e-model, and where its exemplar lies."""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from megate.errors import MegateError, listing
from megate.files import read_json_object


@dataclass(frozen=True)
class FinalEmodel:
    """One e-model of final.json.

    Attributes:
        params: parameter name -> value, in the package's own units
        fitness: feature -> score (standard deviations) that the optimisation reached
        morph_path: exemplar's file, relative to the e-model's directory
        main_path: e-model's directory, relative to final.json's
        branch: of the repository that it lies in; only there it counts
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
    content = read_json_object(path, "final.json")
    finals, problems = {}, []
    for emodel in emodels:
        try:
            finals[emodel] = _entry(content, emodel)
        except MegateError as error:
            problems.append(str(error))
    if problems:
        raise MegateError(f"final.json: {path}:{listing(problems)}")
    return finals


def _entry(content: dict[str, Any], emodel: str) -> FinalEmodel:
    entry = content.get(emodel)
    if not isinstance(entry, dict):
        raise MegateError(
            f"e-model {emodel!r} is missing" if entry is None else f"{emodel}: not an object"
        )
    morph_path = entry.get("morph_path")
    if not isinstance(morph_path, str) or not PurePosixPath(morph_path).suffix:
        raise MegateError(f"{emodel}: morph_path is {morph_path!r}, expected the exemplar's file")
    main_path = entry.get("main_path", ".")
    if not isinstance(main_path, str):
        raise MegateError(f"{emodel}: main_path is {main_path!r}, expected a folder")
    main_path = PurePosixPath(main_path)
    if main_path.is_absolute() or ".." in main_path.parts:
        raise MegateError(f"{emodel}: main_path {str(main_path)!r} leaves the e-models' directory")
    branch = entry.get("branch")
    return FinalEmodel(
        params=_numbers(entry, "params", emodel, required=True),
        fitness=_numbers(entry, "fitness", emodel, required=False),
        morph_path=PurePosixPath(morph_path),
        main_path=main_path,
        branch=branch if isinstance(branch, str) else None,
    )


def _numbers(entry: dict[str, Any], key: str, emodel: str, required: bool) -> dict[str, float]:
    values = entry.get(key, None if required else {})
    if not isinstance(values, dict):
        raise MegateError(f"{emodel}: {key!r} is {values!r}, expected names with numbers")
    for name, value in values.items():
        if not _is_number(value, finite=required):
            raise MegateError(f"{emodel}: {key}[{name!r}] is {value!r}, expected a number")
    return values


def _is_number(value: Any, finite: bool) -> bool:
    if not isinstance(value, int | float) or isinstance(value, bool):
        return False
    try:
        return math.isfinite(value) or not finite
    except OverflowError:  # JSON's numbers have any number of digits
        return False
