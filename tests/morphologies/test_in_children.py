"""morphology_reader: many files at a time, among them some that crash the reader or keep it."""

import ctypes
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from megate.morphologies import in_children as morphology_reader
from megate.morphologies.facts import Facts
from megate.morphologies.in_children import read_all


def read(path: Path) -> Facts:
    """A reader that does what the file's name says."""
    match path.name.partition("-")[0]:
        case "segfault":
            ctypes.string_at(0)
        case "exit":
            os._exit(3)
        case "abort":
            os.abort()
        case "hang":
            time.sleep(100)
        case "memory":
            return Facts(problems=(str(len(bytearray(10**12))),))
    return Facts(points=int(path.name.rpartition("-")[2]))


def paths(*names: str) -> list[Path]:
    return [Path("/somewhere", name) for name in names]


def test_all_are_read_in_several_processes():
    many = paths(*(f"fine-{number}" for number in range(100)))

    def read_slowly(path: Path) -> Facts:
        time.sleep(0.005)
        return Facts(points=os.getpid())

    found = dict(read_all(many, 3, read_slowly))
    assert sorted(found) == sorted(many)
    processes = {facts.points for facts in found.values()}
    assert len(processes) == 3
    assert os.getpid() not in processes


def test_files_that_end_the_reader_have_that_problem_and_the_others_are_read():
    bad = {
        "segfault-1": "was killed by SIGSEGV",
        "segfault-40": "was killed by SIGSEGV",
        "exit-41": "exited with status 3",
        "abort-99": "was killed by SIGABRT",
    }
    names = [f"fine-{number}" for number in range(100)]
    for name in bad:
        names[int(name.rpartition("-")[2])] = name
    found = {path.name: facts for path, facts in read_all(paths(*names), 2, read)}
    assert found.keys() == set(names)
    for name, facts in found.items():
        if name in bad:
            problem = f"does not load: the process that read it {bad[name]}"
            assert facts == Facts(problems=(problem,), transient=True)
        else:
            assert facts == Facts(points=int(name.rpartition("-")[2]))


def test_a_file_that_takes_for_ever(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(morphology_reader, "SECONDS", 1)
    found = {path.name: facts for path, facts in read_all(paths("fine-1", "hang-2"), 2, read)}
    assert found["fine-1"] == Facts(points=1)
    assert found["hang-2"].problems == ("does not load: reading it takes more than 1 s",)


def test_a_file_that_takes_all_memory_ends_no_process():
    def read_or_say(path: Path) -> Facts:
        try:
            return read(path)
        except MemoryError:
            return Facts(problems=("too large",))

    found = dict(read_all(paths("memory-1", "fine-2"), 1, read_or_say))
    assert [facts.problems for facts in found.values()] == [("too large",), ()]


def test_what_libraries_print_is_not_seen(capfd: pytest.CaptureFixture):
    def read_aloud(path: Path) -> Facts:
        os.write(1, b"out")
        os.write(2, b"err")
        return Facts()

    assert len(dict(read_all(paths("a", "b"), 1, read_aloud))) == 2
    assert capfd.readouterr() == ("", "")


def test_nothing_to_read():
    assert list(read_all([], 2, read)) == []


def test_no_reader_outlives_the_check(tmp_path: Path):
    """Also where it is killed."""
    script = f"""
import os, sys, time
from pathlib import Path
from megate.morphologies.facts import Facts
from megate.morphologies.in_children import read_all

def read(path):
    Path("{tmp_path}", str(os.getpid())).touch()
    time.sleep(100)

list(read_all([Path("a"), Path("b")], 2, read))
"""
    with subprocess.Popen([sys.executable, "-c", script]) as process:
        while len(list(tmp_path.iterdir())) < 1:
            time.sleep(0.05)
        process.send_signal(signal.SIGKILL)
    readers = [int(path.name) for path in tmp_path.iterdir()]
    end = time.monotonic() + 60
    while any(Path("/proc", str(pid), "stat").exists() for pid in readers):
        assert time.monotonic() < end
        time.sleep(0.05)
