"""morphology_facts: what a file holds, counted by hand, and all that can be wrong with it."""

import os
import socket
from dataclasses import replace
from pathlib import Path

import h5py
import numpy as np
import pytest
from cells import APICAL, AXON, CELL, DENDRITE, SOMA, h5_of

from megate.morphologies.facts import Facts, refusal
from megate.morphologies.in_children import read_all

SWC = "1 1 0 0 0 5 -1\n2 3 5 0 0 1 1\n3 3 50 0 0 1 2\n"


def read(folder: Path, text: str | bytes, name: str = "m.asc") -> Facts:
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return facts_of(path)


def facts_of(path: Path) -> Facts:
    """Read it in a child process, as the check does: NEURON is called."""
    ((_, facts),) = read_all([path], 1)
    return facts


def test_what_a_cell_holds(tmp_path: Path):
    facts = read(tmp_path, CELL)
    assert facts.problems == ()
    assert (facts.axon_sections, facts.basal_sections, facts.apical_sections) == (3, 3, 5)
    assert facts.axon_path_um == pytest.approx(30 + 40 + 30)
    # 30, 70 and 20 um: 1 + 2 * int(L / 12) each
    assert facts.axon_segments == 5 + 11 + 3
    # each section that has a parent starts with its last point
    assert facts.points == (2 + 3 + 2) + (2 + 3 + 2) + (2 + 3 + 3 + 3 + 3)


def test_formats_hold_the_same(tmp_path: Path):
    of_asc = read(tmp_path, CELL)
    of_h5 = replace(of_asc, copy=".asc")  # NEURON reads a copy
    assert facts_of(h5_of(tmp_path / "m.asc")) == of_h5
    assert read(tmp_path, (tmp_path / "m.h5").read_bytes(), "n.H5") == of_h5
    assert read(tmp_path, CELL, "n.ASC") == of_asc


def test_only_a_soma(tmp_path: Path):
    assert read(tmp_path, SOMA) == Facts()


def test_without_axon(tmp_path: Path):
    facts = read(tmp_path, SWC, "m.swc")
    assert facts == Facts(basal_sections=1, points=2)
    assert facts.problems == ()


def test_the_axon_path_is_that_of_one_axon(tmp_path: Path):
    second = "((Axon) (5 0 0 1) (95 0 0 1))\n"
    facts = read(tmp_path, SOMA + AXON + second)
    assert facts.axon_sections == 4
    assert facts.axon_path_um == pytest.approx(100)


def test_sections_that_change_their_type_are_sections_as_in_neuron(tmp_path: Path):
    text = SWC + "4 4 70 0 0 1 3\n5 4 90 0 0 1 4\n"
    facts = read(tmp_path, text, "m.swc")
    assert facts.problems == ()
    assert (facts.basal_sections, facts.apical_sections) == (1, 1)


def test_what_morphio_warns_of_is_no_problem(tmp_path: Path, capfd: pytest.CaptureFixture):
    only_child = "((Dendrite) (5 0 0 2) (20 0 0 2) ((30 0 0 1) (40 0 0 1)))\n"
    assert read(tmp_path, SOMA + only_child).problems == ()
    assert capfd.readouterr() == ("", "")


PROBLEMS = {
    "text that is no morphology": ("m.asc", "hello", "has no soma"),
    "cut off": (
        "m.asc",
        CELL[: CELL.index("(60 55")],
        "does not load: line 4: '(' or '<' that is not closed",
    ),
    "binary": ("m.swc", bytes(range(256)), "does not load: "),
    "not HDF5": ("m.h5", CELL, "does not load: "),
    "unknown parent": (
        "m.swc",
        SWC + "4 3 1 1 1 1 77\n",
        "line 4: the parent 77 is not in the file",
    ),
    "a format of no reader": ("m.obj", CELL, "does not load: "),
    "without soma": ("m.asc", DENDRITE, "has no soma"),
    "without soma, swc": ("m.swc", "1 3 5 0 0 1 -1\n2 3 50 0 0 1 1\n", "has no soma"),
    "soma of two points": (
        "m.asc",
        '("CellBody" (CellBody) (0 0 0 1) (5 5 0 1))\n' + DENDRITE,
        "its soma has 2 points, expected a contour of at least 3",
    ),
    "soma without area": (
        "m.asc",
        '("CellBody" (CellBody) (0 0 0 1) (5 5 0 1) (9 9 0 1))\n' + DENDRITE,
        "its soma's contour has no area",
    ),
    "soma at nan": ("m.asc", SOMA.replace("(5 5", "(5 nan") + DENDRITE, "its soma has a coordin"),
    "soma of no width": ("m.swc", SWC.replace("0 5 -1", "0 0 -1"), "its soma has a diameter that"),
    "coordinate nan": (
        "m.asc",
        SOMA + DENDRITE.replace("(20 40 0 1)", "(20 nan 0 1)"),
        "1 of 5 points have a coordinate that is not a finite number; the first is (20, nan, 0)",
    ),
    "coordinate over all measure": (
        "m.swc",
        SWC.replace("3 3 50", "3 3 1e300"),
        "1 of 2 points have a coordinate that is not a finite number; the first is (1e+300, 0, 0)",
    ),
    "diameter nan": (
        "m.asc",
        SOMA + DENDRITE.replace("(20 40 0 1)", "(20 40 0 nan)"),
        "1 of 5 points have a diameter that is not a finite number; the first is (20, 40, 0)",
    ),
    "diameter 0": (
        "m.asc",
        SOMA + DENDRITE.replace("(20 40 0 1)", "(20 40 0 0)"),
        "1 of 5 points have a diameter that is not above 0; the first is (20, 40, 0)",
    ),
    "diameter below 0": (
        "m.asc",
        SOMA + DENDRITE.replace("(20 40 0 1)", "(20 40 0 -1)"),
        "1 of 5 points have a diameter that is not above 0; the first is (20, 40, 0)",
    ),
}


@pytest.mark.parametrize("case", PROBLEMS)
def test_each_problem_is_said_in_a_line(case: str, tmp_path: Path):
    name, text, problem = PROBLEMS[case]
    problems = read(tmp_path, text, name).problems
    assert any(problem in found for found in problems), problems
    assert not any("\n" in found or "\x1b" in found or str(tmp_path) in found for found in problems)


def test_all_problems_of_a_file_are_said(tmp_path: Path):
    text = APICAL.replace("(60 55 0 1)", "(60 55 0 0)").replace("(30 150 0 1)", "(30 nan 0 1)")
    assert [problem[:30] for problem in read(tmp_path, text).problems] == [
        "has no soma",
        "1 of 10 points have a coordina",
        "1 of 10 points have a diameter",
    ]


def test_an_h5_file_of_something_else(tmp_path: Path):
    with h5py.File(tmp_path / "m.h5", "w") as file:
        file["points"] = np.zeros((3, 4))
    (problem,) = facts_of(tmp_path / "m.h5").problems
    assert problem.startswith("does not load: ")


def test_what_is_not_to_be_opened(tmp_path: Path):
    (tmp_path / "empty").touch()
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "large").touch()
    os.truncate(tmp_path / "large", 201_000_000)
    (tmp_path / "not too large").touch()
    os.truncate(tmp_path / "not too large", 200_000_000)
    (tmp_path / "link").symlink_to("/dev/zero")
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(tmp_path / "socket"))
    found = {path.name: refusal(path.stat()) for path in (tmp_path, *tmp_path.iterdir())}
    assert found == {
        tmp_path.name: "is a folder, expected a file",
        "pipe": "is a pipe, expected a file",
        "socket": "is a socket, expected a file",
        "link": "is a device, expected a file",
        "empty": "is empty",
        "large": "has 201 MB, more than 200 MB",
        "not too large": None,
    }
