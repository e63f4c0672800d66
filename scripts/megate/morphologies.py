"""Morphology directories: where a morphology's file is, and its apical point."""

from functools import cached_property
from pathlib import Path
from typing import Any

from megate.errors import MegateError, brief, listing
from megate.files import LARGE_MB, read_json_object

EXTENSIONS = (".asc", ".swc", ".ASC", ".SWC")
APICAL_POINTS = "apical_points_isec.json"


class MorphologyDirectory:
    """A directory of morphology files, listed once (a stat per morphology is slow on a
    cluster's file system)."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @cached_property
    def _files(self) -> frozenset[str]:
        if not self.path.is_dir():
            raise MegateError(f"morphologies: directory not found: {self.path}")
        problem = neurons_problem(self.path)
        if problem:
            raise MegateError(f"morphologies: {self.path}: {problem}")
        try:
            return frozenset(entry.name for entry in self.path.iterdir())
        except OSError as error:
            raise MegateError(f"morphologies: cannot read {self.path}: {error.strerror}") from error

    def has(self, file_name: str) -> bool:
        """Whether the directory holds `file_name`."""
        return file_name in self._files

    def find(self, morph_name: str) -> Path | None:
        """The morphology's file: the first of .asc, .swc that is there, or None."""
        for extension in EXTENSIONS:
            if self.has(morph_name + extension):
                return self.path / (morph_name + extension)
        return None

    @cached_property
    def apical_points(self) -> dict[str, int]:
        """Index of the apical point's section in NEURON's ``apic`` array, by morphology; empty
        where the directory has no apical_points_isec.json.

        Raises:
            MegateError: the file is malformed, or listing the indices that are no whole numbers.
        """
        if not self.has(APICAL_POINTS):
            return {}
        path = self.path / APICAL_POINTS
        points, problems = {}, []
        for name, index in read_json_object(path, "apical points", LARGE_MB).items():
            if index is None:
                continue
            try:
                points[name] = _whole_number(index)
            except (TypeError, ValueError, OverflowError):
                problems.append(
                    f"{brief(name)} has {brief(index)}, expected the index of a section (a whole "
                    "number)"
                )
        if problems:
            raise MegateError(f"apical points: {path}:{listing(problems)}")
        return points


def neurons_problem(path: Path | str) -> str | None:
    """Why NEURON cannot open a file of this path; None if it can."""
    if "$" in str(path):
        return (
            "NEURON cannot open files there, it reads '$' in a path as a variable; use a path "
            "without '$'"
        )
    if not str(path).isascii():
        return "NEURON opens files by ASCII characters only; use a path (a link, say) of these"
    return None


def _whole_number(value: Any) -> int:
    number = int(value)
    if isinstance(value, bool) or (isinstance(value, float) and number != value):
        raise ValueError(value)
    return number
