"""The kinds of e-model packages, recognised by their files."""

from pathlib import Path

from megate.core.vocabulary import Evaluator
from megate.emodels.hoc_package import has_hoc
from megate.inputs.bluepyemodel import is_bluepyemodel


def evaluator_of(package: Path, setting: str) -> Evaluator:
    """What runs the e-models of a package.

    Args:
        package: the folder
        setting: `scoring.evaluator` of the configuration
    """
    if setting in (Evaluator.BUILTIN, Evaluator.HOC):
        return Evaluator(setting)
    if has_code(package):
        return Evaluator.CODE
    if is_bluepyemodel(package):
        return Evaluator.BLUEPYEMODEL
    if not (package / "config").is_dir() and has_hoc(package):
        return Evaluator.HOC
    return Evaluator.BUILTIN


def has_code(package: Path) -> bool:
    """Whether a package has code that creates its evaluator."""
    return (package / "setup" / "__init__.py").is_file()
