"""Jobs that a server runs end as those that their command runs itself, and nothing stays."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

import megate
from megate.processes.process import OWNER
from megate.processes.server import SERVER, server_name

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="there is a server on Linux only")

# Functions that jobs call; they run in other processes, which find this file by PYTHONPATH.


def tell(arguments: list[str]) -> None:
    print(arguments, Path.cwd().name, os.environ["VALUE"], os.getppid())
    print("a warning", file=sys.stderr)


def leave(arguments: list[str]) -> None:
    sys.exit(int(arguments[0]) if arguments[0].isdigit() else arguments[0])


def fail(arguments: list[str]) -> None:
    raise ValueError("no such thing")


def die(arguments: list[str]) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def run_child(arguments: list[str]) -> None:
    """Run a child that marks its start, and then waits."""
    from megate.processes.child import run_in_child

    run_in_child("test_server:mark_and_wait", {"mark": arguments[0]}, Path.cwd(), Path("log"))


def mark_and_wait(mark: str) -> None:
    Path(mark).write_text(str(os.getpid()))
    time.sleep(1000)


@pytest.fixture
def owner() -> Iterator[subprocess.Popen]:
    """A process in the role of Snakemake."""
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as process:
        yield process
        process.kill()


class Commands:
    """Starts commands of one Snakemake."""

    def __init__(self, owner: subprocess.Popen, folder: Path) -> None:
        self.folder, self.name = folder, server_name(True)
        search_path = [str(Path(megate.__file__).parents[1]), str(Path(__file__).parent)]
        self._environment = os.environ | {
            OWNER: str(owner.pid),
            SERVER: self.name,
            "PYTHONPATH": os.pathsep.join(search_path),
            "VALUE": "ä '\udc80",
        }

    def start(self, function: str, *arguments: str, server: bool = True) -> subprocess.Popen:
        code = (
            f"from megate.processes.server import run; import sys; run({function!r}, sys.argv[1:])"
        )
        return subprocess.Popen(
            [sys.executable, "-c", code.replace("run('", "run('test_server:"), *arguments],
            cwd=self.folder,
            env=self._environment | ({} if server else {SERVER: ""}),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            errors="surrogateescape",
            # the tests themselves may run where a background job does not hear Ctrl-C
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
        )

    def outcome(
        self, function: str, *arguments: str, server: bool = True
    ) -> tuple[int, str, list[str]]:
        """Exit status, output and the last lines of the error output."""
        process = self.start(function, *arguments, server=server)
        output, errors = process.communicate(timeout=100)
        return process.returncode, output, errors.splitlines()[-1:]

    def servers(self) -> list[psutil.Process]:
        """Processes of the server and its jobs."""
        found = []
        for process in psutil.process_iter():
            with contextlib.suppress(psutil.Error):
                command, environment = process.cmdline(), process.environ()
                if "megate.processes.server" in command and environment.get(SERVER) == self.name:
                    found.append(process)
        return found


@pytest.fixture
def commands(owner: subprocess.Popen, tmp_path: Path) -> Iterator[Commands]:
    commands = Commands(owner, tmp_path)
    yield commands
    owner.kill()
    owner.wait()
    wait_until(lambda: not commands.servers())


def wait_until(condition, seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.05)


def test_a_job_ends_as_without_server(commands: Commands):
    for function, *arguments in (
        ("tell", "a b", "'\"$(x) ä", "\udc81", *["x" * 100_000] * 3),
        ("leave", "0"),
        ("leave", "3"),
        ("leave", "a reason"),
        ("fail",),
    ):
        alone = commands.outcome(function, *arguments, server=False)
        served = commands.outcome(function, *arguments)
        if function == "tell":  # its parent is another one
            alone, served = (
                (status, output.rpartition(" ")[0], errors)
                for status, output, errors in (alone, served)
            )
            assert str(arguments)[1:-1] in alone[1]
        assert served == alone
    assert commands.outcome("die") == (1, "", ["megate: the process of the job was killed"])


def test_one_server_runs_the_jobs_of_a_snakemake(commands: Commands):
    started = [commands.start("tell") for _ in range(4)]
    parents = {process.communicate(timeout=100)[0].split()[-1] for process in started}
    (server,) = commands.servers()
    assert parents == {str(server.pid)}


def test_another_user_is_not_served(commands: Commands, monkeypatch: pytest.MonkeyPatch):
    if os.getuid() != 0:
        pytest.skip("only root can be another user")
    assert commands.outcome("tell")[0] == 0
    code = f"""
import os, socket
os.setuid(12345)
connection = socket.socket(socket.AF_UNIX)
connection.connect("\\0{commands.name}")
try:
    socket.send_fds(connection, [b"{{}}\\n"], [1, 2])
    print(connection.recv(1))
except ConnectionError:
    print(b"")
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True)
    assert done.stdout == "b''\n"


@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT], ids=str)
def test_a_job_ends_with_its_command(commands: Commands, end: signal.Signals):
    assert commands.outcome("tell")[0] == 0  # the server runs
    process, mark = commands.start("run_child", "mark"), commands.folder / "mark"
    wait_until(lambda: mark.exists() and mark.read_text())
    child = psutil.Process(int(mark.read_text()))
    process.send_signal(end)
    assert process.wait(20) == (-end if end == signal.SIGKILL else 128 + end)
    if end != signal.SIGKILL:  # the command waits for it
        assert not child.is_running()
    wait_until(lambda: not child.is_running() and len(commands.servers()) == 1)


def test_a_job_ends_with_snakemake(commands: Commands, owner: subprocess.Popen):
    process, mark = commands.start("run_child", "mark"), commands.folder / "mark"
    wait_until(lambda: mark.exists() and mark.read_text())
    child = psutil.Process(int(mark.read_text()))
    owner.kill()
    owner.wait()
    _, errors = process.communicate(timeout=20)
    assert process.returncode == 1
    assert errors.endswith("megate: stopped, because Snakemake has ended\n")
    wait_until(lambda: not child.is_running() and not commands.servers())


def test_jobs_go_on_without_a_server_that_is_killed(commands: Commands):
    assert commands.outcome("tell")[0] == 0
    (first,) = commands.servers()
    process, mark = commands.start("run_child", "mark"), commands.folder / "mark"
    wait_until(lambda: mark.exists() and mark.read_text())
    first.kill()
    time.sleep(1)
    assert process.poll() is None
    assert commands.outcome("tell")[0] == 0  # with a new server
    process.terminate()
    assert process.wait(20) == 128 + signal.SIGTERM


def test_a_command_runs_its_job_if_the_server_ends_before(commands: Commands):
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(f"\0{commands.name}")
        listener.listen()
        process = commands.start("tell")
        connection, _ = listener.accept()
        connection.close()
        assert process.communicate(timeout=100)[0].split()[-1] == str(os.getpid())
        assert process.returncode == 0
    assert commands.servers() == []
