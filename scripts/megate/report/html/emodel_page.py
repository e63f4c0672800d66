"""The page of Snakemake's report about one e-model: which features keep its combinations out, by
how much, and on which m-types it works."""

import pandas as pd

from megate.core.vocabulary import Reason
from megate.report.colours import COLOURS
from megate.report.counts import count_outcomes
from megate.report.html.figures import margin_counts, margin_figure, svg
from megate.report.html.pages import Bar, Column, Page, Section, Table, cut_note
from megate.report.html.tables import Outcome

_MAX_BARS = 500
_KEEPS_OUT = (Reason.OVER_LIMIT, Reason.MISSING_SCORE)


def emodel_page(emodel: str, outcome: Outcome) -> Page:
    """The page of an e-model.

    Args:
        outcome: its rows
    """
    combos = outcome.combos
    if combos.empty:
        return Page(emodel, ["It stands for no combination of this project."], [])
    counts = combos["reason"].value_counts()
    texts = [f"{counts[reason]:,} {reason.label}" for reason in COLOURS if counts.get(reason, 0)]
    lead = [f"{len(combos):,} combinations: {', '.join(texts)}."]
    if near := int(combos["borderline"].sum()):
        lead.append(f"Borderline, so that little would turn the decision: {near:,}.")
    name = f"{emodel}: distribution of the combinations' margins"
    figure = svg(margin_figure(margin_counts(combos["margin"], combos["reason"])), name)
    return Page(
        emodel,
        lead,
        [
            Section("Features that keep combinations out", *_features(outcome)),
            Section("Margins", _margin_note(combos), figure=figure),
            Section("Outcome per m-type", *_mtypes(combos)),
        ],
    )


def feature_ranking(outcome: Outcome) -> pd.DataFrame:
    """How the gated features of one e-model decide; those that keep most out come first.

    Returns:
        index: feature. `passed`, `over_limit`, `simulation_error`, `missing_score`: number of
        combinations; `limiting`: of how many that failed it is the tightest feature; `lowest`,
        `highest`: limits (standard deviations); `median`: median score; `open`: its gate is open
        for some.
    """
    combos, features = outcome.combos, outcome.features
    raised = features["combo"].map(combos["reason"]).to_numpy() == Reason.SIMULATION_ERROR
    ran = features[~raised]
    lacking = ran["score"].isna()
    groups = features["feature"].cat.remove_unused_categories().cat.categories
    count = ran.assign(
        passed=ran["feature_passed"] & ~lacking,
        failed=~ran["feature_passed"] & ~lacking,
        lacking=lacking,
    ).groupby("feature", observed=True, sort=False)
    table = count[["passed", "failed", "lacking"]].sum().reindex(groups, fill_value=0)
    table = table.rename(columns={"failed": Reason.OVER_LIMIT, "lacking": Reason.MISSING_SCORE})
    table[Reason.SIMULATION_ERROR] = int((combos["reason"] == Reason.SIMULATION_ERROR).sum())
    out = combos[~combos["passed"] & (combos["reason"] != Reason.SIMULATION_ERROR)]
    limiting = out["limiting_feature"].astype(object).value_counts()
    table["limiting"] = limiting.reindex(table.index, fill_value=0)
    by_feature = features.groupby("feature", observed=True)
    table["lowest"], table["highest"] = by_feature["limit"].min(), by_feature["limit"].max()
    table["median"] = by_feature["score"].median()
    table["open"] = by_feature["uncomputable_in_exemplar"].any()
    order = pd.DataFrame(
        {"out": -table[list(_KEEPS_OUT)].sum(axis=1), "limiting": -table["limiting"]}
    )
    return table.loc[order.sort_values(["out", "limiting"], kind="stable").index]


def _features(outcome: Outcome) -> tuple[str, Table | None]:
    if outcome.features.empty:
        return "Nothing is gated: no combination has scores, or all features are skipped.", None
    ranking = feature_ranking(outcome)
    if (ranking["lowest"] == float("inf")).all():
        return "There are no limits: the best by median score are released.", None
    shown = ranking.head(_MAX_BARS)
    kept_out = ranking[list(_KEEPS_OUT)].sum(axis=1)
    most = kept_out.max()
    share = 100 * kept_out / (kept_out + ranking["passed"])  # nan where all raised
    columns = [
        Column("gated feature", "long"),
        Column("keeps out", "bar", about="combinations that fail by it, or lack its score"),
        Column("keeps out (%)", "number", 1, about="of the combinations that did not raise"),
        Column("over limit", "number", about="combinations with a score over the limit"),
        Column("missing score", "number"),
        Column("tightest for", "number", about="combinations that are kept out, by this most"),
        Column("median score (SD)", "number"),
        Column("limit (SD)", "number", about="lowest limit, where combinations differ"),
        Column("highest limit (SD)", "number"),
        Column("gate"),
    ]
    rows = [
        (
            feature,
            Bar({key: int(row[key]) for key in _KEEPS_OUT}, int(most)),
            share[feature],
            int(row[Reason.OVER_LIMIT]),
            int(row[Reason.MISSING_SCORE]),
            int(row["limiting"]),
            row["median"],
            row["lowest"],
            row["highest"],
            _gate(row),
        )
        for feature, row in shown.iterrows()
    ]
    if not ranking["open"].any():
        columns, rows = columns[:-1], [row[:-1] for row in rows]
    if (shown["lowest"].eq(shown["highest"]) | shown["lowest"].isna()).all():
        columns, rows = [*columns[:8], *columns[9:]], [(*row[:8], *row[9:]) for row in rows]
    note = (
        f"The longest bar stands for {most:,} of {len(outcome.combos):,} combinations. Scores and "
        "limits are in standard deviations (SD). "
    )
    if ranking["open"].any():
        note += (
            "Open: the feature could not be computed for the exemplar (score 250), so that its "
            "limit is 250 times the threshold; refused (uncomputable_exemplar_feature: "
            "fail): it keeps all out. "
        )
    cut = cut_note(len(shown), len(ranking), "those that keep most out", "The PDF has them all.")
    return note + cut, Table(columns, rows)


def _gate(row: pd.Series) -> str:
    if not row["open"]:
        return ""
    return "refused" if pd.isna(row["lowest"]) else "open"


def _margin_note(combos: pd.DataFrame) -> str:
    without = int(combos["margin"].isna().sum())
    note = (
        "A combination with a margin close to 0 is decided by little; at 1 its worst score is 0, "
        "below 0 it fails."
    )
    return note + (f" Without margin, for want of score or limit: {without:,}." if without else "")


def _mtypes(combos: pd.DataFrame) -> tuple[str, Table]:
    counts = count_outcomes(combos, ["fullmtype"])
    medians = combos[combos["passed"]].groupby("fullmtype")["median_score"].median()
    total = counts.sum(axis=1)
    shown = counts.loc[total.sort_values(ascending=False, kind="stable").index].head(_MAX_BARS)
    columns = [
        Column("m-type"),
        Column("outcomes", "bar"),
        Column("combinations", "number"),
        *(Column(outcome.label, "number") for outcome in counts),
        Column("passed (%)", "number", 1),
        Column("median score (SD)", "number", about="of the released combinations' median scores"),
    ]
    rows = [
        (
            mtype,
            Bar(row.astype(int).to_dict()),
            int(row.sum()),
            *map(int, row),
            100 * row["passed"] / row.sum(),
            medians.get(mtype),
        )
        for mtype, row in shown.sort_index().iterrows()
    ]
    cut = cut_note(len(shown), len(counts), "those with most combinations", "The PDF has them all.")
    return cut, Table(columns, rows)
