"""Read Neurolucida files (.asc) as other programs of the field do: everything that is not a soma
or a neurite (markers, spines, thumbnails, GUIDs, coordinates of images) is left out."""

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from megate.morphologies.formats.sections import (
    APICAL,
    AXON,
    BASAL,
    Morphology,
    MorphologyError,
    Section,
)

_KINDS = {"Axon": AXON, "Dendrite": BASAL, "Apical": APICAL}
_SOMA = ("CellBody", "Cell Body", "Soma")  # names of a contour that NEURON takes as the soma
_SOMA_PROPERTY = "CellBody"
_NUMBER = r"[+-]?+(?:\d++\.?+\d*+|\.\d++)(?:[eE][+-]?+\d++)?+"
_TOKEN = re.compile(
    rf"""(?P<points>(?:
            \(\s*+{_NUMBER}\s++{_NUMBER}\s++{_NUMBER}\s++{_NUMBER}\s*+(?:S\d++\s*+)?+\)\s*+
            (?:;[^\n]*+\s*+)*+
        )++)
      | (?P<comment>;[^\n]*)
      | "(?P<string>[^"]*)"
      | (?P<sign>[()|,<>])
      | (?P<word>[^\s()|,<>";]+)
      | (?P<open>")""",
    re.VERBOSE,
)
_NOT_A_NUMBER = re.compile(r";[^\n]*|S\d+")
_PLAIN_WORD = re.compile(
    rf"{_NUMBER}|(?!(?i:inf|nan)|set|Set|SET|RGB\w)[A-Za-z][A-Za-z0-9_]*", re.ASCII
)


class _String(str):
    """A text in quotes."""


class _List(list[Any]):
    """A list in parentheses: points (arrays of shape (n, 4)), words, strings and lists; `at` is its
    place."""

    at = 0


def read_asc(path: Path) -> Morphology:
    """Read a Neurolucida file.

    Raises:
        MorphologyError: the parentheses do not match, a point has no four numbers, or points follow
            a bifurcation.
    """
    return _Reader(path.read_bytes().decode("latin-1")).morphology()


class _Reader:
    def __init__(self, text: str) -> None:
        self._text = text
        self._doubts: Counter[str] = Counter()
        self._first: dict[str, int] = {}
        self._sections: list[Section] = []

    def morphology(self) -> Morphology:
        text = self._text
        for character, pattern, what in (
            ("\r", r"\r(?!\n)", "a line that ends in CR only"),
            ("@", r"^[^;\n]*@", "'@'"),
        ):
            if character in text and (at := re.search(pattern, text, re.MULTILINE)):
                self._doubt(at.start(), what)
        if not text.isascii() and (at := re.search(r"[^\x00-\x7f]", text)):
            self._doubt(at.start(), "a character that is not ASCII")
        outlines: list[np.ndarray] = []
        for item in self._parse():
            if not isinstance(item, _List):
                self._doubt(self._at, "text outside of parentheses")
            elif item and (isinstance(item[0], _String) or _has(item, _SOMA_PROPERTY)):
                outlines += self._contour(item)
            else:
                self._object(item)
        doubts = [
            f"line {self._line(self._first[what])}: {what}"
            + (f" ({count} times)" if count > 1 else "")
            for what, count in self._doubts.items()
        ]
        whole = [outline for outline in outlines if len(outline) > 2]  # NEURON ignores the others
        return Morphology(whole or outlines, self._sections, doubts=doubts)

    def _line(self, at: int) -> int:
        return self._text.count("\n", 0, at) + 1

    def _doubt(self, at: int, what: str) -> None:
        self._doubts[what] += 1
        self._first.setdefault(what, at)

    def _error(self, at: int, what: str) -> MorphologyError:
        return MorphologyError(f"line {self._line(at)}: {what}")

    def _parse(self) -> _List:
        """The file as nested lists."""
        stack = [_List()]
        brackets = 0  # depth of spines, `<( ... )>`
        self._at = 0
        for token in _TOKEN.finditer(self._text):
            kind, at = token.lastgroup, token.start()
            if brackets and token["sign"] not in ("<", ">"):
                continue
            if kind == "points":
                numbers = token["points"].replace("(", " ").replace(")", " ")
                if "S" in numbers or ";" in numbers:
                    numbers = _NOT_A_NUMBER.sub(" ", numbers)
                stack[-1].append(np.fromstring(numbers, sep=" ").reshape(-1, 4))
            elif kind == "sign":
                sign = token["sign"]
                if sign == "(":
                    opened = _List()
                    opened.at = at
                    stack[-1].append(opened)
                    stack.append(opened)
                elif sign == ")":
                    if len(stack) == 1:
                        raise self._error(at, "')' without '('")
                    closed = stack.pop()
                    stack[-1][-1] = self._points(closed)
                elif sign == "|":
                    stack[-1].append("|")
                elif sign == "<":
                    brackets += 1
                    self._doubt(at, "a spine in brackets")
                elif sign == ">":
                    if not brackets:
                        raise self._error(at, "'>' without '<'")
                    brackets -= 1
                else:
                    self._doubt(at, "a comma")
            elif kind == "string":
                if "\n" in token["string"]:
                    self._doubt(at, "a text in quotes of several lines")
                stack[-1].append(_String(token["string"]))
            elif kind == "word":
                if not _PLAIN_WORD.fullmatch(token["word"]):
                    self._doubt(at, f"the word {token['word'][:30]!r}")
                stack[-1].append(token["word"])
            elif kind == "open":
                raise self._error(at, "a quote that is not closed")
        if len(stack) > 1 or brackets:
            at = stack[-1].at
            raise self._error(at, "'(' or '<' that is not closed; the file may be cut off")
        return stack[0]

    def _points(self, items: _List) -> _List | np.ndarray:
        """A list as an array of one point, if it is one."""
        if len(items) < 4 or not all(map(_is_number, items[:4])) or any(map(_is_number, items[4:])):
            return items
        if len(items) > 4:
            self._doubt(items.at, "a point with more than four numbers")
        return np.array([items[:4]], dtype=float)

    def _contour(self, items: _List) -> Iterator[np.ndarray]:
        """The outline of a soma; nothing for other contours."""
        points = [item for item in items if isinstance(item, np.ndarray)]
        start = next((i for i, item in enumerate(items) if isinstance(item, np.ndarray)), None)
        if start is None:
            self._doubt(items.at, "a contour without points")
        for number, item in enumerate(items[1:], start=1):
            before = start is None or number < start
            if not (_is_property(item) if before else isinstance(item, np.ndarray)):
                self._doubt(
                    getattr(item, "at", items.at), "something else than points in a contour"
                )
        named = isinstance(items[0], _String) and items[0] in _SOMA
        if named or _has(items, _SOMA_PROPERTY):
            if not named:
                self._doubt(items.at, 'a soma that is not called "CellBody"')
            for item in items:
                self._refuse_half_a_point(item)
            yield np.vstack(points) if points else np.empty((0, 4))
        elif _kind(items):
            self._doubt(items.at, "a name before the type of a neurite")
            self._neurite(items)

    def _refuse_half_a_point(self, item: Any) -> None:
        if isinstance(item, _List) and item and _starts_as_number(item[0]):
            raise self._error(item.at, "a point without four numbers (x, y, z, diameter)")

    def _object(self, items: _List) -> None:
        if _kind(items):
            self._neurite(items)
        elif _is_untyped_neurite(items):
            raise self._error(
                items.at, "a neurite without a type; expected (Axon), (Dendrite) or (Apical)"
            )
        elif not _is_property(items):
            self._doubt(items.at, "an object that is neither a contour nor a neurite")

    def _neurite(self, items: _List) -> None:
        kind = _kind(items)
        assert kind is not None
        start = next((i for i, item in enumerate(items) if not _is_header(item)), len(items))
        head = items[:start]
        types = [item for item in head if len(item) == 1 and item[0] in _KINDS]
        after = next((i for i, item in enumerate(head, start=1) if item is types[-1]), 0)
        if after < len(head):
            name = head[after][0] if isinstance(head[after], _List) else head[after]
            at = getattr(head[after], "at", items.at)
            self._doubt(at, f"({name} ...) between the type of a neurite and its first point")
        for item in head:
            if not _is_property(item):
                at = getattr(item, "at", items.at)
                self._doubt(at, "something else than a property before the points of a neurite")
        todo: list[tuple[list[Any], int, int | None]] = [(items[start:], items.at, None)]
        while todo:  # depth first; branches may be nested too deeply for a recursion
            branch, at, parent = todo.pop()
            todo += reversed(self._branch(branch, at, kind, parent))

    def _branch(
        self, items: list[Any], at: int, kind: int, parent: int | None
    ) -> list[tuple[list[Any], int, int | None]]:
        """Add the section of a branch; return its own branches."""
        points: list[np.ndarray] = []
        split: _List | None = None
        for number, item in enumerate(items):
            self._refuse_half_a_point(item)
            if isinstance(item, np.ndarray):
                if split is not None:
                    raise self._error(split.at, "points follow a bifurcation")
                points.append(item)
            elif isinstance(item, _List):
                if not item:
                    self._doubt(item.at, "an empty list")
                elif isinstance(item[0], str) and item[0] != "|":
                    self._doubt(item.at, f"({str(item[0])[:30]} ...) within a neurite")
                elif split is not None:
                    raise self._error(item.at, "two bifurcations follow each other")
                else:
                    split = item
            elif not _is_word(item) or number != len(items) - 1 or split is not None:
                self._doubt(at, f"the text {str(item)[:30]!r} within a branch")
        if points:
            own = np.vstack(points)
            if parent is not None:
                own = _joined(self._sections[parent].points, own)
            self._sections.append(Section(kind, parent, own))
            parent = len(self._sections) - 1
        else:
            self._doubt(at, "an empty branch")
        return [] if split is None else [(part, split.at, parent) for part in _parts(split)]


def _joined(before: np.ndarray, points: np.ndarray) -> np.ndarray:
    """A branch with the last point of its parent, unless it starts there itself. There, it has the
    diameter of its own first point."""
    junction = np.append(before[-1, :3], points[0, 3])
    return points if (junction[:3] == points[0, :3]).all() else np.vstack([junction, points])


def _parts(split: _List) -> Iterator[list[Any]]:
    """The branches of a bifurcation."""
    part: list[Any] = []
    for item in split:
        if isinstance(item, str) and not isinstance(item, _String) and item == "|":
            yield part
            part = []
        else:
            part.append(item)
    yield part


def _is_header(item: Any) -> bool:
    """Whether it is a list that may stand before the first point of a neurite."""
    return isinstance(item, _String) or (
        isinstance(item, _List) and bool(item) and isinstance(item[0], str) and item[0] != "|"
    )


def _is_property(item: Any) -> bool:
    """Whether NEURON knows it as a property: a word and values, such as ``(Color RGB (1 2 3))``."""
    if not (isinstance(item, _List) and item and _is_word(item[0])):
        return False
    values = iter(item[1:])
    for value in values:
        if not isinstance(value, str) or value == "|":
            return False
        if value == "RGB" and not isinstance(value, _String):
            colour = next(values, None)
            if not (
                isinstance(colour, _List) and len(colour) == 3 and all(map(_is_number, colour))
            ):
                return False
    return True


def _starts_as_number(item: Any) -> bool:
    return isinstance(item, str) and not isinstance(item, _String) and item[0] in "+-.0123456789"


def _is_word(item: Any) -> bool:
    """Whether it is what NEURON takes as a label."""
    return (
        isinstance(item, str)
        and not isinstance(item, _String)
        and item[0].isalpha()
        and item != "RGB"
    )


def _is_untyped_neurite(items: _List) -> bool:
    """Whether it has the form of a neurite: lists first, then several points or a bifurcation. (A
    text has one point, a marker a word first.)"""
    first = items[0] if items else ""
    points = sum(len(item) for item in items if isinstance(item, np.ndarray))
    has_text = any(isinstance(item, _String) for item in items)
    has_split = any(isinstance(item, _List) and "|" in map(str, item) for item in items)
    return not isinstance(first, str) and not has_text and (points > 1 or has_split)


def _has(items: _List, name: str) -> bool:
    """Whether a list has the property ``(name)``."""
    return any(
        isinstance(item, _List) and len(item) == 1 and isinstance(item[0], str) and item[0] == name
        for item in items
    )


def _is_number(item: Any) -> bool:
    return (
        isinstance(item, str)
        and not isinstance(item, _String)
        and re.fullmatch(rf"{_NUMBER}|[+-]?(?i:nan|inf(?:inity)?)", item) is not None
    )


def _kind(items: _List) -> int | None:
    """The kind of neurite, if it is one: its last type before the first point."""
    kind = None
    for item in items:
        if not _is_header(item):
            break
        if isinstance(item, _List) and len(item) == 1:
            kind = _KINDS.get(item[0], kind)
    return kind
