"""The kinds of e-model packages, recognised by their files."""

from pathlib import Path

from megate.core.vocabulary import Evaluator


def evaluator_of(package: Path, setting: str) -> Evaluator:
    """What runs the e-models of a package.

    Args:
        package: the folder
        setting: `scoring.evaluator` of the configuration
    """
    if setting == Evaluator.BUILTIN or not has_code(package):
        return Evaluator.BUILTIN
    return Evaluator.CODE


def has_code(package: Path) -> bool:
    """Whether a package has code that creates its evaluator."""
    return (package / "setup" / "__init__.py").is_file()
