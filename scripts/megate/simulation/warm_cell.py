"""A cell that is built once and lent to one sweep after the other."""

import functools
import hashlib
import pickle
import time
from typing import Any

from bluepyopt import ephys

from megate.simulation.neuron_state import NeuronState, point_processes

# What BluePyOpt's CellModel.instantiate leaves in the cell model.
_SET_BY_INSTANTIATE = ("icell", "icell_existing_secs")


def cell_key(cell_model: Any, param_values: dict[str, float]) -> bytes:
    """Digest of what a cell model is built from. Cells of equal keys are equal.

    BluePyOpt's own CellModel is built from its name, gid, sections' names, morphology, mechanisms
    and parameters; what else packages hang on it (a holding current) has no part in that. Of a
    class of the package's own everything counts.
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
    """Whether a mechanism of the cell model draws random numbers: no two runs start alike."""
    mechanisms = getattr(cell_model, "mechanisms", None) or []
    return any(not getattr(mechanism, "deterministic", True) for mechanism in mechanisms)


def _components(cell_model: Any) -> list[Any]:
    return [cell_model.morphology, *(cell_model.mechanisms or []), *cell_model.params.values()]


class WarmCell:
    """Builds the cell of the first sweep, and lends it to all later ones.

    Only for cell models of one key, in a process that holds no other cell.

    Attributes:
        builds: how often a cell was built
        build_cpu_s: CPU time of that, s
        reused: whether the last sweep had a cell that another one had before
    """

    def __init__(self, keep: bool) -> None:
        """With `keep` off, every sweep builds its own, as BluePyOpt does."""
        self.builds = 0
        self.build_cpu_s = 0.0
        self._keep = keep
        self._sim: Any = None
        self._kept: dict[str, Any] | None = None
        self._kept_components: list[dict[str, Any]] = []
        self._state: NeuronState | None = None
        self._time_step: tuple[float, float] = (0.0, 0.0)
        self._lent = False
        self.reused = False
        self._doubt: str | None = None
        self._unsafe: str | None = None

    def forget(self, cell_model: Any) -> None:
        """Let go of a cell model that was lent the cell."""
        vars(cell_model).pop("instantiate", None)
        vars(cell_model).pop("destroy", None)

    def lend(self, cell_model: Any) -> None:
        """Let `instantiate` of this cell model give it the cell, and `destroy` take it back."""
        self._lent = self.reused = False
        cell_model.instantiate = functools.partial(self._instantiate, cell_model)
        if self._keep:
            cell_model.destroy = functools.partial(self._take_back, cell_model)

    def started_differently(self) -> str | None:
        """In what the last sweep did not start from the cell as it was built, or None.

        Then it must be run again in a new process that keeps no cell: this one has a cell that an
        earlier sweep has changed, or that another initialisation than the first one changes.
        """
        difference = self._unsafe
        if difference is None and self._state is not None:
            difference = self._state.difference()
        if difference is not None:
            self.distrust(difference)
        return difference

    def distrust(self, reason: str) -> None:
        """Let no other sweep have this cell."""
        self._doubt = self._doubt or reason

    @property
    def watching_cpu_s(self) -> float:
        """CPU time of watching NEURON's state so far, s."""
        return 0.0 if self._state is None else self._state.cpu_s

    def doubt(self) -> str | None:
        """Why no other sweep may have this cell, or None. To be asked between sweeps."""
        if self._doubt is None and self._state is not None:
            self._doubt = self._state.left_behind()
        return self._doubt

    def _instantiate(self, cell_model: Any, *args: Any, **kwargs: Any) -> None:
        if self._keep and self._lent:
            self._unsafe = "a sweep takes more than one cell"
        if self._kept is None or self._lent:
            self._build(cell_model, *args, **kwargs)
        else:
            self._hand_over(cell_model)
        self._lent = True

    def _build(self, cell_model: Any, *args: Any, **kwargs: Any) -> None:
        started = time.process_time()
        type(cell_model).instantiate(cell_model, *args, **kwargs)
        self.builds += 1
        if self._keep and self._kept is None:
            sim = args[0] if args else kwargs.get("sim")
            try:
                self._keep_as_built(cell_model, sim)
            except Exception as error:  # a class of the package's that is built otherwise
                self._unsafe = f"the cell cannot be watched ({error})"
        self.build_cpu_s += time.process_time() - started

    def _keep_as_built(self, cell_model: Any, sim: Any) -> None:
        h = sim.neuron.h
        self._sim = sim
        self._time_step = h.dt, h.steps_per_ms
        own = type(cell_model) is not ephys.models.CellModel
        self._kept = {
            name: value
            for name, value in vars(cell_model).items()
            if name in _SET_BY_INSTANTIATE or (own and name not in ("instantiate", "destroy"))
        }
        self._kept_components = [dict(vars(part)) for part in _components(cell_model)]
        if point_processes(h):
            self.distrust("the cell has point processes")
        else:
            self._state = NeuronState(h)

    def _hand_over(self, cell_model: Any) -> None:
        """Put the kept cell, and what BluePyOpt's objects know of it, into `cell_model`."""
        for part, kept in zip(_components(cell_model), self._kept_components, strict=True):
            vars(part).update(kept)
        vars(cell_model).update(self._kept)
        self.reused = True
        # a run with variable time steps leaves its last one behind
        h = self._sim.neuron.h
        h.dt, h.steps_per_ms = self._time_step

    def _take_back(self, cell_model: Any, *_args: Any, **_kwargs: Any) -> None:
        cell_model.icell = None
