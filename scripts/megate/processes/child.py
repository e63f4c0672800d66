"""Run a function in a child process, with limits for time and memory: code of e-model packages and
NEURON may crash, exit, hang, use all memory, print or change global state.

The child is a new Python, or, in a job of a server (`megate.processes.server`), a fork of this
process.
"""

import atexit
import importlib
import json
import logging
import os
import resource
import signal
import subprocess
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, NoReturn, Protocol

import psutil

from megate.core.tracebacks import last_lines, root_cause, with_output
from megate.core.vocabulary import Status
from megate.files.writing import DISK_FULL, TEMPORARY, NotWrittenError, explained, writing
from megate.processes.process import (
    OutOfMemory,
    ProcessEndedError,
    SnakemakeProcess,
    check_memory,
    close_command,
    cpu_time,
    die_with,
    exit_status,
    how_it_ended,
    kill_group,
)

# A job has one core: by default, NumPy's libraries start a thread per core.
_ONE_THREAD = {"VECLIB_MAXIMUM_THREADS": "1"} | {
    f"{library}_NUM_THREADS": "1" for library in ("OMP", "OPENBLAS", "MKL", "NUMEXPR")
}
_POLL_S = 0.5
_MAX_READ = 10_000  # bytes of the output

fork_children = False
"""Whether `run_in_child` forks this process, which has imported what the functions need."""


@dataclass(frozen=True)
class Limits:
    """Limits of a child process: wall time, s, resident memory of each of its processes, MB, and
    its own CPU time, s."""

    timeout_s: float | None = None
    memory_mb: float | None = None
    cpu_s: float | None = None


@dataclass(frozen=True)
class Usage:
    """Wall and CPU time, s, of a child process, and the largest resident memory of any of its
    processes, MB. If the child was stopped, processes that it had started are not counted."""

    wall_s: float
    cpu_s: float
    peak_memory_mb: float


class ChildError(Exception):
    """The function raised, its process ended without a result, or it was stopped at a limit.

    Its `reason` is one line for the user, its `details` are the traceback, else the reason, and the
    last lines that NEURON printed."""

    def __init__(
        self, status: Status, reason: str, details: str | None = None, usage: Usage | None = None
    ) -> None:
        super().__init__(reason)
        self.status = status
        self.reason = reason
        self.details = details or reason
        self.usage = usage


def run_in_child(
    function: str, arguments: dict[str, Any], cwd: Path, log: Path, limits: Limits = Limits()
) -> tuple[Any, Usage]:
    """Call `function` with keyword `arguments` in a new process; return its value and the usage.

    Arguments and value must be JSON values; floats keep every bit. The child leads a process group,
    which is killed when this function returns or raises. If this process is killed, the child ends
    too, but processes that an e-model package starts in it may go on.

    Args:
        function: name of a function in `megate.entrypoints`, or "module:name"
        log: the child's output is appended to it

    Raises:
        ChildError: the function raised, the process exited or was killed by a signal, or passed a
            limit.
        NotWrittenError: files could not be written; this is not the function's fault.
        SystemExit: Snakemake has ended (`SnakemakeProcess`).
    """
    with tempfile.TemporaryDirectory(prefix="megate-") as exchange:
        request, reply = Path(exchange, "request.json"), Path(exchange, "reply.json")
        request.write_text(
            json.dumps({"function": function, "arguments": arguments, "parent": os.getpid()})
        )
        before, started = _children_cpu(), time.perf_counter()
        environment = python_environment() | {"TMPDIR": exchange}  # removed with its content

        def start_child() -> _Process:
            if fork_children:
                return _Fork(lambda: _main(request, reply), cwd, output, environment)
            # -P: do not import a file of the e-model's directory in place of a library
            command = [sys.executable, "-P", "-m", "megate.entrypoints", str(request), str(reply)]
            return _new_program(command, cwd, output, environment)

        with log.open("a") as output:
            start = output.tell()
            returncode, stopped = _run(start_child, limits)
        usage = Usage(time.perf_counter() - started, _children_cpu() - before, _peak_mb())
        if stopped is not None:
            raise ChildError(*stopped, usage=usage)
        if not reply.is_file():
            with writing(reply):  # raises if the disk is full, so that the child could not reply
                Path(exchange, "room").write_bytes(bytes(1_000_000))
            reason = f"the simulation's process {how_it_ended(returncode)}"
            answer = {"status": Status.CRASHED, "reason": reason}
        else:
            answer = json.loads(reply.read_text())
    if "not_written" in answer:
        raise NotWrittenError(answer["not_written"])
    if "status" in answer:
        status, details = Status(answer["status"]), answer["reason"]
        if status in (Status.CRASHED, Status.RAISED):
            printed = last_lines(_end_of(log, start), any_program=status is Status.CRASHED)
            details = with_output(answer.get("details", answer["reason"]), printed)
        raise ChildError(status, root_cause(details), details, usage)
    return answer["value"], usage


def _end_of(log: Path, start: int) -> str:
    """The end of what was appended to a log since its size was `start`, bytes."""
    with log.open("rb") as opened:
        opened.seek(max(start, opened.seek(0, os.SEEK_END) - _MAX_READ))
        return opened.read().decode(errors="replace")


def run_program(command: Sequence[str], cwd: Path) -> tuple[int, str]:
    """Run a program as `run_in_child` does, without limits; return its exit status and output."""
    with tempfile.TemporaryFile("w+", errors="replace") as output:
        returncode, _ = _run(lambda: _new_program(command, cwd, output), Limits())
        output.seek(0)
        return returncode, output.read()


class _Process(Protocol):
    """A process that leads a process group; as `subprocess.Popen`."""

    pid: int

    def wait(self, timeout: float | None = None) -> int: ...


def _run(start: Callable[[], _Process], limits: Limits) -> tuple[int, tuple[Status, str] | None]:
    """Run a process group; return its return code and, if it passed a limit, status and reason."""
    snakemake = SnakemakeProcess()
    with _exit_on_sigterm():
        process = start()
        try:
            stopped = _wait(process, limits, snakemake)
        finally:
            kill_group(process.pid)
            returncode = process.wait()
    _exit_without(snakemake)  # its next run does not expect a result
    return returncode, stopped


def _new_program(
    command: Sequence[str],
    cwd: Path,
    output: IO[str],
    environment: Mapping[str, str] | None = None,
) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        command,
        cwd=cwd,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )


class _Fork:
    """A fork of this process that calls a function as a new Python would, and then exits."""

    def __init__(
        self, function: Callable[[], None], cwd: Path, output: IO[str], environment: dict[str, str]
    ) -> None:
        ready, when_ready = os.pipe()
        self.pid = os.fork()
        if self.pid == 0:
            os.setsid()
            os.close(when_ready)
            _exit_after(function, cwd, output, environment)
        os.close(when_ready)
        os.read(ready, 1)  # waits until it leads a process group, which can be killed
        os.close(ready)
        self._process = psutil.Process(self.pid)

    def wait(self, timeout: float | None = None) -> int:
        """Return the exit status, or the number of the signal that killed it, negative. Raise
        `subprocess.TimeoutExpired` after `timeout` s."""
        try:
            return int(self._process.wait(timeout))
        except psutil.TimeoutExpired as error:
            raise subprocess.TimeoutExpired("fork", error.seconds) from None


def _exit_after(
    function: Callable[[], None], cwd: Path, output: IO[str], environment: dict[str, str]
) -> NoReturn:
    """In a fork: take back what this process has changed since it started, and call `function`."""
    status = 1
    try:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        atexit._clear()  # such as the removal of temporary folders
        close_command()
        with Path(os.devnull).open() as nothing:
            for number, file in enumerate((nothing, output, output)):
                os.dup2(file.fileno(), number)
        os.chdir(cwd)
        os.environ.clear()
        os.environ.update(environment)
        tempfile.tempdir = None  # else the one of the environment before
        logging.captureWarnings(False)
        logging.basicConfig(force=True, handlers=[], level=logging.WARNING)
        if "numpy" in sys.modules:
            sys.modules["numpy"].random.seed()
        function()
        status = 0
    except SystemExit as error:
        atexit._run_exitfuncs()
        status = exit_status(error)
    except BaseException:
        traceback.print_exc()
    finally:
        os._exit(status)


def python_environment() -> dict[str, str]:
    """Environment variables of a Python that simulates."""
    library = str(Path(__file__).resolve().parents[2])
    search_path = os.pathsep.join(filter(None, [library, os.environ.get("PYTHONPATH")]))
    unbuffered = {"PYTHONUNBUFFERED": "1"}  # keep the output from before a crash
    neuron = {"PYTHONPATH": search_path, "NEURON_MODULE_OPTIONS": "-nogui"}
    return os.environ | _ONE_THREAD | unbuffered | neuron


def _wait(
    process: _Process, limits: Limits, snakemake: SnakemakeProcess
) -> tuple[Status, str] | None:
    started = time.monotonic()
    while True:
        with suppress(subprocess.TimeoutExpired):
            process.wait(timeout=_POLL_S)
            return None
        _exit_without(snakemake)
        seconds = time.monotonic() - started
        if limits.timeout_s is not None and seconds > limits.timeout_s:
            return Status.TIMEOUT, (
                f"the simulation was stopped after {seconds:.0f} s (timeout_s: "
                f"{limits.timeout_s:g})"
            )
        if limits.cpu_s is not None and cpu_time(process.pid) > limits.cpu_s:
            return Status.TIMEOUT, f"it was stopped after {limits.cpu_s:g} s of CPU time"
        try:
            check_memory(process.pid, limits.memory_mb)
        except OutOfMemory as error:
            return Status.MEMORY, str(error)


def _exit_without(snakemake: SnakemakeProcess) -> None:
    if snakemake.has_ended():
        sys.exit("megate: stopped, because Snakemake has ended")


@contextmanager
def _exit_on_sigterm() -> Iterator[None]:
    """Let SIGTERM raise SystemExit, so that this process cleans up."""
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
    """Run the child: read the request that the command line names, call its function and reply."""
    _main(*map(Path, sys.argv[1:]))


def _main(request_path: Path, reply_path: Path) -> NoReturn:
    request = json.loads(request_path.read_text())
    die_with(request["parent"])
    module, _, name = request["function"].rpartition(":")
    sys.argv = ["megate"]  # for packages that parse arguments on import
    answer: dict[str, Any]
    try:
        function = getattr(importlib.import_module(module or "megate.entrypoints"), name)
        answer = {"value": function(**request["arguments"])}
    except ProcessEndedError as error:
        answer = {"status": Status.CRASHED, "reason": str(error)}
    except OutOfMemory as error:
        answer = {"status": Status.MEMORY, "reason": str(error)}
    except NotWrittenError as error:
        answer = {"not_written": str(error)}
    except Exception as error:
        text = traceback.format_exc()
        answer = {"status": Status.RAISED, "reason": root_cause(text), "details": text}
        if isinstance(error, OSError) and error.errno in DISK_FULL:
            answer = {"not_written": str(explained(error))}  # not a result of the simulation
        elif isinstance(error, OSError) and error.errno in TEMPORARY:
            answer["status"] = Status.CRASHED  # likewise; a retry may succeed
    partial = Path(f"{reply_path}.partial")
    partial.write_text(json.dumps(answer))
    partial.replace(reply_path)
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(0)  # do not wait for threads of the package
