"""Run BluePyOpt's sweeps on a cell that is built only once.

BluePyOpt forks a new process for every sweep (one protocol run) and builds the cell there. Here,
one forked process with one cell runs as many sweeps as is safe. Each gets the protocol, cell model
and simulator that BluePyOpt would have sent to its process. If the state of the cell at the start
of a run is not bit-identical to that of the newly built cell (`neuron_state`), the sweep is run
again in a new process.
"""

import atexit
import contextlib
import hashlib
import logging
import multiprocessing
import os
import pickle
import time
from collections.abc import Iterator
from multiprocessing.connection import wait
from pathlib import Path
from typing import Any

from bluepyopt import ephys

from megate.processes.process import ProcessEndedError, check_memory, how_it_ended
from megate.simulation.neuron_state import global_settings
from megate.simulation.package_state import package_state
from megate.simulation.sweep_worker import Answer, serve
from megate.simulation.warm_cell import Cost, cell_key, is_stochastic

logger = logging.getLogger(__name__)

_POLL_S = 0.5
# After so many invalidated cells, every sweep gets a new cell.
_MAX_INVALIDATED = 2
# Most bytes of responses that are stored in case the same sweep is run again.
_STORED_BYTES = 100_000_000


class _Worker:
    """A forked process that runs sweeps (`sweep_worker`)."""

    def __init__(self, package: Path, keep_cell: bool, memory_mb: float | None) -> None:
        context = multiprocessing.get_context("fork")
        self._connection, workers_end = context.Pipe()
        self._memory_mb = memory_mb
        self._process = context.Process(
            target=serve, args=(workers_end, self._connection, os.getpid(), package, keep_cell)
        )
        self._process.start()
        workers_end.close()
        # multiprocessing waits for its processes at exit, also if a package calls hoc's quit()
        atexit.register(self.end)

    def ask(self, request: bytes, timeout: float | None) -> Answer:
        """Run one sweep. Raises TimeoutError after `timeout` seconds."""
        deadline = None if timeout is None else time.monotonic() + timeout
        with contextlib.suppress(BrokenPipeError):
            self._connection.send_bytes(request)
        while not wait([self._connection, self._process.sentinel], timeout=_POLL_S):
            check_memory(self._process.pid or 0, self._memory_mb)
            if deadline is not None and time.monotonic() > deadline:
                raise TimeoutError
        try:
            return pickle.loads(self._connection.recv_bytes())
        except (EOFError, OSError):
            self._process.join()
            ended = how_it_ended(self._process.exitcode or 0)
            raise ProcessEndedError(f"the simulation's process {ended}") from None

    def end(self) -> None:
        """Kill the process."""
        atexit.unregister(self.end)
        self._connection.close()
        self._process.kill()
        self._process.join()
        self._process.close()


class SweepRunner:
    """Runs the sweeps of one job in worker processes.

    Attributes:
        sweeps: number of sweeps requested so far
        cost: of those run
        variables: recording name -> NEURON's name of the recorded variable
        freezes: whether the last sweep's parameters were set in the cell model before
    """

    def __init__(
        self, package: Path, rebuild_cell: bool = False, memory_mb: float | None = None
    ) -> None:
        """With `rebuild_cell`, each sweep runs in a new process with a new cell, as in BluePyOpt.
        A worker process may use `memory_mb` MB."""
        self.sweeps, self.cost = 0, Cost()
        self.variables: dict[str, str] = {}
        self.freezes = False
        self._package = package
        self._rebuild_cell = rebuild_cell
        self._memory_mb = memory_mb
        self._invalidated = 0
        self._worker: _Worker | None = None
        self._worker_cell: bytes | None = None
        self._stored: dict[bytes, bytes] = {}

    @contextlib.contextmanager
    def replacing_bluepyopt(self) -> Iterator[None]:
        """Run all sweeps that BluePyOpt would isolate. Sweeps without isolation run as usual."""
        base, runner = ephys.protocols.SweepProtocol, self
        original = base.run

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
            base.run = original
            self._end_worker()

    def run_alone(
        self, protocol: Any, cell_model: Any, param_values: dict[str, float], sim: Any
    ) -> Any:
        """The result of ``protocol._run_func`` in a process and with a cell of its own."""
        request = pickle.dumps((protocol, cell_model, param_values, sim))
        answer = self._ask(request, None, None)
        if answer.error is not None:
            raise answer.error from _RemoteError(answer.traceback)
        return pickle.loads(answer.responses)

    def _run(
        self,
        protocol: Any,
        cell_model: Any,
        param_values: dict[str, float],
        sim: Any,
        timeout: float | None,
    ) -> dict[str, Any]:
        request = pickle.dumps((protocol, cell_model, param_values, sim))
        inherited = self._inherited_state(sim)
        sweep = hashlib.sha256(request + inherited).digest()
        self.sweeps += 1
        self.freezes = not param_values
        if sweep in self._stored:
            return pickle.loads(self._stored[sweep])
        new_cell = self._needs_new_cell(cell_model, sim)
        cell = None if new_cell else cell_key(cell_model, param_values) + inherited
        try:
            answer = self._ask(request, cell, timeout)
        except TimeoutError:
            return {recording.name: None for recording in protocol.recordings}
        if answer.error is not None:
            raise answer.error from _RemoteError(answer.traceback)
        if not new_cell and sum(map(len, self._stored.values())) < _STORED_BYTES:
            self._stored[sweep] = answer.responses
        return pickle.loads(answer.responses)

    def _inherited_state(self, sim: Any) -> bytes:
        """Digest of the state that a forked process inherits, besides the request."""
        state = global_settings(sim.neuron.h), package_state(self._package)
        return hashlib.sha256(pickle.dumps(state)).digest()

    def _needs_new_cell(self, cell_model: Any, sim: Any) -> bool:
        if not self._rebuild_cell and any(True for _ in sim.neuron.h.allsec()):
            self._rebuild_from_now_on("the package has sections outside of its protocols")
        return self._rebuild_cell or is_stochastic(cell_model)

    def _ask(self, request: bytes, cell: bytes | None, timeout: float | None) -> Answer:
        """Run a sweep in the process that holds the cell with this key, or in a new one (None)."""
        if self._worker is None or cell is None or cell != self._worker_cell:
            self._end_worker()
            self._worker = _Worker(self._package, cell is not None, self._memory_mb)
            self._worker_cell = cell
        try:
            answer = self._worker.ask(request, timeout)
        except BaseException:
            self._end_worker()
            raise
        self.cost.add(answer.cost)
        self.variables |= answer.variables
        invalid_reason = answer.rerun_reason or answer.invalid_reason
        if cell is None:
            self._end_worker()
        elif invalid_reason is not None:
            self._end_worker()
            logger.warning("the cell is not reused for other sweeps: %s", invalid_reason)
            self._invalidated += 1
            if self._invalidated == _MAX_INVALIDATED:
                self._rebuild_from_now_on(f"{_MAX_INVALIDATED} cells could not be reused")
        if answer.rerun_reason is not None:
            return self._ask(request, None, timeout)
        return answer

    def _rebuild_from_now_on(self, reason: str) -> None:
        logger.warning("the cell is built again for every further sweep: %s", reason)
        self._rebuild_cell = True

    def _end_worker(self) -> None:
        if self._worker is not None:
            self._worker.end()
        self._worker = self._worker_cell = None


class _RemoteError(Exception):
    """The traceback of an exception in another process."""

    def __str__(self) -> str:
        return f"\n{self.args[0]}"
