"""Holding and threshold currents: an e-model may search several pairs. One is the main pair
(`select.currents`); it becomes the columns `holding_current` and `threshold_current`. What an
e-model does not search, megate measures (`megate.simulation.currents`)."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from megate.core.patterns import last_match

if TYPE_CHECKING:  # simulations import this module, and start faster without pandas
    import pandas as pd

KEYS = ("holding_current", "threshold_current")
DEFAULT = ("bpo_holding_current", "bpo_threshold_current")
"""The main pair where no rule matches."""


@dataclass
class Measured:
    """What was measured: columns of `megate.scores.shards.SCHEMA`."""

    measured_holding_current: float | None = None
    measured_threshold_current: float | None = None
    measured_at_current: float | None = None
    input_resistance: float | None = None
    holding_voltage: float | None = None
    resting_potential: float | None = None
    no_threshold: str | None = None


MEASURED = tuple(field.name for field in fields(Measured))
"""The columns of scores that megate measures, described in `megate.scores.shards.SCHEMA`."""

ADAPTED = (
    "AIS_scaler",
    "soma_scaler",
    "rin_without_ais",
    "rin_without_soma",
    "rho_axon",
    "rho",
    "at_limit",
)
"""The columns about the adaptation of a cell, described likewise."""

Rules = Sequence[Mapping[str, Any]]
"""`select.currents`: mappings with `KEYS` and, optionally, `emodel` (regexes)."""


def main_pair(emodel: str, rules: Rules) -> tuple[str, str]:
    """Names of an e-model's main pair, in the order of `KEYS`: those of the last rule that
    matches."""
    rule = last_match(rules, emodel)
    return (rule["holding_current"], rule["threshold_current"]) if rule else DEFAULT


def with_main_pair(rows: pa.Table, rules: Rules) -> pa.Table:
    """Set the main pair in a shard's rows, if it has `bpo_values`; other shards have the default
    pair."""
    text = rows["bpo_values"][0].as_py() if rules else None
    if text is None:
        return rows
    values, emodel = json.loads(text), str(rows["emodel"][0].as_py())
    for key, name in zip(KEYS, main_pair(emodel, rules), strict=True):
        column = pa.array([values.get(name)] * len(rows), pa.float64())
        index = rows.schema.get_field_index(key)
        rows = rows.set_column(index, rows.schema.field(index), column)
    return rows


def with_released(runs: pd.DataFrame) -> pd.DataFrame:
    """Replace the e-models' own currents by the currents that are released: the own ones (also
    kept, as `own_holding_current` and `own_threshold_current`), else the measured ones.

    What megate measured with a holding current counts only if this current is released. It may be
    another one if `select.currents` was changed after the simulation.

    Args:
        runs: simulations, with `KEYS` and `MEASURED`
    """
    holding = runs["holding_current"].fillna(runs["measured_holding_current"])
    at_holding = holding == runs["measured_at_current"]
    measured = runs["measured_threshold_current"].where(at_holding)
    return runs.assign(
        own_holding_current=runs["holding_current"],
        own_threshold_current=runs["threshold_current"],
        holding_current=holding,
        threshold_current=runs["threshold_current"].fillna(measured),
        input_resistance=runs["input_resistance"].where(at_holding),
        holding_voltage=runs["holding_voltage"].where(at_holding),
    )


def further_values(combos: pd.DataFrame, rules: Rules) -> pd.DataFrame:
    """The values beyond the main pairs, as columns named as in the e-models, sorted; NaN where a
    combination does not have one. There are no columns if all have only their main pair.

    Args:
        combos: a table with `emodel` and `bpo_values` (JSON, or missing)
    """
    import pandas as pd

    values = [json.loads(text) if isinstance(text, str) else {} for text in combos["bpo_values"]]
    beyond: set[str] = set()
    for emodel, of_combo in zip(combos["emodel"], values, strict=True):
        beyond |= of_combo.keys() - set(main_pair(emodel, rules))
    columns = {name: [of_combo.get(name) for of_combo in values] for name in sorted(beyond)}
    return pd.DataFrame(columns, index=combos.index, dtype=float)


def missing_main_pairs(combos: pd.DataFrame, rules: Rules) -> list[str]:
    """Warnings about e-models without the main pair that `rules` name, or without the default one
    although they have other currents. `combos` is as in `further_values`."""
    warnings = []
    for emodel, texts in combos.groupby("emodel")["bpo_values"]:
        names = {name for text in texts.dropna().unique() for name in json.loads(text)}
        pair = main_pair(str(emodel), rules)
        missing = [name for name in pair if name not in names]
        others = any("current" in name for name in names.difference(pair))
        if names and missing and (others or pair != DEFAULT):
            warnings.append(
                f"{emodel}: it has no {' and no '.join(missing)}, so currents that megate measured "
                f"are taken; name its main pair in select.currents (it has "
                f"{', '.join(sorted(names))})"
            )
    return warnings


def not_measured(combos: pd.DataFrame) -> list[str]:
    """A warning if released combinations lack what simulations measure with the holding current.
    `combos` is the table of `megate.gating.outcome.Decisions`."""
    lacks = combos["passed"] & (combos["measured_at_current"] != combos["holding_current"])
    lacks &= combos["no_threshold"].isna()
    if not lacks.any():
        return []
    no_current = combos.loc[lacks, list(KEYS)].isna().any(axis=1).sum()
    also = f" ({no_current:,} of them no holding or threshold current)" if no_current else ""
    return [
        f"{lacks.sum():,} released combinations have no input resistance{also}: an earlier "
        "version of megate simulated them, select.currents has changed since, or the measurement "
        "failed (see the log); to measure it, simulate again (--forcerun score_combo)"
    ]
