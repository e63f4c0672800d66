"""validation.tsv: what released cells did in simulators."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from megate.core.wording import counted
from megate.files.atomic import written_whole
from megate.simulation.spikes import SETTLE_MS, STEP_MS
from megate.validation.checks import (
    ABOVE,
    BELOW,
    SECTIONS,
    Response,
    has_steps,
    problems,
)

_BETWEEN = "; "

COLUMNS = {
    "combo_name": "name of the combination, as in release/circuit/cells.tsv",
    "emodel": "e-model",
    "morphology": "file of its morphology in release/circuit/",
    "simulator": "`BlueCelluLab` or `neurodamus`",
    "passed": "`True` if the cell does what the release says",
    "message": "what it does otherwise, separated by `; `; or why it was not tested",
    "holding_voltage": "mV; as released",
    "simulated_voltage": f"mV; after {SETTLE_MS:.0f} ms with the holding current",
    "spikes_below": f"`True` if it spikes with a step of {BELOW:.0%} of the threshold current, "
    f"{STEP_MS:.0f} ms long",
    "spikes_above": f"the same for {ABOVE:.0%}",
    "first_spike": "ms from the start of that step to the first spike",
    "axon_sections": "number of axon sections of the morphology, as the simulator reads it",
    "basal_sections": "number of basal sections",
    "apical_sections": "number of apical sections",
    "cpu_s": "CPU time of the simulations, s",
}
"""The columns of the table, with their descriptions. Missing values are empty."""

NO_THRESHOLD = "no threshold current: steps not tested"


def row_of(
    cell: Mapping[str, Any], simulator: str, result: Response | str, cpu_s: float | None = None
) -> dict[str, Any]:
    """The row of a cell (a row of cells.tsv) with its response, or with the reason why there is
    none."""
    row = {name: cell[name] for name in ("combo_name", "emodel", "morphology", "holding_voltage")}
    row |= {"simulator": simulator, "cpu_s": cpu_s}
    if isinstance(result, str):
        return row | {"passed": False, "message": result}
    found = problems(cell, result)
    messages = found if has_steps(cell) else [*found, NO_THRESHOLD]
    return row | {
        "passed": not found,
        "message": _BETWEEN.join(messages),
        "simulated_voltage": result.voltage,
        "spikes_below": result.spikes_below,
        "spikes_above": result.spikes_above,
        "first_spike": result.first_spike,
        **dict(zip(SECTIONS, result.sections, strict=True)),
    }


def write_table(path: Path, rows: pd.DataFrame) -> None:
    """Write the table: rows with problems first."""
    table = rows.reindex(columns=list(COLUMNS))
    spikes = dict.fromkeys(("spikes_below", "spikes_above"), "boolean")
    table = table.astype(spikes | dict.fromkeys(SECTIONS, "Int64"))
    table = table.sort_values(["passed", "combo_name", "simulator"], kind="stable")
    with written_whole(path) as partial:
        table.round({"first_spike": 3, "simulated_voltage": 4, "cpu_s": 2}).to_csv(
            partial, sep="\t", index=False
        )


def read_table(path: Path) -> pd.DataFrame:
    """Read the table."""
    texts = ["combo_name", "emodel", "morphology", "simulator", "message"]
    return pd.read_csv(
        path,
        sep="\t",
        dtype=dict.fromkeys(texts, str),
        keep_default_na=False,
        na_values={name: [""] for name in COLUMNS if name not in texts},
    )


def gather(paths: Sequence[Path]) -> pd.DataFrame:
    """The rows of several tables."""
    return joined([read_table(path) for path in paths])


def joined(tables: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """The rows of several tables, of which some may be empty."""
    full = [table for table in tables if not table.empty]
    return pd.concat(full, ignore_index=True) if full else pd.DataFrame(columns=list(COLUMNS))


def summary(table: pd.DataFrame, released: int, path: Path) -> str:
    """The outcome, in a line per simulator and one for each kind of problem.

    Args:
        released: number of released combinations
        path: of validation.tsv
    """
    lines = []
    for simulator, rows in table.groupby("simulator", sort=True):
        failed = int((~rows["passed"].astype(bool)).sum())
        of = "" if len(rows) == released else f"{len(rows):,} of "
        outcome = f"{failed:,} failed" if failed else "all passed"
        lines.append(f"validated {of}{counted(released, 'combination')} in {simulator}: {outcome}")
    if not table["passed"].astype(bool).all():
        lines.append(f"see {path}")
    return "\n".join(f"megate: {line}" for line in lines or ["no combinations to validate"])
