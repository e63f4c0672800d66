"""The page about the simulations: run times, memory, and those that ended without scores."""

import numpy as np
import pandas as pd

from megate.core.tracebacks import root_cause
from megate.core.vocabulary import NOT_SCORED, Status
from megate.core.wording import counted
from megate.report.html.figures import runtime_figure, svg
from megate.report.html.page import Column, Page, Section, Table, cut_table
from megate.report.results import Results

_STATUSES = (Status.SCORED, *NOT_SCORED)
_MAX_SLOWEST = 25
_MAX_ENDED = 200
_MAX_MESSAGE = 200
_NAME = "CPU time of simulations per e-model"


def runtime_page(results: Results) -> Page:
    """CPU times per e-model, simulations per status, those without scores, the longest."""
    runs = results.runs
    timed = runs[runs["cpu_s"].notna() & (runs["cpu_s"] > 0)]
    if timed.empty:
        return Page("Runtimes", ["The scores do not record how long the simulations took."], [])
    times = {str(name): cpu.to_numpy() for name, cpu in timed.groupby("emodel")["cpu_s"]}
    lead = (
        f"{counted(len(runs), 'simulation')} took {_time(timed['cpu_s'].sum() / 3600)} of CPU time "
        f"(machines: {runs['host'].nunique():,}). They include the exemplars; combinations "
        "with the same morphology and e-model share a simulation."
    )
    note = "Box: quartiles and median; lines: to the shortest and the longest simulation."
    sections = [
        Section("CPU time per e-model", note, figure=svg(runtime_figure(times), _NAME)),
        Section("Simulations per e-model", table=_per_emodel(runs)),
        Section("Simulations without scores", *_ended(runs)),
        Section(f"The {min(_MAX_SLOWEST, len(timed))} longest", table=_slowest(timed)),
    ]
    return Page("Runtimes", [lead], sections)


def _per_emodel(runs: pd.DataFrame) -> Table:
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
        return "None: all simulations have scores.", None
    # limits first: the configuration sets them
    limits = ended["status"].isin([Status.TIMEOUT, Status.MEMORY])
    rows = pd.concat([ended[limits], ended[~limits]])
    columns = [
        Column("simulation", key="job"),
        Column("status", key="status"),
        Column("wall (s)", "number", 1, key="runtime_s"),
        Column("memory (MB)", "number", 0, key="peak_memory_mb"),
        Column("message", "long", key="message"),
    ]
    rows["message"] = rows["exception"].fillna("").map(root_cause).str.slice(0, _MAX_MESSAGE)
    note = (
        "The configuration's section scoring sets the limits of time and memory. The command "
        "megate rerun simulates them again. "
    )
    which, rest = "limits of time and memory first", "scores.parquet lists all."
    return cut_table(rows, _MAX_ENDED, columns, note, which, rest)


def _slowest(runs: pd.DataFrame) -> Table:
    columns = [
        Column("simulation", key="job"),
        Column("status", key="status"),
        Column("wall (s)", "number", 1, key="runtime_s"),
        Column("CPU (s)", "number", 1, key="cpu_s"),
        Column("building cells (CPU s)", "number", 1, key="build_cpu_s"),
        Column("NEURON's runs (CPU s)", "number", 1, key="solve_cpu_s"),
        Column("features (CPU s)", "number", 1, key="features_cpu_s"),
        Column("memory (MB)", "number", 0, key="peak_memory_mb"),
        Column("sweeps", "number", 0, key="sweeps"),
        Column("host", key="host"),
    ]
    longest = runs.sort_values("cpu_s", ascending=False, kind="stable").head(_MAX_SLOWEST)
    return Table.of(longest, columns)


def _time(hours: float) -> str:
    if hours >= 1:
        return f"{hours:,.1f} h"
    return f"{np.ceil(60 * hours):.0f} min" if hours >= 1 / 60 else f"{3600 * hours:.1f} s"
