"""Run BluePyOpt's sweeps on a cell that is built only once.

BluePyOpt forks a new process for every sweep (one protocol run) and builds the cell there. Here,
the cell is built in one forked process, and every sweep runs in a fork of it (`sweep_processes`).
Each gets the protocol, cell model and simulator that BluePyOpt would have sent to its process.
"""

import atexit
import contextlib
import hashlib
import logging
import pickle
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bluepyopt import ephys

from megate.processes.process import OutOfMemory, ProcessEndedError
from megate.simulation.built_cell import Cost, cell_key
from megate.simulation.neuron_state import global_settings
from megate.simulation.package_state import package_state
from megate.simulation.sweep_processes import Answer, Fork, run_once, serve

logger = logging.getLogger(__name__)

# Most bytes of responses that are stored in case the same sweep is run again.
_STORED_BYTES = 100_000_000


class SweepRunner:
    """Runs the sweeps of one job in forked processes.

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
        A process may use `memory_mb` MB."""
        self.sweeps, self.cost = 0, Cost()
        self.variables: dict[str, str] = {}
        self.freezes = False
        self._package = package
        self._rebuild_cell = rebuild_cell
        self._memory_mb = memory_mb
        self._with_cell: Fork | None = None
        self._cell_key: bytes | None = None
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
            self._end_process()

    def run_alone(
        self, protocol: Any, cell_model: Any, param_values: dict[str, float], sim: Any
    ) -> Any:
        """The result of ``protocol._run_func`` in a process and with a cell of its own."""
        answer = self._ask(pickle.dumps((protocol, cell_model, param_values, sim)), None, None)
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
        key = None if self._rebuild_cell else cell_key(cell_model, param_values) + inherited
        try:
            answer = self._ask(request, key, timeout)
        except TimeoutError:
            return {recording.name: None for recording in protocol.recordings}
        if key is not None and sum(map(len, self._stored.values())) < _STORED_BYTES:
            self._stored[sweep] = answer.responses
        return pickle.loads(answer.responses)

    def _inherited_state(self, sim: Any) -> bytes:
        """Digest of the state that a forked process inherits, besides the request."""
        state = global_settings(sim.neuron.h), package_state(self._package)
        return hashlib.sha256(pickle.dumps(state)).digest()

    def _ask(self, request: bytes, key: bytes | None, timeout: float | None) -> Answer:
        """Run a sweep in a fork of the process that has built the cell with this key, or, if it is
        None, in a process that builds a cell for it. Raise what the sweep raises."""
        if self._with_cell is None or key is None or key != self._cell_key:
            self._end_process()
            target = (run_once, request) if key is None else (serve, self._package, self._memory_mb)
            self._with_cell, self._cell_key = Fork(*target, memory_mb=self._memory_mb), key
            # multiprocessing waits for its processes at exit, also if a package calls hoc's quit()
            atexit.register(self._with_cell.end, wait_s=0)
        try:
            answer: Answer = pickle.loads(
                self._with_cell.ask(b"" if key is None else request, timeout)
            )
        except BaseException:
            self._end_process(wait_s=0)
            raise
        if key is None:
            self._end_process()
        self.cost.add(answer.cost)
        self.variables |= answer.variables
        if answer.rerun_reason is not None:
            logger.warning("the cell is built again for every sweep: %s", answer.rerun_reason)
            self._rebuild_cell = True
            return self._ask(request, None, timeout)
        if isinstance(answer.error, ProcessEndedError | OutOfMemory):
            raise answer.error
        if answer.error is not None:
            raise answer.error from _RemoteError(answer.traceback)
        return answer

    def _end_process(self, **options: Any) -> None:
        if self._with_cell is not None:
            atexit.unregister(self._with_cell.end)
            self._with_cell.end(**options)
        self._with_cell = self._cell_key = None


class _RemoteError(Exception):
    """The traceback of an exception in another process."""

    def __str__(self) -> str:
        return f"\n{self.args[0]}"
