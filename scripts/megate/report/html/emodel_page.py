"""The page of an e-model: the features by which its combinations fail, margins, m-types."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from megate.core.vocabulary import Reason
from megate.gating.decide import EmodelGates
from megate.report.html.figures import margin_figure, svg
from megate.report.html.pages import Column, Page, Section, Table, bars, cut_note
from megate.report.results import Results
from megate.report.summaries import (
    FAILS,
    count_outcomes,
    feature_table,
    margin_counts,
    outcomes_of,
    ranked,
    released_medians,
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
    lead = [f"{len(combos):,} combinations: {', '.join(texts)}."]
    if near := int(combos["borderline"].sum()):
        lead.append(f"Borderline (within borderline_margin of the limit): {near:,}.")
    name = f"{emodel}: distribution of the combinations' margins"
    figure = svg(margin_figure(margin_counts(combos["margin"], combos["reason"])), name)
    return Page(
        emodel,
        lead,
        [
            Section(
                "Features by which combinations fail", *_features(emodel, results.gates, combos)
            ),
            Section("Margins", _margin_note(combos), figure=figure),
            Section("Outcome per m-type", *_mtypes(combos)),
        ],
    )


def _features(
    emodel: str, gates: Mapping[str, EmodelGates], combos: pd.DataFrame
) -> tuple[str, Table | None]:
    if emodel not in gates or gates[emodel].passed.empty:
        return "Nothing is gated: no combination has scores, or all features are skipped.", None
    table = ranked(feature_table(gates[emodel], combos))
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
        exemplar=[_exemplar(row) for row in shown.itertuples()],
    )
    return note, Table.of(rows, columns)


def _exemplar(row: Any) -> str:
    if not row.uncomputable:
        return ""
    return "refused" if pd.isna(row.lowest) else "uncomputable"


def _margin_note(combos: pd.DataFrame) -> str:
    without = int(combos["margin"].isna().sum())
    note = "At 1 the score is 0, at 0 it is at its limit; below 0 the combination fails."
    return note + (f" Without margin (no score or no limit): {without:,}." if without else "")


def _mtypes(combos: pd.DataFrame) -> tuple[str, Table]:
    outcomes = outcomes_of(combos["reason"])
    counts = count_outcomes(combos, ["fullmtype"])
    total = counts.sum(axis=1)
    order = total.sort_values(ascending=False, kind="stable").index
    shown = counts.loc[order].head(_MAX_BARS).sort_index()
    rows = shown.assign(
        mtype=shown.index,
        bar=bars(shown),
        total=total,
        percent=100 * shown[Reason.PASSED] / total,
        median=released_medians(combos, ["fullmtype"]),
    )
    columns = [
        Column("m-type", key="mtype"),
        Column("outcomes", "bar", key="bar"),
        Column("combinations", "number", key="total"),
        *(Column(outcome.label, "number", key=outcome) for outcome in outcomes),
        Column("passed (%)", "number", 1, key="percent"),
        Column("median score (SD)", "number", 2, "of the released combinations' medians", "median"),
    ]
    cut = cut_note(len(shown), len(counts), "those with most combinations", _REST)
    return cut, Table.of(rows, columns)
