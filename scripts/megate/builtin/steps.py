"""Step protocols: current steps into the soma, in nA or in per cent of the threshold current."""

import copy
from collections.abc import Mapping
from typing import Any, TypeAlias

import numpy as np
from bluepyopt import ephys

from megate.builtin.checks import steps_of
from megate.builtin.recordings import SOMA

Pulse: TypeAlias = ephys.stimuli.NrnSquarePulse


class StepProtocol(ephys.protocols.SweepProtocol):
    """Current steps, with or without a holding current.

    With `thresh_perc`, it is a StepThresholdProtocol: `at` sets its amplitudes.

    Attributes:
        steps: stimuli of the steps, in the order of time
        holding: stimulus of the holding current, or None
        random_channels: whether mechanisms with "Stoch" in their name draw random numbers
        thresh_perc: amplitude in per cent of the threshold current, or None
    """

    def __init__(
        self,
        name: str,
        steps: list[Pulse],
        holding: Pulse | None,
        recordings: list[ephys.recordings.CompRecording],
        random_channels: bool,
        thresh_perc: float | None = None,
    ) -> None:
        super().__init__(name, [*steps, *([holding] if holding else [])], recordings)
        self.steps = steps
        self.holding = holding
        self.random_channels = random_channels
        self.thresh_perc = thresh_perc

    def run(self, cell_model: Any, param_values: dict[str, float], **options: Any) -> dict:
        """Run the protocol on a cell model: recording name -> response."""
        if not self.random_channels:
            return super().run(cell_model, param_values, **options)
        channels = [m for m in cell_model.mechanisms if "Stoch" in m.suffix]
        for channel in channels:
            channel.deterministic = False
        self.cvode_active = False
        try:
            return super().run(cell_model, param_values, **options)
        finally:
            for channel in channels:
                channel.deterministic = True
            self.cvode_active = True

    def with_currents(self, holding: float, step: float | None = None) -> "StepProtocol":
        """A copy with another holding current and, if given, another amplitude of all steps; nA."""
        other = copy.deepcopy(self)
        if other.holding is not None:
            other.holding.step_amplitude = holding
        if step is not None:
            for stimulus in other.steps:
                stimulus.step_amplitude = step
        return other

    def at(self, threshold: float, holding: float) -> "StepProtocol":
        """The protocol for this threshold and holding current, nA."""
        if self.thresh_perc is None:
            return self
        return self.with_currents(holding, threshold * (float(self.thresh_perc) / 100.0))

    def shorten(self, part: float) -> None:
        """Shorten the stimulus to the fraction `part`, and end the sweep with it."""
        duration = (self.stim_end - self.stim_start) * part
        self.steps[0].step_duration = duration
        self.end_after(self.stim_start + duration)

    def end_after(self, time: float) -> None:
        """End the sweep at `time`, ms. The response until then stays bit-identical."""
        for stimulus in self.stimuli:
            stimulus.total_duration = time

    @property
    def stim_start(self) -> float:
        """Start of the first step, ms."""
        return self.steps[0].step_delay

    @property
    def stim_end(self) -> float:
        """End of the last step, ms."""
        return self.steps[-1].step_delay + self.steps[-1].step_duration

    @property
    def step_amplitude(self) -> float | None:
        """Mean amplitude of the steps, nA; None if an amplitude is not set."""
        amplitudes = [step.step_amplitude for step in self.steps]
        return None if None in amplitudes else np.mean(amplitudes)


def step_protocol(
    name: str, definition: Mapping[str, Any], recordings: list[ephys.recordings.CompRecording]
) -> StepProtocol:
    """Create a StepProtocol or StepThresholdProtocol from its definition in the protocols file."""
    steps = steps_of(definition)
    random_channels = steps[-1].get("stochkv_det") is False
    if definition.get("type") == "StepThresholdProtocol":
        whole = steps[-1]["totduration"]
        holding = _pulse({"delay": 0.0, "duration": whole, "totduration": whole})
        stimuli = [_pulse({**step, "amp": None}) for step in steps]
        percent = steps[-1]["thresh_perc"]
        return StepProtocol(name, stimuli, holding, recordings, random_channels, percent)
    stimuli = [_pulse(step) for step in steps]
    holding = definition["stimuli"].get("holding")
    return StepProtocol(name, stimuli, holding and _pulse(holding), recordings, random_channels)


def _pulse(definition: Mapping[str, Any]) -> Pulse:
    return Pulse(
        step_amplitude=definition.get("amp"),
        step_delay=definition["delay"],
        step_duration=definition["duration"],
        total_duration=definition["totduration"],
        location=SOMA,
    )
