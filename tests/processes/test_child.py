"""A function in a process of its own: its value comes back, and so does the reason why not."""

import errno
import json
import logging
import os
import random
import signal
import sys
import tempfile
import time
from pathlib import Path

import forked_children
import numpy as np
import pytest

from megate.core.vocabulary import Status
from megate.processes import child
from megate.processes.child import ChildError, Limits, run_in_child
from megate.processes.logs import job_log

# Functions that run in the child; it finds this file by PYTHONPATH.


def echo(**arguments: object) -> dict:
    return {"arguments": arguments, "cwd": str(Path.cwd()), "argv": sys.argv}


def threads() -> dict:
    return {key: value for key, value in os.environ.items() if key.endswith("_NUM_THREADS")}


def shout(text: str) -> None:
    print(text)
    print(text, file=sys.stderr)


def warn() -> None:
    logging.getLogger("megate").warning("beware")


def fail() -> None:
    raise ValueError("no such thing")


def fail_for_now(number: int) -> None:
    raise OSError(number, os.strerror(number))


def leave() -> None:
    os._exit(7)


def leave_politely() -> None:
    sys.exit(3)


def crash() -> None:
    os.kill(os.getpid(), signal.SIGSEGV)


def crash_after(text: str) -> None:
    print(text)
    crash()


def wait(seconds: float) -> str:
    time.sleep(seconds)
    return "done"


def compute() -> None:
    while True:
        pass


@pytest.fixture(
    autouse=True, params=[child.run_in_child, forked_children.run_in_fork], ids=["new", "fork"]
)
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch):
    """The child is a new Python, or a fork."""
    for module in (__file__, forked_children.__file__):
        monkeypatch.setenv("PYTHONPATH", str(Path(module).parent), prepend=os.pathsep)
    monkeypatch.setitem(globals(), "run_in_child", request.param)


def run(function: str, tmp_path: Path, **arguments: object) -> object:
    value, _ = run_in_child(f"test_child:{function}", arguments, tmp_path, tmp_path / "log")
    return value


def test_arguments_and_value_come_through_to_the_last_bit(tmp_path: Path):
    value = run("echo", tmp_path, number=0.1 + 0.2, text="ä $(x) '\"", nothing=None)
    assert value["arguments"] == {
        "number": 0.30000000000000004,
        "text": "ä $(x) '\"",
        "nothing": None,
    }
    assert value["cwd"] == str(tmp_path)
    assert value["argv"] == ["megate"]


def test_a_file_in_the_working_directory_does_not_take_the_place_of_a_library(tmp_path: Path):
    (tmp_path / "json.py").write_text("raise RuntimeError('the wrong json')")
    assert run("echo", tmp_path)["arguments"] == {}


def state() -> dict:
    """What a fork takes over from its parent, but a new Python does not."""
    return {
        "handlers": len(logging.getLogger().handlers),
        "level": logging.getLogger().getEffectiveLevel(),
        "sigterm": signal.getsignal(signal.SIGTERM) == signal.SIG_DFL,
        "input": sys.stdin.read(),
        "directory": tempfile.gettempdir() == os.environ["TMPDIR"],
        "secret": os.environ.get("SECRET"),
        "leads": os.getpgrp() == os.getpid() == os.getsid(0),
    }


def numbers() -> list:
    return [random.random(), np.random.random()]


def test_it_starts_as_a_new_process_does(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    tempfile.gettempdir()
    monkeypatch.setenv("SECRET", "x")
    with job_log(tmp_path / "log"):
        found = run("state", tmp_path)
    assert found == {
        "handlers": 0,
        "level": logging.WARNING,
        "sigterm": True,
        "input": "",
        "directory": True,
        "secret": "x",
        "leads": True,
    }


def test_random_numbers_differ_between_children(tmp_path: Path):
    first, second = run("numbers", tmp_path), run("numbers", tmp_path)
    assert not set(first) & set(second)


def test_a_warning_is_in_the_log_once(tmp_path: Path):
    with job_log(tmp_path / "log"):
        run("warn", tmp_path)
    assert (tmp_path / "log").read_text() == "beware\n"


def test_one_thread(tmp_path: Path):
    assert set(run("threads", tmp_path).values()) == {"1"}


def test_what_it_prints_goes_to_the_log(tmp_path: Path):
    (tmp_path / "log").write_text("before\n")
    run("shout", tmp_path, text="hello")
    assert (tmp_path / "log").read_text() == "before\nhello\nhello\n"


def test_an_exception_comes_with_its_traceback(tmp_path: Path):
    with pytest.raises(ChildError) as caught:
        run("fail", tmp_path)
    assert caught.value.reason == "ValueError: no such thing"
    assert 'raise ValueError("no such thing")' in caught.value.details


@pytest.mark.parametrize(
    ("number", "status"),
    [
        (errno.ESTALE, Status.CRASHED),
        (errno.EAGAIN, Status.CRASHED),
        (errno.ENOENT, Status.RAISED),
    ],
)
def test_a_lack_that_may_pass_is_not_an_error_of_the_package(
    number: int, status: Status, tmp_path: Path
):
    with pytest.raises(ChildError) as caught:
        run("fail_for_now", tmp_path, number=number)
    assert caught.value.status == status
    assert os.strerror(number) in caught.value.reason


@pytest.mark.parametrize(
    ("function", "reason"),
    [
        ("leave", "exited with status 7"),
        ("leave_politely", "exited with status 3"),
        ("crash", "killed by SIGSEGV"),
    ],
)
def test_the_end_of_the_process_is_named(function: str, reason: str, tmp_path: Path):
    with pytest.raises(ChildError, match=reason):
        run(function, tmp_path)


def test_a_crash_has_the_last_lines_that_this_child_printed(tmp_path: Path):
    (tmp_path / "log").write_text("NEURON: of an earlier child\n")
    with pytest.raises(ChildError) as caught:
        run("crash", tmp_path)
    assert caught.value.details.endswith("was killed by SIGSEGV")
    with pytest.raises(ChildError) as caught:
        run("crash_after", tmp_path, text="x" * 20_000 + "\nNEURON: syntax error\n near line 3")
    assert caught.value.reason.endswith("killed by SIGSEGV; NEURON: syntax error; near line 3")
    assert caught.value.details.splitlines()[1:] == [
        "Last lines of the output:",
        "NEURON: syntax error",
        " near line 3",
    ]


def test_cpu_time_is_limited(tmp_path: Path):
    """Waiting takes no CPU time; the child's start takes less than a second of it."""
    limits = Limits(cpu_s=2)
    arguments = {"seconds": 3}
    value, _ = run_in_child("test_child:wait", arguments, tmp_path, tmp_path / "log", limits)
    assert value == "done"
    with pytest.raises(ChildError, match="stopped after 2 s of CPU time") as caught:
        run_in_child("test_child:compute", {}, tmp_path, tmp_path / "log", limits)
    assert caught.value.status == Status.TIMEOUT
    assert 2 < caught.value.usage.cpu_s < 4


def test_values_are_plain_json(tmp_path: Path):
    assert json.dumps(run("echo", tmp_path, values=[1, 2.5, {"a": None}]))
