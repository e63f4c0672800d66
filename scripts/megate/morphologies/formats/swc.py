"""Read .swc files: points in any order, ids as decimals, byte order marks, and all point types."""

import heapq
import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from megate.morphologies.formats.sections import (
    APICAL,
    AXON,
    BASAL,
    SOMA,
    Morphology,
    MorphologyError,
    Section,
)

_LARGEST_ID = 10**7
"""Largest id that is not doubted: NEURON needs 8 bytes for each id up to the largest."""
_KNOWN = (SOMA, AXON, BASAL, APICAL)


def read_swc(path: Path) -> Morphology:
    """Read a .swc file.

    A section is an unbranched sequence of points of one type. Points of other types than 1 to 4
    (undefined, fork, end, custom) have the type of what they are attached to; at the soma, that of
    the first point after them with a known type.

    Raises:
        MorphologyError: a line has no seven numbers, an id is there twice, a parent is missing, or
            the points form a ring.
    """
    return _Reader(path.read_bytes().decode("utf-8", errors="replace")).morphology()


class _Reader:
    def __init__(self, text: str) -> None:
        self._doubts: list[str] = []
        rows, self._lines = [], []
        if text.startswith("\ufeff"):
            self._doubt(1, "a byte order mark")
            text = text[1:]
        for number, line in enumerate(re.split(r"\r\n|\n|\r", text), start=1):
            content = line.partition("#")[0].replace(",", " ").strip()
            if not content:
                continue
            fields = content.split()
            try:
                rows.append([float(field) for field in fields[:7]])
            except ValueError:
                if not re.match(r"[A-Za-z_]", content):
                    raise MorphologyError(
                        f"line {number}: {line[:60]!r}, expected numbers"
                    ) from None
                self._doubt(number, "a line of words")  # NEURON skips it
                continue
            if len(fields) < 7:
                raise MorphologyError(f"line {number}: {len(fields)} numbers, expected 7")
            unusual = re.search(r"[^0-9+\-.eE \t]", line.partition("#")[0])
            if unusual:
                self._doubt(number, f"the character {unusual[0]!r}")
            self._lines.append(number)
        if "\r" in text.replace("\r\n", ""):
            self._doubt(1, "lines that end in CR only")
        if not rows:
            raise MorphologyError("no line has seven numbers")
        self._rows = np.array(rows, dtype=float).reshape(-1, 7)

    def _doubt(self, line: int, what: str) -> None:
        if not any(what in doubt for doubt in self._doubts):
            self._doubts.append(f"line {line}: {what}")

    def morphology(self) -> Morphology:
        rows = self._rows
        ids = rows[:, 0]
        whole = rows[:, [0, 1, 6]]
        if not (np.isfinite(whole).all() and (whole == np.floor(whole)).all()):
            raise MorphologyError("an id, type or parent is not a whole number")
        if len(ids) and ids.max() > _LARGEST_ID:
            self._doubt(self._lines[int(ids.argmax())], f"an id above {_LARGEST_ID}")
        order = np.argsort(ids, kind="stable")
        if (order != np.arange(len(order))).any():
            self._doubt(
                self._lines[int(np.flatnonzero(np.diff(ids) <= 0)[0]) + 1], "ids in disorder"
            )
        self._rows = rows = rows[order]
        self._lines = [self._lines[index] for index in order]
        ids = rows[:, 0]
        twice = np.flatnonzero(np.diff(ids) == 0)
        if len(twice):
            line = self._lines[twice[0] + 1]
            raise MorphologyError(f"line {line}: the id {ids[twice[0]]:g} is there twice")
        self._parent = self._parents(ids)
        self._children: list[list[int]] = [[] for _ in ids]
        for point, parent in enumerate(self._parent):
            if parent >= 0:
                self._children[parent].append(point)
        roots = [parent if parent >= 0 else None for parent in self._parent]
        self._downwards = _parents_first(range(len(ids)), roots)
        if len(self._downwards) < len(ids):
            ring = min(set(range(len(ids))) - set(self._downwards))
            raise MorphologyError(f"line {self._lines[ring]}: the points form a ring")
        self._points = np.column_stack([rows[:, 2:5], 2 * rows[:, 5]])
        self._kind = self._kinds(rows[:, 1].astype(int))
        soma = [point for point in self._downwards if self._kind[point] == SOMA]
        self._look_at_soma(soma)
        place = {point: number for number, point in enumerate(soma)}
        return Morphology(
            [self._points[soma]] if soma else [],
            self._sections(place),
            soma_parents=[place.get(self._parent[point], -1) for point in soma],
            doubts=self._doubts,
        )

    def _parents(self, ids: np.ndarray) -> list[int]:
        """Index of each point's parent, -1 for a root."""
        index = {float(number): place for place, number in enumerate(ids)}
        parents = []
        for place, number in enumerate(self._rows[:, 6]):
            line = self._lines[place]
            if number > 0 and number not in index:
                raise MorphologyError(f"line {line}: the parent {number:g} is not in the file")
            if number == 0 and number not in index:
                self._doubt(line, "a root with the parent 0")
            parents.append(index.get(number, -1) if number >= 0 else -1)
            if parents[-1] >= place:
                self._doubt(line, "a point that stands before its parent")
        if parents.count(-1) > 1:
            second = parents.index(-1, parents.index(-1) + 1)
            self._doubt(self._lines[second], "a second point without a parent")
        return parents

    def _kinds(self, types: np.ndarray) -> list[int]:
        """The type of each point, 1 to 4."""
        kinds = types.tolist()
        if len(kinds) and kinds[0] != SOMA and SOMA in kinds:
            self._doubt(self._lines[0], "the first point is not the soma")
        unknown = [point for point, kind in enumerate(kinds) if kind not in _KNOWN]
        for point in unknown:
            self._doubt(self._lines[point], f"a point of type {kinds[point]}")
        if not unknown:
            return kinds
        for point in self._downwards:
            if kinds[point] in _KNOWN:
                continue
            parent = self._parent[point]
            if parent >= 0 and kinds[parent] in (AXON, BASAL, APICAL):
                kinds[point] = kinds[parent]
            else:
                kinds[point] = self._first_kind_after(point, kinds)
        return kinds

    def _first_kind_after(self, point: int, kinds: list[int]) -> int:
        todo = list(self._children[point])
        while todo:
            child = todo.pop(0)
            if kinds[child] in _KNOWN:
                return kinds[child]
            todo += self._children[child]
        raise MorphologyError(
            f"line {self._lines[point]}: a neurite of points of type {kinds[point]} only, expected "
            "2 (axon), 3 (basal) or 4 (apical)"
        )

    def _look_at_soma(self, soma: list[int]) -> None:
        if not soma:
            return
        chain = all(self._parent[point] == point - 1 for point in soma[1:])
        three = len(soma) == 3 and self._parent[soma[1]] == self._parent[soma[2]] == soma[0]
        if soma != list(range(len(soma))) or not (chain or three):
            self._doubt(self._lines[soma[-1]], "a soma that is no chain of points")

    def _sections(self, place_in_soma: dict[int, int]) -> list[Section]:
        kinds, points = self._kind, self._points
        of_point: dict[int, int] = {}  # point -> its section
        members: list[list[int]] = []
        parents: list[int | None] = []
        attached: list[bool] = []
        for point in self._downwards:
            if kinds[point] == SOMA:
                if self._parent[point] >= 0 and kinds[self._parent[point]] != SOMA:
                    self._doubt(self._lines[point], "a point of the soma after a neurite")
                continue
            parent = self._parent[point]
            inside = parent >= 0 and kinds[parent] != SOMA
            if inside and kinds[parent] == kinds[point] and len(self._children[parent]) == 1:
                members[of_point[parent]].append(point)
                of_point[point] = of_point[parent]
                if point != parent + 1:
                    self._doubt(self._lines[point], "a point that does not follow its parent")
                continue
            of_point[point] = len(members)
            members.append([point])
            parents.append(of_point[parent] if inside else None)
            attached.append(parent >= 0)
        # NEURON numbers sections by their first points
        order = _parents_first([own[0] for own in members], parents)
        place = {section: number for number, section in enumerate(order)}
        sections = []
        for section in order:
            own, parent_section = members[section], parents[section]
            coordinates = points[own]
            if parent_section is not None:
                junction = points[self._parent[own[0]]]
                coordinates = np.vstack([junction, coordinates])
            number = None if parent_section is None else place[parent_section]
            leaves = place_in_soma.get(self._parent[own[0]])
            made = Section(kinds[own[0]], number, coordinates, attached[section], leaves)
            if made.degenerate:
                self._doubt(self._lines[own[0]], "a section of one point, or without length")
            if not made.attached:
                self._doubt(self._lines[own[0]], "a neurite that is not attached")
            sections.append(made)
        return sections


def _parents_first(keys: Sequence[int], parents: Sequence[int | None]) -> list[int]:
    """Indices with parents first, else in the order of their keys. Those in a ring are missing."""
    children: dict[int | None, list[int]] = {}
    for index, parent in enumerate(parents):
        children.setdefault(parent, []).append(index)
    ready = [(keys[index], index) for index in children.get(None, [])]
    heapq.heapify(ready)
    order = []
    while ready:
        _, index = heapq.heappop(ready)
        order.append(index)
        for child in children.get(index, []):
            heapq.heappush(ready, (keys[child], child))
    return order
