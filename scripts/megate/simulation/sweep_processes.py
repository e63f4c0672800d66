"""Forked processes that run sweeps.

A process builds the cell and never runs it. Each sweep runs in a fork of this process, an exact
copy with a new cell; or, if it starts as other sweeps, in a fork of a process that has simulated
this start (`shared_start`).
"""

import contextlib
import gc
import multiprocessing
import os
import pickle
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import Any, TypeAlias

from megate.processes.process import (
    OutOfMemory,
    ProcessEndedError,
    check_memory,
    die_with,
    how_it_ended,
)
from megate.simulation.built_cell import BuiltCell, Cost, measure_building
from megate.simulation.neuron_state import NeuronState, has_point_processes
from megate.simulation.package_state import package_state
from megate.simulation.shared_start import OtherStartError, PausedSweep, Start, start_of

# protocol, cell model, parameter values, simulator
Sweep: TypeAlias = tuple[Any, Any, dict[str, float], Any]

_POLL_S = 0.5
_END_S = 10.0
# Most paused processes; each holds a copy of what has changed in its memory.
_MAX_PAUSED = 4


@dataclass
class Answer:
    """The outcome of one sweep.

    Attributes:
        responses: recording name -> response, pickled; empty if the sweep raised
        rerun_reason: why the sweep must be run in a process with a cell of its own (this outcome is
            not valid), or None
        variables: recording name -> NEURON's name of the recorded variable
    """

    responses: bytes = b""
    error: BaseException | None = None
    traceback: str = ""
    rerun_reason: str | None = None
    variables: dict[str, str] = field(default_factory=dict)
    cost: Cost = field(default_factory=Cost)


class Fork:
    """A forked process, with a pipe to it."""

    def __init__(self, target: Callable[..., None], *arguments: Any, memory_mb: float | None):
        """Call ``target(connection, *arguments)`` in the process, which may use `memory_mb` MB."""
        context = multiprocessing.get_context("fork")
        self._connection, theirs = context.Pipe()
        self._memory_mb = memory_mb
        self._process = context.Process(
            target=_run, args=(target, theirs, self._connection, os.getpid(), arguments)
        )
        self._process.start()
        theirs.close()

    def ask(self, request: bytes = b"", timeout: float | None = None) -> bytes:
        """Send a request, if there is one, and wait for the answer.

        Raises:
            TimeoutError: after `timeout` seconds
            ProcessEndedError: the process ended without an answer.
            OutOfMemory: it uses too much memory.
        """
        deadline = None if timeout is None else time.monotonic() + timeout
        if request:
            with contextlib.suppress(BrokenPipeError):
                self._connection.send_bytes(request)
        while not wait([self._connection, self._process.sentinel], timeout=_POLL_S):
            try:
                check_memory(self._process.pid or 0, self._memory_mb)
            except OutOfMemory:
                self._process.kill()  # at once: it goes on to take memory
                raise
            if deadline is not None and time.monotonic() > deadline:
                raise TimeoutError
        try:
            return self._connection.recv_bytes()
        except (EOFError, OSError):
            self._process.join()
            ended = how_it_ended(self._process.exitcode or 0)
            raise ProcessEndedError(f"the simulation's process {ended}") from None

    def end(self, wait_s: float = _END_S) -> None:
        """Let the process end by itself, so that its CPU time counts; kill it after `wait_s`."""
        with contextlib.suppress(OSError):
            self._connection.send_bytes(b"")
        self._process.join(wait_s)
        self._process.kill()
        self._process.join()
        self._process.close()
        self._connection.close()


def _run(
    target: Callable[..., None],
    connection: Connection,
    other_end: Connection,
    parent: int,
    arguments: tuple[Any, ...],
) -> None:
    die_with(parent)
    other_end.close()  # otherwise this process keeps it open and never receives EOF
    target(connection, *arguments)


def _requests(connection: Connection) -> Any:
    """The requests until the other process asks this one to end, or has ended."""
    with contextlib.suppress(EOFError):
        while request := connection.recv_bytes():
            yield request


def serve(connection: Connection, package: Path, memory_mb: float | None) -> None:
    """Answer requests with `Answer`, pickled. A request is a pickled tuple (protocol, cell model,
    parameter values, simulator). All have equal cells (`cell_key`)."""
    gc.freeze()  # collections would touch, and so copy, the memory of all objects
    cell: _CellProcess | None = None
    for request in _requests(connection):
        sweep = pickle.loads(request)
        if cell is None:
            try:
                cell = _CellProcess(pickle.loads(request), package, memory_mb)
            except Exception as error:
                reason = f"the cell cannot be built before the sweep ({error})"
                connection.send_bytes(pickle.dumps(Answer(rerun_reason=reason)))
                return
            gc.freeze()
        connection.send_bytes(cell.answer(request, sweep))
    if cell is not None:
        cell.end()


class _CellProcess:
    """What the process does that has built the cell."""

    def __init__(self, sweep: Sweep, package: Path, memory_mb: float | None) -> None:
        _, cell_model, param_values, sim = sweep
        self._package, self._memory_mb = package, memory_mb
        self._cost = Cost()
        self._cell = BuiltCell(cell_model, param_values, sim, self._cost)
        self._h = sim.neuron.h
        # the variables of point processes are not compared
        self._may_share = not has_point_processes(self._h)
        self._state: NeuronState | None = None
        self._package_state = package_state(package)
        self._paused: dict[bytes, Fork] = {}
        # start -> whether it may be shared, from the second sweep on
        self._starts: dict[bytes, bool] = {}

    def answer(self, request: bytes, sweep: Sweep) -> bytes:
        protocol, _, _, sim = sweep
        start = start_of(protocol, sim) if self._may_share else None
        answer = None
        if start is not None and self._starts.get(start.key):
            answer = self._share(start, request, sweep)
        elif start is not None:
            self._starts.setdefault(start.key, True)
        if answer is None:
            fork = Fork(self._run_alone, sweep, memory_mb=self._memory_mb)
            try:
                answer = fork.ask()
            except (ProcessEndedError, OutOfMemory) as error:
                answer = pickle.dumps(Answer(error=error))
            finally:
                fork.end()
        self._cost = Cost()  # the first answer has that of the cell
        return answer

    def _share(self, start: Start, request: bytes, sweep: Sweep) -> bytes | None:
        """The answer of a process that has paused after this start, or None."""
        self._state = self._state or NeuronState(self._h)
        fork = self._paused.pop(start.key, None) or Fork(
            self._pause, start, sweep, memory_mb=self._memory_mb
        )
        try:
            answer = fork.ask(request)
        except (ProcessEndedError, OutOfMemory):  # see what happens if the sweep is run alone
            fork.end()
            self._starts[start.key] = False
            return None
        self._paused[start.key] = fork
        if len(self._paused) > _MAX_PAUSED:
            self._paused.pop(next(iter(self._paused))).end()
        return answer

    def _run_alone(self, connection: Connection, sweep: Sweep) -> None:
        _, cell_model, _, sim = sweep
        answer = Answer(cost=self._cost)
        self._cell.give_to(cell_model)
        _measure_run(sim, answer.cost)
        _run_sweep(sweep, answer)
        if self._cell.refused:
            answer.rerun_reason = "a sweep uses more than one cell"
        connection.send_bytes(pickle.dumps(answer))

    def _pause(self, connection: Connection, start: Start, sweep: Sweep) -> None:
        assert self._state is not None
        with contextlib.suppress(OtherStartError, ProcessEndedError, OutOfMemory):  # no answer
            paused = PausedSweep(*sweep, start.until, self._cell, self._state, self._cost)
            if package_state(self._package) != self._package_state:
                return
            for request in _requests(connection):
                fork = Fork(self._run_rest, paused, request, memory_mb=self._memory_mb)
                try:
                    connection.send_bytes(fork.ask())
                finally:
                    fork.end()
                self._cost = Cost()

    def _run_rest(self, connection: Connection, paused: PausedSweep, request: bytes) -> None:
        sweep: Sweep = pickle.loads(request)
        answer = Answer(cost=self._cost)
        with contextlib.suppress(OtherStartError):  # no answer
            paused.prepare_rest(*sweep, answer.cost)
            _run_sweep(sweep, answer)
            paused.check_rest()
            connection.send_bytes(pickle.dumps(answer))

    def end(self) -> None:
        """End the paused processes."""
        for fork in self._paused.values():
            fork.end()


def run_once(connection: Connection, request: bytes) -> None:
    """Answer one request with a cell of its own, as BluePyOpt does."""
    sweep = pickle.loads(request)
    _, cell_model, _, sim = sweep
    answer = Answer()
    measure_building(cell_model, answer.cost)
    _measure_run(sim, answer.cost)
    _run_sweep(sweep, answer)
    connection.send_bytes(pickle.dumps(answer))


def _run_sweep(sweep: Sweep, answer: Answer) -> None:
    protocol, cell_model, param_values, sim = sweep
    try:
        responses = protocol._run_func(cell_model=cell_model, param_values=param_values, sim=sim)
        answer.responses = pickle.dumps(responses)
        answer.variables = {
            recording.name: recording.variable
            for recording in getattr(protocol, "recordings", None) or []
            if isinstance(getattr(recording, "variable", None), str)
        }
    except BaseException as error:
        answer.traceback = traceback.format_exc()
        answer.error = _picklable(error)


def _picklable(error: BaseException) -> BaseException:
    """The exception, or, if it cannot be pickled, a RuntimeError with its type and message."""
    try:
        pickle.loads(pickle.dumps(error))
    except Exception:
        return RuntimeError(f"{type(error).__name__}: {error}")
    return error


def _measure_run(sim: Any, cost: Cost) -> None:
    """Add the steps and CPU time of ``sim.run`` to `cost`."""
    run = sim.run

    def measured(*args: Any, **kwargs: Any) -> Any:
        times = sim.neuron.h.Vector().record(sim.neuron.h._ref_t)
        started = time.process_time()
        try:
            return run(*args, **kwargs)
        finally:
            cost.solve_cpu_s += time.process_time() - started
            cost.solver_steps += max(int(times.size()) - 1, 0)

    sim.run = measured
