"""Read many morphologies in parallel. If a file crashes a library or takes too long, that is
recorded as the file's problem, and the other files are read."""

import faulthandler
import multiprocessing
import os
import resource
import signal
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from multiprocessing.connection import Connection, wait
from multiprocessing.context import ForkProcess
from pathlib import Path
from typing import cast

import psutil

from megate.morphologies.facts import Facts, read_facts, read_with_neuron, with_copy
from megate.processes.process import die_with, how_it_ended

SECONDS = 60
"""Longest time for one file, s."""
_TOO_LONG = "reading it takes more than"
MEMORY_MB = 4000
"""Memory for reading one file, MB."""

_fork = multiprocessing.get_context("fork")  # "spawn" would run Snakemake's script again


def _does_not_load(path: Path, why: str) -> Facts:
    return Facts(problems=(f"does not load: {why}",), transient=True)


def read_all(
    paths: Iterable[Path],
    processes: int,
    read: Callable[[Path], Facts] = read_facts,
    failed: Callable[[Path, str], Facts] = _does_not_load,
) -> Iterator[tuple[Path, Facts]]:
    """Read morphologies in up to `processes` child processes; results come in any order.

    If a process ends before it has read a file, the file's facts are `failed` (path, reason).

    Each child sends the facts of its share of the files one by one. When a child ends early, it was
    reading the first file without facts, and a new child goes on with the files after it.
    """
    paths = list(dict.fromkeys(paths))
    shares = [paths[start::processes] for start in range(min(max(1, processes), len(paths)))]
    children = dict(_start(share, read) for share in shares)
    try:
        while children:
            for receiver in cast(list[Connection], wait(list(children))):
                process, left = children[receiver]
                try:
                    facts = receiver.recv()
                except (EOFError, OSError):
                    process.join()
                    del children[receiver]
                    if not left:
                        continue
                    facts = failed(left[0], _why(process.exitcode or 0))
                    children |= [_start(left[1:], read)] if left[1:] else []
                yield left.pop(0), facts
    finally:
        for process, _ in children.values():
            process.kill()
            process.join()


def settle(doubtful: Mapping[Path, Facts], processes: int) -> dict[Path, Facts]:
    """Let NEURON read doubtful files, and clean copies of those that it misreads or crashes on.

    NEURON takes 0.5 s for a file of 1 MB. If that takes too long, the facts are `transient`.
    """
    crashed: dict[Path, Facts] = {}

    def has_crashed(path: Path, why: str) -> Facts:
        too_long = why.startswith(_TOO_LONG)
        facts = replace(doubtful[path], misread=f"NEURON: {why}", copy="", transient=too_long)
        if not too_long:
            crashed[path] = facts
        return facts

    def read(path: Path) -> Facts:
        return read_with_neuron(path, doubtful[path])

    def try_copy(path: Path) -> Facts:
        return with_copy(path, crashed[path])

    settled = dict(read_all(doubtful, processes, read, has_crashed))
    return settled | dict(read_all(crashed, processes, try_copy, lambda path, _: crashed[path]))


_Child = tuple[ForkProcess, list[Path]]


def _start(paths: list[Path], read: Callable[[Path], Facts]) -> tuple[Connection, _Child]:
    """Start a child. Its facts come through the connection; the paths are those without facts."""
    receiver, sender = _fork.Pipe(duplex=False)
    process = _fork.Process(target=_read_and_send, args=(os.getpid(), paths, read, sender))
    process.start()
    sender.close()
    return receiver, (process, list(paths))


def _read_and_send(
    parent: int, paths: list[Path], read: Callable[[Path], Facts], sender: Connection
) -> None:
    die_with(parent)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    faulthandler.disable()  # a crash is a result
    os.nice(10)  # this may be a login node
    null = Path(os.devnull).open("w")  # noqa: SIM115 (until the process ends)
    sys.stdout = sys.stderr = null
    for stream in (1, 2):  # C++ libraries write there
        os.dup2(null.fileno(), stream)
    most = psutil.Process().memory_info().vms + MEMORY_MB * 1_000_000
    resource.setrlimit(resource.RLIMIT_AS, (most, most))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    for path in paths:
        signal.alarm(SECONDS)  # SIGALRM ends the process, also while C++ code runs
        facts = read(path)
        signal.alarm(0)
        sender.send(facts)


def _why(exitcode: int) -> str:
    if exitcode == -signal.SIGALRM:
        return f"{_TOO_LONG} {SECONDS} s"
    ended = how_it_ended(exitcode).removesuffix(" before it had a result")
    return f"the process that read it {ended}"
