"""Versions of megate, Python and the libraries."""

import functools
import platform
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version

from megate import __version__


def versions(*libraries: str) -> Iterator[str]:
    """Yield "megate 1.2.3", "Python 3.12.1" and the same for the installed ones of the `libraries`
    (names of distributions)."""
    yield f"megate {__version__}"
    yield f"Python {platform.python_version()}"
    for library in libraries:
        found = installed_version(library)
        if found is not None:
            yield f"{library} {found}"


@functools.cache  # reads a file
def installed_version(library: str) -> str | None:
    """The version of a library (name of a distribution), or None if it is not installed."""
    try:
        return version(library)
    except PackageNotFoundError:
        return None
