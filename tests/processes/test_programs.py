"""child.run_program: exit status and output; programs end if Snakemake does."""

import sys
from pathlib import Path

import psutil
import pytest
from limited_time import wait_until

from megate.processes.child import run_program
from megate.processes.process import SnakemakeProcess


def test_a_program_gives_its_status_and_what_it_printed(tmp_path: Path):
    script = "import os, sys; print(os.getcwd()); print('oops', file=sys.stderr); sys.exit(3)"
    status, output = run_program([sys.executable, "-c", script], tmp_path)
    assert status == 3
    assert set(output.split()) == {str(tmp_path), "oops"}


def test_a_program_and_what_it_starts_end_where_snakemake_is_gone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(SnakemakeProcess, "has_ended", lambda self: True)
    with pytest.raises(SystemExit, match="Snakemake has ended"):
        run_program(["sh", "-c", "sleep 101 & sleep 102"], tmp_path)
    wait_until(lambda: not {"101", "102"} & sleeping())


def sleeping() -> set[str]:
    """The seconds of the processes `sleep SECONDS`."""
    commands = [process.info["cmdline"] for process in psutil.process_iter(["cmdline"])]
    return {command[1] for command in commands if command and command[0] == "sleep"}
