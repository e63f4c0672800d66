"""The commands of docs/circuits.md, run as they stand there."""

import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import libsonata
import pytest
from runs import REPOSITORY

pytestmark = pytest.mark.slow

PAGE = REPOSITORY / "docs" / "circuits.md"
Shell = Callable[[str], str]


def block(containing: str) -> str:
    """The only commands with this text, without pip's."""
    found = [
        commands
        for commands in re.findall(r"```sh\n(.*?)```", PAGE.read_text(), re.DOTALL)
        if containing in commands
    ]
    assert len(found) == 1, containing
    return "\n".join(line for line in found[0].splitlines() if "bin/pip" not in line)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="module")
def shell(home: Path, tmp_path_factory: pytest.TempPathFactory) -> Shell:
    """Run commands as a new user does in megate's folder, each block in a shell of its own."""
    folder = tmp_path_factory.mktemp("clone") / "megate"
    folder.mkdir()
    for name in ("Snakefile", "workflow", "config", "scripts", "profiles", "envs"):
        (folder / name).symlink_to(REPOSITORY / name)
    (folder / ".venv").symlink_to(sys.prefix)
    environment = os.environ | {"HOME": str(home)}

    def run(commands: str) -> str:
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", commands],
            cwd=folder,
            env=environment,
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=1200,
        )
        assert done.returncode == 0, done.stdout[-4000:]
        return done.stdout

    return run


@pytest.fixture(scope="module")
def placed(shell: Shell) -> None:
    shell(block("cp -r results/release/circuit"))
    shell(block("place.py"))
    shell(block("circuit_config.json <<"))


def templates(home: Path) -> list[str]:
    nodes = libsonata.NodeStorage(str(home / "my_circuit/nodes.h5")).open_population("neurons")
    return list(nodes.get_attribute("model_template", nodes.select_all()))


def first_spikes(printed: str) -> list[float]:
    return [float(time) for time in re.findall(r"first spike at ([\d.]+) ms", printed)]


def test_brainbuilder_and_bluecellulab(placed: None, home: Path, shell: Shell) -> None:
    shell(block("assign-emodels"))
    assert templates(home) == ["hoc:cADpyr_TPC"] * 5 + ["hoc:cNAC_LBC"] * 4
    by_brainbuilder = first_spikes(shell(block("simulate.py")))
    assert len(by_brainbuilder) == 9
    assert all(500 < time < 1000 for time in by_brainbuilder)
    # each cell has only one e-model, so the draws are the same
    shell(block("snakemake --cores 2 --config"))
    assert templates(home) == ["hoc:cADpyr_TPC"] * 5 + ["hoc:cNAC_LBC"] * 4
    assert first_spikes(shell(block("simulate.py"))) == by_brainbuilder


def test_neurodamus(placed: None, shell: Shell) -> None:
    shell(block("assign-emodels"))
    assert "Simulation finished" in shell(block("neurodamus.sh"))


def test_validation(placed: None, shell: Shell) -> None:
    assert "0 of" in shell(block("cores 2 validate"))
