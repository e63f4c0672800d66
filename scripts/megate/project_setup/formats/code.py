"""E-models with code: a package whose `setup` creates a BluePyOpt evaluator."""

from pathlib import Path

from megate.emodels.kinds import has_code
from megate.project_setup.formats.found import FoundEmodel
from megate.project_setup.formats.parameters import emodels_of_package

DESCRIPTION = "package with code: setup/__init__.py, and final.json in the folder or beside it"


def recognised(folder: Path) -> bool:
    """Whether the folder has code that creates an evaluator."""
    return has_code(folder)


def emodels_in(folder: Path) -> list[FoundEmodel]:
    """The e-models of the package; raises as `parameters.emodels_of_package`."""
    return emodels_of_package(folder)
