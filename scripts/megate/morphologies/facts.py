"""Facts about a morphology file and problems with it."""

import os
import stat
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from megate.morphologies.formats.read import is_h5, read
from megate.morphologies.formats.sections import (
    APICAL,
    AXON,
    BASAL,
    NAMES,
    Morphology,
    MorphologyError,
    Section,
    built_sections,
    longest_path,
)

MAX_MB = 200
"""Largest file that is read, MB (10^6 bytes). A morphology usually has one or two."""

SEGMENT_UM = 6
"""Approximate length of axon segments, um. BBP's e-models split each axon section into an odd
number of them, and take the diameters of the replacement axon from these."""

LARGEST_DIAMETER_UM = 50
"""Largest diameter of a neurite that is not reported, um."""
LARGEST_SOMA_UM = 100
"""Largest extent of a soma that is not reported, um."""
FARTHEST_ROOT_UM = 50
"""Largest distance of a neurite from the soma's points that is not reported, um."""
THINNEST_SOMA = 0.1
"""Smallest ratio of a soma's width to its length that is not reported."""

MORE_MEMBRANE = 0.001
"""Largest part by which the membrane of a copy may be larger that is not reported."""

_KINDS = {
    stat.S_ISDIR: "a folder",
    stat.S_ISFIFO: "a pipe",
    stat.S_ISSOCK: "a socket",
    stat.S_ISCHR: "a device",
    stat.S_ISBLK: "a device",
}


@dataclass(frozen=True)
class Facts:
    """Facts about a morphology file, described in `check.COLUMNS`. They are `transient` if the
    cause of a problem may be the machine (memory, load) instead of the file. `doubts` say what
    NEURON may read differently; they are settled by `read_with_neuron`."""

    axon_sections: int = 0
    basal_sections: int = 0
    apical_sections: int = 0
    axon_path_um: float = 0.0
    axon_segments: int = 0
    points: int = 0
    problems: tuple[str, ...] = ()
    misread: str = ""
    copy: str = ""
    warnings: tuple[str, ...] = ()
    doubts: tuple[str, ...] = ()
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
    """Read a morphology and look for problems that would make its simulations fail or its scores
    meaningless."""
    try:
        morphology = read(path)
    except MorphologyError as error:
        return Facts(problems=(f"does not load: {error}",))
    sections = built_sections(morphology.sections)
    problems = [*_soma_problems(morphology), *_section_problems(morphology.sections)]
    somata: list[np.ndarray] = []
    if not problems and morphology.soma_parents is None:
        from megate.morphologies.import3d import soma_of_contours

        try:
            somata = soma_of_contours(morphology.soma)
        except RuntimeError:
            problems.append("NEURON cannot make a soma of its contour")
    return Facts(
        **_sizes(sections),
        problems=tuple(problems),
        warnings=() if problems else tuple(_warnings(morphology, sections, somata)),
        doubts=tuple(morphology.doubts),
        copy=".asc" if is_h5(path) else "",
    )


def _sizes(sections: Sequence[Section]) -> dict[str, Any]:
    kinds = [section.kind for section in sections]
    axon = [section.length for section in sections if section.kind == AXON]
    return {
        "axon_sections": kinds.count(AXON),
        "basal_sections": kinds.count(BASAL),
        "apical_sections": kinds.count(APICAL),
        "axon_path_um": longest_path(sections, AXON),
        "axon_segments": sum(1 + 2 * int(length / SEGMENT_UM / 2) for length in axon),
        "points": sum(len(section.points) for section in sections),
    }


def read_with_neuron(path: Path, facts: Facts) -> Facts:
    """Settle doubts: read a morphology with NEURON, which may crash this process."""
    from megate.morphologies.import3d import read_in_neuron

    morphology = read(path)
    if not is_h5(path):
        misread, built = read_in_neuron(path, morphology)
        if misread is None:
            return replace(facts, **_sizes(built))
        facts = replace(facts, misread=misread)
    return _with_copy(morphology, facts)


def with_copy(path: Path, facts: Facts) -> Facts:
    """Try whether NEURON reads a clean copy of the morphology right."""
    return _with_copy(read(path), facts)


def _with_copy(morphology: Morphology, facts: Facts) -> Facts:
    from megate.morphologies.copies import copy_suffix, write_copy
    from megate.morphologies.import3d import read_in_neuron

    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder, f"copy{copy_suffix(morphology)}")
        write_copy(morphology, copy)
        misread, built = read_in_neuron(copy, morphology)
    if misread is not None:
        return replace(facts, copy="", misread=facts.misread or misread)
    area = sum(section.area for section in morphology.sections)
    more = sum(section.area for section in built) / area - 1 if area else 0.0
    warnings = facts.warnings
    if more > MORE_MEMBRANE:
        warnings += (
            f"its {copy.suffix} copy has {more:.1%} more membrane: in this format, sections start "
            "with the diameter of their parent",
        )
    return replace(facts, copy=copy.suffix, warnings=warnings, **_sizes(built))


def _soma_problems(morphology: Morphology) -> Iterator[str]:
    soma = np.vstack(morphology.soma) if morphology.soma else np.empty((0, 4))
    if not len(soma):
        yield "has no soma"
    elif not np.isfinite(soma).all():
        yield "its soma has a coordinate or diameter that is not a finite number"
    elif morphology.soma_parents is not None:
        if (soma[:, 3] <= 0).any():
            yield "its soma has a diameter that is not above 0"
    elif max(map(len, morphology.soma)) < 3:
        yield f"its soma has {len(soma)} points, expected a contour of at least 3"
    elif np.linalg.matrix_rank(soma[:, :3] - soma[:, :3].mean(axis=0)) < 2:
        yield "its soma's contour has no area"


def _section_problems(sections: Sequence[Section]) -> Iterator[str]:
    if not sections:
        return
    points = np.vstack([each.points[each.parent is not None :] for each in sections])
    finite = np.abs(points) <= np.finfo(np.float32).max  # NEURON's points have 32 bits
    for what, wrong in (
        ("a coordinate that is not a finite number", ~finite[:, :3].all(axis=1)),
        ("a diameter that is not a finite number", ~finite[:, 3]),
        ("a diameter that is not above 0", points[:, 3] <= 0),
    ):
        if wrong.any():
            x, y, z, _ = points[np.flatnonzero(wrong)[0]]
            yield f"{np.count_nonzero(wrong)} of {len(wrong)} points have {what}; the first is " + (
                f"({x:g}, {y:g}, {z:g})"
            )
    loose = [each for each in sections if not each.attached]
    if loose:
        x, y, z, _ = loose[0].points[0]
        kinds = ", ".join(sorted({NAMES[each.kind] for each in loose}))
        yield (
            f"{len(loose)} neurites ({kinds}) are not attached to the soma; the first starts at "
            f"({x:g}, {y:g}, {z:g})"
        )


def _shape(points: np.ndarray) -> tuple[float, float]:
    """Length and mean diameter of a section, um, from its points."""
    steps = np.linalg.norm(np.diff(points[:, :3], axis=0), axis=1)
    diameters = (points[1:, 3] + points[:-1, 3]) / 2
    return float(steps.sum()), float((steps * diameters).sum() / max(steps.sum(), 1e-12))


def _warnings(
    morphology: Morphology, sections: Sequence[Section], somata: Sequence[np.ndarray]
) -> Iterator[str]:
    """What is possible, but hardly a neuron."""
    soma = np.vstack(morphology.soma)[:, :3]
    extent = float(np.ptp(soma, axis=0).max())
    if extent > LARGEST_SOMA_UM:
        yield f"its soma extends over {extent:.0f} um"
    for points in somata:
        length, width = _shape(points)
        if width < THINNEST_SOMA * length:
            yield f"NEURON makes a soma of {length:.3g} x {width:.3g} um (length x mean diameter)"
    for kind, name in NAMES.items():
        own = [section for section in sections if section.kind == kind]
        missing = [
            each
            for each in morphology.sections
            # NEURON builds a section from the soma to a single point of .swc
            if each.kind == kind and each.degenerate and each.soma_point is None
        ]
        if missing:
            yield f"{len(missing)} {name} sections have no length; NEURON does not build them"
        widest = max((float(section.points[:, 3].max()) for section in own), default=0.0)
        if widest > LARGEST_DIAMETER_UM:
            yield f"{name}: the largest diameter is {widest:.3g} um"
        far = max(
            (
                float(np.linalg.norm(soma - section.points[0, :3], axis=1).min())
                for section in own
                if section.parent is None
            ),
            default=0.0,
        )
        if far > FARTHEST_ROOT_UM:
            yield f"{name}: a neurite starts {far:.0f} um from the soma"
