"""The AIS and the soma of an adapted cell, in Python and in hoc.

Both are the exemplar's, scaled: the AIS in its diameters, the soma in its length. They are set once
the morphology is complete, after the e-model has replaced the axon. The myelin behind the AIS keeps
the exemplar's diameter.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

from megate.core.errors import MegateError

SCALERS = ("AIS_scaler", "soma_scaler")
"""Names of the scales of AIS and soma, in tables, circuits and hoc."""

_SECTIONS, _SECTION_UM = 2, 30.0


class OtherAxonError(MegateError):
    """The e-model's axon is not one whose AIS can be scaled."""


@dataclass(frozen=True)
class Ais:
    """An AIS: two sections of 30 um, ``axon[0]`` and ``axon[1]``, that replace the axon.

    Attributes:
        diameters: of the segments of each section, um
        myelin: diameters of the segments of the section behind the AIS, um; empty without one
    """

    diameters: list[list[float]]
    myelin: list[float]

    @classmethod
    def of(cls, cell: Any) -> "Ais":
        """The AIS of a cell.

        Args:
            cell: NEURON's cell, with the section arrays of BluePyOpt

        Raises:
            OtherAxonError: the axon is of another kind.
        """
        sections, myelin = _axon_of(cell)
        return cls(
            [[segment.diam for segment in section] for section in sections],
            [segment.diam for section in myelin for segment in section],
        )

    def is_in(self, cell: Any) -> bool:
        """Whether a cell has this AIS."""
        own, built = chain(*self.diameters, self.myelin), Ais.of(cell)
        return all(map(math.isclose, own, chain(*built.diameters, built.myelin)))

    def scaled(self, scale: float) -> list[list[float]]:
        """The diameters of the segments of each section at a scale, um."""
        return [[scale * diameter for diameter in of_section] for of_section in self.diameters]

    def apply(self, cell: Any, scale: float) -> None:
        """Give a cell this AIS, with its diameters scaled.

        Raises:
            OtherAxonError: the cell's axon is of another kind.
        """
        sections, myelin = _axon_of(cell)
        wanted = [*self.scaled(scale), *([self.myelin] if self.myelin else [])]
        segments = [list(section) for section in (*sections, *myelin)]
        if [len(each) for each in wanted] != [len(each) for each in segments]:
            raise OtherAxonError(
                f"the axon has {_counts(segments)} segments, expected {_counts(wanted)}, as in the "
                "exemplar"
            )
        set_diameters([*sections, *myelin], wanted)


@dataclass(frozen=True)
class Soma:
    """A soma, as a cylinder.

    Attributes:
        area: surface without its ends, um2
        radius: half of its length, um
    """

    area: float
    radius: float

    @classmethod
    def of(cls, cell: Any) -> "Soma":
        """The soma of a cell: NEURON's area and half of NEURON's length."""
        section = cell.soma[0]
        return cls(sum(segment.area() for segment in section), section.L / 2)

    def is_in(self, cell: Any) -> bool:
        """Whether a cell has this soma."""
        built = Soma.of(cell)  # its 3D points are single-precision numbers
        own = zip(vars(self).values(), vars(built).values(), strict=True)
        return all(math.isclose(*pair, rel_tol=1e-4) for pair in own)

    @property
    def diameter(self) -> float:
        """Diameter of the cylinder with this area and a length of 2 `radius`, um."""
        return self.area / (2 * math.pi * self.radius)

    def apply(self, cell: Any, scale: float) -> None:
        """Give a cell this soma, with its length scaled.

        It lies along the y axis, around the middle of the soma that the cell has. Without 3D
        points, neurodamus could not apply an electric field.
        """
        section = cell.soma[0]
        x, y, z = _middle_of(section)
        half = scale * self.radius
        section.pt3dclear()
        section.pt3dadd(x, y - half, z, self.diameter)
        section.pt3dadd(x, y + half, z, self.diameter)


def set_diameters(sections: Sequence[Any], diameters: Sequence[Sequence[float]]) -> None:
    """Set the diameters (um) of the segments of each section."""
    for section, of_section in zip(sections, diameters, strict=True):
        for segment, diameter in zip(section, of_section, strict=True):
            segment.diam = diameter


def hoc(ais: Ais | None, soma: Soma | None) -> str:
    """``proc adapt_cell(AIS_scaler, soma_scaler)`` for a cell's template in hoc: the same as
    `Ais.apply` and `Soma.apply`. A scale of 1 leaves the cell's own AIS or soma."""
    lines = ["proc adapt_cell(/* AIS_scaler, soma_scaler */) { local x, y, z, half"]
    if ais is not None:
        lines.append("  if ($1 != 1) {")
        for number, diameters in enumerate(ais.diameters):
            lines += _set_diameters(f"axon[{number}]", diameters, "$1*")
        lines += _set_diameters("myelin[0]", ais.myelin, "") if ais.myelin else []
        lines.append("  }")
    if soma is not None:
        lines += [
            "  if ($2 != 1) {",
            "    soma[0] {",
            "      x = (x3d(0) + x3d(n3d() - 1))/2",
            "      y = (y3d(0) + y3d(n3d() - 1))/2",
            "      z = (z3d(0) + z3d(n3d() - 1))/2",
            f"      half = $2*{soma.radius!r}",
            "      pt3dclear()",
            f"      pt3dadd(x, y - half, z, {soma.diameter!r})",
            f"      pt3dadd(x, y + half, z, {soma.diameter!r})",
            "    }",
            "  }",
        ]
    return "\n".join([*lines, "}"])


def _set_diameters(section: str, diameters: list[float], factor: str) -> list[str]:
    count = len(diameters)
    return [
        f"    {section} {{",
        *(
            f"      diam({(number + 0.5) / count!r}) = {factor}{diameter!r}"
            for number, diameter in enumerate(diameters)
        ),
        "    }",
    ]


def _axon_of(cell: Any) -> tuple[list[Any], list[Any]]:
    """The two sections of the AIS, and the section of myelin, if there is one."""
    sections = list(cell.axonal)
    myelin = [*(each for each in sections if _name(each) == "myelin[0]"), *cell.myelinated]
    sections = [section for section in sections if section not in myelin]
    lengths = [section.L for section in sections]
    if len(lengths) != _SECTIONS or any(abs(each - _SECTION_UM) > 1e-6 for each in lengths):
        lengths_um = ", ".join(f"{length:.4g}" for length in lengths[:5])
        found = f"{len(lengths)} sections ({lengths_um} um)" if lengths else "no axon"
        raise OtherAxonError(
            f"found {found}, expected the stub of two sections of 30 um with which e-models "
            "replace the axon; set adapt.ais: false"
        )
    names = [_name(section) for section in (*sections, *myelin)]
    parents = [section.parentseg().sec for section in sections]
    if names not in (["axon[0]", "axon[1]"], ["axon[0]", "axon[1]", "myelin[0]"]) or parents != [
        cell.soma[0],
        sections[0],
    ]:
        raise OtherAxonError(
            f"found the axon's sections {', '.join(names)}, expected axon[0] and axon[1], one "
            "behind the other, and at most myelin[0]; set adapt.ais: false"
        )
    return sections, myelin


def _name(section: Any) -> str:
    return str(section.name()).rpartition(".")[2]


def _middle_of(section: Any) -> tuple[float, ...]:
    """The middle between the first and the last 3D point, um; the origin if there are none."""
    if not section.n3d():
        return 0.0, 0.0, 0.0
    last = section.n3d() - 1
    return tuple((of(0) + of(last)) / 2 for of in (section.x3d, section.y3d, section.z3d))


def _counts(segments: list[Any]) -> str:
    return " + ".join(str(len(each)) for each in segments)
