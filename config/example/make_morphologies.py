# SPDX-License-Identifier: Apache-2.0
"""Make the example's morphology release.

Everything in `morphologies/` comes from this script: the cells (`.asc`, `.swc`), `neuronDB.xml`
and `apical_points_isec.json`. So do the unrepaired exemplars, `emodels/*/morphologies/`. The same
script gives the same bytes each time: every cell is grown from its own seed. It needs nothing but
Python.

    python make_morphologies.py

The cells are synthetic and small, so that a simulation takes a second. Pyramidal cells have a
soma, an axon, basal dendrites, and an apical trunk with obliques that ends in a tuft; interneurons
have a soma, an axon and basal dendrites. All lengths and diameters are in µm.
"""

from __future__ import annotations

import argparse
import json
import math
import random
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

Vector = tuple[float, float, float]

AXON, BASAL, APICAL = 2, 3, 4  # SWC's codes
ASC_TYPES = {AXON: "Axon", BASAL: "Dendrite", APICAL: "Apical"}
ASC_COLORS = {AXON: "Blue", BASAL: "Red", APICAL: "Magenta"}
POINT_SPACING = 12.0  # µm between two points of a section


@dataclass
class Section:
    """An unbranched piece of neurite: points (x, y, z, diameter) in µm, and what follows it."""

    kind: int
    points: list[tuple[float, float, float, float]]
    children: list[Section] = field(default_factory=list)

    def walk(self) -> Iterator[Section]:
        """This section and all below it, each before its children: NEURON's numbering."""
        yield self
        for child in self.children:
            yield from child.walk()


@dataclass
class Cell:
    """Soma (a sphere at the origin, radius in µm), neurites, and the main apical bifurcation."""

    soma_radius: float
    neurites: list[Section]
    apical_point: Section | None = None


@dataclass(frozen=True)
class Pyramid:
    """What a pyramidal cell is grown from: lengths and diameters in µm."""

    name: str
    mtype: str
    msubtype: str
    layer: str
    seed: int
    soma_radius: float = 8.5
    basal_stems: int = 4
    basal_length: float = 95.0
    trunk_length: float = 250.0
    trunk_diameter: float = 3.0
    obliques: int = 3
    oblique_length: float = 85.0
    tuft_length: float = 75.0
    tuft_orders: int = 2
    dendrite_diameter: float = 1.2
    axon_diameter: float | None = 1.5  # None: the axon was lost
    extension: str = "asc"


@dataclass(frozen=True)
class Interneuron:
    """What an interneuron is grown from: lengths and diameters in µm."""

    name: str
    mtype: str
    msubtype: str
    layer: str
    seed: int
    soma_radius: float = 7.0
    stems: int = 5
    stem_length: float = 35.0
    branch_length: float = 85.0
    dendrite_diameter: float = 1.1
    axon_diameter: float = 1.0
    extension: str = "asc"


# The release, in neuronDB's order. The first of each kind is the e-model's exemplar.
CELLS: tuple[Pyramid | Interneuron, ...] = (
    Pyramid("tpc140301-A1", "L5_TPC", "A", "5", seed=101),
    Pyramid(
        "tpc140301-A2",
        "L5_TPC",
        "A",
        "5",
        seed=102,
        soma_radius=9.5,
        basal_stems=5,
        trunk_length=275.0,
        trunk_diameter=3.5,
        tuft_length=88.0,
        dendrite_diameter=1.3,
        axon_diameter=1.7,
    ),
    # a giant: more, longer and thicker dendrites
    Pyramid(
        "tpc140305-A1",
        "L5_TPC",
        "A",
        "5",
        seed=103,
        soma_radius=13.0,
        basal_stems=6,
        basal_length=140.0,
        trunk_length=330.0,
        trunk_diameter=5.2,
        oblique_length=120.0,
        tuft_length=110.0,
        dendrite_diameter=2.2,
        axon_diameter=2.2,
    ),
    Pyramid("tpc140309-B1", "L5_TPC", "B", "5", seed=104, tuft_length=60.0, obliques=4),
    Pyramid(
        "tpc140309-B2",
        "L5_TPC",
        "B",
        "5",
        seed=105,
        soma_radius=9.0,
        basal_length=105.0,
        trunk_length=235.0,
        tuft_length=62.0,
        dendrite_diameter=1.1,
        axon_diameter=1.2,
        extension="swc",
    ),
    # its axon was lost in the slice
    Pyramid("tpc140312-B1", "L5_TPC", "B", "5", seed=106, tuft_length=65.0, axon_diameter=None),
    Pyramid(
        "tpc140402_1",
        "L4_TPC",
        "",
        "4",
        seed=107,
        soma_radius=7.5,
        trunk_length=205.0,
        trunk_diameter=2.5,
        tuft_length=60.0,
        dendrite_diameter=1.1,
        axon_diameter=1.3,
    ),
    Pyramid(
        "tpc140402_2",
        "L4_TPC",
        "",
        "4",
        seed=108,
        soma_radius=7.0,
        basal_stems=3,
        basal_length=85.0,
        trunk_length=215.0,
        trunk_diameter=2.6,
        tuft_length=65.0,
        axon_diameter=1.2,
    ),
    # a dwarf: few, short and thin dendrites
    Pyramid(
        "tpc140406_1",
        "L4_TPC",
        "",
        "4",
        seed=109,
        soma_radius=5.0,
        basal_stems=3,
        basal_length=45.0,
        trunk_length=190.0,
        trunk_diameter=1.3,
        obliques=1,
        oblique_length=40.0,
        tuft_length=40.0,
        tuft_orders=1,
        dendrite_diameter=0.7,
        axon_diameter=0.9,
    ),
    Interneuron("lbc140501-1", "L5_LBC", "", "5", seed=201, extension="swc"),
    Interneuron("lbc140501-2", "L5_LBC", "", "5", seed=202, soma_radius=7.5, branch_length=92.0),
    Interneuron("lbc140503.1", "L4_LBC", "", "4", seed=203, stems=4, branch_length=90.0),
    # a dwarf
    Interneuron(
        "lbc140507.1",
        "L4_LBC",
        "",
        "4",
        seed=204,
        soma_radius=4.5,
        stems=3,
        stem_length=18.0,
        branch_length=40.0,
        dendrite_diameter=0.7,
        axon_diameter=0.6,
    ),
)

# Unrepaired exemplars: cell -> (e-model package, share of the last basal dendrite that is left)
UNREPAIRED = {
    "tpc140301-A1": ("cADpyr_TPC", 0.5),
    "lbc140501-1": ("cNAC_LBC", 0.5),
}


def unit(vector: Vector) -> Vector:
    """The vector at length 1."""
    norm = math.sqrt(sum(x * x for x in vector))
    return (vector[0] / norm, vector[1] / norm, vector[2] / norm)


def jittered(direction: Vector, spread: float, rng: random.Random) -> Vector:
    """A direction near `direction`; `spread` is the standard deviation per axis."""
    x, y, z = direction
    return unit((x + rng.gauss(0, spread), y + rng.gauss(0, spread), z + rng.gauss(0, spread)))


def grow(
    kind: int,
    start: Vector,
    direction: Vector,
    length: float,
    diameters: tuple[float, float],
    rng: random.Random,
) -> Section:
    """A wiggly section of about `length` µm that tapers from the first to the second diameter."""
    steps = max(2, round(length / POINT_SPACING))
    first, last = diameters
    position = start
    points = [(*position, first)]
    for step in range(1, steps + 1):
        heading = jittered(direction, 0.12, rng)
        position = (
            position[0] + heading[0] * length / steps,
            position[1] + heading[1] * length / steps,
            position[2] + heading[2] * length / steps,
        )
        points.append((*position, first + (last - first) * step / steps))
    return Section(kind, points)


def end(section: Section) -> Vector:
    """Where a section ends, µm."""
    x, y, z, _ = section.points[-1]
    return (x, y, z)


def branch(
    parent: Section,
    direction: Vector,
    orders: int,
    length: float,
    diameter: float,
    rng: random.Random,
) -> None:
    """Let `parent` fork `orders` times; each daughter is about `length` µm long."""
    if orders == 0:
        return
    side = jittered((direction[1], -direction[0], 0.3), 0.3, rng)
    for sign in (1, -1):
        heading = unit(tuple(d + sign * 0.55 * s for d, s in zip(direction, side, strict=True)))
        own_length = length * rng.uniform(0.85, 1.15)
        daughter = grow(
            parent.kind, end(parent), heading, own_length, (diameter, 0.75 * diameter), rng
        )
        parent.children.append(daughter)
        branch(daughter, heading, orders - 1, length, 0.75 * diameter, rng)


def on_soma(direction: Vector, soma_radius: float) -> Vector:
    """A point just inside the soma's outline, where a neurite starts."""
    return tuple(0.9 * soma_radius * d for d in unit(direction))


def grow_axon(soma_radius: float, diameter: float, rng: random.Random) -> Section:
    """An axon that leaves the soma downwards, tapers, and forks once."""
    down = jittered((0.0, -1.0, 0.0), 0.1, rng)
    start = on_soma((down[0], down[1], 0.0), soma_radius)
    axon = grow(AXON, start, down, 75.0, (diameter, 0.5 * diameter), rng)
    branch(axon, down, 1, 90.0, 0.5 * diameter, rng)
    return axon


def grow_pyramid(spec: Pyramid) -> Cell:
    """Grow a pyramidal cell."""
    rng = random.Random(spec.seed)
    cell = Cell(spec.soma_radius, [])
    if spec.axon_diameter is not None:
        cell.neurites.append(grow_axon(spec.soma_radius, spec.axon_diameter, rng))

    for i in range(spec.basal_stems):
        angle = math.pi * (1.12 + 0.76 * (i + rng.uniform(0.2, 0.8)) / spec.basal_stems)
        heading = jittered((math.cos(angle), math.sin(angle), 0.0), 0.15, rng)
        start = on_soma((heading[0], heading[1], 0.0), spec.soma_radius)
        diameter = spec.dendrite_diameter * rng.uniform(1.1, 1.4)
        stem = grow(BASAL, start, heading, 28.0, (diameter, spec.dendrite_diameter), rng)
        branch(stem, heading, 1, spec.basal_length, spec.dendrite_diameter, rng)
        cell.neurites.append(stem)

    up = (0.0, 1.0, 0.0)
    pieces = spec.obliques + 1
    trunk: Section | None = None
    for i in range(pieces):
        diameters = tuple(spec.trunk_diameter * (1 - 0.5 * (i + k) / pieces) for k in (0, 1))
        start = on_soma(up, spec.soma_radius) if trunk is None else end(trunk)
        piece = grow(APICAL, start, up, spec.trunk_length / pieces, diameters, rng)
        if trunk is None:
            cell.neurites.append(piece)
        else:
            side = (1.0 if i % 2 else -1.0, 0.45, rng.uniform(-0.5, 0.5))
            length = spec.oblique_length * rng.uniform(0.85, 1.15)
            diameter = 0.8 * spec.dendrite_diameter
            oblique = grow(APICAL, end(trunk), unit(side), length, (diameter, 0.6), rng)
            trunk.children.extend([oblique, piece])
        trunk = piece
    cell.apical_point = trunk
    branch(trunk, up, spec.tuft_orders, spec.tuft_length, 1.1 * spec.dendrite_diameter, rng)
    return cell


def grow_interneuron(spec: Interneuron) -> Cell:
    """Grow an interneuron."""
    rng = random.Random(spec.seed)
    cell = Cell(spec.soma_radius, [grow_axon(spec.soma_radius, spec.axon_diameter, rng)])
    for i in range(spec.stems):
        angle = math.pi * (-0.35 + 1.7 * (i + rng.uniform(0.3, 0.7)) / spec.stems)
        heading = jittered((math.cos(angle), math.sin(angle), 0.0), 0.15, rng)
        start = on_soma((heading[0], heading[1], 0.0), spec.soma_radius)
        diameter = spec.dendrite_diameter
        stem = grow(BASAL, start, heading, spec.stem_length, (1.4 * diameter, diameter), rng)
        branch(stem, heading, 1, spec.branch_length, diameter, rng)
        cell.neurites.append(stem)
    return cell


def grow_cell(spec: Pyramid | Interneuron) -> Cell:
    """Grow a cell."""
    return grow_pyramid(spec) if isinstance(spec, Pyramid) else grow_interneuron(spec)


def cut_last_basal(cell: Cell, share: float) -> None:
    """Cut the cell's last basal dendrite short, as at the surface of a slice."""
    stem = [neurite for neurite in cell.neurites if neurite.kind == BASAL][-1]
    tip = list(stem.walk())[-1]
    del tip.points[max(2, round(share * len(tip.points))) :]


def asc_section(section: Section, indent: str) -> list[str]:
    """Lines of a section and all that follows it, in Neurolucida's format."""
    lines = [f"{indent}({x:.2f} {y:.2f} {z:.2f} {d:.2f})" for x, y, z, d in section.points]
    # a daughter's first point is its parent's last: asc does not repeat it
    for i, child in enumerate(section.children):
        lines.append(f"{indent}{'|' if i else '('}")
        shortened = replace(child, points=child.points[1:])
        lines += asc_section(shortened, indent + "  ")
    lines.append(f"{indent})" if section.children else f"{indent}Normal")
    return lines


def to_asc(cell: Cell) -> str:
    """The cell in Neurolucida's format; the soma is an elliptic contour of 16 points."""
    lines = ['("CellBody"', "  (Color Yellow)", "  (CellBody)"]
    for i in range(16):
        angle = 2 * math.pi * (i + 0.5) / 16
        x = 0.95 * cell.soma_radius * math.cos(angle)
        y = 1.2 * cell.soma_radius * math.sin(angle)
        lines.append(f"  ({x:.2f} {y:.2f} 0.00 0.10)")
    lines += [")", ""]
    for neurite in cell.neurites:
        lines += [f"( (Color {ASC_COLORS[neurite.kind]})", f"  ({ASC_TYPES[neurite.kind]})"]
        lines += [*asc_section(neurite, "  "), ")", ""]
    return "\n".join(lines)


def to_swc(cell: Cell) -> str:
    """The cell in SWC; the soma is three points, as in NeuroMorpho.org's files."""
    radius = cell.soma_radius
    rows = [
        (1, 1, 0.0, 0.0, 0.0, radius, -1),
        (2, 1, 0.0, -radius, 0.0, radius, 1),
        (3, 1, 0.0, radius, 0.0, radius, 1),
    ]

    def add(section: Section, parent: int, skip: int) -> None:
        for x, y, z, diameter in section.points[skip:]:
            rows.append((len(rows) + 1, section.kind, x, y, z, diameter / 2, parent))
            parent = len(rows)
        for child in section.children:
            add(child, parent, 1)

    for neurite in cell.neurites:
        add(neurite, 1, 0)
    lines = ["# index type x y z radius parent; lengths in um"]
    lines += [f"{i} {t} {x:.2f} {y:.2f} {z:.2f} {r:.3f} {p}" for i, t, x, y, z, r, p in rows]
    return "\n".join(lines) + "\n"


def write_cell(cell: Cell, path: Path) -> None:
    """Write a cell in the format of the path's extension."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(to_asc(cell) if path.suffix == ".asc" else to_swc(cell), encoding="utf-8")


def apical_point_isec(cell: Cell) -> int | None:
    """Index, in NEURON's `apic`, of the trunk's last section: it ends in the main bifurcation."""
    apical = [s for n in cell.neurites if n.kind == APICAL for s in n.walk()]
    for isec, section in enumerate(apical):
        if section is cell.apical_point:
            return isec
    return None


def neurondb_xml(specs: tuple[Pyramid | Interneuron, ...]) -> str:
    """The release's neuronDB.xml."""
    lines = ['<?xml version="1.0" encoding="UTF-8"?>', "<neurondb>", "  <listing>"]
    for spec in specs:
        lines.append("    <morphology>")
        for tag in ("name", "mtype", "msubtype", "layer"):
            lines.append(f"      <{tag}>{getattr(spec, tag)}</{tag}>")
        lines.append("    </morphology>")
    return "\n".join([*lines, "  </listing>", "</neurondb>"]) + "\n"


def main() -> None:
    """Write the release and the unrepaired exemplars."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument(
        "--output", type=Path, default=Path(__file__).resolve().parent, help="default: here"
    )
    output: Path = parser.parse_args().output
    release = output / "morphologies"
    apical_points: dict[str, int] = {}
    for spec in CELLS:
        cell = grow_cell(spec)
        file_name = f"{spec.name}.{spec.extension}"
        write_cell(cell, release / file_name)
        isec = apical_point_isec(cell)
        if isec is not None:
            apical_points[spec.name] = isec
        if spec.name in UNREPAIRED:
            package, share = UNREPAIRED[spec.name]
            cut_last_basal(cell, share)
            write_cell(cell, output / "emodels" / package / "morphologies" / file_name)
    (release / "neuronDB.xml").write_text(neurondb_xml(CELLS), encoding="utf-8")
    (release / "apical_points_isec.json").write_text(
        json.dumps(apical_points, indent=2) + "\n", encoding="utf-8"
    )


if __name__ == "__main__":
    main()
