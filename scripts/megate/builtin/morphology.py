"""The morphology of a cell, and the axon that it gets."""

from collections.abc import Iterator
from typing import Any

from bluepyopt import ephys

from megate.builtin.names import BLUEPYOPT_AXON, TAPER

STUB_UM, STUB_SEGMENTS = 60, 10
"""Length (um) and number of segments of the axon that replaces the morphology's: two sections."""
MYELIN_UM, MYELIN_SEGMENTS = 1000, 5
UM_PER_SEGMENTS = 40
"""Micrometres of section per pair of segments."""


def morphology_of(path: str, modifiers: list[str]) -> ephys.morphologies.NrnFileMorphology:
    """The morphology in the file `path`, with the recipe's morph_modifiers."""
    if TAPER in modifiers:
        return TaperedAxonMorphology(path)
    return ephys.morphologies.NrnFileMorphology(path, do_replace_axon=BLUEPYOPT_AXON in modifiers)


class TaperedAxonMorphology(ephys.morphologies.NrnFileMorphology):
    """A morphology whose axon is replaced by 60 um with the diameters of the original, in two
    sections of five segments, and 1000 um of myelin."""

    axon_segments_needed = STUB_SEGMENTS

    def __init__(self, path: str) -> None:
        super().__init__(path, do_replace_axon=True, replace_axon_hoc=_HOC)

    def replace_axon(
        self,
        sim: Any = None,
        icell: Any = None,
        axon_stub_length: float = STUB_UM,
        axon_nseg_frequency: float = UM_PER_SEGMENTS,
    ) -> None:
        """Replace the axon; the diameters are those of its first segments of about 6 um.

        Raises:
            ValueError: the axon has less than ten of them.
        """
        h = sim.neuron.h
        diameters = _first_diameters(icell.axonal)
        if len(diameters) < STUB_SEGMENTS:
            raise ValueError(
                f"{self.morphology_path}: its axon has {len(diameters)} of the {STUB_SEGMENTS} "
                f"diameters that {TAPER} takes from it"
            )
        for section in icell.axonal:
            h.delete_section(sec=section)
        h.execute("create axon[2]", icell)
        h.execute("create myelin[1]", icell)
        for number, section in enumerate(icell.axon):
            section.L = STUB_UM / 2
            section.nseg = STUB_SEGMENTS // 2
            of_section = diameters[number * section.nseg :]
            for segment, diameter in zip(section, of_section, strict=False):
                segment.diam = diameter
            icell.axonal.append(sec=section)
            icell.all.append(sec=section)
        myelin = icell.myelin[0]
        myelin.L = MYELIN_UM
        myelin.nseg = MYELIN_SEGMENTS
        myelin.diam = diameters[-1]
        icell.myelinated.append(sec=myelin)
        icell.all.append(sec=myelin)
        icell.axon[0].connect(icell.soma[0], 1.0, 0.0)
        icell.axon[1].connect(icell.axon[0], 1.0, 0.0)
        myelin.connect(icell.axon[1], 1.0, 0.0)


def _first_diameters(axon: Any) -> list[float]:
    """The first ten diameters (um) of an axon, section by section, in segments of about 6 um: as
    many as in the stub."""

    def diameters() -> Iterator[float]:
        for section in axon:
            section.nseg = segments_in(section.L)
            for segment in section:
                yield segment.diam

    return [diameter for diameter, _ in zip(diameters(), range(STUB_SEGMENTS), strict=False)]


def segments_in(length: float) -> int:
    """How many diameters are taken from an axon's section of this length (um)."""
    return 1 + int(length / (STUB_UM / STUB_SEGMENTS) / 2.0) * 2


# The same for NEURON's hoc. A circuit simulator keeps a section's number of the file in its voltage
# until the simulation starts (index_sections in the hoc template): the first three of the new axon
# take over those of the old one's first, as far as it has them.
_HOC = f"""
proc replace_axon() {{ local i, k, count, kept, number  localobj diameters, numbers
  diameters = new Vector()
  numbers = new Vector()
  forsec axonal {{
    if (numbers.size() < 3) numbers.append(v(0.0001))
    if (diameters.size() < {STUB_SEGMENTS}) {{
      nseg = 1 + int(L/{STUB_UM // STUB_SEGMENTS}/2)*2
      for i = 0, nseg - 1 {{
        if (diameters.size() < {STUB_SEGMENTS}) diameters.append(diam((i + 0.5)/nseg))
      }}
    }}
  }}
  if (diameters.size() < {STUB_SEGMENTS}) {{
    execerror("the morphology's axon is too short for this e-model's", "replace_axon")
  }}

  forsec axonal delete_section()
  create axon[2], myelin[1]
  count = 0
  for k = 0, 1 {{
    axon[k] {{
      L = {STUB_UM // 2}
      nseg = {STUB_SEGMENTS // 2}
      for i = 0, nseg - 1 {{
        diam((i + 0.5)/nseg) = diameters.x[count]
        count += 1
      }}
      axonal.append()
      all.append()
      if (k < numbers.size()) v(0.0001) = numbers.x[k]
    }}
  }}
  myelin[0] {{
    L = {MYELIN_UM}
    nseg = {MYELIN_SEGMENTS}
    diam = diameters.x[{STUB_SEGMENTS - 1}]
    myelinated.append()
    all.append()
    if (numbers.size() > 2) v(0.0001) = numbers.x[2]
  }}
  soma[0] connect axon[0](0), 1
  axon[0] connect axon[1](0), 1
  axon[1] connect myelin[0](0), 1
}}
"""
