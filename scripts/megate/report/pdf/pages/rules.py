"""The gating rules: skipped features, thresholds."""

from collections.abc import Iterator

from reportlab.platypus import Flowable

from megate.config.config import Select
from megate.core.patterns import matching
from megate.gating.decide import Decisions
from megate.gating.thresholds import TYPES
from megate.report.pdf.document import Column, Page, heading, note, text_table

_TITLE = "Gating rules"


def rules(decisions: Decisions, select: Select) -> Iterator[Page]:
    """The rules as the configuration has them."""
    yield Page(_TITLE, [*_skipped(decisions, select), *_thresholds(select)], section=_TITLE)


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
    rows = [
        (pattern, str(len(matching(pattern, known, whole=False))))
        for pattern in select.to_skip_features
    ]
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
