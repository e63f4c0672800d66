"""Simulate a released cell in BlueCelluLab."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import bluecellulab
import neuron
import numpy as np
from bluecellulab.circuit.circuit_access import EmodelProperties
from bluecellulab.tools import template_accepts_cvode

from megate.core.paths import CIRCUIT_HOC
from megate.validation.checks import (
    ABOVE,
    BELOW,
    HOC_COUNTS,
    SETTLE_MS,
    SPIKE_MV,
    STEP_MS,
    Response,
    has_steps,
)
from megate.validation.neuron_cell import check_simulator, hoc_cell, make_deterministic, set_globals


def respond(cell: Mapping[str, Any], circuit: Path) -> Response:
    """The response of a cell (a row of cells.tsv) from the files of the folder `circuit`. The
    mechanisms must be loaded."""
    set_globals(cell)
    hoc = circuit / CIRCUIT_HOC / f"{cell['emodel']}.hoc"
    built = bluecellulab.Cell(
        template_path=str(hoc),
        morphology_path=str(circuit / cell["morphology"]),
        template_format="v6",
        emodel_properties=EmodelProperties(cell["threshold_current"], cell["holding_current"]),
    )
    check_simulator()
    own = hoc_cell(built.cell)
    make_deterministic(own)
    if cell["holding_current"]:
        built.add_step(0, SETTLE_MS + STEP_MS, cell["holding_current"])
    step = neuron.h.IClamp(0.5, sec=built.soma)
    step.delay, step.dur = SETTLE_MS, STEP_MS
    has_threshold = has_steps(cell)
    spikes, voltage = [], np.nan
    for fraction in (BELOW, ABOVE) if has_threshold else (0.0,):
        step.amp = fraction * cell["threshold_current"] if has_threshold else 0.0
        duration = SETTLE_MS + (STEP_MS if has_threshold else 0.0)
        # variable time steps, as in BlueCelluLab's own tools, unless a mechanism is random
        bluecellulab.Simulation().run(duration, cvode=template_accepts_cvode(hoc))
        times, voltages = built.get_time(), built.get_soma_voltage()
        spikes.append(_spikes(times, voltages))
        voltage = float(voltages[np.searchsorted(times, SETTLE_MS) - 1])
    sections = [int(getattr(own, name)) for name in HOC_COUNTS]
    return Response.of(voltage, sections, tuple(spikes) if has_threshold else ())


def _spikes(times: np.ndarray, voltages: np.ndarray) -> list[float]:
    """Times at which the voltage crosses `SPIKE_MV` upwards."""
    crossed = (voltages[1:] >= SPIKE_MV) & (voltages[:-1] < SPIKE_MV)
    return [float(time) for time in times[1:][crossed]]
