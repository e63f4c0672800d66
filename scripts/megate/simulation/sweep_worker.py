"""The process in which BluePyOpt's sweeps run: one request, one answer, on a cell of its own."""

import gc
import pickle
import time
import traceback
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from megate.simulation.package_state import changed, package_state
from megate.simulation.warm_cell import WarmCell


@dataclass
class Answer:
    """What came of a sweep.

    Attributes:
        responses: recording name -> response, pickled; empty if it raised
        error, traceback: what it raised
        run_again: why it must be run again in a new process; its responses are void then
        doubt: why this process must not run another sweep
        run_failed: NEURON raised in a run
        variables: recording name -> NEURON's name of what was recorded
        steps: steps of the solver
        builds, build_cpu_s, solve_cpu_s: cells built, and CPU time in building and in NEURON, s
    """

    responses: bytes = b""
    error: BaseException | None = None
    traceback: str = ""
    run_again: str | None = None
    doubt: str | None = None
    run_failed: bool = False
    variables: dict[str, str] = field(default_factory=dict)
    steps: int = 0
    builds: int = 0
    build_cpu_s: float = 0.0
    solve_cpu_s: float = 0.0


def serve(connection: Connection, package: Path, keep_cell: bool) -> None:
    """Answer requests (pickled protocol, cell model, parameter values, simulator) until the
    connection is closed.

    Args:
        package: the e-model's folder
        keep_cell: lend the cell that the first sweep builds to later ones
    """
    gc.freeze()  # what is there to stay need not be looked through after every sweep
    cell, state = WarmCell(keep_cell), package_state(package)
    while True:
        try:
            request = connection.recv_bytes()
        except EOFError:
            return
        answer = _run(request, cell)
        name = changed(state, package_state(package))
        if name is not None:
            answer.doubt = answer.doubt or f"it sets {name}"
        connection.send_bytes(pickle.dumps(answer))


def _run(request: bytes, cell: WarmCell) -> Answer:
    answer = Answer()
    builds, build_cpu_s = cell.builds, cell.build_cpu_s
    try:
        _sweep(request, cell, answer)
    except BaseException as error:
        # on a cell of its own it may not
        answer.run_again = cell.started_differently() or ("it raised" if cell.reused else None)
        answer.traceback = traceback.format_exc()
        answer.error = _to_be_sent(error)
        cell.distrust("a sweep raised")
    gc.collect()  # what the sweep's objects held in NEURON goes with them
    answer.doubt = cell.doubt()
    answer.builds = cell.builds - builds
    answer.build_cpu_s = cell.build_cpu_s - build_cpu_s
    return answer


def _sweep(request: bytes, cell: WarmCell, answer: Answer) -> None:
    protocol, cell_model, param_values, sim = pickle.loads(request)
    cell.lend(cell_model)
    _watch_runs(sim, answer, cell)
    try:
        responses = protocol._run_func(cell_model=cell_model, param_values=param_values, sim=sim)
        answer.run_again = cell.started_differently()
        if answer.run_again is None and answer.run_failed and cell.reused:
            answer.run_again = "a run failed"
        answer.responses = pickle.dumps(responses)
        answer.variables = _recorded_variables(protocol)
    finally:
        cell.forget(cell_model)


def _to_be_sent(error: BaseException) -> BaseException:
    """The exception, or, if it does not survive pickling, one that says the same."""
    try:
        pickle.loads(pickle.dumps(error))
    except Exception:
        return RuntimeError(f"{type(error).__name__}: {error}")
    return error


def _watch_runs(sim: Any, answer: Answer, cell: WarmCell) -> None:
    """Count what NEURON does in ``sim.run``; after a run that failed, keep no cell."""
    run = sim.run

    def watched(*args: Any, **kwargs: Any) -> Any:
        times = sim.neuron.h.Vector().record(sim.neuron.h._ref_t)
        started = time.process_time() - cell.watching_cpu_s
        try:
            return run(*args, **kwargs)
        except Exception:
            answer.run_failed = True
            cell.distrust("a run failed")
            raise
        finally:
            answer.solve_cpu_s += time.process_time() - cell.watching_cpu_s - started
            answer.steps += max(int(times.size()) - 1, 0)

    sim.run = watched


def _recorded_variables(protocol: Any) -> dict[str, str]:
    return {
        recording.name: recording.variable
        for recording in getattr(protocol, "recordings", None) or []
        if isinstance(getattr(recording, "variable", None), str)
    }
