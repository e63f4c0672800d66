"""Run one function in a Python process of its own, with limits.

What runs there (e-model packages, NEURON) is foreign code: it may crash, quit, hang, eat memory,
print, change global state. The caller gets its value, or a reason why there is none; no process
stays behind.
"""

import importlib
import json
import os
import resource
import signal
import subprocess
import sys
import tempfile
import time
import traceback
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from megate.core.tracebacks import root_cause
from megate.core.vocabulary import Status
from megate.files.writing import NotWrittenError, disk_is_full, explained, writing
from megate.processes.process import (
    OutOfMemory,
    Owner,
    ProcessEndedError,
    check_memory,
    die_with,
    how_it_ended,
    kill_group,
)

# One job, one core: without this, NumPy's libraries start a thread per core in every job.
_ONE_THREAD = dict.fromkeys(
    (
        "OMP_NUM_THREADS",
        "OPENBLAS_NUM_THREADS",
        "MKL_NUM_THREADS",
        "NUMEXPR_NUM_THREADS",
        "VECLIB_MAXIMUM_THREADS",
    ),
    "1",
)
_POLL_S = 0.5


@dataclass(frozen=True)
class Limits:
    """What a child may use.

    Attributes:
        timeout_s: wall time, s; None is unlimited
        memory_mb: resident memory of each of its processes, MB; None is unlimited
    """

    timeout_s: float | None = None
    memory_mb: float | None = None


@dataclass(frozen=True)
class Usage:
    """What a child used.

    Attributes:
        wall_s: from start to end, s
        cpu_s: user and system time, s; of a child that was stopped, without that of processes
            that it had started itself
        peak_memory_mb: largest resident memory of any of its processes, MB; likewise
    """

    wall_s: float
    cpu_s: float
    peak_memory_mb: float


class ChildError(Exception):
    """The function raised, its process ended without a value, or it was stopped at a limit.

    Attributes:
        status: any `Status` but scored
        reason: one line for the user
        details: traceback, or the reason again
        usage: what it used
    """

    def __init__(
        self, status: Status, reason: str, details: str | None = None, usage: Usage | None = None
    ) -> None:
        super().__init__(reason)
        self.status = status
        self.reason = reason
        self.details = details or reason
        self.usage = usage


def run_in_child(
    function: str,
    arguments: dict[str, Any],
    cwd: Path,
    log: Path,
    limits: Limits = Limits(),
) -> tuple[Any, Usage]:
    """Call `function` with keyword `arguments` in a new process: the name of one in
    `megate.entrypoints`, or "module:name".

    Arguments and value must be plain JSON values; floats come back to the last bit. The child
    runs in the directory `cwd`, with a clean ``sys.argv``, and what it prints is appended to `log`.
    It leads a process group, which is killed when this returns or raises; where Snakemake is gone
    (`process.Owner`), this process exits. If this process is killed, the child and the processes
    that megate starts in it end too; those that a package starts itself may not.

    Raises:
        ChildError: the function raised, the process exited or was killed by a signal, or passed a
            limit.
        NotWrittenError: it could not write its files: that says nothing about the function.
    """
    with tempfile.TemporaryDirectory(prefix="megate-") as exchange:
        request, reply = Path(exchange, "request.json"), Path(exchange, "reply.json")
        request.write_text(
            json.dumps({"function": function, "arguments": arguments, "parent": os.getpid()})
        )
        owner, before, started = Owner(), _children_cpu(), time.perf_counter()
        with log.open("a") as output, _exit_on_sigterm():
            # -P: a file in the e-model's directory must not take the place of a library
            process = subprocess.Popen(
                [sys.executable, "-P", "-m", "megate.entrypoints", str(request), str(reply)],
                cwd=cwd,
                env=_environment() | {"TMPDIR": exchange},  # what stays there goes with it
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
            try:
                stopped = _wait(process, limits, owner)
            finally:
                kill_group(process.pid)
                process.wait()
        _stop_without_owner(owner)  # whose next call would find a result that it does not expect
        usage = Usage(time.perf_counter() - started, _children_cpu() - before, _peak_mb())
        if stopped is not None:
            raise ChildError(*stopped, usage=usage)
        if not reply.is_file():
            _refuse_full_disk(Path(exchange))
            reason = f"the simulation's process {how_it_ended(process.returncode)}"
            raise ChildError(Status.CRASHED, reason, usage=usage)
        answer = json.loads(reply.read_text())
    if "not_written" in answer:
        raise NotWrittenError(answer["not_written"])
    if "status" in answer:
        raise ChildError(Status(answer["status"]), answer["reason"], answer["details"], usage)
    return answer["value"], usage


def run_program(command: Sequence[str], cwd: Path) -> tuple[int, str]:
    """Run a program in the directory `cwd`, without limits. It leads a process group, which is
    killed when this returns or raises; where Snakemake is gone, this process exits.

    Returns:
        Its exit status, and what it printed.
    """
    owner = Owner()
    with _exit_on_sigterm():
        process = subprocess.Popen(
            command,
            cwd=cwd,
            text=True,
            errors="replace",
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        output = None
        try:
            while output is None:
                try:
                    output, _ = process.communicate(timeout=_POLL_S)
                except subprocess.TimeoutExpired:
                    _stop_without_owner(owner)
        finally:
            kill_group(process.pid)
            process.wait()
    _stop_without_owner(owner)
    return process.returncode, output


def _environment() -> dict[str, str]:
    library = str(Path(__file__).resolve().parents[2])
    search_path = os.pathsep.join(filter(None, [library, os.environ.get("PYTHONPATH")]))
    return (
        os.environ
        | _ONE_THREAD
        | {
            "PYTHONPATH": search_path,
            "PYTHONUNBUFFERED": "1",  # what was printed before a crash is in the log
            "NEURON_MODULE_OPTIONS": "-nogui",
        }
    )


def _wait(process: subprocess.Popen, limits: Limits, owner: Owner) -> tuple[Status, str] | None:
    """Wait for the end of the process. If it passes a limit: status and reason."""
    started = time.monotonic()
    while True:
        try:
            process.wait(timeout=_POLL_S)
            return None
        except subprocess.TimeoutExpired:
            pass
        _stop_without_owner(owner)
        seconds = time.monotonic() - started
        if limits.timeout_s is not None and seconds > limits.timeout_s:
            return Status.TIMEOUT, (
                f"the simulation was stopped after {seconds:.0f} s (timeout_s: "
                f"{limits.timeout_s:g})"
            )
        try:
            check_memory(process.pid, limits.memory_mb)
        except OutOfMemory as error:
            return Status.MEMORY, str(error)


def _refuse_full_disk(exchange: Path) -> None:
    """Raise if the process may have ended for want of room for its reply, or for its files."""
    with writing(exchange / "reply.json"):
        Path(exchange, "room").write_bytes(bytes(1_000_000))


def _stop_without_owner(owner: Owner) -> None:
    """Exit if the Snakemake that this process runs for is gone."""
    if owner.gone():
        sys.exit("megate: Snakemake is gone; stopped")


@contextmanager
def _exit_on_sigterm() -> Iterator[None]:
    """Let SIGTERM end this process as an exception does: what is to be cleaned up is."""
    previous = signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, previous)


def _children_cpu() -> float:
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def _peak_mb() -> float:
    unit = 1 if sys.platform == "darwin" else 1024  # bytes on macOS, KiB on Linux
    return resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * unit / 1e6


def main() -> None:
    """The child: run the function of the request that its command line names, and reply."""
    request_path, reply_path = sys.argv[1:]
    request = json.loads(Path(request_path).read_text())
    die_with(request["parent"])
    module, _, name = request["function"].rpartition(":")
    sys.argv = ["megate"]  # packages that parse arguments on import must not see ours
    try:
        function = getattr(importlib.import_module(module or "megate.entrypoints"), name)
        value = function(**request["arguments"])
        answer = {"value": value}
    except ProcessEndedError as error:
        answer = _failure(Status.CRASHED, str(error))
    except OutOfMemory as error:
        answer = _failure(Status.MEMORY, str(error))
    except NotWrittenError as error:
        answer = {"not_written": str(error)}
    except Exception as error:
        text = traceback.format_exc()
        answer = _failure(Status.RAISED, root_cause(text), text)
        if disk_is_full(error):  # a simulation's result is what it is with room
            answer = {"not_written": str(explained(error))}
    partial = Path(f"{reply_path}.partial")
    partial.write_text(json.dumps(answer))
    partial.replace(reply_path)
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(0)  # threads that the package has left do not keep it


def _failure(status: Status, reason: str, details: str | None = None) -> dict[str, str]:
    return {"status": status, "reason": reason, "details": details or reason}
