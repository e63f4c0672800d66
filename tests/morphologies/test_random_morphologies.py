"""Random morphologies, written with the quirks of people's files: NEURON builds the cell that was
generated, from the file or from its clean copy. There is no third outcome."""

import random
import shutil
from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path

import h5py
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from megate.morphologies.check import check
from megate.morphologies.facts import Facts
from megate.morphologies.in_children import read_all
from megate.morphologies.simulated import for_neuron

pytestmark = pytest.mark.slow

ASC = [
    "guid after the type",
    "color after the type",
    "rgb color",
    "marker between points",
    "marker at the end",
    "spine",
    "empty branch",
    "commas",
    "comments",
    "ends",
    "thumbnail",
    "coordinates of an image",
    "another contour",
    "text",
    "labels of points",
    "CRLF",
    "soma stack",
    "first point twice",
    "indented",
    "exponents",
]
SWC = [
    "shuffled",
    "reversed ids",
    "breadth first",
    "decimal ids",
    "BOM",
    "fork and end points",
    "custom points",
    "header",
    "more columns",
    "gaps",
    "CRLF",
    "soma of three points",
    "soma as a chain",
    "axon on a dendrite",
]
NAMES = {2: "Axon", 3: "Dendrite", 4: "Apical"}
LISTS = {2: "axonal", 3: "basal", 4: "apical"}


@dataclass(frozen=True)
class Cell:
    """A random cell: the seed of its shape, its format and the quirks of its file."""

    seed: int
    roots: int
    depth: int
    suffix: str
    quirks: frozenset[str]

    def branches(self) -> list[tuple[int, int | None, list[tuple[float, ...]]]]:
        """Type, parent and own points (without the parent's last one) of each section, depth first.
        Coordinates have two decimals."""
        rng = random.Random(self.seed)
        found: list[tuple[int, int | None, list[tuple[float, ...]]]] = []

        def grow(kind: int, parent: int | None, start: tuple[float, ...], depth: int) -> None:
            points, at = [], start
            for _ in range(rng.randint(2 if parent is None else 1, 4)):
                at = tuple(round(x + rng.choice((-1, 1)) * rng.uniform(1, 20), 2) for x in at)
                points.append((*at, round(rng.uniform(0.2, 2), 2)))
            number = len(found)
            found.append((kind, parent, points))
            if depth and rng.random() < 0.8:
                for _ in range(rng.choice((2, 2, 2, 3))):
                    change = "axon on a dendrite" in self.quirks and kind == 3
                    grow(2 if change and rng.random() < 0.3 else kind, number, at, depth - 1)

        for root in range(self.roots):
            grow(rng.choice((2, 3, 4)) if root else 3, None, (4.0, 4.0, 0.0), self.depth)
        return found

    def text(self) -> str:
        text = _asc(self) if self.suffix == ".asc" else _swc(self)
        text = text.replace("\n", "\r\n") if "CRLF" in self.quirks else text
        return ("\ufeff" if "BOM" in self.quirks else "") + text


def _asc(cell: Cell) -> str:
    quirks, branches = cell.quirks, cell.branches()
    children: dict[int | None, list[int]] = {}
    for number, (_, parent, _) in enumerate(branches):
        children.setdefault(parent, []).append(number)

    def point(values: tuple[float, ...], number: int) -> str:
        written = [f"{value:e}" if "exponents" in quirks else f"{value:g}" for value in values]
        label = f" S{number}" if "labels of points" in quirks else ""
        comment = "  ; 1, 2" if "comments" in quirks else ""
        indent = "    " if "indented" in quirks else ""
        return f"{indent}({(', ' if 'commas' in quirks else ' ').join(written)}{label}){comment}\n"

    def branch(number: int) -> str:
        _, parent, points = branches[number]
        text = ""
        if parent is not None and "first point twice" in quirks:
            text += point((*branches[parent][2][-1][:3], points[0][3]), 0)
        for index, values in enumerate(points):
            text += point(values, index)
            if index == 0 and number % 3 == 1:
                if "spine" in quirks:
                    text += "<( (Color Red) (1 2 3 0.4) )>\n"
                if "marker between points" in quirks and len(points) > 1:
                    text += "(Dot (Color White) (1 2 3 1))\n"
        if "marker at the end" in quirks and number % 3 == 0:
            text += '(FilledCircle (Color White) (Name "a") (1 2 3 1))\n'
        if number in children:
            parts = [branch(child) for child in children[number]]
            if "empty branch" in quirks and number % 2:
                parts.append("")
            text += "(\n" + "|\n".join(parts) + ")\n"
        elif "ends" in quirks:
            text += " Incomplete\n"
        return text

    color = "(Color RGB (255, 128, 0))" if "rgb color" in quirks else "(Color Red)"
    text = "; V3 text file\n"
    if "thumbnail" in quirks:
        text += "(Thumbnail (Cols 2) (Rows 1) (000000 00FF00))\n"
    if "coordinates of an image" in quirks:
        text += (
            '(ImageCoords Filename "C:\\\\a b.tif" Merge 65535 65535 65535 0 Coords 1 1 0 0 0)\n'
        )
    if "another contour" in quirks:
        text += f'("Layer 4" {color} (Closed) (0 0 0 1) (9 9 0 1) (9 0 0 1))\n'
    if "text" in quirks:
        text += f'({color} (1 2 3 1) "a note")\n'
    for z in (-3, 0, 3) if "soma stack" in quirks else (0,):
        outline = "".join(
            f"({x} {y} {z} 0.1)" for x, y in ((6, 1), (2, 7), (-5, 4), (-6, -2), (1, -7))
        )
        text += f'("CellBody" {color} (CellBody) {outline})\n'
    for root in children[None]:
        after = '(GUID "a1") (MBFObjectType 5) ' if "guid after the type" in quirks else ""
        after += "(Color Blue) " if "color after the type" in quirks else ""
        text += f"({color} ({NAMES[branches[root][0]]}) {after}\n{branch(root)})\n"
    return text


def _swc(cell: Cell) -> str:
    quirks, branches = cell.quirks, cell.branches()
    rng = random.Random(cell.seed + 1)
    somata = {
        "soma of three points": [(0, 0, 0, 7, -1), (0, -7, 0, 7, 0), (0, 7, 0, 7, 0)],
        "soma as a chain": [(-5, 0, 0, 5, -1), (0, 0, 0, 6, 0), (5, 0, 0, 5, 1)],
    }
    soma = next((points for name, points in somata.items() if name in quirks), [(0, 0, 0, 7, -1)])
    rows: list[list[float]] = [[1, *point] for point in soma]  # type, x, y, z, radius, parent
    last: list[int] = []
    for kind, parent, points in branches:
        before = 0 if parent is None else last[parent]
        for x, y, z, diameter in points:
            rows.append([kind, x, y, z, diameter / 2, before])
            before = len(rows) - 1
        last.append(before)
    if "fork and end points" in quirks:
        for number, (_, parent, points) in enumerate(branches):
            if parent is not None and len(points) > 1:
                has_child = any(branch[1] == number for branch in branches)
                rows[last[number]][0] = 5 if has_child else 6
    if "custom points" in quirks and len(branches[-1][2]) > 1:
        rows[last[-1]][0] = 7
    order = list(range(len(rows)))
    if "breadth first" in quirks:
        depth = {0: 0}
        for number in range(1, len(rows)):
            depth[number] = depth[int(rows[number][5])] + 1
        order.sort(key=lambda number: (number >= len(soma), depth[number], number))
    if "reversed ids" in quirks:
        order = order[: len(soma)] + order[len(soma) :][::-1]
    step = 7 if "gaps" in quirks else 1
    ids = {number: place * step + 1 for place, number in enumerate(order)} | {-1: -1}
    lines = []
    for number in order:
        kind, x, y, z, radius, parent = rows[number]
        identity, above = (
            f"{ids[each]}.0" if "decimal ids" in quirks else str(ids[each])
            for each in (number, int(parent))
        )
        more = " 0 0" if "more columns" in quirks else ""
        lines.append(f"{identity} {int(kind)} {x:g} {y:g} {z:g} {radius!r} {above}{more}\n")
    if "shuffled" in quirks:
        rng.shuffle(lines)
    return ("# id type x y z r parent\n" if "header" in quirks else "") + "".join(lines)


def write_h5(cell: Cell, path: Path) -> None:
    """Version 1 of the format: all points, and of each section first point, type and parent."""
    outline = [(6, 1, 0, 0.1), (2, 7, 0, 0.1), (-5, 4, 0, 0.1), (-6, -2, 0, 0.1), (1, -7, 0, 0.1)]
    points, structure = [*outline], [(0, 1, -1)]
    branches = cell.branches()
    for kind, parent, own in branches:
        structure.append((len(points), kind, 0 if parent is None else parent + 1))
        before = [] if parent is None else [branches[parent][2][-1]]
        points += [*before, *own]
    with h5py.File(path, "w") as file:
        file["points"] = np.array(points, dtype=np.float32)
        file["structure"] = np.array(structure, dtype=np.int32)


def in_neuron(path: Path) -> Facts:
    """Runs in a child: what NEURON builds, as text in `problems`."""
    from megate.morphologies.import3d import build

    built = build(path)
    lines = []
    for kind, name in LISTS.items():
        for section in getattr(built, name):
            tip = [
                round(at(section.n3d() - 1), 2) for at in (section.x3d, section.y3d, section.z3d)
            ]
            lines.append(f"{kind} {tip} {round(section.diam3d(section.n3d() - 1), 2)}")
        own = sum(section.n3d() for section in getattr(built, name))
        lines.append(f"{kind} {len(list(getattr(built, name)))} {own > 0}")
    return Facts(problems=tuple(lines))


def expected(cell: Cell) -> Counter[str]:
    """The same of what was generated."""
    branches = cell.branches()
    lines = [f"{kind} {[*points[-1][:3]]} {points[-1][3]}" for kind, _, points in branches]
    for kind in LISTS:
        count = sum(branch[0] == kind for branch in branches)
        lines.append(f"{kind} {count} {count > 0}")
    return Counter(lines)


def cells() -> st.SearchStrategy[Cell]:
    return st.sampled_from([(".asc", ASC), (".swc", SWC), (".h5", ["axon on a dendrite"])]).flatmap(
        lambda form: st.builds(
            Cell,
            seed=st.integers(0, 2**31),
            roots=st.integers(1, 4),
            depth=st.integers(0, 3),
            suffix=st.just(form[0]),
            quirks=st.frozensets(st.sampled_from(form[1]), max_size=4),
        )
    )


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cells")


@settings(
    max_examples=15,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
)
@given(st.lists(cells(), min_size=20, max_size=20))
def test_neuron_builds_what_was_generated(folder: Path, many: list[Cell]):
    shutil.rmtree(folder)
    folder.mkdir()
    files = {folder / f"m{number}{cell.suffix}": cell for number, cell in enumerate(many)}
    for path, cell in files.items():
        if cell.suffix == ".h5":
            write_h5(cell, path)
        else:
            path.write_bytes(cell.text().encode())
    simulated, facts = {}, {}
    for row in check(map(str, files), [], processes=2):
        path = Path(row.file)
        assert not row.problems(convert=True), (files[path], row.problems(convert=True))
        # a file that is not converted, and not misread, is simulated as it is
        same = not row.is_converted
        assert same == (not row.facts.misread and path.suffix != ".h5")
        found = for_neuron(path, convert=True).path
        assert (found == path) == same
        simulated[found] = path
        facts[found] = row.facts
    for path, built in read_all(simulated, 2, in_neuron, lambda _, why: Facts(problems=(why,))):
        cell = files[simulated[path]]
        assert Counter(built.problems) == expected(cell), cell
        known = facts[path]  # as in morphologies.tsv
        numbers = known.axon_sections, known.basal_sections, known.apical_sections
        assert list(numbers) == [
            sum(line.startswith(f"{kind} [") for line in built.problems) for kind in LISTS
        ]
        if path.parent != folder:
            shutil.rmtree(path.parent)


def test_the_quirks_are_real():
    """Each quirk changes the file, and some files are misread."""
    for suffix, quirks in ((".asc", ASC), (".swc", SWC)):
        plain = Cell(5, 3, 2, suffix, frozenset())
        for quirk in quirks:
            assert replace(plain, quirks=frozenset([quirk])).text() != plain.text(), quirk
