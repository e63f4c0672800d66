"""The PDF report: which pages there are, and how it is written."""

import logging
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import pandas as pd

from megate.config.config import Select
from megate.files.atomic import written_whole
from megate.gating.decide import Decisions
from megate.release.adaptation import Adaptation
from megate.report.pdf.document import Document, Page
from megate.report.pdf.pages import outcomes, sharpness
from megate.report.pdf.pages.adaptation import adaptation_pages
from megate.report.pdf.pages.coverage import coverage_pages
from megate.report.pdf.pages.emodels import emodels
from megate.report.pdf.pages.overview import TITLE, overview, rules

logger = logging.getLogger(__name__)

PAGES: tuple[Callable[[Decisions, Select], Iterable[Page]], ...] = (
    rules,
    sharpness.borderline,
    sharpness.margins,
    sharpness.sweep,
    emodels,
    outcomes.median_features,
    outcomes.median_metypes,
    outcomes.morphologies,
    outcomes.metypes,
)
"""The pages after the first, in order. Each function gives its pages, or none."""


def write_report(
    path: Path,
    decisions: Decisions,
    select: Select,
    facts: Sequence[tuple[str, str]],
    coverage: pd.DataFrame | None = None,
    adaptation: Adaptation | None = None,
) -> None:
    """Write the PDF file, whole or not at all. The same input gives the same bytes.

    Args:
        facts: (label, text) of each line that identifies the run, for the first page
        coverage: the table of `megate.release.coverage`; None: no page
        adaptation: of the cells, and what it changes; None: no page
    """
    with written_whole(path) as partial:
        document = Document(partial, TITLE)
        document.write(report_pages(decisions, select, facts, coverage, adaptation))
    logger.info("%s: %d pages", path, document.page)


def report_pages(
    decisions: Decisions,
    select: Select,
    facts: Sequence[tuple[str, str]],
    coverage: pd.DataFrame | None = None,
    adaptation: Adaptation | None = None,
) -> list[Page]:
    """All pages, in order; arguments as in `write_report`."""
    pages = [*([] if coverage is None else coverage_pages(coverage))]
    pages += [] if adaptation is None else adaptation_pages(decisions, adaptation)
    pages += [page for make in PAGES for page in make(decisions, select)]
    sections = [page for page in pages if page.section == page.title]
    return [overview(decisions, facts, sections), *pages]
