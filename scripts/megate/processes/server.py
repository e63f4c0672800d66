"""Run the jobs of one Snakemake process in forks of a server that has imported the libraries.

To import pandas, BluePyOpt and eFEL takes longer than a short simulation. The command of the first
job starts the server (`run`). Each command sends its arguments, environment and output files, and
the server forks a process for it, which runs the job as the command itself would: it has its output
files, and the command has its exit status. If either ends early, so does the other.

The server ends with Snakemake. If there is no server, or it ends before it has forked the process,
the command runs the job itself, with the same result. The server listens on a socket in Linux's
abstract namespace: no file remains, whatever ends it.
"""

import contextlib
import gc
import importlib
import json
import os
import signal
import socket
import struct
import sys
import traceback
from collections.abc import Iterator, Sequence
from typing import Any, NoReturn

SERVER = "MEGATE_SERVER"
"""Environment variable with the name of the server's socket; empty: commands run jobs themselves.
Each Snakemake process has its own."""

_STARTED = b"+"
_POLL_S = 1.0
_MAX_PART = 100_000  # bytes


def server_name(use_server: bool | None) -> str:
    """A value of `SERVER` for a Snakemake process, with or without server."""
    return f"megate-{os.urandom(16).hex()}" if use_server and sys.platform == "linux" else ""


def run(function: str, arguments: Sequence[str]) -> NoReturn:
    """Call a function with the arguments of a command in a fork of the server, or else in this
    process, and exit.

    Args:
        function: "module:name"; it takes a list of strings
    """
    name = os.environ.get(SERVER)
    status = _status_from_server(name, function, arguments) if name else None
    if status is None:
        status = _call(function, arguments)
    sys.exit(status)


def _call(function: str, arguments: Sequence[str]) -> int:
    module, _, name = function.partition(":")
    getattr(importlib.import_module(module), name)(list(arguments))
    return 0


def _status_from_server(name: str, function: str, arguments: Sequence[str]) -> int | None:
    """The exit status of the job; None if no server has started it."""
    request = {
        "function": function,
        "arguments": list(arguments),
        "cwd": os.getcwd(),  # noqa: PTH109 (to start fast, without pathlib)
        "environment": dict(os.environ),
    }
    data = json.dumps(request).encode() + b"\n"
    try:
        connection = _connection(name)
        sent = socket.send_fds(connection, [data[:_MAX_PART]], [1, 2])
        connection.sendall(data[sent:])
    except OSError:
        return None
    with _ending_job_on_signal(connection) as received:
        started, status = _answer(connection, 1), _answer(connection, 10)
    if received:
        return 128 + received[0]
    if not started:
        return None
    if not status:
        sys.stderr.write("megate: the process of the job was killed\n")
        return 1
    return int(status)


def _answer(connection: socket.socket, size: int) -> bytes:
    """The next bytes of the server; empty if the connection was closed."""
    try:
        return connection.recv(size)
    except OSError:
        return b""


@contextlib.contextmanager
def _ending_job_on_signal(connection: socket.socket) -> Iterator[list[int]]:
    """On SIGTERM or SIGINT, ask the job to end. Yields a list of the signals."""
    received: list[int] = []

    def end_job(number: int, _frame: Any) -> None:
        received.append(number)
        with contextlib.suppress(OSError):
            connection.shutdown(socket.SHUT_WR)

    signals = (signal.SIGTERM, signal.SIGINT)
    before = {number: signal.getsignal(number) for number in signals}
    for number, handler in before.items():
        if handler != signal.SIG_IGN:
            signal.signal(number, end_job)
    try:
        yield received
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _connection(name: str) -> socket.socket:
    """A connection to the server, which is started if it does not run."""
    address = f"\0{name}"
    listener = socket.socket(socket.AF_UNIX)
    try:
        listener.bind(address)
    except OSError:  # it runs
        pass
    else:
        listener.listen(1000)
        _start(listener)
    finally:
        listener.close()
    connection = socket.socket(socket.AF_UNIX)
    connection.connect(address)
    if not _is_of_this_user(connection):
        raise PermissionError
    return connection


def _start(listener: socket.socket) -> None:
    import subprocess

    from megate.processes.child import python_environment

    number = listener.fileno()
    subprocess.Popen(
        [sys.executable, "-P", "-m", "megate.processes.server", str(number)],
        cwd="/",
        env=python_environment(),
        pass_fds=[number],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )


def _is_of_this_user(connection: socket.socket) -> bool:
    values = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i"))
    _pid, user, _group = struct.unpack("3i", values)
    return bool(user == os.getuid())


def main() -> None:
    """Run the server, with the socket whose number the command line has."""
    from megate.processes.process import SnakemakeProcess

    listener = socket.socket(fileno=int(sys.argv[1]))
    listener.settimeout(_POLL_S)
    snakemake = SnakemakeProcess()
    importlib.import_module("megate.entrypoints").import_libraries()
    gc.collect()
    gc.freeze()  # forks share the memory of these objects
    while not snakemake.has_ended():
        with contextlib.suppress(ChildProcessError):
            while os.waitpid(-1, os.WNOHANG) != (0, 0):
                pass
        with contextlib.suppress(TimeoutError):
            connection, _ = listener.accept()
            if _is_of_this_user(connection) and os.fork() == 0:
                listener.close()
                _run_job(connection)
            connection.close()


def _run_job(connection: socket.socket) -> NoReturn:
    from megate.processes import child, process

    status = 1
    try:
        request = _receive(connection)
        os.chdir(request["cwd"])
        os.environ.clear()
        os.environ.update(request["environment"])
        child.fork_children, process.command = True, connection
        connection.sendall(_STARTED)
        status = _call(request["function"], request["arguments"])
    except SystemExit as error:
        status = process.exit_status(error)
    except BaseException:
        traceback.print_exc()
    finally:
        with contextlib.suppress(OSError):
            connection.sendall(str(status).encode())
        os._exit(status)


def _receive(connection: socket.socket) -> Any:
    """A command's request. Its output files become those of this process."""
    connection.setblocking(True)
    data, files, _, _ = socket.recv_fds(connection, _MAX_PART, 2)
    for number, file in enumerate(files, 1):
        os.dup2(file, number)
        os.close(file)
    while not data.endswith(b"\n"):
        part = connection.recv(_MAX_PART)
        if not part:
            os._exit(1)
        data += part
    return json.loads(data)


if __name__ == "__main__":
    main()
