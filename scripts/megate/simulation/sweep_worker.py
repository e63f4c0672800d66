"""The forked process that runs sweeps: one request, one answer."""

import gc
import pickle
import time
import traceback
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from megate.processes.process import die_with
from megate.simulation.package_state import changed, package_state
from megate.simulation.warm_cell import Cost, WarmCell


@dataclass
class Answer:
    """The outcome of one sweep.

    Attributes:
        responses: recording name -> response, pickled; empty if the sweep raised
        rerun_reason: why the sweep must be run again (this outcome is not valid), or None
        invalid_reason: why this process must not run another sweep, or None
        run_failed: whether NEURON raised an exception during a run
        variables: recording name -> NEURON's name of the recorded variable
    """

    responses: bytes = b""
    error: BaseException | None = None
    traceback: str = ""
    rerun_reason: str | None = None
    invalid_reason: str | None = None
    run_failed: bool = False
    variables: dict[str, str] = field(default_factory=dict)
    cost: Cost = field(default_factory=Cost)


def serve(
    connection: Connection, other_end: Connection, parent: int, package: Path, keep_cell: bool
) -> None:
    """Answer requests until the connection is closed or the process `parent` ends.

    A request is a pickled tuple (protocol, cell model, parameter values, simulator), an answer a
    pickled `Answer`. With `keep_cell`, the cell of the first sweep is used for later ones.
    """
    die_with(parent)
    other_end.close()  # otherwise this process keeps it open and never receives EOF
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
    cell.cost = answer.cost
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
        answer.variables = {
            recording.name: recording.variable
            for recording in getattr(protocol, "recordings", None) or []
            if isinstance(getattr(recording, "variable", None), str)
        }
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
            answer.cost.solve_cpu_s += time.process_time() - cell.check_cpu_s - started
            answer.cost.solver_steps += max(int(times.size()) - 1, 0)

    sim.run = measured
