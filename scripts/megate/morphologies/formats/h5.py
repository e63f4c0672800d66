"""Read .h5 morphologies with MorphIO."""

import re
from pathlib import Path

import numpy as np

from megate.morphologies.formats.sections import (
    APICAL,
    AXON,
    BASAL,
    Morphology,
    MorphologyError,
    Section,
)

_ESCAPES = re.compile(r"\x1b\[[0-9;]*m")


def read_h5(path: Path) -> Morphology:
    """Read an .h5 morphology. NEURON cannot read it: it is always converted.

    Raises:
        MorphologyError: MorphIO cannot read it, a section has no points, or a neurite is neither
            axon nor dendrite.
    """
    import morphio  # slow to import

    try:
        cell = morphio.Morphology(
            str(path),
            options=morphio.Option.allow_unifurcated_section_change,
            warning_handler=morphio.WarningHandlerCollector(),
        )
        soma = np.column_stack([cell.soma.points, cell.soma.diameters])
        found = [
            (
                int(section.type),
                None if section.is_root else section.parent.id,
                np.column_stack([section.points, section.diameters]),
                section.id,
            )
            for section in cell.iter()  # depth first, parents first
        ]
    except Exception as error:  # from MorphIO, HDF5, or out of memory
        raise MorphologyError(_empty_section(path) or _one_line(error, path)) from None
    place = {number: index for index, (_, _, _, number) in enumerate(found)}
    sections = []
    for kind, parent, points, number in found:
        if not len(points):
            raise MorphologyError(f"its section {number} has no points")
        if kind not in (AXON, BASAL, APICAL):
            raise MorphologyError(
                f"its section {number} has the type {kind}, expected 2 (axon), 3 (basal) or 4 "
                "(apical)"
            )
        sections.append(Section(kind, None if parent is None else place[parent], points))
    return Morphology([soma] if len(soma) else [], sections)


def _empty_section(path: Path) -> str | None:
    """The first section without points, which MorphIO's message does not name."""
    import h5py

    try:
        with h5py.File(path) as file:
            points = len(file["points"])
            starts = [*file["structure"][:, 0].astype(int), points]
    except (OSError, KeyError, IndexError, RuntimeError, ValueError, TypeError):
        return None
    empty = np.flatnonzero(np.diff(starts) <= 0)
    return f"section {empty[0]} of its {len(starts) - 1} has no points" if len(empty) else None


def _one_line(error: Exception, path: Path) -> str:
    """MorphIO's message without colours and path."""
    text = _ESCAPES.sub("", str(error)).replace(str(path), path.name)
    return " ".join(text.replace(":error", ":").split())[:300] or type(error).__name__
