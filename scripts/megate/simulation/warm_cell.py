"""A cell that is built once and reused by several sweeps."""

import functools
import hashlib
import pickle
import time
from dataclasses import dataclass
from typing import Any

from bluepyopt import ephys

from megate.simulation.neuron_state import NeuronState, point_processes

# Attributes that BluePyOpt's CellModel.instantiate sets on the cell model.
_SET_BY_INSTANTIATE = ("icell", "icell_existing_secs")


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
        built_from: Any = (
            cell_model.name,
            cell_model.gid,
            cell_model.seclist_names,
            cell_model.secarray_names,
            _components(cell_model),
        )
    else:
        built_from = cell_model
    return hashlib.sha256(pickle.dumps((built_from, param_values))).digest()


def is_stochastic(cell_model: Any) -> bool:
    """Whether a mechanism of the cell model draws random numbers, so that runs differ."""
    mechanisms = getattr(cell_model, "mechanisms", None) or []
    return any(not getattr(mechanism, "deterministic", True) for mechanism in mechanisms)


def _components(cell_model: Any) -> list[Any]:
    return [cell_model.morphology, *(cell_model.mechanisms or []), *cell_model.params.values()]


class WarmCell:
    """Builds a cell for the first sweep and reuses it for later ones.

    Only for cell models with the same `cell_key`, in a process that holds no other cell.

    Attributes:
        cost: cells built and the CPU time for it are added here
        reused: whether the last sweep used a cell that an earlier sweep had used
    """

    def __init__(self, keep: bool) -> None:
        """Without `keep`, every sweep builds its own cell, as in BluePyOpt."""
        self.cost = Cost()
        self.reused = False
        self._keep = keep
        self._h: Any = None
        self._cell_attributes: dict[str, Any] | None = None
        self._component_attributes: list[dict[str, Any]] = []
        self._time_step: tuple[float, float] = (0.0, 0.0)
        self._state: NeuronState | None = None
        self._used_in_sweep = False
        self._invalid_reason: str | None = None
        self._not_comparable: str | None = None

    def attach(self, cell_model: Any) -> None:
        """Make `instantiate` of this cell model use the cell, and `destroy` keep it."""
        self._used_in_sweep = self.reused = False
        cell_model.instantiate = functools.partial(self._instantiate, cell_model)
        if self._keep:
            cell_model.destroy = functools.partial(self._release, cell_model)

    def detach(self, cell_model: Any) -> None:
        """Undo `attach`."""
        vars(cell_model).pop("instantiate", None)
        vars(cell_model).pop("destroy", None)

    def start_difference(self) -> str | None:
        """How the start of the last sweep differed from the newly built cell, or None. If it did,
        the sweep must be run again with a new cell in a new process."""
        difference = self._not_comparable
        if difference is None and self._state is not None:
            difference = self._state.start_difference()
        if difference is not None:
            self.invalidate(difference)
        return difference

    def invalidate(self, reason: str) -> None:
        """Exclude the cell from further sweeps. The first reason is kept."""
        self._invalid_reason = self._invalid_reason or reason

    def invalid_reason(self) -> str | None:
        """Why further sweeps must not use the cell, or None. Call it between sweeps."""
        if self._invalid_reason is None and self._state is not None:
            self._invalid_reason = self._state.leftover_object()
        return self._invalid_reason

    @property
    def check_cpu_s(self) -> float:
        """CPU time spent so far on comparing NEURON's state, s."""
        return 0.0 if self._state is None else self._state.cpu_s

    def _instantiate(self, cell_model: Any, *args: Any, **kwargs: Any) -> None:
        if self._keep and self._used_in_sweep:
            self._not_comparable = "a sweep uses more than one cell"
        if self._cell_attributes is None or self._used_in_sweep:
            self._build(cell_model, *args, **kwargs)
        else:
            self._reuse(cell_model)
        self._used_in_sweep = True

    def _build(self, cell_model: Any, *args: Any, **kwargs: Any) -> None:
        started = time.process_time()
        type(cell_model).instantiate(cell_model, *args, **kwargs)
        self.cost.cells_built += 1
        if self._keep and self._cell_attributes is None:
            sim = args[0] if args else kwargs.get("sim")
            try:
                self._store(cell_model, sim)
            except Exception as error:  # a package's own class may be built differently
                self._not_comparable = f"the state of the cell cannot be read ({error})"
        self.cost.build_cpu_s += time.process_time() - started

    def _store(self, cell_model: Any, sim: Any) -> None:
        h = self._h = sim.neuron.h
        self._time_step = h.dt, h.steps_per_ms
        is_subclass = type(cell_model) is not ephys.models.CellModel
        self._cell_attributes = {
            name: value
            for name, value in vars(cell_model).items()
            if name in _SET_BY_INSTANTIATE
            or (is_subclass and name not in ("instantiate", "destroy"))
        }
        self._component_attributes = [dict(vars(part)) for part in _components(cell_model)]
        if point_processes(h):
            self.invalidate("the cell has point processes")
        else:
            self._state = NeuronState(h)

    def _reuse(self, cell_model: Any) -> None:
        """Give `cell_model` and its components the attributes that they had with the new cell."""
        parts = _components(cell_model)
        for part, attributes in zip(parts, self._component_attributes, strict=True):
            vars(part).update(attributes)
        vars(cell_model).update(self._cell_attributes or {})
        self.reused = True
        # A run with variable time steps leaves its last time step in dt.
        self._h.dt, self._h.steps_per_ms = self._time_step

    def _release(self, cell_model: Any, *_args: Any, **_kwargs: Any) -> None:
        """In place of `destroy`: keep the cell."""
        cell_model.icell = None
