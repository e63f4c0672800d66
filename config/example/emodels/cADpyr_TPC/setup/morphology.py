# SPDX-License-Identifier: Apache-2.0
"""A morphology whose axon is replaced by a stub with the reconstructed axon's diameters."""

from __future__ import annotations

from typing import Any

from bluepyopt import ephys

STUB_SECTION_LENGTH = 30.0  # µm; the stub has two of them

# The same replacement for the hoc template, where BluePyOpt puts it.
REPLACE_AXON_HOC = """
// A stub of two 30 um sections takes the axon's place. Their diameters are those that the
// reconstructed axon has at 15 and at 45 um from its start (or at the end of a shorter axon).
proc replace_axon() { local i, start, proximal, distal, farthest, target, found  localobj diameters
  if (sec_count(axonal) == 0) {
    execerror("replace_axon: no reconstructed axon in this morphology", "")
  }
  diameters = new Vector(2)
  soma[0] distance(0, 0.5)
  axon[0] start = distance(0)
  for i = 0, 1 {
    target = start + 15 + 30 * i
    found = 0
    farthest = -1
    forsec axonal {
      proximal = distance(0)
      distal = distance(1)
      if (!found && proximal <= target && target <= distal) {
        diameters.x[i] = diam((target - proximal) / (distal - proximal))
        found = 1
      }
      if (!found && distal > farthest) {
        diameters.x[i] = diam(1)
        farthest = distal
      }
    }
  }
  forsec axonal { delete_section() }
  forsec myelinated { delete_section() }

  create axon[2]
  for i = 0, 1 axon[i] {
    L = 30
    diam = diameters.x[i]
    nseg = 1
    all.append()
    axonal.append()
  }
  soma[0] connect axon[0](0), 0.5
  axon[0] connect axon[1](0), 1
  nSecAxonal = 2
}
"""


class MissingAxonError(Exception):
    """The morphology has no axon, from which the stub axon's diameters are taken."""


class StubAxonMorphology(ephys.morphologies.NrnFileMorphology):
    """A morphology from a file, with a 60 µm stub in place of the axon."""

    def __init__(self, morphology_path: str) -> None:
        """Take the path of an `.asc` or `.swc` file."""
        super().__init__(morphology_path, do_replace_axon=True, replace_axon_hoc=REPLACE_AXON_HOC)

    def replace_axon(self, sim: Any = None, icell: Any = None, **_: Any) -> None:
        """Replace the axon by two 30 µm sections, with its diameters at 15 and 45 µm.

        Raises:
            MissingAxonError: the reconstruction has no axon.
        """
        h = sim.neuron.h
        axonal = list(icell.axonal)
        if not axonal:
            raise MissingAxonError(
                f"{self.morphology_path}: no reconstructed axon (section list 'axonal' is empty); "
                "the stub axon needs its diameters"
            )
        h.distance(0, 0.5, sec=icell.soma[0])
        start = h.distance(1, 0.0, sec=icell.axon[0])
        diameters = [
            self._diameter_at(h, axonal, start + (i + 0.5) * STUB_SECTION_LENGTH) for i in (0, 1)
        ]
        for section in [*axonal, *icell.myelinated]:
            h.delete_section(sec=section)

        h.execute("create axon[2]", icell)
        for section, diameter in zip(icell.axon, diameters, strict=True):
            section.L = STUB_SECTION_LENGTH
            section.diam = diameter
            section.nseg = 1
            icell.all.append(sec=section)
            icell.axonal.append(sec=section)
        icell.axon[0].connect(icell.soma[0], 0.5, 0.0)
        icell.axon[1].connect(icell.axon[0], 1.0, 0.0)

    @staticmethod
    def _diameter_at(h: Any, axonal: list[Any], distance: float) -> float:
        """Diameter (µm) of the axon at a path distance (µm), or where its longest path ends."""
        ends = [(h.distance(1, 0.0, sec=s), h.distance(1, 1.0, sec=s)) for s in axonal]
        for section, (begin, stop) in zip(axonal, ends, strict=True):
            if begin <= distance <= stop:
                return section((distance - begin) / (stop - begin)).diam
        farthest = max(range(len(axonal)), key=lambda i: ends[i][1])
        return axonal[farthest](1.0).diam
