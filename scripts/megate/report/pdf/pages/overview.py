"""First page: the run, totals per e-model, warnings, contents."""

from collections.abc import Iterable, Sequence

from reportlab.platypus import Flowable

from megate.gating.decide import Decisions
from megate.report.pdf.document import Column, Page, PageReference, heading, more, text_table
from megate.report.pdf.pages.emodels import section_of
from megate.report.summaries import ALL, outcomes_of, totals

TITLE = "me-gating report"
MAX_WARNINGS = 300


def overview(
    decisions: Decisions, facts: Sequence[tuple[str, str]], sections: Iterable[Page]
) -> Page:
    """The first page.

    Args:
        facts: (label, text) of each line that identifies the run
        sections: the pages that the contents list
    """
    warnings: list[tuple[str, ...]] = [(warning,) for warning in decisions.warnings[:MAX_WARNINGS]]
    warnings += more(len(decisions.warnings) - MAX_WARNINGS, n_columns=1)
    content = [*heading("Combinations"), _totals(decisions)]
    if facts:
        pair = (Column("", 0.2), Column("", 0.8))
        content = [*heading("Run"), text_table(pair, facts), *content]
    if warnings:
        content += heading(f"Warnings ({len(decisions.warnings):,})")
        content.append(text_table((Column("", 1.0),), warnings))
    else:
        content += heading("No warnings")
    contents = [(PageReference(page.section), page.section) for page in sections]
    columns = (Column("page", 0.06, "right"), Column("", 0.94))
    content += [*heading("Contents"), text_table(columns, contents)]
    return Page(TITLE, content, section=TITLE)


def _totals(decisions: Decisions) -> Flowable:
    table = totals(decisions.combos)
    outcomes = outcomes_of(decisions.combos["reason"])
    counts = table[["combinations", *outcomes]]
    rows = [
        (
            str(name),
            *(f"{number:,}" for number in counts.loc[str(name)]),
            f"{row['percent']:.1f}" if row["combinations"] else "",
            f"{row['borderline']:,.0f}",
            "" if name == ALL else PageReference(section_of(str(name))),
        )
        for name, row in table.iterrows()
    ]
    titles = (
        "combinations",
        *(outcome.label for outcome in outcomes),
        "passed (%)",
        "borderline",
        "page",
    )
    columns = [Column(title, 0.095, "right") for title in titles]
    return text_table([Column("e-model", 0.24), *columns], rows, n_bold=1)
