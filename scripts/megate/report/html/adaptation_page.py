"""The page about the adaptation of AIS and soma, and its section on the pages of e-models."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import pandas as pd

from megate.core.vocabulary import Reason
from megate.gating.outcome import EmodelGates
from megate.release.adaptation import Adaptation, headline
from megate.report.adaptation import (
    ABOUT_CAUSES,
    ABOUT_QUALITY,
    COUNTS,
    causes_of_change,
    changed,
    fits_of,
    scale_counts,
    scaled_parts,
)
from megate.report.html.figures import adaptation_figure, svg
from megate.report.html.page import MAX_ROWS, Column, Page, Section, Table, cut_table
from megate.report.results import Results

_MAX_CAUSES = 200
_ALL = "all e-models"
_ABOUT_COUNTS = {
    "adapted": "cells with a scaled AIS or soma",
    "at_limit": "adapted cells with a scale at a limit",
    "compared": "simulated with and without adaptation",
    "released_without": "of those compared",
    "released_with": "of those compared",
    "gained": "released only with adaptation",
    "lost": "released only without adaptation",
}
_COUNTS = [
    Column(title, "number", about=_ABOUT_COUNTS.get(key, ""), key=key)
    for key, title in COUNTS.items()
]
SCALE_COLUMNS = (
    Column("AIS scale", "number", 3, "of its diameters, relative to the exemplar", "AIS_scaler"),
    Column("soma scale", "number", 3, "of its length, relative to the exemplar", "soma_scaler"),
    Column("at a limit", about="whether adapt.limits limit a scale", key="at_limit_text"),
)
"""Columns of tables of combinations, with the values of `with_scales`."""


def with_scales(rows: pd.DataFrame) -> pd.DataFrame:
    """Combinations with the values of `SCALE_COLUMNS`."""
    return rows.assign(at_limit_text=rows["at_limit"].map({True: "yes"}).fillna(""))


def adaptation_page(results: Results) -> Page:
    """Released without and with adaptation; scales and resistances; what makes the difference."""
    adaptation = results.adaptation
    assert adaptation is not None
    table = adaptation.table
    smallest, largest = adaptation.limits
    lead = [
        _sentence(headline(table)),
        f"The limits of scales are {smallest:g} and {largest:g}. Exemplars are simulated as they "
        "are. The pages of the e-models show scales and fits of each.",
    ]
    sections = [
        Section("Combinations per e-model", table=_totals(table)),
        _scales("all e-models", results.combos, adaptation, None),
        Section("Scales and resistances per e-model", *_quality(adaptation)),
        Section(
            "Failing features, without and with adaptation",
            *_causes(results.combos, results.gates, adaptation),
        ),
        Section("Combinations whose outcome changes", *_changed(results.combos, adaptation)),
    ]
    return Page("AIS and soma adaptation", lead, sections)


def adaptation_section(emodel: str, combos: pd.DataFrame, adaptation: Adaptation) -> Section:
    """The scales of an e-model's combinations, and the fits that they come from."""
    section = _scales(emodel, combos, adaptation, emodel)
    counts = headline(adaptation.table[adaptation.table["emodel"] == emodel])
    return replace(section, note=f"{_sentence(counts)} {section.note}")


def _sentence(text: str) -> str:
    return f"{text[0].upper()}{text[1:]}."


def _scales(name: str, combos: pd.DataFrame, adaptation: Adaptation, emodel: str | None) -> Section:
    parts = scaled_parts(adaptation)
    counts = {part.name: scale_counts(combos[part.scale], adaptation.limits) for part in parts}
    fits = fits_of(adaptation, emodel) if emodel else {}
    figure = adaptation_figure(counts, fits, adaptation.limits)
    note = "Number of combinations by scale of the AIS's diameters and of the soma's length. "
    if fits:
        note += (
            "Below: input resistance of the exemplar's AIS alone and soma alone, measured (dots) "
            "and fitted (line). "
        )
    note += "Dashed: the limits of scales."
    return Section("Scales of AIS and soma", note, figure=svg(figure, f"{name}: scales"))


def _totals(table: pd.DataFrame) -> Table:
    total = table[[column.key for column in _COUNTS]].sum().to_frame(_ALL).T
    rows = pd.concat([total.assign(emodel=_ALL), table])
    return Table.of(rows, [Column("e-model", key="emodel"), *_COUNTS], n_bold=1)


def _quality(adaptation: Adaptation) -> tuple[str, Table]:
    columns = [Column("e-model", key="emodel")]
    values = adaptation.table.copy()
    for part in scaled_parts(adaptation):
        fit = f"{part.key}_fit_error"
        values[[f"{part.rho}_error", fit]] *= 100
        of_exemplar = f"of the exemplar: {part.name} alone, divided by the cell without {part.name}"
        from_exemplar = f"largest difference of {part.rho} from the exemplar's, within the limits"
        from_measured = f"largest difference of the {part.name}'s fit from measured resistances"
        columns += [
            Column(f"{part.name} scale: smallest", "number", 3, key=f"{part.scale}_min"),
            Column("median", "number", 3, key=f"{part.scale}_median"),
            Column("largest", "number", 3, key=f"{part.scale}_max"),
            Column(part.rho, "number", 4, of_exemplar, f"{part.rho}_exemplar"),
            Column("difference (%)", "number", 2, from_exemplar, f"{part.rho}_error"),
            Column("fit (%)", "number", 2, from_measured, fit),
        ]
    return ABOUT_QUALITY, Table.of(values, columns)


def _causes(
    combos: pd.DataFrame, gates: Mapping[str, EmodelGates], adaptation: Adaptation
) -> tuple[str, Table | None]:
    found = causes_of_change(combos, gates, adaptation)
    if found.empty:
        return "No differences, or nothing to compare.", None
    columns = [
        Column("e-model", key="emodel"),
        Column("feature, or other reason", "long", key="cause"),
        Column("fail without", "number", about="of those compared", key="fail_without"),
        Column("fail with", "number", about="of those compared", key="fail_with"),
        Column("gained", "number", about="gained ones that failed by it before", key="gained"),
        Column("lost", "number", about="lost ones that fail by it now", key="lost"),
    ]
    note = f"{ABOUT_CAUSES} "
    return cut_table(found, _MAX_CAUSES, columns, note, "those that matter most", "")


def _changed(combos: pd.DataFrame, adaptation: Adaptation) -> tuple[str, Table | None]:
    rows = changed(combos, adaptation)
    if rows.empty:
        return "None.", None
    rows = with_scales(rows).assign(
        change=rows["passed"].map({True: "gained", False: "lost"}),
        without=_outcomes(rows["reason_without"], rows["limiting_feature_without"]),
        now=_outcomes(rows["reason"], rows["limiting_feature"]),
        percent_without=100 * rows["margin_without"],
        percent=100 * rows["margin"],
    )
    columns = [
        Column("morphology", key="morph_name"),
        Column("layer", key="layer"),
        Column("m-type", key="fullmtype"),
        Column("e-type", key="etype"),
        Column("e-model", key="emodel"),
        Column("change", key="change"),
        *SCALE_COLUMNS,
        Column("margin without (%)", "number", 1, key="percent_without"),
        Column("margin with (%)", "number", 1, key="percent"),
        Column("without: outcome, limiting feature", "long", key="without"),
        Column("with: outcome, limiting feature", "long", key="now"),
    ]
    order = rows.sort_values(["change", "margin"], kind="stable")
    rest = "decisions.parquet and adaptation/decisions_unadapted.parquet have all."
    return cut_table(order, MAX_ROWS, columns, "", "the gained ones first", rest)


def _outcomes(reasons: pd.Series, features: pd.Series) -> Sequence[str]:
    return [
        f"{Reason(reason).label}: {feature}" if isinstance(feature, str) else Reason(reason).label
        for reason, feature in zip(reasons, features, strict=True)
    ]
