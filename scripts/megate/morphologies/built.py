"""Compare the sections of a cell in NEURON with those of its morphology file."""

from collections.abc import Collection, Sequence
from typing import Any

import numpy as np

from megate.morphologies.formats.sections import (
    APICAL,
    AXON,
    BASAL,
    Morphology,
    Section,
    built_sections,
    in_words,
    soma_groups,
)

_ARRAYS = {AXON: "axon", BASAL: "dend", APICAL: "apic"}
_LISTS = {AXON: "axonal", BASAL: "basal", APICAL: "apical"}
_TOLERANCE_UM = 2e-3
"""Largest difference of coordinates and diameters. Import3d passes them on with eight digits, and
NEURON stores them as 32-bit numbers."""
_RELATIVE = 1e-6


def cell_sections(icell: Any) -> tuple[list[Section], list[Any]]:
    """The neurites' sections of a cell that Import3d has built, and its soma's sections (NEURON).

    Args:
        icell: a cell with the section lists and arrays that Import3d fills
    """
    h_sections: list[Any] = []
    kinds: list[int] = []
    somatic = list(icell.somatic)
    for kind, name in _LISTS.items():
        own = list(getattr(icell, name))
        h_sections += own
        kinds += [kind] * len(own)
    place = {section: number for number, section in enumerate(h_sections)}
    soma = set(somatic)
    sections = []
    for section, kind in zip(h_sections, kinds, strict=True):
        parent, at = _parent(section)
        while parent is not None and parent not in soma and at == 0:
            parent, at = _parent(parent)  # the start of a section is the end of its parent
        attached = parent is not None
        number = None if parent is None or parent in soma else place.get(parent)
        sections.append(Section(kind, number, points_of(section), attached))
    return sections, somatic


def _parent(section: Any) -> tuple[Any, float]:
    segment = section.parentseg()
    return (None, 0.0) if segment is None else (segment.sec, segment.x)


def points_of(section: Any) -> np.ndarray:
    """x, y, z and diameter of a section's points, um, shape (n, 4)."""
    count = section.n3d()
    return np.array(
        [(section.x3d(i), section.y3d(i), section.z3d(i), section.diam3d(i)) for i in range(count)],
        dtype=float,
    ).reshape(-1, 4)


def difference(
    morphology: Morphology, icell: Any, kinds: Collection[int] = (AXON, BASAL, APICAL)
) -> str | None:
    """How a cell that NEURON has built differs from its file, or None if it does not.

    The sections are compared one by one, in NEURON's order for each kind: points, diameters and
    parents. Sections without length may be missing, and the first section at the soma may start
    with a point of the soma. Of the soma, the number of sections and the length are compared.

    Args:
        kinds: of the neurites' sections that are compared
    """
    try:
        built, somatic = cell_sections(icell)
    except TypeError:  # NEURON stopped so early that the cell has no lists
        built, somatic = [], []
    found = _unlike(morphology.sections, built, kinds) or _soma_unlike(morphology, somatic)
    if found is None:
        return None
    held = in_words(built_sections(morphology.sections))
    return f"the file holds {held}, NEURON built {in_words(built)}; {found}"


def _unlike(
    expected: Sequence[Section], built: list[Section], kinds: Collection[int]
) -> str | None:
    """The first difference in sections of these kinds. `built` may lack degenerate ones."""
    of_kind = {
        kind: [number for number, section in enumerate(built) if section.kind == kind]
        for kind in _ARRAYS
    }
    next_one = dict.fromkeys(_ARRAYS, 0)
    place: list[int | None] = []  # index in `built` of each section, or of its nearest ancestor
    for section in expected:
        kind, name = section.kind, _ARRAYS[section.kind]
        own = of_kind[kind]
        parent = None if section.parent is None else place[section.parent]
        index = own[next_one[kind]] if next_one[kind] < len(own) else None
        wrong = (
            f"{name}[{len(own)}] is missing"
            if index is None
            else _section_unlike(section, parent, built[index])
        )
        if kind not in kinds or wrong is None:
            place.append(index)
            next_one[kind] += 1
        elif section.degenerate:
            place.append(parent)
        else:
            where = "" if index is None else f"{name}[{next_one[kind]}] "
            return f"{where}{wrong}"
    for kind, own in of_kind.items():
        if kind in kinds and next_one[kind] < len(own):
            return f"{_ARRAYS[kind]}[{next_one[kind]}] is not in the file"
    return None


def _section_unlike(expected: Section, parent: int | None, built: Section) -> str | None:
    points = built.points
    if len(points) == len(expected.points) + 1 and (
        expected.parent is None or (points[0, :3] == points[1, :3]).all()
    ):
        points = points[1:]  # the point that it leaves
    if len(points) != len(expected.points):
        return f"has {len(built.points)} points instead of {len(expected.points)}"
    allowed = _TOLERANCE_UM + _RELATIVE * np.abs(expected.points)
    wrong = np.abs(points - expected.points) > allowed
    if expected.parent is None and len(points):
        wrong[0, 3] = False  # diameter at the soma
    if wrong.any():
        number = int(np.flatnonzero(wrong.any(axis=1))[0])
        now, then = (
            " ".join(f"{value:g}" for value in row[number]) for row in (points, expected.points)
        )
        return f"has the point ({now}) instead of ({then})"
    if built.parent != parent:
        return "has another parent"
    if built.attached != expected.attached:
        return "is attached" if built.attached else "is not attached"
    return None


def _soma_unlike(morphology: Morphology, somatic: list[Any]) -> str | None:
    if not morphology.soma:
        return "it built a soma" if somatic else None
    if not somatic:
        return "it built no soma"
    expected = morphology.soma_length
    if expected is None:
        groups = soma_groups(morphology.soma)
        wrong = len(somatic) != groups
        return f"it built {len(somatic)} somata, the file has {groups}" if wrong else None
    length = sum(section.L for section in somatic)
    if abs(length - expected) > 0.02 * expected + _TOLERANCE_UM:
        return f"its soma is {length:g} um long, that of the file {expected:g} um"
    return None
