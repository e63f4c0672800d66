"""The sections of a morphology, as its file holds them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np

SOMA, AXON, BASAL, APICAL = 1, 2, 3, 4
"""Types of points in SWC files, and of sections in NEURON's Import3d."""

MAX_NESTING = 100
"""Most bifurcations one after another in an .asc: NEURON reads branches by a recursion that ends
with an error at some 130 of them."""

NAMES = {AXON: "axon", BASAL: "basal", APICAL: "apical"}


class MorphologyError(Exception):
    """A morphology file cannot be read. The message does not name the file."""


@dataclass(frozen=True)
class Section:
    """An unbranched piece of a neurite.

    Attributes:
        kind: `AXON`, `BASAL` or `APICAL`
        parent: index of the parent section, or None if it leaves the soma
        points: x, y, z and diameter of its points, um, shape (n, 4). The first point of a section
            with a parent is the parent's last point, with the diameter that this section has there.
        attached: False if it has neither a parent nor a soma
        soma_point: .swc: index of the point of the soma that it leaves
    """

    kind: int
    parent: int | None
    points: np.ndarray
    attached: bool = True
    soma_point: int | None = None

    @property
    def length(self) -> float:
        """Its length, um."""
        return float(np.linalg.norm(np.diff(self.points[:, :3], axis=0), axis=1).sum())

    @property
    def area(self) -> float:
        """Lateral area of the truncated cones between its points, um^2."""
        steps = np.linalg.norm(np.diff(self.points[:, :3], axis=0), axis=1)
        radii = self.points[:, 3] / 2
        slants = np.hypot(steps, np.diff(radii))
        return float(np.pi * ((radii[1:] + radii[:-1]) * slants).sum())

    @property
    def degenerate(self) -> bool:
        """Whether it has one point, or two at one place: NEURON does not build such sections."""
        return len(self.points) < 2 or (
            len(self.points) == 2 and bool((self.points[0, :3] == self.points[1, :3]).all())
        )


@dataclass(frozen=True)
class Morphology:
    """The content of a morphology file.

    Attributes:
        soma: the soma's contours or, if `soma_parents` is given, one array with its points. Each
            array has x, y, z and diameter, um, shape (n, 4).
        soma_parents: .swc: index of the parent of each of the soma's points, -1 for a root
        sections: all neurites' sections, parents first, in the order in which NEURON numbers them
        doubts: what NEURON may read differently, with line numbers
    """

    soma: Sequence[np.ndarray]
    sections: Sequence[Section]
    soma_parents: Sequence[int] | None = None
    doubts: Sequence[str] = ()

    @property
    def not_in_asc(self) -> str:
        """Why NEURON cannot read its sections as .asc; empty if it can."""
        if any(
            section.parent is not None and section.kind != self.sections[section.parent].kind
            for section in self.sections
        ):
            return "a neurite leaves one of another type"
        if nesting(self.sections) > MAX_NESTING:
            return f"more than {MAX_NESTING} bifurcations one after another"
        return ""

    @property
    def soma_length(self) -> float | None:
        """Length of the soma as NEURON builds it from points, um: one point is a sphere. None for
        contours."""
        if self.soma_parents is None or not self.soma:
            return None
        points = self.soma[0]
        if len(points) == 1:
            return float(points[0, 3])
        child = [number for number, parent in enumerate(self.soma_parents) if parent >= 0]
        parent = [self.soma_parents[number] for number in child]
        return float(np.linalg.norm(points[child, :3] - points[parent, :3], axis=1).sum())


def built_sections(sections: Iterable[Section]) -> list[Section]:
    """The sections without the degenerate ones; their children are attached to their parents."""
    kept: list[Section] = []
    place: list[int | None] = []  # index in `kept` of each section, or of its nearest ancestor
    for section in sections:
        parent = None if section.parent is None else place[section.parent]
        if section.degenerate:
            place.append(parent)
        else:
            place.append(len(kept))
            kept.append(replace(section, parent=parent))
    return kept


def nesting(sections: Iterable[Section]) -> int:
    """Largest number of bifurcations one after another."""
    levels: list[int] = []
    for section in sections:
        levels.append(0 if section.parent is None else levels[section.parent] + 1)
    return max(levels, default=0)


def counts(sections: Iterable[Section]) -> dict[int, int]:
    """Number of sections of each kind."""
    kinds = [section.kind for section in sections]
    return {kind: kinds.count(kind) for kind in NAMES}


def in_words(sections: Iterable[Section]) -> str:
    """The numbers of sections: ``1 axon, 3 basal and 3 apical sections``."""
    axon, basal, apical = counts(sections).values()
    return f"{axon} axon, {basal} basal and {apical} apical sections"


def longest_path(sections: Sequence[Section], kind: int) -> float:
    """Longest path from the start to a tip along sections of one kind, um."""
    ends: dict[int | None, float] = {None: 0.0}  # of sections of this kind, parents first
    for number, section in enumerate(sections):
        if section.kind == kind:
            ends[number] = ends.get(section.parent, 0.0) + section.length
    return max(ends.values())


def soma_groups(outlines: Sequence[np.ndarray]) -> int:
    """Number of soma sections that NEURON makes of contours: consecutive contours whose bounding
    boxes overlap in x and y are one soma (Import3d)."""
    groups, previous = 0, None
    for outline in outlines:
        box = outline[:, :2].min(axis=0), outline[:, :2].max(axis=0)
        overlaps = previous is not None and not (
            (box[0] > previous[1]).any() or (previous[0] > box[1]).any()
        )
        groups += not overlaps
        previous = box
    return groups
