"""The forked process that runs sweeps: one request, one answer."""

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
    """The outcome of one sweep.

    Attributes:
        responses: recording name -> response, pickled; empty if the sweep raised
        error, traceback: the exception that it raised
        rerun_reason: why the sweep must be run again in a new process, or None; if it must, this
            outcome is not valid
        invalid_reason: why this process must not run another sweep, or None
        run_failed: whether NEURON raised an exception during a run
        variables: recording name -> NEURON's name of the recorded variable
        steps: solver steps
        builds: cells built
        build_cpu_s, solve_cpu_s: CPU time of building cells and of NEURON, s
    """

    responses: bytes = b""
    error: BaseException | None = None
    traceback: str = ""
    rerun_reason: str | None = None
    invalid_reason: str | None = None
    run_failed: bool = False
    variables: dict[str, str] = field(default_factory=dict)
    steps: int = 0
    builds: int = 0
    build_cpu_s: float = 0.0
    solve_cpu_s: float = 0.0


def serve(connection: Connection, package: Path, keep_cell: bool) -> None:
    """Answer requests until the connection is closed.

    A request is a pickled tuple (protocol, cell model, parameter values, simulator), an answer a
    pickled `Answer`.

    Args:
        package: the e-model's folder
        keep_cell: reuse the cell of the first sweep for later ones
    """
    gc.freeze()  # exclude the objects that exist now from the collections after each sweep
    cell, state = WarmCell(keep_cell), package_state(package)
    while True:
        try:
            request = connection.recv_bytes()
        except EOFError:
            return
        answer = _run(request, cell)
        name = changed(state, package_state(package))
        if name is not None:
            answer.invalid_reason = answer.invalid_reason or f"the sweep changes {name}"
        connection.send_bytes(pickle.dumps(answer))


def _run(request: bytes, cell: WarmCell) -> Answer:
    answer = Answer()
    builds, build_cpu_s = cell.builds, cell.build_cpu_s
    try:
        _sweep(request, cell, answer)
    except BaseException as error:
        # with a new cell, the sweep may not raise
        answer.rerun_reason = cell.start_difference() or (
            "the sweep raised an exception" if cell.reused else None
        )
        answer.traceback = traceback.format_exc()
        answer.error = _picklable(error)
        cell.invalidate("a sweep raised an exception")
    gc.collect()  # also removes the NEURON objects that belong to the sweep's Python objects
    answer.invalid_reason = cell.invalid_reason()
    answer.builds = cell.builds - builds
    answer.build_cpu_s = cell.build_cpu_s - build_cpu_s
    return answer


def _sweep(request: bytes, cell: WarmCell, answer: Answer) -> None:
    protocol, cell_model, param_values, sim = pickle.loads(request)
    cell.attach(cell_model)
    _measure_runs(sim, answer, cell)
    try:
        responses = protocol._run_func(cell_model=cell_model, param_values=param_values, sim=sim)
        answer.rerun_reason = cell.start_difference()
        if answer.rerun_reason is None and answer.run_failed and cell.reused:
            answer.rerun_reason = "a run failed"
        answer.responses = pickle.dumps(responses)
        answer.variables = _recorded_variables(protocol)
    finally:
        cell.detach(cell_model)


def _picklable(error: BaseException) -> BaseException:
    """The exception, or, if it cannot be pickled, a RuntimeError with its type and message."""
    try:
        pickle.loads(pickle.dumps(error))
    except Exception:
        return RuntimeError(f"{type(error).__name__}: {error}")
    return error


def _measure_runs(sim: Any, answer: Answer, cell: WarmCell) -> None:
    """Measure the steps and CPU time of ``sim.run``; if a run fails, invalidate the cell."""
    run = sim.run

    def measured(*args: Any, **kwargs: Any) -> Any:
        times = sim.neuron.h.Vector().record(sim.neuron.h._ref_t)
        started = time.process_time() - cell.check_cpu_s
        try:
            return run(*args, **kwargs)
        except Exception:
            answer.run_failed = True
            cell.invalidate("a run failed")
            raise
        finally:
            answer.solve_cpu_s += time.process_time() - cell.check_cpu_s - started
            answer.steps += max(int(times.size()) - 1, 0)

    sim.run = measured


def _recorded_variables(protocol: Any) -> dict[str, str]:
    return {
        recording.name: recording.variable
        for recording in getattr(protocol, "recordings", None) or []
        if isinstance(getattr(recording, "variable", None), str)
    }
