"""Read many morphologies side by side. A file that crashes the reader, or keeps it, is a file with
a problem, and the others are read."""

import multiprocessing
import os
import resource
import signal
import tempfile
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing.connection import Connection
from pathlib import Path

import psutil

from megate.morphologies.facts import Facts, read_facts
from megate.processes.process import die_with, how_it_ended

SECONDS = 60
"""A file that takes longer is given up."""
MEMORY_MB = 4000
"""What reading one may take, MB."""

_AT_ONCE = 8  # files that a process is given at a time
_processes = multiprocessing.get_context("fork")  # another would run Snakemake's script again


def read_all(
    paths: Iterable[Path], processes: int, read: Callable[[Path], Facts] = read_facts
) -> Iterator[tuple[Path, Facts]]:
    """Read morphologies in so many processes.

    Args:
        read: reads one
    """
    left = dict.fromkeys(paths)
    while left:
        with tempfile.TemporaryDirectory(prefix="megate-") as marks:
            try:
                for path, facts in _in_a_pool(list(left), processes, read, Path(marks)):
                    del left[path]
                    yield path, facts
            except BrokenProcessPool:
                at_work = {Path(mark.read_text()) for mark in Path(marks).iterdir()} & left.keys()
                for path in at_work or [next(iter(left))]:
                    del left[path]
                    yield path, _read_alone(path, read)


def _in_a_pool(
    paths: list[Path], processes: int, read: Callable[[Path], Facts], marks: Path
) -> Iterator[tuple[Path, Facts]]:
    with ProcessPoolExecutor(
        max(1, min(processes, len(paths))),
        _processes,
        initializer=_start,
        initargs=(os.getpid(), read, marks),
    ) as pool:
        yield from zip(paths, pool.map(_read, paths, chunksize=_AT_ONCE), strict=True)


def _start(parent: int, read: Callable[[Path], Facts], marks: Path | None = None) -> None:
    """Make a new process ready to read."""
    global _how, _mark
    die_with(parent)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    os.nice(10)  # this may be a login node
    silence = os.open(os.devnull, os.O_WRONLY)
    for stream in (1, 2):  # libraries write there, from C++
        os.dup2(silence, stream)
    most = psutil.Process().memory_info().vms + MEMORY_MB * 1_000_000
    resource.setrlimit(resource.RLIMIT_AS, (most, most))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    _how = read
    _mark = None if marks is None else marks / str(os.getpid())


def _read(path: Path) -> Facts:
    if _mark is not None:
        _mark.write_text(str(path))
    signal.alarm(SECONDS)  # which ends the process: code in C++ hears nothing else
    try:
        return _how(path)
    finally:
        signal.alarm(0)


def _read_alone(path: Path, read: Callable[[Path], Facts]) -> Facts:
    """Read a file in a process of its own, and say how that ended."""
    receiver, sender = _processes.Pipe(duplex=False)
    process = _processes.Process(target=_send, args=(os.getpid(), read, path, sender))
    process.start()
    sender.close()
    try:
        return receiver.recv()
    except EOFError:
        process.join()
    finally:
        process.join()
    if process.exitcode == -signal.SIGALRM:
        why = f"reading it takes more than {SECONDS} s"
    else:
        ended = how_it_ended(process.exitcode).removesuffix(" before it had a result")
        why = f"the process that read it {ended}"
    return Facts(problems=(f"does not load: {why}",), passing=True)


def _send(parent: int, read: Callable[[Path], Facts], path: Path, sender: Connection) -> None:
    _start(parent, read)
    sender.send(_read(path))
