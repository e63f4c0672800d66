"""Snakemake's locks of runs that were killed.

A Snakemake that is killed (SIGKILL, a node that goes down) leaves its locks, and the next one stops
and asks for --unlock. Here each run notes which process it is; where the locks are left, and every
noted process has ended, they go.
"""

import os
import socket
from collections.abc import Iterator
from pathlib import Path

import psutil

_RUNS = "megate-runs"


def release_stale_locks(directory: Path) -> bool:
    """Remove the locks in `directory`, Snakemake's own (``.snakemake``), if all runs noted there
    were on this machine and have ended; then note this process.

    Returns:
        Whether locks were removed.
    """
    runs = list(_noted(directory))
    locks = list((directory / "locks").glob("*.lock"))
    stale = bool(locks and runs) and not any(alive for _, alive in runs)
    for path in [note for note, alive in runs if not alive] + (locks if stale else []):
        path.unlink(missing_ok=True)
    note = directory / _RUNS / f"{socket.gethostname()}.{os.getpid()}"
    note.parent.mkdir(parents=True, exist_ok=True)
    note.write_text(f"{psutil.Process().create_time()}\n")
    return stale


def _noted(directory: Path) -> Iterator[tuple[Path, bool]]:
    """The notes of runs, and whether each is alive: who can tell, of another machine's?"""
    for note in (directory / _RUNS).glob("*.*"):
        host, _, pid = note.name.rpartition(".")
        yield note, host != socket.gethostname() or _is_alive(int(pid), note.read_text())


def _is_alive(pid: int, started: str) -> bool:
    """Whether the process is still the one that started then."""
    try:
        return f"{psutil.Process(pid).create_time()}" == started.strip()
    except psutil.Error:
        return False
