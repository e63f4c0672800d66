"""process: the Snakemake that a job runs for, return codes, memory."""

import os
import subprocess
import sys

import pytest

from megate.processes.process import (
    OWNER,
    OutOfMemory,
    SnakemakeProcess,
    check_memory,
    how_it_ended,
)


def test_a_job_without_snakemake_goes_on(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv(OWNER, raising=False)
    assert not SnakemakeProcess().has_ended()


def test_a_job_goes_on_while_snakemake_runs(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv(OWNER, str(os.getpid()))
    assert not SnakemakeProcess().has_ended()


def test_a_job_notices_that_snakemake_ends(monkeypatch: pytest.MonkeyPatch):
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as process:
        monkeypatch.setenv(OWNER, str(process.pid))
        snakemake = SnakemakeProcess()
        assert not snakemake.has_ended()
        process.kill()
        process.wait()
        assert snakemake.has_ended()
        assert SnakemakeProcess().has_ended()  # first asked when it has ended


@pytest.mark.parametrize(
    ("returncode", "words"),
    [
        (0, "exited with status 0 before it had a result"),
        (3, "exited with status 3 before it had a result"),
        (-11, "was killed by SIGSEGV"),
        (-9, "was killed by SIGKILL"),
        (-200, "was killed by signal 200"),
    ],
)
def test_ends_in_words(returncode: int, words: str):
    assert how_it_ended(returncode) == words


def test_memory_is_checked():
    check_memory(os.getpid(), None)
    check_memory(os.getpid(), 1e6)
    with pytest.raises(OutOfMemory, match=r"MB of memory \(memory_mb: 1\)"):
        check_memory(os.getpid(), 1)
