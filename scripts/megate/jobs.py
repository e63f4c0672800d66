"""The simulations that a table of combinations needs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # every simulation imports this module; none needs pandas for it
    import pandas as pd


@dataclass(frozen=True)
class Job:
    """One simulation: an e-model, under one name and with one parameter set, on one morphology.

    Attributes:
        name: readable and unique, safe as a path: ``<emodel>/<morphology>``
        package: e-model whose prepared package it runs
        emodel: name that the package's ``create`` is called with
        apical_point: index of the section in ``apic``, or None
    """

    name: str
    package: str
    emodel: str
    original_emodel: str
    morph_name: str
    morph_path: Path
    apical_point: int | None


def jobs_of(table: pd.DataFrame, apical_points: Mapping[Path, Mapping[str, int]]) -> dict[str, Job]:
    """The simulations that the table's rows need, by name, in the table's order.

    Args:
        table: the table that `combos.assemble` made
        apical_points: morphology directory -> morphology -> index of the apical section
    """
    jobs = {}
    for row in table.drop_duplicates("job").itertuples():
        path = Path(row.morph_path)
        jobs[row.job] = Job(
            name=row.job,
            package=row.job.split("/")[0],
            emodel=row.emodel,
            original_emodel=row.original_emodel,
            morph_name=row.morph_name,
            morph_path=path,
            apical_point=apical_points.get(path.parent, {}).get(row.morph_name),
        )
    return jobs
