"""The first pages: the run, totals per e-model, warnings, contents; the gating rules."""

from collections.abc import Iterable, Iterator, Sequence

from reportlab.platypus import Flowable

from megate.config.config import Select
from megate.core.patterns import matching
from megate.gating.decide import Decisions
from megate.gating.outcome import stopped_early
from megate.gating.thresholds import TYPES
from megate.report.pdf.document import Page, PageReference, heading, note, section_of
from megate.report.pdf.tables import Column, more, text_table
from megate.report.summaries import ALL, outcomes_of, totals

TITLE = "me-gating report"
MAX_WARNINGS = 300


def overview(
    decisions: Decisions, facts: Sequence[tuple[str, str]], sections: Iterable[Page]
) -> Page:
    """The first page. For `facts` see `megate.report.pdf.report.write_report`; the contents list
    `sections`."""
    warnings: list[tuple[str, ...]] = [(warning,) for warning in decisions.warnings[:MAX_WARNINGS]]
    warnings += more(len(decisions.warnings) - MAX_WARNINGS, n_columns=1)
    content = [*heading("Combinations"), _totals(decisions)]
    if stopped := stopped_early(decisions.combos):
        content.append(note(stopped))
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
    cells = {
        "combinations": table["combinations"].map("{:,}".format),
        **{outcome.label: table[outcome].map("{:,}".format) for outcome in outcomes},
        "passed (%)": table["percent"].map("{:.1f}".format, na_action="ignore").fillna(""),
        "borderline": table["borderline"].map("{:,}".format),
        "page": ["" if name == ALL else PageReference(section_of(name)) for name in table.index],
    }
    width = 0.095
    first = Column("e-model", 1 - width * len(cells))
    columns = [first, *(Column(title, width, "right") for title in cells)]
    return text_table(columns, list(zip(table.index, *cells.values(), strict=True)), n_bold=1)


def rules(decisions: Decisions, select: Select) -> Iterator[Page]:
    """The rules as the configuration has them."""
    title = "Gating rules"
    yield Page(title, [*_skipped(decisions, select), *_thresholds(select)], section=title)


def limit_note(select: Select) -> str:
    """Which scores pass."""
    if select.select_perc_best is not None:
        return (
            f"The best {select.select_perc_best:.4g} of the combinations of each e-model and "
            "me-type, by median score, are released; thresholds do not decide."
        )
    if select.skip_repaired_exemplar:
        return "A score passes if it is at most t."
    return "A score passes if it is at most max(t, t * the repaired exemplar's score)."


def _skipped(decisions: Decisions, select: Select) -> list[Flowable]:
    """The patterns, each with the number of features that it skips (0: maybe a misspelt one)."""
    if not select.to_skip_features:
        return heading("No feature is skipped")
    known = {feature for gates in decisions.gates for feature in gates.scores.columns}
    patterns = select.to_skip_features
    rows = [(name, str(len(matching(name, known, whole=False)))) for name in patterns]
    return [
        *heading("Skipped feature patterns"),
        note("Features that match one of these regular expressions at the start are not gated."),
        text_table((Column("pattern", 0.8), Column("features skipped", 0.2, "right")), rows),
    ]


def _thresholds(select: Select) -> list[Flowable]:
    keys = {**TYPES, "features": "features"}
    rows = [
        (
            str(number),
            *("\n".join(rule.get(key, [".*"])) for key in keys),
            f"{rule['megate_threshold']:g}",
        )
        for number, rule in enumerate(select.megate_thresholds, start=1)
    ]
    columns = [
        Column("rule", 0.05),
        *map(Column, keys.values(), (0.2, 0.2, 0.15, 0.32)),
        Column("t (SD)", 0.08, "right"),
    ]
    text = (
        f"{limit_note(select)} Threshold t and scores are in standard deviations (SD). "
        "Regular expressions, one a line, match in full."
    )
    title = "Thresholds (the last match counts)" if rows else "No thresholds"
    return [*heading(title), note(text), *([text_table(columns, rows)] if rows else [])]
