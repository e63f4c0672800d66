"""Helpers for processes: their memory, how they ended, and ending them with their parent."""

import contextlib
import ctypes
import os
import select
import signal
import socket
import sys

import psutil

OWNER = "MEGATE_OWNER"
"""Environment variable with the process id of the Snakemake that a job runs for."""

command: socket.socket | None = None
"""In a job of a server (`megate.processes.server`), the connection to the command that waits for
it. Nothing is received from it; it is closed if the command ends."""

_PR_SET_PDEATHSIG = 1  # <linux/prctl.h>


class ProcessEndedError(Exception):
    """A process crashed, exited or was killed before it returned a result."""


class OutOfMemory(BaseException):
    """A process uses more memory than allowed. E-model packages do not catch it: it is not an
    `Exception`."""


def die_with(parent: int) -> None:
    """Exit if the process `parent` has ended; on Linux, have the kernel kill this process when it
    ends later."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)


def check_memory(pid: int, memory_mb: float | None) -> None:
    """Raise `OutOfMemory` if a process holds more resident memory than `memory_mb` (10^6 bytes)."""
    resident = 0.0
    with contextlib.suppress(psutil.Error):  # it has ended
        resident = psutil.Process(pid).memory_info().rss / 1e6
    if memory_mb is not None and resident > memory_mb:
        raise OutOfMemory(
            f"the simulation was stopped when it held {resident:.0f} MB of memory (memory_mb: "
            f"{memory_mb:g})"
        )


def cpu_time(pid: int) -> float:
    """The CPU time of a process, s; 0 if it has ended."""
    with contextlib.suppress(psutil.Error):
        times = psutil.Process(pid).cpu_times()
        return times.user + times.system
    return 0.0


def kill_group(leader: int) -> None:
    """Kill a process group (SIGKILL)."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(leader, signal.SIGKILL)


def how_it_ended(returncode: int) -> str:
    """Describe a return code; negative ones are signals, as in `subprocess`."""
    if returncode >= 0:
        return f"exited with status {returncode} before it had a result"
    try:
        name = signal.Signals(-returncode).name
    except ValueError:
        name = f"signal {-returncode}"
    return f"was killed by {name}"


def close_command() -> None:
    """Close the connection `command` in a process that does not use it."""
    if command is not None:
        command.close()


def exit_status(error: SystemExit) -> int:
    """The status with which Python exits for this exception; its message, if it has one, is
    printed."""
    if isinstance(error.code, str):
        sys.stderr.write(f"{error.code}\n")
        return 1
    return int(error.code or 0)


class SnakemakeProcess:
    """The Snakemake process that this job runs for (see `OWNER`). A job stops when it has ended, or
    the `command` that Snakemake started: the next Snakemake would run the same job a second
    time."""

    def __init__(self) -> None:
        pid = os.environ.get(OWNER, "")
        self._process: psutil.Process | None = None
        self._ended = False
        if pid.isdigit():  # otherwise this is not a job
            try:
                self._process = psutil.Process(int(pid))
            except psutil.Error:
                self._ended = True

    def has_ended(self) -> bool:
        """Whether it has ended; False if this is not a job of Snakemake."""
        if command is not None and select.select([command], [], [], 0)[0]:
            return True
        if self._process is None:
            return self._ended
        try:
            # `is_running` is also False if a new process has its number
            zombie = self._process.status() == psutil.STATUS_ZOMBIE
            return zombie or not self._process.is_running()
        except psutil.Error:
            return True
