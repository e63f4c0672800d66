"""A cell that is built once, and given to the sweeps that run in forks of the process."""

import functools
import hashlib
import pickle
import time
from dataclasses import dataclass
from typing import Any

from bluepyopt import ephys

# Attributes that BluePyOpt's CellModel.instantiate sets on the cell model or its components.
_SET_BY_INSTANTIATE = ("icell", "icell_existing_secs", "morphology", "mechanisms", "params")


class SecondCellError(Exception):
    """A sweep builds more than one cell."""


@dataclass
class Cost:
    """What sweeps cost; CPU time of building cells and of NEURON in s."""

    cells_built: int = 0
    solver_steps: int = 0
    build_cpu_s: float = 0.0
    solve_cpu_s: float = 0.0

    def add(self, other: "Cost") -> None:
        for name, value in vars(other).items():
            setattr(self, name, getattr(self, name) + value)


def cell_key(cell_model: Any, param_values: dict[str, float]) -> bytes:
    """Digest of everything that a cell is built from. Equal keys mean equal cells.

    Other attributes that a package sets on BluePyOpt's own CellModel (such as a holding current) do
    not matter. For a subclass defined by the package, all attributes count.
    """
    if type(cell_model) is ephys.models.CellModel:
        components = [
            cell_model.morphology,
            *(cell_model.mechanisms or []),
            *cell_model.params.values(),
        ]
        built_from: Any = (
            cell_model.name,
            cell_model.gid,
            cell_model.seclist_names,
            cell_model.secarray_names,
            components,
        )
    else:
        built_from = cell_model
    return hashlib.sha256(pickle.dumps((built_from, param_values))).digest()


def is_stochastic(cell_model: Any) -> bool:
    """Whether a mechanism of the cell model draws random numbers, so that runs differ."""
    mechanisms = getattr(cell_model, "mechanisms", None) or []
    return any(not getattr(mechanism, "deterministic", True) for mechanism in mechanisms)


def measure_building(cell_model: Any, cost: Cost) -> None:
    """Add what `cell_model.instantiate` costs to `cost`."""

    def instantiate(*args: Any, **kwargs: Any) -> Any:
        started = time.process_time()
        try:
            return type(cell_model).instantiate(cell_model, *args, **kwargs)
        finally:
            cost.cells_built += 1
            cost.build_cpu_s += time.process_time() - started

    cell_model.instantiate = instantiate


class BuiltCell:
    """The cell of a cell model, for other cell models with the same `cell_key`.

    Attributes:
        refused: whether a second cell was asked for
    """

    def __init__(
        self, cell_model: Any, param_values: dict[str, float], sim: Any, cost: Cost
    ) -> None:
        """Build the cell, as BluePyOpt's sweeps do."""
        cell_model.freeze(param_values)
        measure_building(cell_model, cost)
        cell_model.instantiate(sim=sim)
        del cell_model.instantiate
        self.refused = False
        is_subclass = type(cell_model) is not ephys.models.CellModel
        self._attributes = {
            name: value
            for name, value in vars(cell_model).items()
            if is_subclass or name in _SET_BY_INSTANTIATE
        }

    def give_to(self, cell_model: Any) -> None:
        """Let the next call of ``cell_model.instantiate`` take this cell.

        A second call raises SecondCellError.
        """
        cell_model.instantiate = functools.partial(self._instantiate, cell_model)

    def _instantiate(self, cell_model: Any, *_args: Any, **_kwargs: Any) -> None:
        vars(cell_model).update(self._attributes)
        cell_model.instantiate = self._refuse

    def _refuse(self, *_args: Any, **_kwargs: Any) -> None:
        self.refused = True
        raise SecondCellError
