"""Unusual text in morphology files: NEURON's cell is the file's, or the file is converted or
refused."""

from pathlib import Path
from typing import NamedTuple

import pytest

from megate.morphologies.check import Checked, check
from megate.morphologies.formats.neurolucida import read_asc

SOMA = """("CellBody"
  (CellBody)
  (-5 0 0 0)
  (0 5 0 0)
  (5 0 0 0)
  (0 -5 0 0)
)
"""
BEFORE_TIPS = "((Dendrite)\n (0 5 0 1)\n (0 9 0 1)\n"
TIPS = "( (1 10 0 1) (2 12 0 1) | (-1 10 0 1) (-2 12 0 1) )"
DENDRITE = f"{BEFORE_TIPS} {TIPS}\n)\n"
SPHERE = "1 1 0 0 0 5 -1\n"
NEURITE = "2 3 0 5 0 1 1\n3 3 0 9 0 1 2\n"


class Quirk(NamedTuple):
    """A file and what the check says: status, sections (axon, basal, apical), format of the clean
    copy, and a part of the problems."""

    text: str
    status: str
    sections: tuple[int, int, int] = (0, 3, 0)
    copy: str = ""
    says: str = ""


def nested(bifurcations: int) -> str:
    """A dendrite with a tip at each of its bifurcations."""
    opened = "".join(
        f"( (1 {y} 0 1) (9 {y} 0 1) | (0 {y} 0 1) (0 {y + 1} 0 1)\n"
        for y in range(6, bifurcations + 6)
    )
    return f"((Dendrite)\n (0 5 0 1) (0 6 0 1)\n{opened}{')' * bifurcations})\n"


ASC = {
    "neurite_without_type": Quirk(
        SOMA + DENDRITE + "((Color Red) (1 1 0 1) (9 9 0 1))\n",
        "problem",
        (0, 0, 0),
        says="line 13: a neurite without a type",
    ),
    "type_in_small_letters": Quirk(
        SOMA + DENDRITE.replace("Dendrite", "dendrite"),
        "problem",
        (0, 0, 0),
        says="line 8: a neurite without a type",
    ),
    "plain": Quirk(SOMA + DENDRITE, "ok"),
    "windows_lines": Quirk((SOMA + "\n\n" + DENDRITE).replace("\n", "\r\n"), "ok"),
    "comments_behind_points": Quirk((SOMA + DENDRITE).replace(")\n", ") ; (1, 2\n"), "ok"),
    "spine_numbers": Quirk(SOMA + DENDRITE.replace("9 0 1)", "9 0 1 S2)"), "ok"),
    "commas": Quirk(SOMA + DENDRITE.replace("(0 9 0 1)", "(0, 9, 0, 1)"), "ok"),
    "decimal_commas": Quirk(
        SOMA + DENDRITE.replace("(0 9 0 1)", "(0,0 9,5 0,0 1,2)"),
        "problem",
        (0, 0, 0),
        says="line 10: a point without four numbers",
    ),
    "five_numbers": Quirk(
        SOMA + DENDRITE.replace("(0 9 0 1)", "(0 9 0 1 7)"),
        "problem",
        (0, 0, 0),
        says="line 10: a point without four numbers",
    ),
    "numbers_that_run_together": Quirk(
        SOMA + DENDRITE.replace("(0 9 0 1)", "(0-9.5 0 1)"),
        "problem",
        (0, 0, 0),
        says="line 10: a point without four numbers",
    ),
    "point_at_nan": Quirk(
        SOMA + DENDRITE.replace("(0 9 0 1)", "(nan 9 0 1)"),
        "problem",
        says="a coordinate that is not a finite number",
    ),
    "soma_point_of_three_numbers": Quirk(
        SOMA.replace("(5 0 0 0)", "(5 0 0)") + DENDRITE,
        "problem",
        (0, 0, 0),
        says="line 5: a point without four numbers",
    ),
    "property_after_points_of_soma": Quirk(
        SOMA.replace("  (5 0 0 0)", "  (Color Red)\n  (5 0 0 0)") + DENDRITE,
        "misread",
        copy=".asc",
    ),
    "contour_without_points": Quirk(
        '("Notes" (Cols 3))\n' + SOMA + DENDRITE, "misread", copy=".asc"
    ),
    "word_like_a_command": Quirk("(Settings 5)\n" + SOMA + DENDRITE, "misread", copy=".asc"),
    "colour_without_numbers": Quirk("(Color RGB)\n" + SOMA + DENDRITE, "misread", copy=".asc"),
    "text_of_two_lines": Quirk('(Filename "a\nb")\n' + SOMA + DENDRITE, "misread", copy=".asc"),
    "point_in_a_property": Quirk("(Zoom 2 (1 2 3 4))\n" + SOMA + DENDRITE, "misread", copy=".asc"),
    "label_after_bifurcation": Quirk(
        SOMA + BEFORE_TIPS + TIPS + " Normal )\n" + DENDRITE,
        "misread",
        (0, 6, 0),
        ".asc",
    ),
    "bar_at_the_end": Quirk(SOMA + BEFORE_TIPS + "|)\n" + DENDRITE, "misread", (0, 4, 0), ".asc"),
    "soma_contour_of_two_points": Quirk(
        '("CellBody" (40 40 0 0) (41 40 0 0))\n' + SOMA + DENDRITE, "ok"
    ),
    "soma_of_two_places": Quirk(
        SOMA.replace("  (5 0 0 0)\n", "").replace("(-5 0 0 0)", "(0 5 0 0)") + DENDRITE,
        "problem",
        says="contour",
    ),
    "100_nested": Quirk(SOMA + nested(100), "ok", (0, 201, 0)),
    "200_nested": Quirk(SOMA + nested(200), "misread", (0, 401, 0), ".swc"),
}
SWC = {
    "roots_of_one_point": Quirk(SPHERE + "2 3 0 5 0 1 1\n3 4 9 0 0 1 1\n", "ok", (0, 1, 1)),
    "byte_order_mark_before_a_number": Quirk(
        "\ufeff" + SPHERE + NEURITE, "misread", (0, 1, 0), ".swc", "a byte order mark"
    ),
    "a_word_at_the_end": Quirk(SPHERE + NEURITE + "END\n", "ok", (0, 1, 0)),
    "root_with_parent_0": Quirk(SPHERE.replace("-1", "0") + NEURITE, "ok", (0, 1, 0)),
    "names_above_the_numbers": Quirk(f"id type x y z r parent\n{SPHERE}{NEURITE}", "ok", (0, 1, 0)),
    "windows_lines": Quirk(
        f"# by hand\n\n{SPHERE}{NEURITE}".replace("\n", "\r\n"), "ok", (0, 1, 0)
    ),
    "ids_with_gaps": Quirk(f"{SPHERE}20 3 0 5 0 1 1\n30 3 0 9 0 1 20\n", "ok", (0, 1, 0)),
    "ids_of_a_database": Quirk(
        f"{SPHERE}2000000001 3 0 5 0 1 1\n2000000002 3 0 9 0 1 2000000001\n",
        "misread",
        (0, 1, 0),
        ".swc",
    ),
    "type_that_is_not_whole": Quirk(
        SPHERE + NEURITE.replace(" 3 0 ", " 3.5 0 "),
        "problem",
        (0, 0, 0),
        says="an id, type or parent is not a whole number",
    ),
    "point_that_does_not_follow_its_parent": Quirk(
        f"{SPHERE}2 3 0 5 0 1 1\n3 3 0 9 0 1 2\n4 2 0 -5 0 1 1\n5 2 0 -9 0 1 4\n6 3 0 12 0 1 3\n",
        "misread",
        (1, 1, 0),
        ".swc",
    ),
}
QUIRKS = {f"{name}.asc": quirk for name, quirk in ASC.items()} | {
    f"{name}.swc": quirk for name, quirk in SWC.items()
}


@pytest.fixture(scope="module")
def checked(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Checked]:
    """What the check finds, by the files' names."""
    folder = tmp_path_factory.mktemp("quirks")
    for name, quirk in QUIRKS.items():
        (folder / name).write_text(quirk.text, newline="")
    rows = check([str(folder / name) for name in QUIRKS], [], processes=2)
    return {Path(row.file).name: row for row in rows}


@pytest.mark.parametrize("name", QUIRKS)
def test_quirk(checked: dict[str, Checked], name: str):
    row, quirk = checked[name], QUIRKS[name]
    facts = row.facts
    assert row.status == quirk.status, row.problems()
    assert quirk.says in row.problems()
    sections = (facts.axon_sections, facts.basal_sections, facts.apical_sections)
    assert sections == quirk.sections
    assert facts.copy == quirk.copy


def test_points_are_those_of_the_text(tmp_path: Path):
    path = tmp_path / "a.asc"
    path.write_text(
        SOMA + "((Axon)\n (0 -5.25 .5 1e0) ; 1, 2\n (+0 -7. -1.5E-1 2 S12)\n"
        " (0, -9, 0, 1)\n (0 -10 0 1) (0 -11 0 1)\n)\n"
    )
    (section,) = read_asc(path).sections
    assert section.points.tolist() == [
        [0, -5.25, 0.5, 1],
        [0, -7, -0.15, 2],
        [0, -9, 0, 1],
        [0, -10, 0, 1],
        [0, -11, 0, 1],
    ]
