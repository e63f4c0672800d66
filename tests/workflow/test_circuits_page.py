"""The commands of docs/circuits.md, typed in one shell as they stand there."""

import re
from pathlib import Path

import libsonata
import pytest
from runs import REPOSITORY, linked_clone, sh_blocks, typed

pytestmark = pytest.mark.slow

PAGE = REPOSITORY / "docs" / "circuits.md"


def commands() -> str:
    """All commands of the page, each block after a line that says which it is. (pip would change
    the environment of the tests.)"""
    marked = [f"echo BLOCK {number}\n{text}" for number, text in enumerate(sh_blocks(PAGE))]
    lines = "".join(marked).splitlines()
    return "\n".join(line for line in lines if "bin/pip" not in line)


@pytest.fixture(scope="module")
def printed(home: Path, tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """What each block prints, typed in megate's folder by a new user."""
    folder = linked_clone(tmp_path_factory.mktemp("clone") / "megate")
    output = typed(commands(), folder, home)
    return re.split(r"^BLOCK \d+\n", output, flags=re.MULTILINE)[1:]


def test_each_cell_has_its_emodel(printed: list[str], home: Path) -> None:
    nodes = libsonata.NodeStorage(str(home / "my_circuit/nodes.h5")).open_population("neurons")
    templates = list(nodes.get_attribute("model_template", nodes.select_all()))
    assert templates == ["hoc:cADpyr_TPC"] * 5 + ["hoc:cNAC_LBC"] * 4


def test_each_cell_spikes_in_bluecellulab(printed: list[str]) -> None:
    (block,) = (text for text in printed if "first spike" in text)
    times = [float(time) for time in re.findall(r"first spike at ([\d.]+) ms", block)]
    assert len(times) == 9
    assert all(500 < time < 1000 for time in times)


def test_neurodamus_simulates_the_circuit(printed: list[str]) -> None:
    assert any("Simulation finished" in text for text in printed)


def test_the_release_is_valid(printed: list[str]) -> None:
    assert "validated 12 combinations in BlueCelluLab: all passed" in printed[-1]
    assert "validated 2 of 12 combinations in neurodamus: all passed" in printed[-1]
