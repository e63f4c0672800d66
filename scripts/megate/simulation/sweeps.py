"""BluePyOpt's sweeps, run on a cell that is built once.

BluePyOpt runs every sweep (one protocol run) in a new process that it forks, with a cell that is
built there: no sweep can disturb another. Here one forked process, with its cell, runs as many of
them as is safe. Sweeps see each other as little as they do there: each gets the protocol, cell
model and simulator that BluePyOpt would have sent to its process, and if the cell is not to the bit
as it was built when a run starts (`neuron_state`), the sweep is run in a new process.
"""

import contextlib
import hashlib
import logging
import multiprocessing
import os
import pickle
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from multiprocessing.connection import wait
from pathlib import Path
from typing import Any

from bluepyopt import ephys

from megate.processes.process import ProcessEndedError, check_memory, die_with, how_it_ended
from megate.simulation.neuron_state import global_settings
from megate.simulation.package_state import package_state
from megate.simulation.sweep_worker import Answer, serve
from megate.simulation.warm_cell import cell_key, is_stochastic

logger = logging.getLogger(__name__)

_POLL_S = 0.5
_ENOUGH_DOUBTS = 2
_ANSWERS_BYTES = 100_000_000  # of answers kept, for sweeps that are asked for again


@dataclass
class Tally:
    """What the sweeps of a job amount to.

    Attributes:
        sweeps: sweeps asked for
        repeated: of these, the ones that had run before, from the same state with the same stimuli
        builds: cells built
        steps: steps of the solver
        build_cpu_s, solve_cpu_s: CPU time in building cells and in NEURON, s
        variables: recording name -> NEURON's name of what was recorded
    """

    sweeps: int = 0
    repeated: int = 0
    builds: int = 0
    steps: int = 0
    build_cpu_s: float = 0.0
    solve_cpu_s: float = 0.0
    variables: dict[str, str] = field(default_factory=dict)

    def add(self, answer: Answer) -> None:
        """Count an answer."""
        self.builds += answer.builds
        self.steps += answer.steps
        self.build_cpu_s += answer.build_cpu_s
        self.solve_cpu_s += answer.solve_cpu_s
        self.variables |= answer.variables


class _Worker:
    """A forked process that runs sweeps (`sweep_worker`)."""

    def __init__(self, package: Path, keep_cell: bool, memory_mb: float | None) -> None:
        context = multiprocessing.get_context("fork")
        self._connection, theirs = context.Pipe()
        self._memory_mb = memory_mb
        self._process = context.Process(
            target=_serve, args=(theirs, self._connection, os.getpid(), package, keep_cell)
        )
        self._process.start()
        theirs.close()

    def ask(self, request: bytes, timeout: float | None) -> Answer:
        """Run one sweep.

        Raises:
            ProcessEndedError: the process ended without an answer
            TimeoutError: after `timeout` seconds
            OutOfMemory
        """
        deadline = None if timeout is None else time.monotonic() + timeout
        with contextlib.suppress(BrokenPipeError):
            self._connection.send_bytes(request)
        while not wait([self._connection, self._process.sentinel], timeout=_POLL_S):
            check_memory(self._process.pid, self._memory_mb)
            if deadline is not None and time.monotonic() > deadline:
                raise TimeoutError
        try:
            return pickle.loads(self._connection.recv_bytes())
        except (EOFError, OSError):
            self._process.join()
            ended = how_it_ended(self._process.exitcode)
            raise ProcessEndedError(f"the simulation's process {ended}") from None

    def end(self) -> None:
        """End the process, whatever it does."""
        self._connection.close()
        self._process.kill()
        self._process.join()
        self._process.close()


def _serve(connection: Any, other_end: Any, parent: int, package: Path, keep_cell: bool) -> None:
    die_with(parent)
    other_end.close()  # or this process would never see it closed
    serve(connection, package, keep_cell)


class SweepRunner:
    """Runs the sweeps of one job, each in the process that suits it.

    Attributes:
        tally: what they amount to
    """

    def __init__(
        self, package: Path, rebuild_cell: bool = False, memory_mb: float | None = None
    ) -> None:
        """Take the e-model's package (its folder).

        With `rebuild_cell`, every sweep has a process and a cell of its own, as in BluePyOpt.
        `memory_mb` is the most that one of these processes may hold, MB.
        """
        self.tally = Tally()
        self._package = package
        self._fresh_cell = rebuild_cell
        self._memory_mb = memory_mb
        self._doubts = 0
        self._worker: _Worker | None = None
        self._worker_for: bytes | None = None
        self._answers: dict[bytes, bytes] = {}

    @contextlib.contextmanager
    def in_place_of_bluepyopt(self) -> Iterator[None]:
        """Take the sweeps that BluePyOpt would isolate; others run as they do there."""
        base, runner = ephys.protocols.SweepProtocol, self
        bluepyopts = base.run

        @base.adjust_stochasticity
        def run(
            self: Any,
            cell_model: Any,
            param_values: dict[str, float],
            sim: Any = None,
            isolate: bool | None = None,
            timeout: float | None = None,
        ) -> dict[str, Any]:
            if isolate is not None and not isolate:
                return self._run_func(cell_model=cell_model, param_values=param_values, sim=sim)
            return runner._run(self, cell_model, param_values, sim, timeout)

        base.run = run
        try:
            yield
        finally:
            base.run = bluepyopts
            self._end_worker()

    def _run(
        self,
        protocol: Any,
        cell_model: Any,
        param_values: dict[str, float],
        sim: Any,
        timeout: float | None,
    ) -> dict[str, Any]:
        request = pickle.dumps((protocol, cell_model, param_values, sim))
        inherited = self._inherited(sim)
        sweep = hashlib.sha256(request + inherited).digest()
        self.tally.sweeps += 1
        if sweep in self._answers:
            self.tally.repeated += 1
            return pickle.loads(self._answers[sweep])
        fresh = self._must_be_fresh(cell_model, sim)
        cell = None if fresh else cell_key(cell_model, param_values) + inherited
        try:
            answer = self._ask(request, cell, timeout)
        except TimeoutError:
            return {recording.name: None for recording in protocol.recordings}
        if answer.error is not None:
            raise answer.error from _RemoteError(answer.traceback)
        if not fresh and sum(map(len, self._answers.values())) < _ANSWERS_BYTES:
            self._answers[sweep] = answer.responses
        return pickle.loads(answer.responses)

    def _inherited(self, sim: Any) -> bytes:
        """What a process inherits when it is forked, beside what it is sent."""
        state = global_settings(sim.neuron.h), package_state(self._package)
        return hashlib.sha256(pickle.dumps(state)).digest()

    def _must_be_fresh(self, cell_model: Any, sim: Any) -> bool:
        if not self._fresh_cell and any(True for _ in sim.neuron.h.allsec()):
            self._keep_no_cell("the package holds sections outside its protocols")
        return self._fresh_cell or is_stochastic(cell_model)

    def _ask(self, request: bytes, cell: bytes | None, timeout: float | None) -> Answer:
        """Have a sweep run in the process that holds `cell`, or in a new one (None)."""
        if cell is None or cell != self._worker_for:
            self._new_worker(keep_cell=cell is not None)
            self._worker_for = cell
        try:
            answer = self._worker.ask(request, timeout)
        except BaseException:
            self._end_worker()
            raise
        self.tally.add(answer)
        if cell is None:
            self._end_worker()
        elif answer.run_again is not None or answer.doubt is not None:
            self._end_worker()
            self._note_doubt(answer.run_again or answer.doubt)
        if answer.run_again is not None:
            return self._ask(request, None, timeout)
        return answer

    def _note_doubt(self, reason: str) -> None:
        logger.warning("this cell is not used for another sweep: %s", reason)
        self._doubts += 1
        if self._doubts == _ENOUGH_DOUBTS:
            self._keep_no_cell("it has happened before")

    def _keep_no_cell(self, reason: str) -> None:
        logger.warning("from here on a new cell is built for every sweep: %s", reason)
        self._fresh_cell = True

    def _new_worker(self, keep_cell: bool) -> None:
        self._end_worker()
        self._worker = _Worker(self._package, keep_cell, self._memory_mb)

    def _end_worker(self) -> None:
        if self._worker is not None:
            self._worker.end()
        self._worker = self._worker_for = None


class _RemoteError(Exception):
    """The traceback of an exception in another process."""

    def __str__(self) -> str:
        return f"\n{self.args[0]}"
