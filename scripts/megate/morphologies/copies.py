"""Write a clean copy of a morphology that NEURON reads right: the same sections in the same order,
with the same points and diameters, and nothing else."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from megate.morphologies.formats.sections import (
    APICAL,
    AXON,
    BASAL,
    SOMA,
    Morphology,
    Section,
    built_sections,
)

_TYPES = {AXON: "Axon", BASAL: "Dendrite", APICAL: "Apical"}


def copy_suffix(morphology: Morphology) -> str:
    """The format of its copy: .swc if it was .swc, or if .asc cannot hold it; else .asc."""
    return ".swc" if morphology.soma_parents is not None or morphology.not_in_asc else ".asc"


def write_copy(morphology: Morphology, path: Path) -> None:
    """Write the clean copy to `path`, which has the `copy_suffix`. To write contours of a soma as
    .swc, NEURON is called; do it in a child process."""
    if path.suffix == ".asc":
        path.write_text("".join(_asc(morphology)))
        return
    if morphology.soma and morphology.soma_parents is None:
        morphology = _with_soma_of_neuron(morphology)
    path.write_text("".join(_swc(morphology)))


def _numbers(values: np.ndarray) -> str:
    """Numbers with as many digits as their type needs to be exact."""
    return " ".join(np.format_float_positional(value, trim="-") for value in values)


def contour_text(outline: np.ndarray) -> str:
    """A contour of the soma as Neurolucida's text."""
    points = "".join(f"  ({_numbers(point)})\n" for point in outline)
    return f'("CellBody"\n  (CellBody)\n{points})\n'


def _asc(morphology: Morphology) -> Iterator[str]:
    yield from map(contour_text, morphology.soma)
    sections = built_sections(morphology.sections)
    children: list[list[int]] = [[] for _ in sections]
    for number, section in enumerate(sections):
        if section.parent is not None:
            children[section.parent].append(number)
    for number, section in enumerate(sections):
        if section.parent is None:
            yield f"(({_TYPES[section.kind]})\n"
            yield from _asc_branches(number, sections, children)
            yield ")\n"


def _asc_branches(
    root: int, sections: Sequence[Section], children: Sequence[Sequence[int]]
) -> Iterator[str]:
    """The points of a section and of all after it. (No recursion: neurites may be deep.)"""
    todo: list[int | str] = [root]
    while todo:
        item = todo.pop()
        if isinstance(item, str):
            yield item
            continue
        yield from (f"  ({_numbers(point)})\n" for point in sections[item].points)
        if children[item]:
            parts: list[int | str] = ["(\n"]
            for child in children[item]:
                parts += [child, "|\n"]
            parts[-1] = ")\n"
            todo += reversed(parts)


def _swc(morphology: Morphology) -> Iterator[str]:
    last: list[int] = []  # id of the last point of each section
    number = 0
    parents = morphology.soma_parents or []
    for point, parent in zip(morphology.soma[0] if morphology.soma else (), parents, strict=True):
        number += 1
        yield _swc_line(number, SOMA, point, parent + 1 if parent >= 0 else -1)
    for section in morphology.sections:
        if section.parent is not None:
            parent = last[section.parent]
            before = morphology.sections[section.parent].points[-1]
            # NEURON starts the section with its parent's last point and diameter
            points = section.points[1:] if section.points[0, 3] == before[3] else section.points
        else:
            parent = -1 if section.soma_point is None else section.soma_point + 1
            points = section.points
        for point in points:
            number += 1
            yield _swc_line(number, section.kind, point, parent)
            parent = number
        last.append(parent)


def _swc_line(number: int, kind: int, point: np.ndarray, parent: int) -> str:
    x, y, z, diameter = point
    return f"{number} {kind} {_numbers(np.array([x, y, z, diameter / 2], point.dtype))} {parent}\n"


def _with_soma_of_neuron(morphology: Morphology) -> Morphology:
    """The morphology with the soma's contours replaced by the points that NEURON makes of them. Its
    neurites leave the middle of the soma, as NEURON attaches them."""
    from megate.morphologies.import3d import soma_of_contours

    points = np.vstack(soma_of_contours(morphology.soma))
    middle = len(points) // 2
    sections = [
        Section(
            each.kind, each.parent, each.points, soma_point=middle if each.parent is None else None
        )
        for each in morphology.sections
    ]
    return Morphology(
        [points], built_sections(sections), soma_parents=list(range(-1, len(points) - 1))
    )
