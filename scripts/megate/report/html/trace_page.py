"""The page with an e-model's traces: its exemplar's and some released combinations'."""

import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
import pyarrow.parquet as pq

from megate.report.html.figures import BINS, svg, thinned, trace_figure
from megate.report.html.page import Page, Section

MAX_RESPONSES = 6
_CASES = (("lowest", 0.0), ("middle", 0.5), ("highest", 1.0))


class Shown(NamedTuple):
    """A column of the figure: a simulation and its title."""

    job: str
    title: str


def trace_page(
    emodel: str, combos: pd.DataFrame, rows: pd.DataFrame, path_of: Callable[[str], Path]
) -> Page:
    """The page of an e-model, from its `combos` (as in `megate.report.results.Results`), its rows
    of combos.parquet, and the traces of jobs (`path_of`)."""
    exemplar = exemplar_job(rows)
    chosen = chosen_combos(combos, exemplar.job if exemplar else None)
    columns = [exemplar, *chosen] if exemplar else chosen
    traces = [read_traces(path_of(column.job)) for column in columns]
    recorded = sorted({name for trace in traces for name in trace}, key=_natural)
    if not recorded:
        return Page(emodel, ["The chosen simulations recorded no voltage."], [])
    responses = chosen_responses(recorded)
    titled = [(column.title, of_column) for column, of_column in zip(columns, traces, strict=True)]
    figure = trace_figure(responses, titled, traces[0] if exemplar else {})
    lead = ["This e-model has no released combination; the page shows its exemplar only."]
    if n_released := int(combos["passed"].sum()):
        lead = [
            f"The exemplar beside {len(chosen)} of {n_released:,} released combinations: those of "
            "lowest, middle and highest median score. Combinations that share a simulation count "
            "once; the exemplar's own does not count."
        ]
    if len(responses) < len(recorded):
        lead.append(
            f"Shown: {len(responses)} of {len(recorded)} recorded voltages, of different "
            "protocols, from the soma if possible. results/traces/ has all."
        )
    name = f"{emodel}: traces of the exemplar and of released combinations"
    note = "Rows: responses, with the same axes. Grey: the exemplar's trace."
    return Page(emodel, lead, [Section("Responses", note, figure=svg(figure, name))])


def exemplar_job(rows: pd.DataFrame) -> Shown | None:
    """The exemplar's simulation: the repaired one, which scales the limits, if there is one."""
    exemplars = rows[rows["is_exemplar"] & ~rows["is_original"]]
    exemplars = exemplars.sort_values("is_repaired", ascending=False, kind="stable")
    if exemplars.empty:
        return None
    first = exemplars.iloc[0]
    kind = "exemplar" if first["is_repaired"] else "unrepaired exemplar"
    return Shown(first["job"], f"{kind}\n{first['morph_name']}")


def chosen_combos(combos: pd.DataFrame, exemplar: str | None) -> list[Shown]:
    """The released combinations of lowest, middle and highest median score; each simulation
    once, without the exemplar's own."""
    known = combos["median_score"].notna() & (combos["job"] != exemplar)
    released = combos[combos["passed"] & known]
    ranked = released.sort_values(["median_score", "combo"]).drop_duplicates("job")
    chosen: dict[int, str] = {}
    for name, share in _CASES:
        if len(ranked):
            chosen.setdefault(int(share * (len(ranked) - 1)), name)
    rows = ranked.iloc[sorted(chosen)].itertuples()
    return [
        Shown(str(row.job), f"{row.morph_name}\n{name} median score: {row.median_score:.2f} SD")
        for row, (_, name) in zip(rows, sorted(chosen.items()), strict=True)
    ]


def chosen_responses(names: Sequence[str]) -> list[str]:
    """At most MAX_RESPONSES of the recorded voltages, ``[mm.]<protocol>.<location>.v``, in natural
    order: somatic ones if there are any, of as many protocols as possible. Protocols that differ by
    what follows the first underscore (a current, mostly) are of one kind."""
    somatic = [name for name in names if ".soma." in name]
    kinds: dict[str, list[str]] = {}
    for name in sorted(somatic or names, key=_natural):
        protocol = name.removeprefix("mm.").split(".")[0]
        kinds.setdefault(protocol.split("_")[0], []).append(name)
    rounds = range(max(map(len, kinds.values()), default=0))
    in_turn = [kind[turn] for turn in rounds for kind in kinds.values() if turn < len(kind)]
    return sorted(in_turn[:MAX_RESPONSES], key=_natural)


def read_traces(path: Path, bins: int = BINS) -> dict[str, np.ndarray]:
    """Recorded voltages of a simulation: name -> (2, points) array of t (ms) and voltage (mV),
    thinned for drawing (`bins`: see `thinned`). Other variables are left out."""
    table = pq.read_table(path, filters=[("variable", "=", "v")]).to_pandas()
    return {
        str(name): thinned(group[["t", "value"]].to_numpy(float).T, bins)
        for name, group in table.groupby("response", observed=True, sort=False)
    }


def _natural(name: str) -> list[tuple[float, str]]:
    """Sorts Step_80 before Step_120."""
    parts = re.split(r"(-?\d+(?:\.\d+)?)", name)
    return [(float(part), "") if number % 2 else (0.0, part) for number, part in enumerate(parts)]
