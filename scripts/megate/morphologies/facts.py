"""Facts about a morphology file and problems with it, as MorphIO reads it."""

import os
import re
import stat
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import morphio
import numpy as np

MAX_MB = 200
"""Largest file that is read, MB (10^6 bytes). A morphology usually has one or two."""

SEGMENT_UM = 6
"""Approximate length of axon segments, um. BBP's e-models split each axon section into an odd
number of them, and take the diameters of the replacement axon from these."""

AXON = morphio.SectionType.axon
_ESCAPES = re.compile(r"\x1b\[[0-9;]*m")
_KINDS = {
    stat.S_ISDIR: "a folder",
    stat.S_ISFIFO: "a pipe",
    stat.S_ISSOCK: "a socket",
    stat.S_ISCHR: "a device",
    stat.S_ISBLK: "a device",
}
_CONTOURS = (".asc", ".h5")  # formats in which the soma is a contour


@dataclass(frozen=True)
class Facts:
    """Facts about a morphology file, described in `check.COLUMNS`. They are `transient` if the
    cause of a problem may be the machine (memory, load) instead of the file."""

    axon_sections: int = 0
    basal_sections: int = 0
    apical_sections: int = 0
    axon_path_um: float = 0.0
    axon_segments: int = 0
    points: int = 0
    problems: tuple[str, ...] = ()
    transient: bool = False


def refusal(status: os.stat_result) -> str | None:
    """Why a file must not be opened; None if it can be."""
    for is_kind, kind in _KINDS.items():
        if is_kind(status.st_mode):
            return f"is {kind}, expected a file"
    if status.st_size > MAX_MB * 1e6:
        return f"has {status.st_size / 1e6:.0f} MB, more than {MAX_MB} MB"
    return "is empty" if status.st_size == 0 else None


def read_facts(path: Path) -> Facts:
    """Read a morphology and look for problems that would make its simulations fail. MorphIO's
    warnings are ignored."""
    try:
        cell = morphio.Morphology(
            str(path),
            # as NEURON reads such files
            options=morphio.Option.allow_unifurcated_section_change,
            warning_handler=morphio.WarningHandlerCollector(),
        )
    except Exception as error:  # from MorphIO, HDF5, or out of memory
        return Facts(problems=(f"does not load: {_one_line(error, path)}",))
    sections = list(cell.iter())  # parents first
    types = [section.type for section in sections]
    axon = {section.id: section for section in sections if section.type == AXON}
    lengths = {number: _length(section.points) for number, section in axon.items()}
    return Facts(
        axon_sections=len(axon),
        basal_sections=types.count(morphio.SectionType.basal_dendrite),
        apical_sections=types.count(morphio.SectionType.apical_dendrite),
        axon_path_um=_longest_path(axon, lengths),
        axon_segments=sum(1 + 2 * int(length / SEGMENT_UM / 2) for length in lengths.values()),
        points=len(cell.points),
        problems=(*_soma_problems(cell, path), *_section_problems(cell)),
    )


def _length(points: np.ndarray) -> float:
    return float(np.linalg.norm(np.diff(points.astype(float), axis=0), axis=1).sum())


def _longest_path(sections: Mapping[int, morphio.Section], lengths: Mapping[int, float]) -> float:
    """Longest path from a root to a tip, um; `sections` by number, parents first."""
    ends: dict[int, float] = {}
    for number, section in sections.items():
        before = 0.0 if section.is_root else ends.get(section.parent.id, 0.0)
        ends[number] = before + lengths[number]
    return max(ends.values(), default=0.0)


def _soma_problems(cell: morphio.Morphology, path: Path) -> Iterator[str]:
    points = cell.soma.points
    if len(points) == 0:
        yield "has no soma"
    elif not np.isfinite(points).all() or not np.isfinite(cell.soma.diameters).all():
        yield "its soma has a coordinate or diameter that is not a finite number"
    elif path.suffix.lower() not in _CONTOURS:
        if (cell.soma.diameters <= 0).any():
            yield "its soma has a diameter that is not above 0"
    elif len(points) < 3:
        yield f"its soma has {len(points)} points, expected a contour of at least 3"
    elif np.linalg.matrix_rank(points - points.mean(axis=0)) < 2:
        yield "its soma's contour has no area"


def _section_problems(cell: morphio.Morphology) -> Iterator[str]:
    if not cell.sections:
        yield "has no axon and no dendrite"
    finite = np.isfinite(cell.points).all(axis=1)
    for what, wrong in (
        ("a coordinate that is not a finite number", ~finite),
        ("a diameter that is not a finite number", ~np.isfinite(cell.diameters)),
        ("a diameter that is not above 0", cell.diameters <= 0),
    ):
        if wrong.any():
            first = np.flatnonzero(wrong)[0]
            x, y, z = cell.points[first]
            yield f"{np.count_nonzero(wrong)} of {len(wrong)} points have {what}; the first is " + (
                f"({x:g}, {y:g}, {z:g})"
            )


def _one_line(error: Exception, path: Path) -> str:
    """MorphIO's message without colours and without the path: the report names it anyway."""
    text = _ESCAPES.sub("", str(error)).replace(f"{path}:", "line ").replace(str(path), path.name)
    return " ".join(text.replace(":error", ":").split())[:300] or type(error).__name__
