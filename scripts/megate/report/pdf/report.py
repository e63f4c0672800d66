"""The PDF report: which combinations passed the gates, and what kept the others out."""

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd

from megate.config.config import Select
from megate.core.patterns import matching
from megate.core.vocabulary import Reason
from megate.files.atomic import written_whole
from megate.gating.decide import Decisions, EmodelGates
from megate.gating.threshold_scan import threshold_sweep
from megate.gating.thresholds import TYPES
from megate.release.files import borderline
from megate.report.colours import COLOURS
from megate.report.counts import (
    ALONE,
    TOGETHER,
    count_emodels,
    count_features,
    count_outcomes,
    feature_medians,
    limit_texts,
    median_scores,
    rank_failures,
)
from megate.report.pdf import canvas as paper
from megate.report.pdf import charts as plots
from megate.report.pdf import small_multiples as panels
from megate.report.pdf.tables import Column, Table, draw_text_page, flow

logger = logging.getLogger(__name__)

MAX_WARNINGS = 300
MAX_BORDERLINE = 100
TITLE = "me-gating report"
RULES = "Gating rules"
BORDERLINE = "Borderline combinations"
MARGINS = "Margins"
SWEEP = "Threshold sweep"
MEDIANS = "Median scores of released combinations per me-type"
FEATURES = "Median scores per feature and e-model"
MORPHOLOGIES = "E-models per morphology"
METYPES = "Combinations per me-type"

_RANKING_COLOURS = {ALONE: COLOURS[Reason.OVER_LIMIT], TOGETHER: "#F2BF99"}
_HIGH_SCORE = 10.0  # standard deviations; the colours tell smaller ones apart


@dataclass(frozen=True)
class Page:
    """A page: its title, and what draws it below the title."""

    title: str
    draw: Callable[[paper.Paper], None]


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
    sections = report_sections(decisions, select, facts)
    total = sum(map(len, sections.values()))
    number = 0
    with written_whole(path) as partial_file:
        sheet = paper.Paper(partial_file, TITLE)
        for name, pages in sections.items():
            sheet.start_section(name)
            for page in pages:
                number += 1
                paper.draw_header(sheet, page.title, number, total)
                page.draw(sheet)
                sheet.next_page()
        sheet.save()
    logger.info("%s: %d pages", path, total)


def report_sections(
    decisions: Decisions, select: Select, facts: Sequence[tuple[str, str]]
) -> dict[str, list[Page]]:
    """All pages, in order, by section: the first ones tell where the others are."""
    sections = _sections(decisions, select)
    # page numbers do not change how many lines there are: lay out once without them
    n_first = len(_first_pages(decisions, facts, dict.fromkeys(sections, 0)))
    starts = np.cumsum([n_first + 1, *map(len, sections.values())])
    first_pages = _first_pages(decisions, facts, dict(zip(sections, starts[:-1], strict=True)))
    return {TITLE: first_pages, **sections}


def _sections(decisions: Decisions, select: Select) -> dict[str, list[Page]]:
    """The pages after the first ones, by title, those of an e-model together."""
    combos = decisions.combos
    sections = {RULES: _text_pages(RULES, [_skipped_table(decisions, select), _rule_table(select)])}
    if decisions.by_limits:
        sections[BORDERLINE] = _borderline_pages(combos, select)
        sections[MARGINS] = _margin_pages(decisions, select)
        sections[SWEEP] = _sweep_pages(decisions)
    for gates in decisions.gates:
        sections[_of_emodel(gates.emodel)] = _emodel_pages(gates, decisions, select)
    sections[FEATURES] = _feature_pages(decisions)
    sections[MEDIANS] = _median_pages(combos)
    if select.plot_emodels_per_morphology:
        sections[MORPHOLOGIES] = _morphology_pages(combos)
    sections[METYPES] = _metype_pages(combos)
    return {name: pages for name, pages in sections.items() if pages}


def _of_emodel(name: str) -> str:
    return f"e-model {name}"


# First pages --------------------------------------------------------------------------------


def _first_pages(
    decisions: Decisions, facts: Sequence[tuple[str, str]], starts: Mapping[str, int]
) -> list[Page]:
    """What was run, totals, warnings, where to find the rest."""
    pair = (Column("", 0.2), Column("", 0.8))
    emodels = {_of_emodel(gates.emodel) for gates in decisions.gates}
    contents = [(f"page {page}", name) for name, page in starts.items() if name not in emodels]
    warnings = [(warning,) for warning in decisions.warnings[:MAX_WARNINGS]]
    warnings += _more(len(decisions.warnings) - MAX_WARNINGS, n_columns=1)
    heading = f"Warnings ({len(decisions.warnings):,})" if warnings else "No warnings"
    tables = [
        Table("Run", pair, facts),
        _totals_table(decisions.combos, starts),
        Table(heading, (Column("", 1.0),), warnings),
        Table("Other pages", pair, contents),
    ]
    return _text_pages(TITLE, tables if facts else tables[1:])


def _totals_table(combos: pd.DataFrame, starts: Mapping[str, int]) -> Table:
    counts = count_outcomes(combos, ["emodel"])
    emodels = [(name, row, str(starts[_of_emodel(name)])) for name, row in counts.iterrows()]
    close = combos.groupby("emodel")["borderline"].sum()
    rows = []
    for name, row, page in [("all", counts.sum(), ""), *emodels]:
        total = row.sum()
        numbers = [f"{number:,}" for number in (total, *row)]
        share = f"{100 * row['passed'] / total:.1f}" if total else ""
        rows.append((name, *numbers, share, f"{close.get(name, close.sum()):,}", page))
    titles = (
        "combinations",
        *(outcome.label for outcome in counts),
        "passed (%)",
        "borderline",
        "from page",
    )
    columns = [Column(title, 0.095, "right") for title in titles]
    return Table("Combinations", [Column("e-model", 0.24), *columns], rows, n_bold=1)


def _more(number: int, n_columns: int) -> list[tuple[str, ...]]:
    """A row that says how many are left out, if any."""
    return [(f"... and {number:,} more", *[""] * (n_columns - 1))] if number > 0 else []


# Rules --------------------------------------------------------------------------------------


def _skipped_table(decisions: Decisions, select: Select) -> Table:
    """The skipped patterns, each with the number of features that it keeps from being gated:
    none is a sign of a misspelt pattern."""
    known = {feature for gates in decisions.gates for feature in gates.scores.columns}
    rows = [
        (pattern, str(len(matching(pattern, known, whole=False))))
        for pattern in select.to_skip_features
    ]
    return Table(
        "Skipped feature patterns" if rows else "No feature is skipped",
        (Column("pattern", 0.8), Column("features skipped", 0.2, "right")),
        rows,
        "Features that match one of these regular expressions at the start are not gated."
        if rows
        else "",
    )


def _rule_table(select: Select) -> Table:
    keys = {**TYPES, "features": "features"}
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
        Column("rule", 0.05),
        *map(Column, keys.values(), shares),
        Column("t (SD)", 0.08, "right"),
    ]
    return Table(
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


# How sharp the choice is --------------------------------------------------------------------


def _borderline_pages(combos: pd.DataFrame, select: Select) -> list[Page]:
    rows = borderline(combos)
    if rows.empty:
        return []
    cells = [
        (
            row.combo_name,
            Reason(row.reason).label,
            row.limiting_feature,
            f"{row.limiting_feature_score:.5g}",
            f"{row.limiting_feature_limit:.5g}",
            f"{100 * row.margin:+.2f}",
        )
        for row in rows.head(MAX_BORDERLINE).itertuples()
    ]
    cells += _more(len(rows) - MAX_BORDERLINE, n_columns=6)
    columns = [
        Column("combination", 0.42),
        Column("outcome", 0.07),
        Column("limiting feature", 0.27),
        *(Column(title, 0.08, "right") for title in ("score (SD)", "limit (SD)", "margin (%)")),
    ]
    table = Table(
        f"{len(rows):,} of {len(combos):,} combinations",
        columns,
        cells,
        "Their margin, (limit - score) / limit of the gated feature that is nearest to failing or "
        f"fails most, is less than {select.borderline_margin:g} away from 0; nearest first.",
    )
    return _text_pages(BORDERLINE, [table])


def _margin_pages(decisions: Decisions, select: Select) -> list[Page]:
    groups = {str(name): rows for name, rows in decisions.combos.groupby("emodel")}
    known = [name for name, rows in groups.items() if rows["margin"].notna().any()]

    def draw(sheet: paper.Paper, emodel: str, left: float, top: float) -> None:
        panels.draw_margins(sheet, left, top, groups[emodel], select.borderline_margin)

    note = (
        "Number of combinations by margin: (limit - score) / limit of the gated feature that is "
        "nearest to failing or fails most. Negative: over the limit. Dashed: borderline."
    )
    return _panel_pages(
        panels.Panels(MARGINS, note, known, draw, {k.label: v for k, v in COLOURS.items()})
    )


def _sweep_pages(decisions: Decisions) -> list[Page]:
    groups = {str(name): rows for name, rows in threshold_sweep(decisions).groupby("emodel")}

    def draw(sheet: paper.Paper, emodel: str, left: float, top: float) -> None:
        panels.draw_sweep(sheet, left, top, groups[emodel])

    note = (
        "Combinations that would be released with all thresholds multiplied by a factor; square: "
        "as they are. Dashed: all combinations. (extra_data/threshold_sweep.csv)"
    )
    return _panel_pages(panels.Panels(SWEEP, note, list(groups), draw, {}))


# E-models -----------------------------------------------------------------------------------


def _emodel_pages(gates: EmodelGates, decisions: Decisions, select: Select) -> list[Page]:
    rows = decisions.combos[decisions.combos["emodel"] == gates.emodel]
    mtypes = _outcome_chart(
        f"{gates.emodel}: combinations per m-type", count_outcomes(rows, ["fullmtype"])
    )
    return [
        *_bar_pages(_feature_chart(gates, rows, decisions, select)),
        *_ranking_pages(gates, rows),
        *_bar_pages(mtypes),
    ]


def _feature_chart(
    gates: EmodelGates, rows: pd.DataFrame, decisions: Decisions, select: Select
) -> plots.BarChart:
    bar = "passed all" if decisions.by_limits else "selected"
    everything = count_outcomes(rows.assign(bar=bar), ["bar"])
    opened = [feature in gates.uncomputable_in_exemplar for feature in gates.limits]
    if gates.scores.shape[1] == 0:
        note = "No combination has scores, so there is no feature to gate."
    elif gates.passed.shape[1] == 0:
        note = "All features of this e-model are skipped."
    elif decisions.by_limits:
        note = "Features that are not skipped, in the e-model's order, and the scores' limits."
    else:
        note = _limit_note(select)
    if any(opened):
        note += " Bold red: the exemplar's feature could not be computed (score 250)."
    chart = _outcome_chart(
        f"{gates.emodel}: combinations per gated feature",
        pd.concat([everything, count_features(gates, decisions.combos)]),
        note,
        n_bold=1,
        flagged=[False, *opened],
    )
    if decisions.by_limits and gates.limits.shape[1]:
        chart.columns["limit (SD)"] = ["", *limit_texts(gates.limits)]
    return chart


def _ranking_pages(gates: EmodelGates, rows: pd.DataFrame) -> list[Page]:
    ranking = rank_failures(gates, rows)
    if ranking.empty:
        return []
    ran = int((rows["reason"] != Reason.SIMULATION_ERROR).sum())
    total = ranking.sum(axis=1)
    chart = plots.BarChart(
        f"{gates.emodel}: failing features",
        "combinations",
        ranking,
        {
            "fail": [f"{n:,}" for n in total],
            "of those that ran": [f"{100 * n / ran:.1f} %" for n in total],
            "by it alone": [f"{n:,}" for n in ranking[ALONE]],
        },
        f"Gated features by which combinations fail, the most frequent first, of {ran:,} that ran.",
        _RANKING_COLOURS,
    )
    return _bar_pages(chart)


# Types, features, morphologies --------------------------------------------------------------


def _morphology_pages(combos: pd.DataFrame) -> list[Page]:
    note = "Where an e-model has several combinations with a morphology, the best one counts."
    chart = _outcome_chart(MORPHOLOGIES, count_emodels(combos), note, unit="e-models")
    return _bar_pages(chart)


def _metype_pages(combos: pd.DataFrame) -> list[Page]:
    counts = count_outcomes(combos, ["fullmtype", "etype"])
    counts.index = [f"{mtype}, {etype}" for mtype, etype in counts.index]
    return _bar_pages(_outcome_chart(METYPES, counts, "All e-models together."))


def _feature_pages(decisions: Decisions) -> list[Page]:
    medians = feature_medians(decisions.gates)
    if medians.isna().all(axis=None):
        return []
    heat_map = plots.HeatMap(
        medians,
        None,
        "median score (SD)",
        "Median score of each feature over all combinations of an e-model that have it (standard "
        "deviations; 250: could not be computed). Empty: none of them has it.",
        _HIGH_SCORE,
    )
    return _heat_pages(FEATURES, heat_map)


def _median_pages(combos: pd.DataFrame) -> list[Page]:
    medians = median_scores(combos)
    if medians.isna().all(axis=None):
        nothing = Table("No combination is released", (Column("", 1.0),), [])
        return _text_pages(MEDIANS, [nothing])
    tested = pd.crosstab(combos["fullmtype"], combos["etype"]) > 0
    heat_map = plots.HeatMap(
        medians,
        tested.reindex_like(medians),
        "median score (SD)",
        "Median, over an me-type's released combinations, of their median scores over gated "
        "features (standard deviations). A dash: tested, but nothing is released.",
    )
    return _heat_pages(MEDIANS, heat_map)


# Pages of each kind -------------------------------------------------------------------------


def _outcome_chart(
    title: str, counts: pd.DataFrame, note: str = "", unit: str = "combinations", **more: object
) -> plots.BarChart:
    totals = counts.sum(axis=1)
    numbers = [f"{n:,} / {total:,}" for n, total in zip(counts["passed"], totals, strict=True)]
    return plots.BarChart(title, unit, counts, {"passed / all": numbers}, note, **more)


def _bar_pages(chart: plots.BarChart) -> list[Page]:
    starts = range(0, len(chart.counts), plots.BARS_PER_PAGE)
    draw = partial(plots.draw_bar_page, chart=chart, layout=plots.bar_layout(chart))
    return _pages(chart.title, [partial(draw, first=first) for first in starts])


def _heat_pages(title: str, heat_map: plots.HeatMap) -> list[Page]:
    layout = plots.heat_layout(heat_map)
    n_rows, n_columns = heat_map.values.shape
    starts = [
        {"row": row, "column": column}
        for column in range(0, n_columns, layout.n_columns)
        for row in range(0, n_rows, layout.n_rows)
    ]
    draw = partial(plots.draw_heat_page, heat_map=heat_map, layout=layout)
    return _pages(title, [partial(draw, **start) for start in starts])


def _panel_pages(charts: panels.Panels) -> list[Page]:
    starts = range(0, len(charts.emodels), panels.PANELS_PER_PAGE)
    return _pages(
        charts.title,
        [partial(panels.draw_panels_page, panels=charts, first=first) for first in starts],
    )


def _text_pages(title: str, tables: Sequence[Table]) -> list[Page]:
    return _pages(title, [partial(draw_text_page, lines=lines) for lines in flow(tables)])


def _pages(title: str, draws: Sequence[Callable[[paper.Paper], None]]) -> list[Page]:
    """Pages of one title, numbered if there are several."""
    total = len(draws)
    return [
        Page(title if total == 1 else f"{title} ({number} of {total})", draw)
        for number, draw in enumerate(draws, start=1)
    ]
