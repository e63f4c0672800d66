"""Recognise the e-models in a folder by its files."""

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from megate.core.errors import MegateError, listing
from megate.project_setup.formats import bluepyemodel, code, config_only, emodelrunner, hoc
from megate.project_setup.formats.found import FoundEmodel


class Format(Protocol):
    """A module of `formats`."""

    DESCRIPTION: str

    def recognised(self, folder: Path, /) -> bool:
        """Whether a folder has e-models of this format."""

    def emodels_in(self, folder: Path, /) -> list[FoundEmodel]:
        """The e-models in the folder."""


FORMATS: Sequence[Format] = (
    code,
    bluepyemodel,
    config_only,
    emodelrunner,
    hoc,
)
"""All formats; a module more is one line here."""


def recognise(folder: Path) -> list[FoundEmodel]:
    """The e-models in a folder, or in the folders in it.

    Raises:
        MegateError: there is no such folder, no e-model is recognised in it, or two formats are; or
            as a format's `emodels_in`.
    """
    if not folder.is_dir():
        raise MegateError(f"--emodel: folder not found: {folder}")
    of = formats_of(folder)
    packages = {folder: of} if of else _in_folders(folder)
    if not packages:
        raise MegateError(
            f"--emodel: no e-model is recognised in {folder}, nor in the folders in it; looked for"
            + listing([each.DESCRIPTION for each in FORMATS], limit=None)
        )
    for package, formats in packages.items():
        if len(formats) > 1:
            raise MegateError(
                f"--emodel: {package} has e-models of several formats; keep each in a folder of "
                f"its own:{listing([each.DESCRIPTION for each in formats])}"
            )
    return [each for package, (only,) in packages.items() for each in only.emodels_in(package)]


def formats_of(folder: Path) -> list[Format]:
    """The formats that are recognised in a folder."""
    return [each for each in FORMATS if each.recognised(folder)]


def _in_folders(folder: Path) -> dict[Path, list[Format]]:
    """The formats of the folders in a folder, for those that have any."""
    below = sorted(path for path in folder.iterdir() if path.is_dir())
    return {path: of for path in below if (of := formats_of(path))}
