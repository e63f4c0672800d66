"""The commands of docs/tutorial.md, run as they stand there."""

import re
from pathlib import Path

import pytest
from runs import REPOSITORY, linked_clone, sh_blocks, typed

pytestmark = pytest.mark.slow


def blocks() -> list[str]:
    """The tutorial's commands."""
    return sh_blocks(REPOSITORY / "docs" / "tutorial.md")


@pytest.fixture(scope="module")
def shell(home: Path, tmp_path_factory: pytest.TempPathFactory):
    """Run commands as a new user does in megate's folder, each block in a shell of its own."""
    folder = linked_clone(tmp_path_factory.mktemp("clone") / "megate")
    return lambda commands: typed(commands, folder, home, timeout=600)


def test_a_project_from_nothing(home: Path, shell) -> None:
    files, neurondb, texts, run = blocks()
    for block in (files, neurondb, texts):
        shell(block)
    said = shell(run)
    assert re.search(r"score_combo +5\n", said)  # four cells, and the exemplar unrepaired
    failures = (home / "my_project/results/release/failures.tsv").read_text().splitlines()
    assert [line.split("\t")[1] for line in failures[1:]] == ["lbc140507.1"]
    released = home / "my_project/results/release/extneurondb.dat"
    assert len(released.read_text().splitlines()) == 3

    config = home / "my_project/megate.yaml"
    config.write_text(config.read_text().replace("megate_threshold: 5", "megate_threshold: 20"))
    said = shell(run.splitlines()[1])
    assert "score_combo" not in said
    assert len(released.read_text().splitlines()) == 4
