"""The protocol that measures currents, and what a spike is in it. Circuit simulators repeat it when
they validate a release. (Without BluePyOpt, which they do not need.)"""

from typing import Any

import numpy as np

SETTLE_MS = 1000.0
"""Time with the holding current alone, before a step."""
STEP_MS = 2000.0
"""Duration of the steps of the threshold search, as in Blue Brain's e-models."""
SPIKE_MV = -20.0
"""A spike rises above this voltage in the soma and falls below it again."""

_STEADY_MS = 100.0  # steady voltages are means over this time
_QUIET_MS = 500.0  # before this time, a cell may spike while it settles
_SPIKE_MS = 5.0

Trace = tuple[np.ndarray, np.ndarray]
"""Times (ms) and voltages (mV)."""


def steady_voltage(trace: Trace, end: float) -> float | None:
    """The mean voltage (mV) before the time `end` (ms), or None if the cell is not at rest."""
    times, voltages = trace
    recent = (times > end - _QUIET_MS) & (times <= end)
    if (voltages[recent] > SPIKE_MV).any():
        return None
    # the time step varies
    return float(np.interp(np.linspace(end - _STEADY_MS, end, 1001), times, voltages).mean())


def stop_after_spike(h: Any, segment: Any) -> Any:
    """Let NEURON stop runs after the first spike during the step.

    Args:
        h: NEURON's hoc interpreter
        segment: where spikes are detected

    Returns:
        The detector (NetCon); runs are stopped as long as it is kept.
    """

    def stop_if_over() -> None:
        if segment.v < SPIKE_MV:
            h.stoprun = 1
        else:
            h.CVode().event(h.t + _SPIKE_MS, stop_if_over)

    def start() -> None:
        if h.t > SETTLE_MS:
            h.CVode().event(h.t + _SPIKE_MS, stop_if_over)

    detector = h.NetCon(segment._ref_v, None, sec=segment.sec)
    detector.threshold = SPIKE_MV
    detector.record(start)
    return detector
