"""An e-model that `megate init` has found, and what it takes to put it into a new project."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class FoundEmodel:
    """An e-model in a folder of any format.

    Attributes:
        name: name of the e-model: ``mm_recipe`` of the e-type map, and key in final.json
        folder: folder that `files` are in
        files: files to copy to ``emodels/<name>/`` of the project, relative to `folder`
        written: further files to write there: relative path -> text
        copied: further files to copy there: relative path -> file
        exemplar: the exemplar's path in ``emodels/<name>/`` (final.json's ``morph_path``)
        params: optimised parameters: name -> value, in the package's own units
        fitness: feature -> score (standard deviations) that the optimisation reached; may be empty
        etype: the e-type, if the format has it
        mtype: the full m-type, if the format has it
        assumed: what was assumed, one line each, for the user to check
        evaluator: ``scoring.evaluator`` that the e-model needs, if ``auto`` does not suffice
    """

    name: str
    folder: Path
    files: list[Path]
    written: dict[str, str]
    copied: dict[str, Path]
    exemplar: str
    params: dict[str, float]
    fitness: dict[str, float]
    etype: str | None
    mtype: str | None
    assumed: list[str]
    evaluator: str | None = None
