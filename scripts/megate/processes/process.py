"""Processes: how much they hold, whose they are, and making sure that none stays behind."""

import contextlib
import ctypes
import os
import signal
import sys

import psutil

OWNER = "MEGATE_OWNER"
"""Environment variable: process id of the Snakemake that a job runs for."""

_PR_SET_PDEATHSIG = 1  # <linux/prctl.h>


class ProcessEndedError(Exception):
    """A process crashed, exited or was killed before it had a result."""


class OutOfMemory(BaseException):
    """A process held more memory than it may. Not an Exception: packages are not to catch it."""


def die_with(parent: int) -> None:
    """Have the kernel kill this process when its parent ends, however that ends.

    Linux only. Elsewhere such a process ends with its task, or at its parent's next word.

    Args:
        parent: process id of the parent; if it has ended already, this does not return
    """
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)


def resident_mb(pid: int) -> float:
    """Resident memory of a process, MB (10^6 bytes); 0 if it has ended."""
    try:
        return psutil.Process(pid).memory_info().rss / 1e6
    except psutil.Error:
        return 0.0


def check_memory(pid: int, memory_mb: float | None) -> None:
    """Raise if a process holds more than `memory_mb` (MB; None is unlimited).

    Raises:
        OutOfMemory
    """
    if memory_mb is not None and (resident := resident_mb(pid)) > memory_mb:
        raise OutOfMemory(
            f"the simulation was stopped when it held {resident:.0f} MB of memory (memory_mb: "
            f"{memory_mb:g})"
        )


def kill_group(leader: int) -> None:
    """Kill a process group, whatever its members do with signals."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(leader, signal.SIGKILL)


def how_it_ended(returncode: int) -> str:
    """A process's return code in words; negative ones are signals, as in `subprocess`."""
    if returncode >= 0:
        return f"exited with status {returncode} before it had a result"
    try:
        name = signal.Signals(-returncode).name
    except ValueError:
        name = f"signal {-returncode}"
    return f"was killed by {name}"


class Owner:
    """The Snakemake that a job runs for. A job whose owner is gone stops: nobody waits for it, and
    the next Snakemake would do its work a second time beside it."""

    def __init__(self) -> None:
        pid = os.environ.get(OWNER, "")
        self._exists = pid.isdigit()  # else not run by Snakemake
        self._process = None
        if self._exists:
            with contextlib.suppress(psutil.Error):
                self._process = psutil.Process(int(pid))

    def gone(self) -> bool:
        """Whether it has ended. Without an owner: no."""
        if not self._exists:
            return False
        try:
            return (
                self._process is None
                or not self._process.is_running()  # which sees if its number has a new process
                or self._process.status() == psutil.STATUS_ZOMBIE
            )
        except psutil.Error:
            return True
