"""Call a function for many items, each in a fresh process: a fork of this one, which has already
imported what the function needs."""

import multiprocessing
import os
import signal
import time
from collections.abc import Callable, Iterator, Sequence
from multiprocessing.connection import Connection, wait
from multiprocessing.context import ForkProcess
from typing import Any

from megate.processes.process import die_with, how_it_ended

_fork = multiprocessing.get_context("fork")
_POLL_S = 1.0


class Failed(str):
    """Why there is no result: the function raised, or its process ended or took too long."""


def in_children(
    function: Callable[[Any], Any], items: Sequence[Any], processes: int, timeout_s: float | None
) -> Iterator[tuple[Any, Any | Failed]]:
    """Yield each item with the function's result, in any order, up to `processes` at a time."""
    waiting = list(reversed(items))
    running: dict[Connection, tuple[ForkProcess, Any, float]] = {}
    try:
        while waiting or running:
            while waiting and len(running) < processes:
                receiver, process = _start(function, waiting[-1])
                running[receiver] = process, waiting.pop(), time.monotonic()
            ready = wait(list(running), timeout=_POLL_S)
            for receiver, (process, item, started) in list(running.items()):
                seconds = time.monotonic() - started
                if receiver in ready:
                    yield item, _received(receiver, process)
                elif timeout_s is not None and seconds > timeout_s:
                    process.kill()
                    yield item, Failed(f"it was stopped after {seconds:.0f} s (scoring.timeout_s)")
                else:
                    continue
                process.join()
                receiver.close()
                del running[receiver]
    finally:
        for process, *_ in running.values():
            process.kill()
            process.join()


def _start(function: Callable[[Any], Any], item: Any) -> tuple[Connection, ForkProcess]:
    receiver, sender = _fork.Pipe(duplex=False)
    process = _fork.Process(target=_call_and_send, args=(os.getpid(), function, item, sender))
    process.start()
    sender.close()
    return receiver, process


def _call_and_send(
    parent: int, function: Callable[[Any], Any], item: Any, sender: Connection
) -> None:
    die_with(parent)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    try:
        result = function(item)
    except SystemExit:
        result = Failed("the simulator exited")
    except Exception as error:
        lines = str(error).strip().splitlines() or [type(error).__name__]
        result = Failed(lines[-1].rpartition("hoc_execerror: ")[2])
    sender.send(result)


def _received(receiver: Connection, process: ForkProcess) -> Any:
    try:
        return receiver.recv()
    except (EOFError, OSError):
        process.join()
        return Failed(f"its process {how_it_ended(process.exitcode or 0)}")
