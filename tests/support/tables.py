"""Small tables for tests of gating and release, as short to write as they are to read."""

from collections.abc import Sequence
from typing import Any

import pandas as pd

from megate.config.config import Select
from megate.gating import decide as deciding
from megate.gating.outcome import Decisions
from megate.project.combinations import SCHEMA as COMBOS


def with_none(table: pd.DataFrame) -> pd.DataFrame:
    """The table with None for every null, whichever way this pandas has of writing them."""
    nullable = table.columns[table.isna().any()]
    return table.assign(
        **{name: table[name].astype(object).where(table[name].notna(), None) for name in nullable}
    )


def combos_table(*rows: dict) -> pd.DataFrame:
    """Combinations; a row says only what differs from an ordinary combination of e-model E."""
    ordinary = {
        "layer": "5",
        "fullmtype": "M",
        "mtype": "M",
        "msubtype": "",
        "etype": "cADpyr",
        "emodel": "E",
        "is_exemplar": False,
        "is_repaired": True,
        "is_original": False,
        "opt_scores": None,
    }
    complete = []
    for number, row in enumerate(rows):
        row = ordinary | row
        row.setdefault("morph_path", f"morphologies/{row['morph_name']}.asc")
        row.setdefault("original_emodel", row["emodel"])
        row.setdefault("job", f"{row['emodel']}/{row['morph_name']}")
        complete.append(row | {"combo": number})
    return pd.DataFrame(complete)[COMBOS.names]


def exemplar(morph_name: str = "ex", **differs: object) -> dict:
    """The row of a repaired exemplar."""
    return {"morph_name": morph_name, "layer": None, "is_exemplar": True} | differs


def combo(morph_name: str, **differs: object) -> dict:
    """The row of a combination."""
    return {"morph_name": morph_name} | differs


def scores_table(jobs: dict[str, dict[str, float | None] | str]) -> pd.DataFrame:
    """Gathered scores: job -> {feature: score}, or the traceback of a job that raised."""
    rows = []
    for job, outcome in jobs.items():
        raised = isinstance(outcome, str)
        features = {None: None} if raised or not outcome else outcome
        for feature, score in features.items():
            rows.append(
                {
                    "job": job,
                    "holding_current": None if raised else -0.125,
                    "threshold_current": None if raised else 0.5,
                    "exception": outcome if raised else None,
                    "feature": feature,
                    "score": score,
                }
            )
    table = pd.DataFrame(rows)
    return table.astype(
        {"score": float, "holding_current": float, "threshold_current": float, "exception": object}
    )


def decide(
    combos: pd.DataFrame,
    scores: pd.DataFrame,
    thresholds: Sequence[dict[str, Any]],
    to_skip_features: Sequence[str] = (),
    **options: Any,
) -> Decisions:
    """Decide with these options of `select`, and the schema's defaults for the others."""
    select = Select(list(thresholds), list(to_skip_features), **options)
    return deciding.decide(combos, scores, select)
