"""The morphology of a cell and the replacement of its axon."""

from typing import Any

from bluepyopt import ephys

from megate.builtin.names import BLUEPYOPT_AXON, TAPER, TAPER_ONLY

STUB_UM, STUB_SEGMENTS = 60, 10
"""Total length (um) and number of segments of the two sections that replace the axon."""
MYELIN_UM, MYELIN_SEGMENTS = 1000, 5
_LEAST_DIAMETERS = 2
"""Diameters of the original axon that the one without myelin needs."""


def morphology_of(path: str, modifiers: list[str]) -> ephys.morphologies.NrnFileMorphology:
    """The morphology in the file `path`, modified as the recipe's morph_modifiers say."""
    if TAPER in modifiers or TAPER_ONLY in modifiers:
        return TaperedAxonMorphology(path, myelin=TAPER in modifiers)
    return ephys.morphologies.NrnFileMorphology(path, do_replace_axon=BLUEPYOPT_AXON in modifiers)


class TaperedAxonMorphology(ephys.morphologies.NrnFileMorphology):
    """A morphology whose axon is replaced, as by BluePyEModel's replace_axon_with_taper.

    The new axon has two sections, 60 um in all, with five segments each and the diameters of the
    original axon, followed by a section of 1000 um of myelin.

    Without myelin, it is the axon of Blue Brain's thalamic cells (EModelRunner). If the original
    is too short, its last diameter but one is repeated.

    Attributes:
        axon_segments_needed: segments of about 6 um that the original axon must have
    """

    def __init__(self, path: str, myelin: bool = True) -> None:
        super().__init__(path, do_replace_axon=True, replace_axon_hoc=_hoc(myelin))
        self.myelin = myelin
        self.axon_segments_needed = STUB_SEGMENTS if myelin else _LEAST_DIAMETERS

    def replace_axon(self, sim: Any = None, icell: Any = None, **_: Any) -> None:
        """Replace the axon, with the diameters of its first ten segments of about 6 um.

        Raises:
            ValueError: the axon has too few such segments.
        """
        h = sim.neuron.h
        diameters: list[float] = []
        # `megate.morphologies.facts` counts these segments in the same way
        for section in icell.axonal:
            section.nseg = 1 + int(section.L / (STUB_UM / STUB_SEGMENTS) / 2.0) * 2
            diameters += [segment.diam for segment in section]
        if len(diameters) < self.axon_segments_needed:
            raise ValueError(
                f"{self.morphology_path}: {TAPER if self.myelin else TAPER_ONLY} needs "
                f"{self.axon_segments_needed} diameters of the axon, found {len(diameters)}"
            )
        diameters += diameters[-2:-1] * (STUB_SEGMENTS - len(diameters))
        for section in icell.axonal:
            h.delete_section(sec=section)
        h.execute("create axon[2]", icell)
        for number, section in enumerate(icell.axon):
            section.L = STUB_UM / 2
            section.nseg = STUB_SEGMENTS // 2
            of_section = diameters[number * section.nseg :]
            for segment, diameter in zip(section, of_section, strict=False):
                segment.diam = diameter
            icell.axonal.append(sec=section)
            icell.all.append(sec=section)
        icell.axon[0].connect(icell.soma[0], 1.0, 0.0)
        icell.axon[1].connect(icell.axon[0], 1.0, 0.0)
        if not self.myelin:
            return
        h.execute("create myelin[1]", icell)
        myelin = icell.myelin[0]
        myelin.L = MYELIN_UM
        myelin.nseg = MYELIN_SEGMENTS
        myelin.diam = diameters[STUB_SEGMENTS - 1]
        icell.myelinated.append(sec=myelin)
        icell.all.append(sec=myelin)
        myelin.connect(icell.axon[1], 1.0, 0.0)


# The same replacement in hoc. Until the simulation starts, the voltage of a section holds its
# number in the morphology file (index_sections in the hoc template). The new sections take over the
# numbers of the first sections of the original axon, if it has so many.
def _hoc(myelin: bool) -> str:
    needed, sections, last, connect = _LEAST_DIAMETERS, "axon[2]", _REPEAT_DIAMETER, ""
    if myelin:
        needed, sections, last, connect = STUB_SEGMENTS, "axon[2], myelin[1]", "", _CONNECT_MYELIN
    return f"""
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
  if (diameters.size() < {needed}) {{
    execerror("the axon of this morphology is too short for this e-model", "replace_axon")
  }}
{last}
  forsec axonal delete_section()
  create {sections}
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
{_MYELIN if myelin else ""}  soma[0] connect axon[0](0), 1
  axon[0] connect axon[1](0), 1
{connect}}}
"""


_REPEAT_DIAMETER = f"""\
  count = diameters.size() - 2
  while (diameters.size() < {STUB_SEGMENTS}) diameters.append(diameters.x[count])
"""
_MYELIN = f"""\
  myelin[0] {{
    L = {MYELIN_UM}
    nseg = {MYELIN_SEGMENTS}
    diam = diameters.x[{STUB_SEGMENTS - 1}]
    myelinated.append()
    all.append()
    if (numbers.size() > 2) v(0.0001) = numbers.x[2]
  }}
"""
_CONNECT_MYELIN = "  axon[1] connect myelin[0](0), 1\n"
