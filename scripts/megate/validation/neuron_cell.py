"""What cells have in common in simulators that are made of NEURON."""

from collections.abc import Mapping
from typing import Any

import neuron

from megate.adaptation.geometry import SCALERS


def global_parameters(cell: Mapping[str, Any]) -> dict[str, float]:
    """celsius and v_init of a cell (a row of cells.tsv)."""
    return {name: float(cell[name]) for name in ("celsius", "v_init")}


def scales(cell: Mapping[str, Any]) -> dict[str, float]:
    """The scales of AIS and soma of a cell (a row of cells.tsv) that is adapted."""
    return {name: float(cell[name]) for name in SCALERS if name in cell}


def set_globals(cell: Mapping[str, Any]) -> None:
    """Set celsius and v_init."""
    for name, value in global_parameters(cell).items():
        setattr(neuron.h, name, value)


def check_simulator() -> None:
    """Let the hoc check the global parameters, if it can (megate's can).

    Raises:
        RuntimeError: one differs from that of the optimisation.
    """
    if hasattr(neuron.h, "check_simulator"):
        neuron.h.check_simulator()


def hoc_cell(template: Any) -> Any:
    """The hoc object that has the cell's sections."""
    return template.getCell() if hasattr(template, "getCell") else template.CellRef


def make_deterministic(cell: Any) -> None:
    """Switch the randomness of stochastic mechanisms off, as in scoring."""
    for section in cell.all:
        for segment in section:
            for mechanism in segment:
                if hasattr(mechanism, "deterministic"):
                    mechanism.deterministic = 1
