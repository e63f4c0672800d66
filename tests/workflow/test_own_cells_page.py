"""The commands of docs/own_cells.md, typed in one shell as they stand there."""

import re
from pathlib import Path

import pytest
from runs import REPOSITORY, linked_clone, sh_blocks, typed

pytestmark = pytest.mark.slow

PAGE = REPOSITORY / "docs" / "own_cells.md"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """megate's folder."""
    return linked_clone(tmp_path_factory.mktemp("clone") / "megate")


@pytest.fixture(scope="module")
def printed(home: Path, folder: Path) -> list[str]:
    """What each block prints, typed in megate's folder by a new user with an empty home folder."""
    blocks = enumerate(sh_blocks(PAGE))
    commands = "".join(f"echo BLOCK {number}\n{text}" for number, text in blocks)
    output = typed(commands, folder, home)
    return re.split(r"^BLOCK \d+\n", output, flags=re.MULTILINE)[1:]


def released(project: Path) -> set[str]:
    """The names of the released morphologies, with their e-types."""
    lines = (project / "results/release/extneurondb.dat").read_text().splitlines()
    return {f"{line.split()[0]} {line.split()[3]}" for line in lines}


def test_init_prints_what_the_page_shows(printed: list[str], home: Path, folder: Path) -> None:
    shown = re.search(r"```text\n(made .*?)```", PAGE.read_text(), re.DOTALL)[1]
    shown = shown.replace("/home/you/megate", str(folder)).replace("/home/you", str(home))
    *lines, command = shown.splitlines()
    for line in lines:
        assert line in printed[1]
    config = re.escape(command.split()[-1])
    assert re.search(rf"snakemake --cores \d+ --configfile {config}\n", printed[1])


def test_the_release_of_an_emodel_without_code(printed: list[str], home: Path) -> None:
    names = ["lbc140501-1", "lbc140501-2", "lbc140503.1"]
    assert released(home / "interneurons") == {f"{name} cNAC" for name in names}
    assert "lbc140507.1" in printed[1].rpartition("finished")[2]
    assert "cNAC_LBC_L5_LBC_5_lbc140507.1\n  not released: over limit" in printed[2]


def test_the_release_of_an_emodel_with_code(printed: list[str], home: Path) -> None:
    assert released(home / "pyramidal_cells") == {"tpc140402_1 cADpyr"}
    assert "skip_repaired_exemplar: true" in printed[3]


def test_several_emodels(printed: list[str], home: Path) -> None:
    assert len(released(home / "both")) == 12  # as the example


def test_a_hoc_passes_on_its_own_exemplar(home: Path) -> None:
    assert "lbc140501-1 cNAC" in released(home / "from_hoc")


def test_the_other_commands(printed: list[str]) -> None:
    assert "17 combinations, 15 simulations, 2 e-models\nall checks passed" in printed[6]
    assert re.search(r"score_combo +15\n", printed[7])
