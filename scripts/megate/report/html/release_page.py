"""The page of Snakemake's report about the release: what is in it, and what is not, and why."""

from collections.abc import Sequence

import pandas as pd

from megate.core.vocabulary import Reason
from megate.report.counts import count_outcomes
from megate.report.html.pages import (
    MAX_ROWS,
    Bar,
    Column,
    Page,
    Section,
    Table,
    cut_note,
)
from megate.report.html.tables import Outcome

_MAX_CAUSES = 50
_MAX_MESSAGE = 200
_ORDER = (
    Reason.OVER_LIMIT,
    Reason.NOT_AMONG_BEST,
    Reason.MISSING_SCORE,
    Reason.SIMULATION_ERROR,
)
_WHO = (
    Column("morphology"),
    Column("layer"),
    Column("m-type"),
    Column("e-type"),
    Column("e-model"),
)
_WHO_KEYS = ("morph_name", "layer", "fullmtype", "etype", "emodel")
_TIGHTEST = (
    Column("margin (%)", "number", 1, "(limit - score) / limit of the tightest gated feature"),
    Column("score (SD)", "number"),
    Column("limit (SD)", "number"),
)
_TIGHTEST_KEYS = ("percent", "limiting_feature_score", "limiting_feature_limit")


def release_page(outcome: Outcome) -> Page:
    """Totals per e-model, the causes of failure, the released combinations, the others."""
    combos = outcome.combos
    n_released = int(combos["passed"].sum())
    share = f" ({100 * n_released / len(combos):.1f} %)" if len(combos) else ""
    lead = [f"{n_released:,} of {len(combos):,} combinations are released{share}."]
    lead += _open_gates(outcome.features)
    return Page(
        "Release",
        lead,
        [
            Section("Combinations per e-model", table=totals(combos)),
            Section("What keeps combinations out", *_causes(combos)),
            Section("Released combinations", *_released(combos)),
            Section("Combinations that are not released", *_others(combos)),
        ],
    )


def _open_gates(features: pd.DataFrame) -> list[str]:
    """A sentence per e-model with features that could not be computed for its exemplar."""
    is_open = features[features["uncomputable_in_exemplar"]].astype({"feature": object})
    sentences = []
    for emodel, rows in is_open.groupby("emodel", observed=True):
        names = ", ".join(sorted(rows["feature"].unique()))
        why = "it could not be computed for the exemplar (score 250)"
        if rows["limit"].isna().all():
            sentences.append(
                f"{emodel}: no combination passes {names}: {why} "
                "(uncomputable_exemplar_feature: fail)."
            )
        else:
            limit = f"so that its limit is {rows['limit'].min():g} or more"
            sentences.append(f"{emodel}: the gate of {names} is open: {why}, {limit}.")
    return sentences


def totals(combos: pd.DataFrame) -> Table:
    """Combinations of each outcome, all together and per e-model."""
    counts = count_outcomes(combos, ["emodel"])
    borderline = combos.groupby("emodel")["borderline"].sum()
    rows = [("all e-models", counts.sum(), combos["borderline"].sum())]
    rows += [(emodel, row, borderline[emodel]) for emodel, row in counts.iterrows()]
    columns = [
        Column("e-model"),
        Column("outcomes", "bar"),
        Column("combinations", "number"),
        *(Column(outcome.label, "number") for outcome in counts),
        Column("passed (%)", "number", 1),
        Column("borderline", "number", about="within borderline_margin of the limit"),
    ]
    return Table(
        columns,
        [
            (
                name,
                Bar(row.astype(int).to_dict()),
                int(row.sum()),
                *map(int, row),
                100 * row["passed"] / row.sum() if row.sum() else None,
                int(near),
            )
            for name, row, near in rows
        ],
        n_bold=1,
    )


def causes(combos: pd.DataFrame) -> pd.DataFrame:
    """Why combinations are not released: `reason`, `cause` (the limiting feature, or what a
    simulation that raised had to say), `emodels` and `n`, the most frequent first."""
    others = combos[~combos["passed"]]
    table = others.assign(cause=_cause(others).str.slice(0, _MAX_MESSAGE))
    groups = table.groupby(["reason", "cause"], sort=True)
    found = groups.agg(emodels=("emodel", "nunique"), n=("combo", "size")).reset_index()
    return found.sort_values("n", ascending=False, kind="stable", ignore_index=True)


def _cause(combos: pd.DataFrame) -> pd.Series:
    """What stopped it; or the limiting feature; or, where there are no limits, its rank."""
    cause = combos["limiting_feature"].astype(object)
    cause = cause.where(combos["reason"] != Reason.SIMULATION_ERROR, combos["message"])
    return cause.fillna("not among the best (select_perc_best)").astype(str)


def _causes(combos: pd.DataFrame) -> tuple[str, Table | None]:
    found = causes(combos)
    if found.empty:
        return "Nothing: every combination is released.", None
    columns = [
        Column("reason"),
        Column("feature, or message", "long"),
        Column("e-models", "number"),
        Column("combinations", "number"),
    ]
    shown = found.head(_MAX_CAUSES).assign(reason=lambda table: table["reason"].map(_label))
    rest = "failures.tsv has them all."
    note = cut_note(len(shown), len(found), "the most frequent", rest)
    about = "For each combination, the gated feature of smallest margin; or what stopped it. "
    return about + note, Table(
        columns, list(shown[["reason", "cause", "emodels", "n"]].itertuples(index=False))
    )


def _label(reason: str) -> str:
    return Reason(reason).label


def _released(combos: pd.DataFrame) -> tuple[str, Table | None]:
    rows = combos[combos["passed"]].sort_values("margin", kind="stable")
    if rows.empty:
        return "None.", None
    shown = rows.head(MAX_ROWS)
    columns = [
        *_WHO,
        *_TIGHTEST,
        Column("median score (SD)", "number"),
        Column("threshold (nA)", "number", 3),
        Column("holding (nA)", "number", 3),
        Column("tightest feature", "long"),
    ]
    currents = ["threshold_current", "holding_current"]
    keys = [*_TIGHTEST_KEYS, "median_score", *currents, "limiting_feature"]
    note = "Those closest to their limit come first. " + cut_note(
        len(shown), len(rows), "those closest to their limit", "mecombo_emodel.tsv has them all."
    )
    return note, Table(columns, _rows(shown, keys))


def _others(combos: pd.DataFrame) -> tuple[str, Table | None]:
    rows = combos[~combos["passed"]]
    if rows.empty:
        return "None.", None
    order = rows["reason"].map({reason: number for number, reason in enumerate(_ORDER)})
    rows = rows.assign(order=order).sort_values(
        ["order", "margin"], ascending=[True, False], kind="stable"
    )
    shown = rows.head(MAX_ROWS)
    cause = _cause(shown).str.slice(0, _MAX_MESSAGE)
    columns = [
        *_WHO,
        Column("reason"),
        *_TIGHTEST,
        Column("features failed", "number"),
        Column("tightest feature, or message", "long"),
    ]
    which = "those that failed least first, then those without a score, then those that raised"
    note = f"In this order: {which}. " + cut_note(
        len(shown), len(rows), "from the top of that order", "failures.tsv has them all."
    )
    keys = ["reason", *_TIGHTEST_KEYS, "n_failed", "cause"]
    return note, Table(
        columns, _rows(shown.assign(cause=cause, reason=shown["reason"].map(_label)), keys)
    )


def _rows(combos: pd.DataFrame, more: Sequence[str]) -> list[tuple[object, ...]]:
    table = combos.assign(percent=100 * combos["margin"])[[*_WHO_KEYS, *more]]
    return list(table.astype(object).itertuples(index=False, name=None))
