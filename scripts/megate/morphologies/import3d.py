"""Read a morphology with NEURON's Import3d. NEURON may crash: do it in a child process."""

import ctypes
import os
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from io import StringIO
from pathlib import Path
from typing import Any

import numpy as np

from megate.morphologies.built import cell_sections, difference, points_of
from megate.morphologies.copies import contour_text
from megate.morphologies.formats.sections import Morphology, Section

_TEMPLATE = """
begintemplate MegateMorphology
public soma, dend, apic, axon, myelin, all, somatic, basal, apical, axonal, myelinated
create soma[1], dend[1], apic[1], axon[1], myelin[1]
objref all, somatic, basal, apical, axonal, myelinated
proc init() {
  forall delete_section()
  all = new SectionList()
  somatic = new SectionList()
  basal = new SectionList()
  apical = new SectionList()
  axonal = new SectionList()
  myelinated = new SectionList()
}
endtemplate MegateMorphology
"""


def build(path: Path) -> Any:
    """Build the sections of a .asc or .swc file: a cell with the section lists and arrays that
    Import3d fills. If Import3d stops early, they are incomplete, or the lists are None.

    Raises:
        RuntimeError: NEURON raised an error.
    """
    os.environ.setdefault("NEURON_MODULE_OPTIONS", "-nogui")
    from neuron import h

    for library in ("stdrun.hoc", "import3d.hoc"):
        h.load_file(library)
    if not hasattr(h, "MegateMorphology"):
        h(_TEMPLATE)
    cell = h.MegateMorphology()
    swc = path.suffix.lower() == ".swc"
    reader = h.Import3d_SWC_read() if swc else h.Import3d_Neurolucida3()
    reader.input(str(path))
    h.load_file("import3d.hoc")  # after a parse error, the next call does nothing
    h.Import3d_GUI(reader, 0).instantiate(cell)
    return cell


def read_in_neuron(path: Path, morphology: Morphology) -> tuple[str | None, list[Section]]:
    """Read a .asc or .swc file with NEURON.

    Returns:
        How NEURON's cell differs from `morphology`, with what NEURON printed last; None if it does
        not. And the neurites' sections that NEURON has built, those of a kind parents first; empty
        if there is a difference.
    """
    with _printed() as output:
        try:
            cell = build(path)
            found = difference(morphology, cell)
            if found is None:
                return None, cell_sections(cell)[0]
        except RuntimeError as error:
            found = f"NEURON raised an error: {error}"
    lines = [" ".join(line.split()) for line in output.getvalue().splitlines()]
    last = [line for line in lines if line and not line.endswith("lines read")][-4:]
    return (f"{found}; NEURON printed: {' / '.join(last)}" if last else found), []


@contextmanager
def _printed() -> Iterator[StringIO]:
    """Collect what this process prints, also from C."""
    text = StringIO()
    saved = os.dup(1), os.dup(2)
    with (
        tempfile.TemporaryFile("w+", errors="replace") as target,
        redirect_stdout(target),
        redirect_stderr(target),
    ):
        for stream in (1, 2):
            os.dup2(target.fileno(), stream)
        try:
            yield text
        finally:
            target.flush()
            ctypes.CDLL(None).fflush(None)  # what C has not written yet
            for stream, copy in zip((1, 2), saved, strict=True):
                os.dup2(copy, stream)
                os.close(copy)
            target.seek(0)
            text.write(target.read())


def soma_of_contours(outlines: Sequence[np.ndarray]) -> list[np.ndarray]:
    """The soma that NEURON makes of contours: x, y, z and diameter of the points of each of its
    sections, um, shape (n, 4).

    Raises:
        RuntimeError: NEURON cannot make a soma of them.
    """
    for outline in outlines:
        sizes = np.linalg.svd(outline[:, :3] - outline[:, :3].mean(axis=0), compute_uv=False)
        if len(outlines) == 1 and sizes[1] < 1e-6 * sizes[0]:  # NEURON would crash
            raise RuntimeError("the contour has no area")
    with tempfile.TemporaryDirectory() as folder, _printed():
        path = Path(folder, "soma.asc")
        path.write_text("".join(map(contour_text, outlines)))
        cell = build(path)
        return [points_of(section) for section in cell.somatic]
