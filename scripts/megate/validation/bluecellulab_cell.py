"""Simulate a released cell in BlueCelluLab."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import bluecellulab
import neuron
from bluecellulab.circuit.circuit_access import EmodelProperties
from bluecellulab.tools import template_accepts_cvode

from megate.core.paths import CIRCUIT_HOC
from megate.simulation.spikes import SETTLE_MS, STEP_MS, steady_voltage, stop_after_spike
from megate.validation.checks import ABOVE, BELOW, HOC_COUNTS, Response, has_steps, spike_times
from megate.validation.neuron_cell import (
    check_simulator,
    hoc_cell,
    make_deterministic,
    scales,
    set_globals,
)


def respond(cell: Mapping[str, Any], circuit: Path) -> Response:
    """The response of a cell (a row of cells.tsv) from the files of the folder `circuit`. The
    mechanisms must be loaded."""
    set_globals(cell)
    hoc = circuit / CIRCUIT_HOC / f"{cell['emodel']}.hoc"
    built = bluecellulab.Cell(
        template_path=str(hoc),
        morphology_path=str(circuit / cell["morphology"]),
        template_format="v6",
        emodel_properties=EmodelProperties(
            cell["threshold_current"], cell["holding_current"], **scales(cell)
        ),
    )
    check_simulator()
    own = hoc_cell(built.cell)
    make_deterministic(own)
    if cell["holding_current"]:
        built.add_step(0, SETTLE_MS + STEP_MS, cell["holding_current"])
    detector = stop_after_spike(neuron.h, built.soma(0.5))  # noqa: F841 (until the runs end)
    step = neuron.h.IClamp(0.5, sec=built.soma)
    step.delay, step.dur = SETTLE_MS, STEP_MS
    has_threshold = has_steps(cell)
    spikes, voltage = [], None
    for fraction in (BELOW, ABOVE) if has_threshold else (0.0,):
        step.amp = fraction * cell["threshold_current"] if has_threshold else 0.0
        duration = SETTLE_MS + (STEP_MS if has_threshold else 0.0)
        # variable time steps, as in BlueCelluLab's own tools, unless a mechanism is random
        bluecellulab.Simulation().run(duration, cvode=template_accepts_cvode(hoc))
        trace = built.get_time(), built.get_soma_voltage()
        spikes.append(spike_times(*trace))
        voltage = steady_voltage(trace, SETTLE_MS)
    sections = [int(getattr(own, name)) for name in HOC_COUNTS]
    return Response.of(voltage, sections, spikes)
