"""The page about the release: totals, causes of failure, released combinations, the others."""

from collections.abc import Iterator, Mapping, Sequence

import pandas as pd

from megate.core.vocabulary import Reason
from megate.gating.decide import EmodelGates
from megate.gating.outcome import stopped_early
from megate.release.adaptation import adapted
from megate.report.html.adaptation_page import SCALE_COLUMNS, with_scales
from megate.report.html.page import (
    MAX_ROWS,
    Column,
    Page,
    Section,
    Table,
    bars,
    cut_table,
    outcome_columns,
)
from megate.report.results import Results
from megate.report.summaries import ABOUT_MARGIN, cause_of, count_causes, totals

_MAX_CAUSES = 50
_ORDER = (
    Reason.OVER_LIMIT,
    Reason.NOT_AMONG_BEST,
    Reason.MISSING_SCORE,
    Reason.SIMULATION_ERROR,
    Reason.NO_THRESHOLD,
)
_NAMES = (
    Column("morphology", key="morph_name"),
    Column("layer", key="layer"),
    Column("m-type", key="fullmtype"),
    Column("e-type", key="etype"),
    Column("e-model", key="emodel"),
)
_MARGIN = (
    Column("margin (%)", "number", 1, ABOUT_MARGIN, "percent"),
    Column("score (SD)", "number", key="limiting_feature_score"),
    Column("limit (SD)", "number", key="limiting_feature_limit"),
)


def release_page(results: Results) -> Page:
    """Totals per e-model, causes of failure, the released combinations, the others."""
    combos = results.combos
    n_released = int(combos["passed"].sum())
    share = f" ({100 * n_released / len(combos):.1f} %)" if len(combos) else ""
    lead = f"{n_released:,} of {len(combos):,} combinations are released{share}."
    sections = [
        Section("Combinations per e-model", table=_totals(combos)),
        Section("Why combinations are not released", *_causes(combos)),
        Section("Released combinations", *_released(combos)),
        Section("Combinations that are not released", *_others(combos)),
    ]
    notes = [note for note in (stopped_early(combos), *_uncomputable(results.gates)) if note]
    return Page("Release", [lead, *notes], sections)


def _uncomputable(gates: Mapping[str, EmodelGates]) -> Iterator[str]:
    """A sentence per e-model with features that could not be computed for its exemplar."""
    for emodel, of_emodel in gates.items():
        if names := sorted(of_emodel.uncomputable_in_exemplar):
            lowest = of_emodel.limits[names].min().min()
            effect = f"the limit is {lowest:g} or more."
            if pd.isna(lowest):
                effect = "no score passes (uncomputable_exemplar_feature: fail)."
            features = f"{emodel}: the exemplar's {', '.join(names)}"
            yield f"{features} could not be computed (score 250): {effect}"


def _totals(combos: pd.DataFrame) -> Table:
    table = totals(combos)
    columns = [
        Column("e-model", key="emodel"),
        *outcome_columns(combos),
        Column("borderline", "number", 2, "within borderline_margin of the limit", "borderline"),
    ]
    rows = table.assign(emodel=table.index, bar=bars(table))
    return Table.of(rows, columns, n_bold=1)


def _causes(combos: pd.DataFrame) -> tuple[str, Table | None]:
    found = count_causes(combos)
    if found.empty:
        return "All combinations are released.", None
    columns = [
        Column("reason", key="reason"),
        Column("limiting feature, or message", "long", key="cause"),
        Column("e-models", "number", key="emodels"),
        Column("combinations", "number", key="n"),
    ]
    note = (
        "The limiting feature of each combination, or the message of a simulation error or a "
        "missing threshold current. "
    )
    rest = "failures.tsv lists all."
    return cut_table(_labelled(found), _MAX_CAUSES, columns, note, "the most frequent", rest)


def _released(combos: pd.DataFrame) -> tuple[str, Table | None]:
    rows = combos[combos["passed"]].sort_values("margin", kind="stable")
    if rows.empty:
        return "None.", None
    columns = [
        *_NAMES,
        *_MARGIN,
        Column("median score (SD)", "number", key="median_score"),
        Column("threshold (nA)", "number", 3, key="threshold_current"),
        Column("holding (nA)", "number", 3, key="holding_current"),
        *_scales(combos),
        Column("limiting feature", "long", key="limiting_feature"),
    ]
    note = "Those closest to their limit come first. "
    which, rest = "those closest to their limit", "mecombo_emodel.tsv lists all."
    return cut_table(_labelled(rows), MAX_ROWS, columns, note, which, rest)


def _others(combos: pd.DataFrame) -> tuple[str, Table | None]:
    rows = combos[~combos["passed"]]
    if rows.empty:
        return "None.", None
    rows = rows.assign(order=rows["reason"].map(_ORDER.index), cause=cause_of(rows))
    rows = rows.sort_values(["order", "margin"], ascending=[True, False], kind="stable")
    columns = [
        *_NAMES,
        Column("reason", key="reason"),
        *_MARGIN,
        Column("features failed", "number", key="n_failed"),
        *_scales(combos),
        Column("limiting feature, or message", "long", key="cause"),
    ]
    note = "Order: over the limit (closest first), missing score, simulation error. "
    which, rest = "the first in this order", "failures.tsv lists all."
    return cut_table(_labelled(rows), MAX_ROWS, columns, note, which, rest)


def _scales(combos: pd.DataFrame) -> Sequence[Column]:
    """The columns about AIS and soma, if cells are adapted."""
    return SCALE_COLUMNS if adapted(combos).any() else ()


def _labelled(rows: pd.DataFrame) -> pd.DataFrame:
    """Rows with their reason as pages write it, and their margin in percent."""
    rows = rows.assign(reason=[Reason(reason).label for reason in rows["reason"]])
    return with_scales(rows.assign(percent=100 * rows["margin"])) if "margin" in rows else rows
