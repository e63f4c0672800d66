"""The page of Snakemake's report about the simulations: what they took, and which were ended."""

import numpy as np
import pandas as pd

from megate.core.tracebacks import root_cause
from megate.core.vocabulary import NOT_SCORED, Status
from megate.report.html.figures import runtime_figure, svg
from megate.report.html.pages import Column, Page, Section, Table, cut_note

_STATUSES = (Status.SCORED, *NOT_SCORED)
_MAX_SLOWEST = 25
_MAX_ENDED = 200
_MAX_MESSAGE = 200
_NAME = "CPU time of simulations per e-model"


def runtime_page(runs: pd.DataFrame) -> Page:
    """The page.

    Args:
        runs: one row per simulation, from `report_tables.read_runs`
    """
    told = runs[runs["cpu_s"].notna() & (runs["cpu_s"] > 0)]
    if told.empty:
        return Page("Runtimes", ["The scores do not tell how long the simulations took."], [])
    hours = told["cpu_s"].sum() / 3600
    lead = [
        f"{len(runs):,} simulations took {_time(hours)} of CPU time (machines: "
        f"{runs['host'].nunique():,}). Combinations that share morphology and e-model share a "
        "simulation; exemplars are among them."
    ]
    times = {
        str(name): group["cpu_s"].to_numpy() for name, group in told.groupby("emodel", sort=True)
    }
    note = (
        "Box: the middle half of the simulations, with the median; lines: to the shortest and the "
        "longest."
    )
    return Page(
        "Runtimes",
        lead,
        [
            Section("CPU time per e-model", note, figure=svg(runtime_figure(times), _NAME)),
            Section("Simulations per e-model", table=per_emodel(runs)),
            Section("Ended before they had scores", *_ended(runs)),
            Section(f"The {min(_MAX_SLOWEST, len(told))} longest", *_slowest(told)),
        ],
    )


def per_emodel(runs: pd.DataFrame) -> Table:
    """Simulations of each status, and what they took, per e-model."""
    unit, seconds = ("h", 3600) if runs["cpu_s"].sum() > 36000 else ("s", 1)
    columns = [
        Column("e-model"),
        Column("simulations", "number"),
        *(Column(status, "number") for status in _STATUSES),
        Column(f"CPU, all ({unit})", "number", 1),
        Column("CPU, median (s)", "number", 1),
        Column("wall, longest (s)", "number", 1),
        Column("in NEURON (%)", "number", 0, "share of the CPU time in NEURON's runs"),
        Column("memory, largest (MB)", "number", 0),
    ]
    rows = []
    for emodel, group in [("all e-models", runs), *runs.groupby("emodel", sort=True)]:
        counts = group["status"].value_counts()
        known = group[group["solve_cpu_s"].notna()]
        cpu = known["cpu_s"].sum()
        rows.append(
            (
                str(emodel),
                len(group),
                *(int(counts.get(status, 0)) for status in _STATUSES),
                group["cpu_s"].sum() / seconds,
                group["cpu_s"].median(),
                group["runtime_s"].max(),
                100 * known["solve_cpu_s"].sum() / cpu if cpu else None,
                group["peak_memory_mb"].max(),
            )
        )
    return Table(columns, rows, n_bold=1)


def _ended(runs: pd.DataFrame) -> tuple[str, Table | None]:
    ended = runs[runs["status"] != Status.SCORED].sort_values(["status", "job"])
    if ended.empty:
        return "None: all simulations gave scores.", None
    # limits first: they can be set otherwise
    limits = ended["status"].isin([Status.TIMEOUT, Status.MEMORY])
    shown = pd.concat([ended[limits], ended[~limits]]).head(_MAX_ENDED)
    columns = [
        Column("simulation"),
        Column("status"),
        Column("wall (s)", "number", 1),
        Column("memory (MB)", "number", 0),
        Column("what ended it", "long"),
    ]
    rows = [
        (
            row.job,
            row.status,
            row.runtime_s,
            row.peak_memory_mb,
            "" if pd.isna(row.exception) else root_cause(row.exception)[:_MAX_MESSAGE],
        )
        for row in shown.itertuples()
    ]
    note = (
        "Limits of time and memory: section scoring of the configuration. To score one anew, "
        "delete its shard in scores/ and run again. "
    )
    cut = cut_note(
        len(shown), len(ended), "limits of time and memory first", "scores.parquet has them all."
    )
    return note + cut, Table(columns, rows)


def _slowest(runs: pd.DataFrame) -> tuple[str, Table]:
    shown = runs.sort_values("cpu_s", ascending=False, kind="stable").head(_MAX_SLOWEST)
    columns = [
        Column("simulation"),
        Column("status"),
        Column("wall (s)", "number", 1),
        Column("CPU (s)", "number", 1),
        Column("of that: building cells", "number", 1),
        Column("NEURON's runs", "number", 1),
        Column("features", "number", 1),
        Column("memory (MB)", "number", 0),
        Column("sweeps", "number", 0),
        Column("host"),
    ]
    keys = [
        "job",
        "status",
        "runtime_s",
        "cpu_s",
        "build_cpu_s",
        "solve_cpu_s",
        "features_cpu_s",
        "peak_memory_mb",
        "sweeps",
        "host",
    ]
    table = shown[keys].astype(object).where(shown[keys].notna(), None)
    return "", Table(columns, list(table.itertuples(index=False, name=None)))


def _time(hours: float) -> str:
    if hours >= 1:
        return f"{hours:,.1f} h"
    return f"{np.ceil(60 * hours):.0f} min" if hours >= 1 / 60 else f"{3600 * hours:.1f} s"
