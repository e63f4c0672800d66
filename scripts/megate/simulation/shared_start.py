"""The start that sweeps have in common: until the first of their current pulses starts or ends.

A process simulates it once and pauses. Each sweep goes on in a fork of this process: an exact copy,
with the history of NEURON's solver. There it gives the existing IClamps its own amplitudes and
durations, and takes over the recordings.

Before a time step, NEURON's solver does not know what IClamps do after their next start or end:
it ends a step at this time.
"""

import contextlib
import functools
import pickle
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from bluepyopt import ephys

from megate.builtin.stimuli import EndAfterSpike
from megate.simulation.built_cell import BuiltCell, Cost
from megate.simulation.neuron_state import NeuronState

_SquarePulse = ephys.stimuli.NrnSquarePulse
_Recording = ephys.recordings.CompRecording
_RELATIVE_MARGIN = 1e-9  # of the time at which a variable time step ends before a pulse
_STEPS_BEFORE = 2  # fixed time steps before a pulse that are not shared


class _PausedError(Exception):
    """Ends a sweep's function when the run is paused."""


class OtherStartError(Exception):
    """A sweep does not start as the paused one."""


@dataclass(frozen=True)
class Start:
    """Sweeps with equal `key` on one cell are the same before the time `until`, ms."""

    until: float
    key: bytes


def start_of(protocol: Any, sim: Any) -> Start | None:
    """The start that a sweep may share, or None: a stimulus, recording, simulator or way to run a
    sweep is not one of BluePyOpt's that are known here."""
    kind = type(protocol)
    if (
        type(sim) is not ephys.simulators.NrnSimulator
        or sim.cvode_minstep_value is not None
        or not isinstance(protocol, ephys.protocols.SweepProtocol)
        or kind._run_func is not ephys.protocols.SweepProtocol._run_func
        or not {type(stimulus) for stimulus in protocol.stimuli} <= {_SquarePulse, EndAfterSpike}
        or {type(recording) for recording in protocol.recordings} != {_Recording}
    ):
        return None
    pulses = _pulses(protocol)
    ends = {pulse.step_delay + pulse.step_duration for pulse in pulses}
    changes = {time for time in ends | {pulse.step_delay for pulse in pulses} if time > 0}
    until = min(changes, default=0)
    if not 0 < until < protocol.total_duration:
        return None
    # each for itself, because a pickle depends on which objects are shared
    parts = [
        (kind.instantiate.__module__, kind.instantiate.__qualname__, protocol.cvode_active, until),
        vars(sim),
        *((p.location, p.step_amplitude if p.step_delay <= 0 else None) for p in pulses),
        *((recording.location, recording.variable) for recording in protocol.recordings),
    ]
    return Start(until, pickle.dumps([pickle.dumps(part) for part in parts]))


def _pulses(protocol: Any) -> list[Any]:
    return [stimulus for stimulus in protocol.stimuli if type(stimulus) is _SquarePulse]


class PausedSweep:
    """A sweep that was run until the end of its start, in this process.

    Setting up a sweep may only create its stimuli and recordings: the rest of NEURON's state is
    compared, to the last bit.
    """

    def __init__(
        self,
        protocol: Any,
        cell_model: Any,
        param_values: dict[str, float],
        sim: Any,
        until: float,
        cell: BuiltCell,
        state: NeuronState,
        cost: Cost,
    ) -> None:
        """Run the start of a sweep on a cell that was not run before.

        Args:
            until: see `Start`
            state: reads NEURON's state
            cost: of the run, is added to it

        Raises:
            OtherStartError: this start cannot be shared.
        """
        self._h = sim.neuron.h
        self._cell, self._state, self._until, self._cost = cell, state, until, cost
        self._clamps: list[Any] = []
        self._recordings = protocol.recordings
        self._options: dict[str, Any] = {}
        self._at_pause: Any = None
        for stimulus in protocol.stimuli:
            if type(stimulus) is EndAfterSpike:
                stimulus.instantiate = _nothing  # type: ignore[method-assign]
        cell.give_to(cell_model)
        run = functools.partial(self._run_start, protocol, state.now())
        sim.run = functools.partial(run, sim.run)
        with contextlib.suppress(Exception):
            protocol._run_func(cell_model=cell_model, param_values=param_values, sim=sim)
        if self._at_pause is None:
            raise OtherStartError

    def _run_start(
        self, protocol: Any, new: Any, run: Callable[..., None], tstop: float, **options: Any
    ) -> None:
        """In the place of the simulator's `run`."""
        h = self._h
        self._clamps = [pulse.iclamp for pulse in _pulses(protocol)]
        self._check(new, IClamp=len(self._clamps), Vector=2 * len(self._recordings))
        if not all(recording.instantiated for recording in self._recordings):
            raise OtherStartError
        self._times = h.Vector().record(h._ref_t)
        started = time.process_time()
        h("proc run() { running_ = 1  stdinit() }")  # without its continuerun
        run(tstop, **options)
        fixed_ms = 0 if h.cvode_active() else h.dt * h.nstep_steprun
        margin = _STEPS_BEFORE * fixed_ms or _RELATIVE_MARGIN * self._until
        while h.t < self._until - margin:
            h.step()
        self._cost.solve_cpu_s += time.process_time() - started
        self._cost.solver_steps += int(self._times.size()) - 1
        if h.t < self._until - fixed_ms:
            self._options, self._at_pause = options, self._state.now()
        raise _PausedError

    def _check(self, before: Any, **created: int) -> None:
        """Compare NEURON's state with an earlier one. Only the objects `created` may be new."""
        if before is not None:
            *rest, counts = before
            before = (*rest, {name: n + created.get(name, 0) for name, n in counts.items()})
        if before is None or self._state.now() != before:
            raise OtherStartError

    def prepare_rest(
        self, protocol: Any, cell_model: Any, param_values: dict[str, float], sim: Any, cost: Cost
    ) -> None:
        """Let another sweep with the same start go on from here. Call it in a fork of the process,
        which can then run nothing else. The cost of the run is added to `cost`."""
        taken: list[Any] = []
        for pulse, clamp in zip(_pulses(protocol), self._clamps, strict=True):
            pulse.instantiate = functools.partial(_take_clamp, pulse, clamp, taken)
        for recording, paused in zip(protocol.recordings, self._recordings, strict=True):
            recording.instantiate = functools.partial(_take_recording, recording, paused, taken)
        self._cell.give_to(cell_model)
        expected = [*_pulses(protocol), *protocol.recordings]
        sim.run = functools.partial(self._run_rest, expected, taken, cost)
        self._is_checked = False

    def _run_rest(
        self, expected: list[Any], taken: list[Any], cost: Cost, tstop: float, **options: Any
    ) -> None:
        """In the place of the simulator's `run`."""
        if taken != expected or options != self._options:
            raise OtherStartError
        self._check(self._at_pause)
        self._is_checked = True
        started, steps = time.process_time(), self._times.size()
        self._h.tstop = tstop
        try:
            self._h.continuerun(tstop)
        finally:
            cost.solve_cpu_s += time.process_time() - started
            cost.solver_steps += int(self._times.size() - steps)

    def check_rest(self) -> None:
        """
        Raises:
            OtherStartError: the sweep that has ended did not start in the same way.
        """
        if not self._is_checked:
            raise OtherStartError


def _nothing(*_args: Any, **_kwargs: Any) -> None:
    pass


def _take_clamp(pulse: Any, clamp: Any, taken: list[Any], *_args: Any, **_kwargs: Any) -> None:
    """In the place of the pulse's `instantiate`."""
    clamp.delay, clamp.dur, clamp.amp = pulse.step_delay, pulse.step_duration, pulse.step_amplitude
    pulse.iclamp = clamp
    taken.append(pulse)


def _take_recording(
    recording: Any, paused: Any, taken: list[Any], *_args: Any, **_kwargs: Any
) -> None:
    """In the place of the recording's `instantiate`."""
    for name in ("varvector", "tvector", "instantiated"):
        setattr(recording, name, getattr(paused, name))
    taken.append(recording)
