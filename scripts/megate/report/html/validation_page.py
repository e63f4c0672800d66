"""The page about the validation of a release in other simulators."""

import pandas as pd

from megate.report.html.page import Column, Page, Section, Table, cut_table
from megate.validation.checks import ABOVE, BELOW, HOLDING_TOLERANCE_MV

_MAX_ROWS = 1000


def validation_page(table: pd.DataFrame, released: int) -> Page:
    """Numbers per e-model and simulator, the combinations that failed, all others.

    Args:
        table: validation.tsv
        released: number of released combinations
    """
    passed = table["passed"].astype(bool)
    lead = (
        f"{table['combo_name'].nunique():,} of {released:,} released combinations were simulated "
        "from the files of release/circuit/ alone. A cell passes if the holding current holds it "
        f"within {HOLDING_TOLERANCE_MV:g} mV of its holding voltage, if it spikes at {ABOVE:.0%} "
        f"of its threshold current and not at {BELOW:.0%}, and if it has the sections of its "
        "morphology."
    )
    sections = [Section("Per e-model and simulator", table=_totals(table, passed))]
    for heading, rows in (("Failed", table[~passed]), ("Passed", table[passed])):
        if rows.empty:
            sections.append(Section(heading, "None."))
        else:
            sections.append(Section(heading, *_rows(rows)))
    return Page("Validation", [lead], sections)


def _totals(table: pd.DataFrame, passed: pd.Series) -> Table:
    columns = [
        Column("e-model"),
        Column("simulator"),
        Column("combinations", "number"),
        Column("failed", "number"),
        Column("CPU, mean (s)", "number", 2),
    ]
    groups = table.assign(failed=~passed).groupby(["emodel", "simulator"], sort=True)
    rows = [
        (emodel, simulator, len(group), int(group["failed"].sum()), group["cpu_s"].mean())
        for (emodel, simulator), group in groups
    ]
    return Table(columns, rows)


def _rows(table: pd.DataFrame) -> tuple[str, Table]:
    columns = [
        Column("combination", key="combo_name"),
        Column("simulator", key="simulator"),
        Column("message", "long", key="message"),
        Column("released (mV)", "number", 2, "holding voltage", key="holding_voltage"),
        Column("simulated (mV)", "number", 2, "with the holding current", key="simulated_voltage"),
        Column(f"spikes at {BELOW:.0%}", key="spikes_below"),
        Column(f"spikes at {ABOVE:.0%}", key="spikes_above"),
        Column("first spike (ms)", "number", 1, f"at {ABOVE:.0%}", key="first_spike"),
        Column("CPU (s)", "number", 2, key="cpu_s"),
    ]
    rest = "release/validation.tsv lists all."
    return cut_table(table, _MAX_ROWS, columns, "", "sorted by name", rest)
