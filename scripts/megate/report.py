"""The PDF report: which combinations passed the gates, and what kept the others out.

The counting functions return the tables that `megate.plots` and `megate.paper` draw.
"""

import logging
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib.backends.backend_pdf import PdfPages
from matplotlib.figure import Figure

from megate import paper, plots
from megate.atomic import written_whole
from megate.config import Select
from megate.megating import REASONS, UNCOMPUTABLE, Decisions, EmodelGates

logger = logging.getLogger(__name__)

MAX_WARNINGS = 300
TITLE = "me-gating report"
RULES = "Gating rules"
MEDIANS = "Median scores of released combinations per me-type"
MORPHOLOGIES = "E-models per morphology"
METYPES = "Combinations per me-type"


@dataclass(frozen=True)
class Page:
    """A page: its title, and what draws it below the title."""

    title: str
    draw: Callable[[Figure], None]


def write_report(
    path: Path, decisions: Decisions, select: Select, facts: Sequence[tuple[str, str]]
) -> None:
    """Write the report. It appears whole or not at all; the same input gives the same bytes.

    Args:
        path: the PDF file
        decisions: the outcome of me-gating
        select: the configuration that it was made with
        facts: (label, text) of each line that identifies the run, for the first page
    """
    metadata = {"Title": TITLE, "Creator": "megate", "CreationDate": None}
    with (
        written_whole(path) as partial_file,
        paper.style(),
        PdfPages(partial_file, metadata=metadata) as pdf,
    ):
        pages = report_pages(decisions, select, facts)
        for number, page in enumerate(pages, start=1):
            figure = Figure(figsize=paper.PAGE)
            paper.draw_header(figure, page.title, number, len(pages))
            page.draw(figure)
            pdf.savefig(figure)
    logger.info("%s: %d pages", path, len(pages))


def report_pages(
    decisions: Decisions, select: Select, facts: Sequence[tuple[str, str]]
) -> list[Page]:
    """All pages, in order. The first ones tell where the others are."""
    sections = _sections(decisions, select)
    # page numbers do not change how many lines there are: lay out once without them
    n_first = len(_first_pages(decisions, facts, dict.fromkeys(sections, 0)))
    starts = np.cumsum([n_first + 1, *map(len, sections.values())])
    first_pages = _first_pages(decisions, facts, dict(zip(sections, starts[:-1], strict=True)))
    return [*first_pages, *(page for pages in sections.values() for page in pages)]


def _sections(decisions: Decisions, select: Select) -> dict[str, list[Page]]:
    """The pages after the first ones, by e-model and by title. (Titles have spaces, e-models'
    names have none.)"""
    combos = decisions.combos
    tables = [_skipped_table(decisions, select), _rule_table(select)]
    sections = {RULES: _text_pages(RULES, tables)}
    for gates in decisions.gates:
        sections[gates.emodel] = _emodel_pages(gates, decisions, select)
    sections[MEDIANS] = _median_pages(combos)
    if select.plot_emodels_per_morphology:
        sections[MORPHOLOGIES] = _morphology_pages(combos)
    sections[METYPES] = _metype_pages(combos)
    return {name: pages for name, pages in sections.items() if pages}


# Numbers ------------------------------------------------------------------------------------


def count_outcomes(combos: pd.DataFrame, by: Sequence[str]) -> pd.DataFrame:
    """Number of rows of each outcome (columns: REASONS) in each group, sorted by group."""
    counts = combos.groupby([*by, "reason"]).size().unstack("reason", fill_value=0)
    return counts.reindex(columns=list(REASONS), fill_value=0)


def count_features(gates: EmodelGates, combos: pd.DataFrame) -> pd.DataFrame:
    """Number of combinations of each outcome, of each gated feature, in the e-model's order.

    A combination that raised counts as raised for every feature; one without this feature's
    score as missing score.

    Args:
        gates: one e-model's comparison of scores with limits
        combos: the table of `Decisions`
    """
    raised = (combos.loc[gates.passed.index, "reason"] == "raised").to_numpy()[:, np.newaxis]
    missing = gates.scores[gates.passed.columns].isna().to_numpy(dtype=bool) & ~raised
    passed = gates.passed.to_numpy(dtype=bool) & ~raised & ~missing
    columns = {
        "passed": passed.sum(axis=0),
        "failed": (~passed & ~raised & ~missing).sum(axis=0),
        "raised": np.full(passed.shape[1], raised.sum()),
        "missing score": missing.sum(axis=0),
    }
    return pd.DataFrame(columns, index=gates.passed.columns)[list(REASONS)]


def count_emodels(combos: pd.DataFrame) -> pd.DataFrame:
    """Number of e-models of each outcome, of each morphology. Where an e-model has several
    combinations with a morphology (layers, m-types, e-types), its best outcome counts."""
    order = pd.Series(range(len(REASONS)), index=REASONS)
    rank = combos["reason"].map(order)
    best = rank.groupby([combos["morph_name"], combos["emodel"]]).min()
    outcome = best.map(dict(enumerate(REASONS))).rename("reason").reset_index()
    return count_outcomes(outcome, ["morph_name"])


def median_scores(combos: pd.DataFrame) -> pd.DataFrame:
    """Median of the released combinations' median scores (standard deviations), m-type x e-type.

    All tested m-types and e-types have a row and a column; NaN where nothing is released.
    """
    released = combos[combos["passed"].astype(bool)]
    medians = released.groupby(["fullmtype", "etype"])["median_score"].median().unstack()
    return medians.reindex(
        index=sorted(combos["fullmtype"].unique()), columns=sorted(combos["etype"].unique())
    ).astype(float)


def limit_texts(limits: pd.DataFrame) -> list[str]:
    """Each feature's limit (standard deviations), or the range of its combinations' limits."""
    lowest = limits.min().map(_limit_text)
    highest = limits.max().map(_limit_text)
    return [
        low if low == high else f"{low} to {high}"
        for low, high in zip(lowest, highest, strict=True)
    ]


def _limit_text(value: float) -> str:
    if value == np.inf:
        return "∞"
    return f"{value:.2g}" if 0 < value < 0.1 else f"{value:,.2f}"


# Pages --------------------------------------------------------------------------------------


def _first_pages(
    decisions: Decisions, facts: Sequence[tuple[str, str]], starts: dict[str, int]
) -> list[Page]:
    """What was run, totals, where to find the rest, warnings."""
    pair = (paper.Column("", 0.2), paper.Column("", 0.8))
    emodels = {gates.emodel for gates in decisions.gates}
    contents = [(f"page {page}", name) for name, page in starts.items() if name not in emodels]
    warnings = [(warning,) for warning in decisions.warnings[:MAX_WARNINGS]]
    if len(decisions.warnings) > MAX_WARNINGS:
        warnings.append((f"... and {len(decisions.warnings) - MAX_WARNINGS:,} more",))
    heading = f"Warnings ({len(decisions.warnings):,})" if warnings else "No warnings"
    tables = [
        paper.Table("Run", pair, facts),
        _totals_table(decisions.combos, starts),
        paper.Table("Other pages", pair, contents),
        paper.Table(heading, (paper.Column("", 1.0),), warnings),
    ]
    return _text_pages(TITLE, tables if facts else tables[1:])


def _totals_table(combos: pd.DataFrame, starts: dict[str, int]) -> paper.Table:
    counts = count_outcomes(combos, ["emodel"])
    emodels = [(name, row, str(starts[name])) for name, row in counts.iterrows()]
    rows = []
    for name, row, page in [("all", counts.sum(), ""), *emodels]:
        total = row.sum()
        numbers = [f"{number:,}" for number in (total, *row[list(REASONS)])]
        share = f"{100 * row['passed'] / total:.1f}" if total else ""
        rows.append((name, *numbers, share, page))
    titles = ("combinations", *REASONS, "passed (%)", "from page")
    columns = [paper.Column(title, 0.095, "right") for title in titles]
    return paper.Table("Combinations", [paper.Column("e-model", 0.335), *columns], rows, n_bold=1)


def _skipped_table(decisions: Decisions, select: Select) -> paper.Table:
    """The skipped patterns, each with the number of features that it keeps from being gated:
    none is a sign of a misspelt pattern."""
    known = {feature for gates in decisions.gates for feature in gates.scores.columns}
    rows = [
        (pattern, str(sum(bool(re.match(pattern, feature)) for feature in known)))
        for pattern in select.to_skip_features
    ]
    return paper.Table(
        "Skipped feature patterns" if rows else "No feature is skipped",
        (paper.Column("pattern", 0.8), paper.Column("features skipped", 0.2, "right")),
        rows,
        "Features that match one of these regular expressions at the start are not gated."
        if rows
        else "",
    )


def _rule_table(select: Select) -> paper.Table:
    keys = {"emodel": "e-model", "fullmtype": "m-type", "etype": "e-type", "features": "features"}
    rows = [
        (
            str(number),
            *("\n".join(rule.get(key, [".*"])) for key in keys),
            f"{rule['megate_threshold']:g}",
        )
        for number, rule in enumerate(select.megate_thresholds, start=1)
    ]
    shares = (0.2, 0.2, 0.15, 0.32)
    columns = [
        paper.Column("rule", 0.05),
        *map(paper.Column, keys.values(), shares),
        paper.Column("t (SD)", 0.08, "right"),
    ]
    return paper.Table(
        "Thresholds (last match counts)" if rows else "No thresholds",
        columns,
        rows,
        f"{_limit_note(select)} Threshold t and scores are in standard deviations (SD). "
        "Regular expressions, one a line, match in full.",
    )


def _limit_note(select: Select) -> str:
    if select.select_perc_best is not None:
        return (
            f"The best {select.select_perc_best:.4g} of the combinations of each e-model and "
            "me-type, by median score, are released; thresholds do not decide."
        )
    if select.skip_repaired_exemplar:
        return "A score passes if it is at most t."
    return "A score passes if it is at most max(t, t * the repaired exemplar's score)."


def _emodel_pages(gates: EmodelGates, decisions: Decisions, select: Select) -> list[Page]:
    rows = decisions.combos[decisions.combos["emodel"] == gates.emodel]
    by_limits = select.select_perc_best is None
    everything = count_outcomes(rows.assign(bar="passed all" if by_limits else "selected"), ["bar"])
    open_gates = (gates.limits.max() >= UNCOMPUTABLE).tolist()
    if gates.scores.shape[1] == 0:
        note = "No combination has scores, so there is no feature to gate."
    elif gates.passed.shape[1] == 0:
        note = "All features of this e-model are skipped."
    elif by_limits:
        note = "Features that are not skipped, in the e-model's order, and the scores' limits."
    else:
        note = _limit_note(select)
    if any(open_gates):
        note += (
            f" Bold red: a limit of {UNCOMPUTABLE:g} or more, which also lets pass what could "
            "not be computed."
        )
    features = plots.BarChart(
        f"{gates.emodel}: combinations per gated feature",
        "combinations",
        pd.concat([everything, count_features(gates, decisions.combos)]),
        note,
        n_bold=1,
        limits=["", *limit_texts(gates.limits)] if gates.limits.shape[1] else (),
        flagged=[False, *open_gates],
    )
    mtypes = plots.BarChart(
        f"{gates.emodel}: combinations per m-type",
        "combinations",
        count_outcomes(rows, ["fullmtype"]),
    )
    return _bar_pages(features) + _bar_pages(mtypes)


def _morphology_pages(combos: pd.DataFrame) -> list[Page]:
    note = "Where an e-model has several combinations with a morphology, the best one counts."
    return _bar_pages(plots.BarChart(MORPHOLOGIES, "e-models", count_emodels(combos), note))


def _metype_pages(combos: pd.DataFrame) -> list[Page]:
    counts = count_outcomes(combos, ["fullmtype", "etype"])
    counts.index = [f"{mtype}, {etype}" for mtype, etype in counts.index]
    return _bar_pages(plots.BarChart(METYPES, "combinations", counts, "All e-models together."))


def _median_pages(combos: pd.DataFrame) -> list[Page]:
    medians = median_scores(combos)
    if medians.isna().all(axis=None):
        nothing = paper.Table("No combination is released", (paper.Column("", 1.0),), [])
        return _text_pages(MEDIANS, [nothing])
    tested = pd.crosstab(combos["fullmtype"], combos["etype"]) > 0
    heat_map = plots.HeatMap(
        medians,
        tested.reindex_like(medians),
        "median score (SD)",
        "Median, over an me-type's released combinations, of their median scores over gated "
        "features (standard deviations). A dash: tested, but nothing is released.",
    )
    layout = plots.heat_layout(heat_map)
    starts = [
        (row, column)
        for column in range(0, medians.shape[1], layout.n_columns)
        for row in range(0, len(medians), layout.n_rows)
    ]
    return [
        Page(
            _part(MEDIANS, number, len(starts)),
            partial(plots.draw_heat_page, heat_map=heat_map, layout=layout, row=row, column=column),
        )
        for number, (row, column) in enumerate(starts, start=1)
    ]


def _bar_pages(chart: plots.BarChart) -> list[Page]:
    starts = range(0, len(chart.counts), plots.BARS_PER_PAGE)
    return [
        Page(
            _part(chart.title, number, len(starts)),
            partial(plots.draw_bar_page, chart=chart, first=first),
        )
        for number, first in enumerate(starts, start=1)
    ]


def _text_pages(title: str, tables: Sequence[paper.Table]) -> list[Page]:
    pages = paper.flow(tables)
    return [
        Page(_part(title, number, len(pages)), partial(paper.draw_text_page, lines=lines))
        for number, lines in enumerate(pages, start=1)
    ]


def _part(title: str, number: int, total: int) -> str:
    return title if total == 1 else f"{title} ({number} of {total})"
