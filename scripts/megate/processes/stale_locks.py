"""Remove the locks of runs that were killed (SIGKILL, a node that goes down). With them, Snakemake
would stop and ask for ``--unlock``. Each run notes its process; if all have ended, locks are stale.
"""

import os
import socket
from collections.abc import Iterable
from pathlib import Path

import psutil


def remove_locks_of_ended_runs(locks: Iterable[Path], notes: Path) -> bool:
    """Remove the lock files if all runs noted in the folder `notes` have ended, and the notes of
    those that have. A run on another machine may still be running.

    Returns:
        Whether locks were removed.
    """
    locks, alive = list(locks), {note: _is_alive(note) for note in notes.glob("*.*")}
    stale = bool(locks and alive) and not any(alive.values())
    ended = [note for note, runs in alive.items() if not runs]
    for path in ended + (locks if stale else []):
        path.unlink(missing_ok=True)
    return stale


def note_this_run(notes: Path) -> None:
    """Note this process in the folder `notes`."""
    notes.mkdir(parents=True, exist_ok=True)
    note = notes / f"{socket.gethostname()}.{os.getpid()}"
    note.write_text(f"{psutil.Process().create_time()}\n")


def _is_alive(note: Path) -> bool:
    """Whether the noted process still runs, or may run: it is the one that started then."""
    host, _, pid = note.name.rpartition(".")
    if host != socket.gethostname():
        return True
    try:
        return f"{psutil.Process(int(pid)).create_time()}" == note.read_text().strip()
    except psutil.Error:
        return False
