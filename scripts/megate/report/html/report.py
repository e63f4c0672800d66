"""The HTML pages: which there are, and how they are written."""

from collections.abc import Callable, Sequence
from pathlib import Path

from megate.report.html.emodel_page import emodel_page
from megate.report.html.pages import Page, remove_others, write_page
from megate.report.html.release_page import release_page
from megate.report.html.runtime_page import runtime_page
from megate.report.results import Results

PAGES: dict[str, Callable[[Results], Page]] = {
    "release": release_page,
    "runtimes": runtime_page,
}
"""Pages about the whole project. Keys are names of the outputs of the rule `report_pages`."""

EMODEL_PAGES: dict[str, Callable[[str, Results], Page]] = {
    "emodels": emodel_page,
}
"""Pages that each e-model has; likewise."""


def write_pages(name: str, paths: str | Sequence[str], results: Results) -> None:
    """Write a page of `PAGES`, or one of `EMODEL_PAGES` for every e-model.

    Args:
        name: its key
        paths: the HTML file; of e-models those of all, each named after its e-model
    """
    if name in PAGES:
        write_page(Path(str(paths)), PAGES[name](results))
        return
    files = [Path(path) for path in paths]
    for path in files:
        write_page(path, EMODEL_PAGES[name](path.stem, results))
    remove_others(files)
