"""The HTML pages: which there are, and how they are written."""

from collections.abc import Callable, Sequence
from pathlib import Path

from megate.report.html.adaptation_page import adaptation_page
from megate.report.html.coverage_page import coverage_page
from megate.report.html.emodel_page import emodel_page
from megate.report.html.page import Page, write_page
from megate.report.html.release_page import release_page
from megate.report.html.runtime_page import runtime_page
from megate.report.results import Results

PAGES: dict[str, Callable[[Results], Page]] = {
    "release": release_page,
    "coverage": coverage_page,
    "adaptation": adaptation_page,
    "runtimes": runtime_page,
}
"""Pages about the whole project. Keys are names of the outputs of the rule `report_pages`."""

EMODEL_PAGES: dict[str, Callable[[str, Results], Page]] = {
    "emodels": emodel_page,
}
"""Pages that each e-model has; likewise."""


def write_pages(name: str, paths: str | Sequence[str], results: Results) -> None:
    """Write a page of `PAGES` (`name`: its key), or one of `EMODEL_PAGES` for every e-model: its
    file is named after it. Other pages in that folder, of e-models no longer in use, are removed.
    """
    if name in PAGES:
        write_page(Path(str(paths)), PAGES[name](results))
        return
    files = [Path(path) for path in paths]
    for path in files:
        write_page(path, EMODEL_PAGES[name](path.stem, results))
    for left_over in {other for path in files for other in path.parent.glob("*.html")} - set(files):
        left_over.unlink()
