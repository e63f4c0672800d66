"""What a released cell must do in a simulator, and what it did."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from megate.simulation.spikes import SETTLE_MS, SPIKE_MV

BELOW, ABOVE = 0.95, 1.05
"""Steps as fractions of the threshold current: the cell must spike with the second only."""
HOLDING_TOLERANCE_MV = 1.0
"""Largest difference from the released holding voltage, mV."""
SECTIONS = ("axon_sections", "basal_sections", "apical_sections")
"""Numbers of sections, as the morphology's file has them: names in cells.tsv..."""
HOC_COUNTS = ("nSecAxonalOrig", "nSecBasal", "nSecApical")
"""...and in the hoc."""


@dataclass(frozen=True)
class Response:
    """What a cell did.

    Attributes:
        voltage: with the holding current, at the end of `SETTLE_MS`, mV; None if the cell spikes
        sections: numbers of sections, in the order of `SECTIONS`
        spikes_below: whether it spiked with a step of `BELOW`; None if there was no step
        spikes_above: the same for `ABOVE`
        first_spike: with the latter, ms from the start of the step
    """

    voltage: float | None
    sections: Sequence[int]
    spikes_below: bool | None = None
    spikes_above: bool | None = None
    first_spike: float | None = None

    @classmethod
    def of(
        cls, voltage: float | None, sections: Sequence[int], spikes: Sequence[Sequence[float]]
    ) -> "Response":
        """The response with these times of spikes, ms, at `BELOW` and `ABOVE`, or at no step."""
        if len(spikes) == 1:
            return cls(voltage, sections)
        below, above = ([t - SETTLE_MS for t in times if t > SETTLE_MS] for times in spikes)
        return cls(voltage, sections, bool(below), bool(above), above[0] if above else None)


def spike_times(times: np.ndarray, voltages: np.ndarray) -> list[float]:
    """The times (ms) at which spikes rise above `SPIKE_MV`, in a trace of voltages (mV)."""
    above = voltages >= SPIKE_MV
    starts = np.flatnonzero(above[1:] & ~above[:-1]) + 1
    return [float(times[start]) for start in starts if not above[start:].all()]


def has_steps(cell: Mapping[str, Any]) -> bool:
    """Whether a cell (a row of cells.tsv) has a threshold current to test."""
    return not math.isnan(cell["threshold_current"])


def problems(cell: Mapping[str, Any], response: Response) -> list[str]:
    """What a cell (a row of cells.tsv) should have done and did not."""
    found = []
    expected = cell["holding_voltage"]
    if math.isnan(expected):
        pass
    elif response.voltage is None:
        found.append("it spikes with the holding current alone")
    elif abs(response.voltage - expected) > HOLDING_TOLERANCE_MV:
        found.append(
            f"the holding current holds it at {response.voltage:.2f} mV instead of "
            f"{expected:.2f} mV"
        )
    if response.spikes_below:
        found.append(f"it spikes at {BELOW:.0%} of its threshold current")
    if response.spikes_above is False:
        found.append(f"it does not spike at {ABOVE:.0%} of its threshold current")
    for name, number in zip(SECTIONS, response.sections, strict=True):
        if not math.isnan(cell[name]) and cell[name] != number:
            kind = name.replace("_", " ")
            found.append(f"it has {number} {kind} instead of {cell[name]:.0f}")
    return found
