"""morphology_check: what is read anew, what is remembered, and the table."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from cells import CELL, DENDRITE

from megate.morphologies import check as morphology_check
from megate.morphologies.check import Checked, check, problems_in, read_table, write_table
from megate.morphologies.facts import Facts
from megate.morphologies.in_children import read_all


@pytest.fixture
def read_files(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Names of the files that were read."""
    names: list[str] = []

    def counting(paths: Iterator[Path], processes: int, *how: Any) -> Iterator[tuple[Path, Facts]]:
        for path, facts in read_all(paths, processes, *how):
            if not how:
                names.append(path.name)
            yield path, facts

    monkeypatch.setattr(morphology_check, "read_all", counting)
    return names


@pytest.fixture
def files(tmp_path: Path) -> list[Path]:
    """Three morphologies, the second one with problems."""
    paths = [tmp_path / f"{name}.asc" for name in "abc"]
    for path, text in zip(paths, (CELL, DENDRITE, CELL + "; another\n"), strict=True):
        path.write_text(text)
    return paths


class Checks:
    """Check after check, with the table of the one before."""

    def __init__(self, table: Path, read_files: list[str]) -> None:
        self.table, self._read_files = table, read_files

    def again(self, *files: Path) -> list[str]:
        """Check, and say which files were read."""
        self._read_files.clear()
        rows = check(map(str, files), read_table(self.table), processes=2)
        write_table(self.table, rows)
        assert [row.file for row in rows] == list(dict.fromkeys(map(str, files)))
        return sorted(self._read_files)


@pytest.fixture
def checks(tmp_path: Path, read_files: list[str]) -> Checks:
    return Checks(tmp_path / "morphologies.tsv", read_files)


def test_each_file_is_read_once(checks: Checks, files: list[Path]):
    assert checks.again(*files, files[0]) == ["a.asc", "b.asc", "c.asc"]
    before = checks.table.read_text()
    assert checks.again(*files) == []
    assert checks.table.read_text() == before


def test_a_file_of_the_same_size_and_time_is_not_even_opened(checks: Checks, files: list[Path]):
    checks.again(*files)
    status = files[0].stat()
    files[0].write_text("x" * status.st_size)
    os.utime(files[0], ns=(status.st_atime_ns, status.st_mtime_ns))
    assert checks.again(*files) == []
    os.utime(files[0])
    assert checks.again(*files) == ["a.asc"]


def test_only_content_that_is_new_is_read(checks: Checks, files: list[Path], tmp_path: Path):
    checks.again(*files)
    os.utime(files[0], (1, 1))
    files[1].write_text(DENDRITE + "; changed\n")
    copy = tmp_path / "copy.asc"
    copy.write_text(files[2].read_text())
    assert checks.again(*files, copy) == ["b.asc"]
    rows = {row.morph_name: row for row in read_table(checks.table)}
    assert rows["copy"].facts == rows["c"].facts == rows["a"].facts
    assert rows["a"].mtime_ns == 1_000_000_000
    assert checks.again(*files, copy) == []


def test_two_new_files_of_the_same_content_are_read_once(checks: Checks, tmp_path: Path):
    for name in ("a.asc", "b.asc", "c.ASC", "d.swc"):
        (tmp_path / name).write_text(CELL)
    read = checks.again(*sorted(tmp_path.glob("?.*")))
    assert len(read) == 2  # as .swc it is another content
    statuses = pd.read_csv(checks.table, sep="\t").set_index("file")["status"]
    assert list(statuses) == ["ok", "ok", "ok", "problem"]


def test_another_reader_reads_all_again(
    checks: Checks, files: list[Path], monkeypatch: pytest.MonkeyPatch
):
    checks.again(*files)
    text = checks.table.read_text()
    assert text.count(morphology_check.READER) == 3
    checks.table.write_text(text.replace(morphology_check.READER, "morphio 2.0, rules 0"))
    assert checks.again(*files) == ["a.asc", "b.asc", "c.asc"]


@pytest.mark.parametrize(
    "spoil",
    [
        lambda table: table.unlink(),
        lambda table: table.write_text(""),
        lambda table: table.write_text("<html>\n"),
        lambda table: table.write_bytes(bytes(range(256)) * 10),
        lambda table: table.write_text(table.read_text().replace("\t11", "\tx")),
        lambda table: table.write_text("\n".join(table.read_text().splitlines()[:-1])[:-60]),
    ],
)
def test_a_table_that_is_lost_or_spoilt_costs_time_only(spoil, checks: Checks, files: list[Path]):
    checks.again(*files)
    before = checks.table.read_text()
    spoil(checks.table)
    checks.again(*files)
    assert checks.table.read_text() == before


def test_the_table(checks: Checks, files: list[Path], tmp_path: Path):
    os.mkfifo(tmp_path / "pipe.asc")
    checks.again(*files, tmp_path / "pipe.asc", tmp_path / "gone.asc")
    table = pd.read_csv(checks.table, sep="\t", keep_default_na=False).set_index("morph_name")
    assert list(table.index) == ["a", "b", "c", "pipe", "gone"]
    assert table["status"].to_dict() == {
        "a": "ok",
        "b": "problem",
        "c": "ok",
        "pipe": "problem",
        "gone": "problem",
    }
    problems = table["problems"].to_dict()
    assert problems.pop("gone").startswith("cannot be read: ")
    assert problems == {
        "a": "",
        "b": "has no soma",
        "c": "",
        "pipe": "is a pipe, expected a file",
    }
    numbers = ["axon_sections", "basal_sections", "apical_sections", "axon_path_um", "points"]
    assert list(table.loc["a", numbers]) == [3, 3, 5, 100.0, 28]
    assert list(table["sha256"].str.len()) == [64, 64, 64, 0, 0]
    assert list(table["size"])[:2] == [len(CELL), len(DENDRITE)]


def test_what_may_have_come_from_the_machine_is_not_remembered(tmp_path: Path):
    lasting, transient = Facts(problems=("x",)), Facts(problems=("x",), transient=True)
    rows = [Checked("a.asc", lasting, 1, 2, "f" * 64), Checked("b.asc", transient, 1, 2, "e" * 64)]
    write_table(tmp_path / "table", rows)
    assert [row.sha256 for row in read_table(tmp_path / "table")] == ["f" * 64, ""]


def test_all_problems_are_named_with_morphology_and_file(files: list[Path]):
    rows = check(map(str, files), [], processes=1)
    found = problems_in(rows, Path("results/m.tsv"))
    assert found.headline == "1 of 3 morphologies have problems (all are in results/m.tsv)"
    assert found.problems == [f"b ({files[1]}): has no soma"]
    assert problems_in([rows[0], rows[2]], Path("m.tsv")).problems == []
