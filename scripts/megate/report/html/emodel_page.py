"""The page of an e-model: the features by which its combinations fail, margins, m-types."""

import numpy as np
import pandas as pd

from megate.core.vocabulary import Reason
from megate.core.wording import counted
from megate.gating.decide import EmodelGates
from megate.gating.outcome import stopped_early
from megate.report.html.adaptation_page import adaptation_section
from megate.report.html.figures import margin_figure, svg
from megate.report.html.page import Column, Page, Section, Table, bars, cut_note, outcome_columns
from megate.report.results import Results
from megate.report.summaries import (
    FAILS,
    count_outcomes,
    feature_table,
    margin_counts,
    ranked,
    released_medians,
    with_totals,
)

_MAX_BARS = 500
_REST = "The PDF lists all."


def emodel_page(emodel: str, results: Results) -> Page:
    """The page of an e-model."""
    combos = results.combos_of(emodel)
    if combos.empty:
        return Page(emodel, ["This project has no combination with this e-model."], [])
    counts = combos["reason"].value_counts()
    texts = [f"{counts[reason]:,} {reason.label}" for reason in Reason if reason in counts]
    lead = [f"{counted(len(combos), 'combination')}: {', '.join(texts)}."]
    if near := int(combos["borderline"].sum()):
        lead.append(f"Borderline (within borderline_margin of the limit): {near:,}.")
    if stopped := stopped_early(combos):
        lead.append(stopped)
    features = _features(results.gates.get(emodel), combos)
    sections = [
        Section("Features by which combinations fail", *features),
        _margins(emodel, combos),
        Section("Outcome per m-type", *_mtypes(combos)),
    ]
    if results.adaptation is not None:
        sections.append(adaptation_section(emodel, combos, results.adaptation))
    return Page(emodel, lead, sections)


def _features(gates: EmodelGates | None, combos: pd.DataFrame) -> tuple[str, Table | None]:
    if gates is None or gates.passed.empty:
        return "Nothing is gated: no combination has scores, or all features are skipped.", None
    table = ranked(feature_table(gates, combos))
    if not len(table) or (table["lowest"] == float("inf")).all():
        return "There are no limits: the best by median score are released.", None
    shown, most = table.head(_MAX_BARS), int(table["fails"].max())
    uncomputable = table["uncomputable"].any()
    one_limit = (shown["lowest"].eq(shown["highest"]) | shown["lowest"].isna()).all()
    columns = [
        Column("gated feature", "long", key="feature"),
        Column("combinations that fail", "bar", key="bar"),
        Column("fail (%)", "number", 1, "of the combinations that were simulated", "percent"),
        Column("over limit", "number", key=Reason.OVER_LIMIT),
        Column("missing score", "number", key=Reason.MISSING_SCORE),
        Column(
            "limiting for", "number", 2, "failing combinations that fail most by it", "limiting"
        ),
        Column("median score (SD)", "number", key="median"),
        Column("limit (SD)", "number", 2, "lowest limit, where combinations differ", "lowest"),
    ]
    if table["not_computed"].any():
        about = "simulations that were stopped early"
        columns.insert(5, Column("not computed", "number", about=about, key="not_computed"))
    if not one_limit:
        columns.append(Column("highest limit (SD)", "number", key="highest"))
    if uncomputable:
        columns.append(Column("exemplar", key="exemplar"))
    note = (
        f"The longest bar is {most:,} of {len(combos):,} combinations. Scores and limits are in "
        "standard deviations (SD). "
    )
    if uncomputable:
        note += (
            "Uncomputable: the exemplar's feature could not be computed (score 250), so its limit "
            "is 250 times the threshold; refused (uncomputable_exemplar_feature: fail): no score "
            "passes. "
        )
    note += cut_note(len(shown), len(table), "those by which most fail", _REST)
    rows = shown.assign(
        feature=shown.index,
        bar=bars(shown[list(FAILS)], most),
        percent=100 * shown["fails"] / (shown["fails"] + shown[Reason.PASSED]),
        exemplar=np.select(
            [~shown["uncomputable"], shown["lowest"].isna()], ["", "refused"], "uncomputable"
        ),
    )
    return note, Table.of(rows, columns)


def _margins(emodel: str, combos: pd.DataFrame) -> Section:
    note = "At 1 the score is 0, at 0 it is at its limit; below 0 the combination fails."
    if without := int(combos["margin"].isna().sum()):
        note += f" Without margin (no score or no limit): {without:,}."
    figure = margin_figure(margin_counts(combos["margin"], combos["reason"]))
    name = f"{emodel}: distribution of the combinations' margins"
    return Section("Margins", note, figure=svg(figure, name))


def _mtypes(combos: pd.DataFrame) -> tuple[str, Table]:
    counts = with_totals(count_outcomes(combos, ["fullmtype"]))
    most = counts.sort_values("combinations", ascending=False, kind="stable").head(_MAX_BARS)
    medians = released_medians(combos, ["fullmtype"])
    rows = most.assign(mtype=most.index, bar=bars(most), median=medians).sort_index()
    columns = [
        Column("m-type", key="mtype"),
        *outcome_columns(combos),
        Column("median score (SD)", "number", 2, "of the released combinations' medians", "median"),
    ]
    cut = cut_note(len(rows), len(counts), "those with most combinations", _REST)
    return cut, Table.of(rows, columns)
