"""Small morphologies, as text and as files."""

from pathlib import Path

from morphio.mut import Morphology

SOMA = '("CellBody" (Color Red) (CellBody) (-5 -5 0 1) (5 -5 0 1) (5 5 0 1) (-5 5 0 1))\n'
DENDRITE = "((Dendrite) (5 0 0 2) (20 0 0 2) ((20 30 0 1) (20 40 0 1) | (20 -30 0 1)))\n"
# two branches: the longer path is 30 + 40 + 30 um
AXON = "((Axon) (0 -5 0 1) (0 -35 0 1) ((40 -35 0 1) (40 -65 0 1) | (-20 -35 0 1)))\n"
# a trunk of 100 um with an oblique branch, then the tuft
APICAL = """\
((Apical) (0 5 0 3) (0 55 0 3) (
  (30 55 0 1) (60 55 0 1) |
  (0 80 0 2) (0 105 0 2) ((20 125 0 1) (30 150 0 1) | (-20 125 0 1) (-30 150 0 1))
))
"""
CELL = SOMA + DENDRITE + AXON + APICAL
"""A pyramidal cell of 11 sections: three of dendrite, three of axon, five of apical dendrite."""


def h5_of(asc: Path) -> Path:
    """The same cell as .h5, beside the .asc file."""
    Morphology(str(asc)).write(str(asc.with_suffix(".h5")))
    return asc.with_suffix(".h5")
