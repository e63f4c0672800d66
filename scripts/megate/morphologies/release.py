"""Find the files and apical points of a morphology release."""

from collections.abc import Callable, Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

from megate.core.errors import MegateError, brief, listing
from megate.files.readers import LARGE_MB, read_json_object

EXTENSIONS = ("asc", "swc", "h5")
"""File extensions, in lower or upper case. Of several files of a morphology the first is used."""
APICAL_POINTS = "apical_points_isec.json"


class MorphologyDirectory:
    """A directory of morphology files. It is listed once: a stat for each morphology would be slow
    on the file system of a cluster."""

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
        return file_name in self._files

    @cached_property
    def apical_points(self) -> dict[str, int]:
        """Section of the apical point, by morphology: its index in NEURON's ``apic`` array. Empty
        if the directory has no apical_points_isec.json.

        Raises:
            MegateError: the file is malformed, or indices are not whole numbers.
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


class MorphologyRelease:
    """Morphology files in one folder, or in one folder for each extension."""

    def __init__(
        self,
        place: Path | Mapping[str, Path],
        directory: Callable[[Path], MorphologyDirectory] = MorphologyDirectory,
    ) -> None:
        """`place`: one folder or, by extension, several. Releases may share a `directory`."""
        by_extension = place if isinstance(place, Mapping) else dict.fromkeys(EXTENSIONS, place)
        self._directories = {
            extension: directory(by_extension[extension])
            for extension in EXTENSIONS
            if extension in by_extension
        }

    @property
    def folders(self) -> list[Path]:
        """Its folders, each once."""
        return list(dict.fromkeys(directory.path for directory in self._directories.values()))

    def find(self, morph_name: str) -> Path | None:
        """The morphology's file: the first existing one of .asc, .swc and .h5, or None."""
        for extension, directory in self._directories.items():
            for ending in (extension, extension.upper()):
                if directory.has(f"{morph_name}.{ending}"):
                    return directory.path / f"{morph_name}.{ending}"
        return None

    def place_of(self, file_name: str) -> Path:
        """The path that a file of this name must have. If the release has no folder for its
        extension, raise a `MegateError`."""
        if len(self.folders) == 1:
            return self.folders[0] / file_name
        extension = Path(file_name).suffix.removeprefix(".").lower()
        if extension not in self._directories:
            raise MegateError(
                f"no folder is given for {file_name!r}, only for {', '.join(self._directories)}"
            )
        return self._directories[extension].path / file_name

    @cached_property
    def _with_apical_points(self) -> MorphologyDirectory | None:
        directories = self._directories.values()
        return next((each for each in directories if each.has(APICAL_POINTS)), None)

    @property
    def has_apical_points(self) -> bool:
        return self._with_apical_points is not None

    @property
    def apical_points(self) -> dict[str, int]:
        """`MorphologyDirectory.apical_points` of the first folder that has the file."""
        directory = self._with_apical_points
        return {} if directory is None else directory.apical_points


def neurons_problem(path: Path | str) -> str | None:
    """Why NEURON cannot open a file with this path; None if it can."""
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
