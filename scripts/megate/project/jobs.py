"""The simulations that a table of combinations needs."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # simulations import this module, and start faster without pandas
    import pandas as pd

_COLUMNS = ("emodel", "original_emodel", "morph_name", "morph_path")


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

    def plain(self) -> dict[str, str | int | None]:
        """The job's values without its name and paths, as plain values."""
        return {
            "emodel": self.emodel,
            "original_emodel": self.original_emodel,
            "morph_name": self.morph_name,
            "apical_point": self.apical_point,
        }


class Jobs(Mapping[str, Job]):
    """The simulations that a table's rows need, by name, in the table's order. Each `Job` is made
    on access: a batch job may need one of a hundred thousand."""

    def __init__(
        self, table: pd.DataFrame, apical_points: Mapping[Path, Mapping[str, int]]
    ) -> None:
        """
        Args:
            table: the table that `combinations.assemble` made
            apical_points: morphology directory -> morphology -> index of the apical section
        """
        rows = table.drop_duplicates("job")
        values = rows[list(_COLUMNS)].itertuples(index=False, name=None)
        self._rows = dict(zip(rows["job"], values, strict=True))
        self._apical_points = apical_points
        self._made: dict[str, Job] = {}

    def __iter__(self) -> Iterator[str]:
        return iter(self._rows)

    def __len__(self) -> int:
        return len(self._rows)

    def __getitem__(self, name: str) -> Job:
        if name not in self._made:
            emodel, original_emodel, morph_name, path = self._rows[name]
            morph_path = Path(path)
            points = self._apical_points.get(morph_path.parent, {})
            self._made[name] = Job(
                name=name,
                package=name.partition("/")[0],
                emodel=emodel,
                original_emodel=original_emodel,
                morph_name=morph_name,
                morph_path=morph_path,
                apical_point=points.get(morph_name),
            )
        return self._made[name]


def without_file(names: Iterable[str], folder: Path) -> list[str]:
    """The jobs that have no file `folder`/<job>.parquet. (It lists folders: to test each file
    would be slow on a cluster's file system.)"""
    present = {
        f"{of_emodel.name}/{name}"
        for of_emodel in (folder.iterdir() if folder.is_dir() else ())
        if of_emodel.is_dir()
        for name in os.listdir(of_emodel)  # noqa: PTH208 (only names are needed)
    }
    return [name for name in names if f"{name}.parquet" not in present]
