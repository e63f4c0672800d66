"""A stimulus that ends a sweep when it has an answer."""

from typing import Any

from bluepyopt import ephys

_AFTER_MS = 1.0


class EndAfterSpike(ephys.stimuli.Stimulus):
    """Ends the run soon after a spike. The response until then stays bit-identical.

    A spike rises above `threshold_mv` at the location and falls below it again.
    """

    def __init__(
        self,
        total_duration: float,
        location: ephys.locations.Location,
        threshold_mv: float,
        after_ms: float = 0.0,
    ) -> None:
        """Spikes that end before the time `after_ms` do not count."""
        self.total_duration = total_duration
        self.location = location
        self.threshold_mv = threshold_mv
        self.after_ms = after_ms
        self._h: Any = None
        self._segment: Any = None
        self._above = False
        self._spiked_at: float | None = None

    def instantiate(self, sim: Any = None, icell: Any = None) -> None:
        """Look at the voltage after each time step. (stdrun.hoc calls `advance` for a time step; an
        event of NEURON's would interpolate the response.)"""
        self._h = sim.neuron.h
        self._segment = self.location.instantiate(sim=sim, icell=icell)
        self._above, self._spiked_at = False, None
        self._h("objref end_after_spike")
        self._h.end_after_spike = self
        self._h("proc advance() { fadvance() end_after_spike.look() }")

    def look(self) -> None:
        """Stop the run if the cell has spiked."""
        if self._segment.v > self.threshold_mv:
            self._above = self._h.t > self.after_ms
        elif self._above and self._segment.v < self.threshold_mv:
            self._above, self._spiked_at = False, self._h.t
        if self._spiked_at is not None and self._h.t > self._spiked_at + _AFTER_MS:
            self._h.stoprun = 1

    def destroy(self, sim: Any = None) -> None:
        """Let later runs go on to their end."""
        self._h("proc advance() { fadvance() }")
        self._h.end_after_spike = None
        self._h = self._segment = None
