"""Locks of killed runs are removed, those of running ones stay."""

import os
import socket
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from megate.processes.stale_locks import note_this_run, remove_locks_of_ended_runs

ENDED = 2**22 + 1  # larger than any process id


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    """Snakemake's folder, with locks."""
    (tmp_path / "locks").mkdir()
    for kind in ("input", "output"):
        (tmp_path / "locks" / f"0.{kind}.lock").write_text("results/scores.parquet\n")
    return tmp_path


def note(directory: Path, pid: int, started: float, host: str | None = None) -> Path:
    path = directory / "megate-runs" / f"{host or socket.gethostname()}.{pid}"
    path.parent.mkdir(exist_ok=True)
    path.write_text(f"{started}\n")
    return path


def release_stale_locks(directory: Path) -> bool:
    """What a run does when it starts."""
    notes = directory / "megate-runs"
    removed = remove_locks_of_ended_runs((directory / "locks").glob("*.lock"), notes)
    note_this_run(notes)
    return removed


def locks(directory: Path) -> int:
    return len(list((directory / "locks").iterdir()))


def test_locks_of_a_killed_run_go(directory: Path):
    dead = note(directory, ENDED, 1.0)
    assert release_stale_locks(directory)
    assert locks(directory) == 0
    assert not dead.exists()


def test_a_process_that_only_has_the_same_number_is_another(directory: Path):
    note(directory, os.getppid(), psutil.Process(os.getppid()).create_time() - 60)
    assert release_stale_locks(directory)


def test_locks_stay_while_any_run_lives(directory: Path):
    with subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"]) as process:
        note(directory, process.pid, psutil.Process(process.pid).create_time())
        note(directory, ENDED, 1.0)
        assert not release_stale_locks(directory)
        assert locks(directory) == 2
        process.kill()
        process.wait()
        # this process has noted itself, and lives
        assert not release_stale_locks(directory)


def test_locks_of_another_machine_stay(directory: Path):
    other = note(directory, ENDED, 1.0, host="node17.cluster")
    assert not release_stale_locks(directory)
    assert locks(directory) == 2
    assert other.exists()


def test_locks_that_nobody_noted_stay(directory: Path):
    assert not release_stale_locks(directory)
    assert locks(directory) == 2


def test_a_first_run_leaves_a_note_of_itself(tmp_path: Path):
    directory = tmp_path / ".snakemake"
    assert not release_stale_locks(directory)
    [own] = (directory / "megate-runs").iterdir()
    assert own.name == f"{socket.gethostname()}.{os.getpid()}"
