"""Measure what circuits need of each cell: resting potential, input resistance, holding voltage,
and the currents that the e-model does not search.

The runs use the job's cell and the e-model's simulator and temperature, and do not depend on its
protocols. Currents are injected, and voltages recorded, in the middle of the soma.
"""

import logging
import time
import traceback
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any, Protocol

import numpy as np
from bluepyopt import ephys

from megate.builtin.recordings import SOMA
from megate.builtin.stimuli import EndAfterSpike
from megate.core.tracebacks import root_cause
from megate.processes.process import OutOfMemory
from megate.scores.currents import Measured
from megate.simulation.built_cell import is_stochastic
from megate.simulation.spikes import (
    SETTLE_MS,
    SPIKE_MV,
    STEP_MS,
    Trace,
    steady_voltage,
)
from megate.simulation.sweeps import SweepRunner

logger = logging.getLogger(__name__)

RIN_STEP_MS = 1000.0
RIN_STEP_NA = -0.02
"""The step for the input resistance, as in BlueCelluLab."""

_LARGE_RESPONSE_MV = 5.0  # a larger response is not linear: the step is made smaller
_SMALL_RESPONSE_MV = 2.0
_HOLDING_PRECISION_MV = 0.1
_SOLVER_ERROR_MV = 0.01  # a voltage that is steady at SPIKE_MV is no spike
_MAX_CORRECTIONS = 5
_MAX_RIN_STEPS = 5
_CLAMP_MOHM = 0.001


class NotMeasuredError(Exception):
    """A run failed, or there is no time left for it."""


class Cell(Protocol):
    """A cell that can be stimulated."""

    def response(
        self, holding: float, step: float = 0.0, step_ms: float = 0.0, until_spike: bool = False
    ) -> Trace:
        """The response to a holding current (nA) and, after `SETTLE_MS`, a step (nA) on top of it.
        With `until_spike`, it may end after the first spike during the step."""

    def clamp_current(self, voltage: float) -> float:
        """The current (nA) that keeps the cell at a voltage (mV), by a voltage clamp."""


def measure(
    cell: Cell, holding: float | None, threshold: float | None, settings: Mapping[str, float]
) -> Measured:
    """Measure a cell.

    Args:
        holding, threshold: the e-model's own currents, nA. Those that are None are measured. If
            only the threshold current is given, it counts from rest: the holding current is 0.
        settings: `holding_voltage_mV`, `threshold_precision_nA` and `max_current_nA`

    Raises:
        NotMeasuredError: a run failed.
    """
    found = Measured(resting_potential=steady_voltage(cell.response(0.0), SETTLE_MS))
    search_holding = holding is None and threshold is None
    if holding is None:
        holding = cell.clamp_current(settings["holding_voltage_mV"]) if search_holding else 0.0
        found.measured_holding_current = holding
    voltage, resistance = _at_holding(cell, holding)
    if search_holding:
        target = settings["holding_voltage_mV"]
        for _ in range(_MAX_CORRECTIONS):
            if not (voltage and resistance) or abs(voltage - target) < _HOLDING_PRECISION_MV:
                break
            holding += (target - voltage) / resistance
            voltage, resistance = _at_holding(cell, holding)
        if voltage is None or abs(voltage - target) >= _HOLDING_PRECISION_MV:
            what = "spikes" if voltage is None else f"is at {voltage:.1f} mV"
            found.no_threshold = (
                f"the cell cannot be held at {target:g} mV: it {what} with {holding:.4g} nA"
            )
            found.measured_holding_current = None
            return found
        found.measured_holding_current = holding
    found.measured_at_current = holding
    found.holding_voltage, found.input_resistance = voltage, resistance
    if threshold is None:
        found.measured_threshold_current, found.no_threshold = _threshold(
            cell, holding, voltage, resistance, settings
        )
    return found


def _at_holding(cell: Cell, holding: float) -> tuple[float | None, float | None]:
    """The voltage (mV) with a holding current, and the input resistance (MOhm) there: the change of
    the steady voltage by a small step, divided by the step. None if the cell spikes, and for the
    resistance if a smaller step changes the voltage as much: the cell is not at rest."""
    step = RIN_STEP_NA
    for _ in range(_MAX_RIN_STEPS):
        trace = cell.response(holding, step, RIN_STEP_MS)
        before = steady_voltage(trace, SETTLE_MS)
        after = steady_voltage(trace, SETTLE_MS + RIN_STEP_MS)
        if before is None or after is None:
            return before, None
        if abs(after - before) <= _LARGE_RESPONSE_MV:
            return before, (after - before) / step
        step *= _SMALL_RESPONSE_MV / abs(after - before)
    return before, None


def _threshold(
    cell: Cell,
    holding: float,
    voltage: float | None,
    resistance: float | None,
    settings: Mapping[str, float],
) -> tuple[float | None, str | None]:
    """The smallest step (nA) on top of the holding current that makes the cell spike, or why there
    is none. The search starts at the step that Ohm's law expects to reach `SPIKE_MV`."""
    spontaneous = f"the cell spikes without a step, with a holding current of {holding:.4g} nA"
    if voltage is None:
        return None, spontaneous
    largest, precision = settings["max_current_nA"], settings["threshold_precision_nA"]

    def spikes(step: float) -> bool:
        return has_spike(cell.response(holding, step, STEP_MS, until_spike=True))

    lower, upper = 0.0, largest
    if resistance:
        upper = min(max((SPIKE_MV - voltage) / resistance, precision), largest)
    while not spikes(upper):
        if upper >= largest:
            return None, (
                f"the cell does not spike with steps of up to {largest:g} nA on top of a holding "
                f"current of {holding:.4g} nA"
            )
        lower, upper = upper, min(2 * upper, largest)
    while upper - lower > precision:
        middle = (lower + upper) / 2
        lower, upper = (lower, middle) if spikes(middle) else (middle, upper)
    if lower == 0 and spikes(0.0):
        return None, spontaneous
    return upper, None


def has_spike(trace: Trace) -> bool:
    """Whether the cell spikes after `SETTLE_MS`."""
    times, voltages = trace
    after = voltages[times > SETTLE_MS]
    above = after > SPIKE_MV + _SOLVER_ERROR_MV
    return bool(above.any() and (after[np.argmax(above) :] <= SPIKE_MV).any())


def measured(
    evaluator: Any,
    params: dict[str, float],
    own: Sequence[float | None],
    settings: Mapping[str, float],
    runner: SweepRunner,
    time_s: float | None,
) -> dict[str, Any]:
    """Measure the cell of a job.

    Args:
        own: the e-model's own holding and threshold current, nA or None
        settings: see `measure`
        runner: runs the sweeps
        time_s: longest time, s, or None

    Returns:
        The values of `Measured`, and `currents_cpu_s`. If the measurement fails, they are None; the
        reason is logged and, without an own threshold current, is the value of `no_threshold`.
    """
    holding, threshold = own
    before = replace(runner.cost)
    protocol = CurrentsProtocol(holding, threshold, settings, runner.freezes, time_s)
    try:
        found = evaluator.run_protocols([protocol], params)
    except (Exception, OutOfMemory) as error:
        expected = isinstance(error, NotMeasuredError | OutOfMemory)
        cause = str(error) if expected else root_cause(traceback.format_exc())
        reason = f"the currents were not measured: {cause}"
        logger.warning("%s", reason)
        found = asdict(Measured(no_threshold=reason if threshold is None else None))
    cost = runner.cost.build_cpu_s + runner.cost.solve_cpu_s
    return found | {"currents_cpu_s": cost - before.build_cpu_s - before.solve_cpu_s}


class CurrentsProtocol(ephys.protocols.Protocol):
    """Measures a cell model. The responses are the values of `Measured`, by name."""

    def __init__(
        self,
        holding: float | None,
        threshold: float | None,
        settings: Mapping[str, float],
        freeze: bool,
        time_s: float | None,
    ) -> None:
        """
        Args:
            holding, threshold, settings: see `measure`
            freeze: set the parameters in the cell model before the runs, as e-models with a main
                protocol do
            time_s: longest time, s, or None
        """
        super().__init__("Currents")
        self._arguments = holding, threshold, settings
        self._freeze = freeze
        self._end = None if time_s is None else time.monotonic() + time_s

    def run(
        self,
        cell_model: Any,
        param_values: dict[str, float],
        sim: Any = None,
        isolate: bool | None = None,
        timeout: float | None = None,
    ) -> dict[str, Any]:
        """Measure the cell model.

        Raises:
            NotMeasuredError: a run failed, or the time is over.
        """

        def run(sweep: ephys.protocols.SweepProtocol) -> Any:
            left = None if self._end is None else self._end - time.monotonic()
            if left is not None and left <= 0:
                raise NotMeasuredError("there is no time left for it (timeout_s)")
            sweep.deterministic = is_stochastic(cell_model)
            values = {} if self._freeze else param_values
            (response,) = sweep.run(
                cell_model, values, sim=sim, isolate=True, timeout=left
            ).values()
            if response is None:
                raise NotMeasuredError("a run failed, or took too long (timeout_s)")
            return response

        if self._freeze:
            cell_model.freeze(param_values)
        try:
            return asdict(measure(SimulatedCell(run), *self._arguments))
        finally:
            if self._freeze:
                cell_model.unfreeze(param_values.keys())


class SimulatedCell:
    """A `Cell` whose responses are simulated."""

    def __init__(self, run: Callable[[ephys.protocols.SweepProtocol], Any]) -> None:
        """`run` runs a sweep and returns its only response."""
        self._run = run

    def response(
        self, holding: float, step: float = 0.0, step_ms: float = 0.0, until_spike: bool = False
    ) -> Trace:
        whole = SETTLE_MS + step_ms
        stimuli = [ephys.stimuli.NrnSquarePulse(holding, 0.0, whole, whole, SOMA)]
        if step:
            stimuli.append(ephys.stimuli.NrnSquarePulse(step, SETTLE_MS, step_ms, whole, SOMA))
        if until_spike:
            stimuli.append(EndAfterSpike(whole, SOMA, SPIKE_MV, SETTLE_MS))
        recording = ephys.recordings.CompRecording("v", SOMA, "v")
        response = self._run(ephys.protocols.SweepProtocol("Currents", stimuli, [recording]))
        return np.asarray(response["time"]), np.asarray(response["voltage"])

    def clamp_current(self, voltage: float) -> float:
        clamp = _VoltageClamp(voltage)
        recording = ephys.recordings.CompRecording("i", clamp, "i")
        response = self._run(ephys.protocols.SweepProtocol("Clamp", [clamp], [recording]))
        return float(response["voltage"].iloc[-1])  # the values; BluePyOpt calls all so


class _VoltageClamp(ephys.stimuli.Stimulus):
    """A voltage clamp, which is also the location at which its current is recorded."""

    total_duration = SETTLE_MS

    def __init__(self, voltage: float) -> None:
        self._voltage = voltage
        self._clamp: Any = None

    def instantiate(self, sim: Any = None, icell: Any = None) -> Any:
        if self._clamp is None:
            self._clamp = sim.neuron.h.SEClamp(SOMA.instantiate(sim, icell))
            self._clamp.rs, self._clamp.dur1 = _CLAMP_MOHM, 2 * self.total_duration
            self._clamp.amp1 = self._voltage
        return self._clamp

    def destroy(self, sim: Any = None) -> None:
        self._clamp = None
