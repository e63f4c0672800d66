"""Recordings: what is recorded of a response, and where."""

from collections.abc import Iterable, Mapping
from typing import Any

from bluepyopt import ephys

from megate.builtin.names import PREFIX, SOMA_V

SOMA = ephys.locations.NrnSeclistCompLocation(
    name="soma", seclist_name="somatic", sec_index=0, comp_x=0.5
)


class SectionCompartment(ephys.locations.NrnSeclistCompLocation):
    """The compartment in a section of the list, known by its number there."""

    def instantiate(self, sim: Any = None, icell: Any = None) -> Any:
        """Find it.

        Raises:
            EPhysLocInstantiateException: the list is shorter. (BluePyOpt's ends the simulation.)
        """
        size = sum(1 for _ in getattr(icell, self.seclist_name))
        if self.sec_index >= size:
            raise ephys.locations.EPhysLocInstantiateException(
                f"{self.seclist_name} has {size} sections, none of the number {self.sec_index}"
            )
        return super().instantiate(sim, icell)


class FirstAtSomaDistance(ephys.locations.NrnSomaDistanceCompLocation):
    """The compartment at a path length from the soma's middle, in the first section of the list
    that reaches it. (BluePyOpt's takes the last.)"""

    def find_icomp(self, sim: Any, iseclist: Iterable[Any]) -> Any:
        """Find it.

        Raises:
            EPhysLocInstantiateException: no section reaches it.
        """
        for section in iseclist:
            ends = sorted(sim.neuron.h.distance(1, x, sec=section) for x in (0.0, 1.0))
            if ends[0] <= self.soma_distance <= ends[1]:
                return section(float(self.soma_distance - ends[0]) / (ends[1] - ends[0]))
        raise ephys.locations.EPhysLocInstantiateException(
            f"no section of {self.seclist_name} is {self.soma_distance} um from the soma"
        )


def recordings_of(
    protocol: str, definitions: Iterable[Mapping[str, Any]], apical_point: int | None
) -> list[ephys.recordings.CompRecording]:
    """The soma's voltage, and a protocol's extra recordings.

    Args:
        protocol: name of the protocol
        definitions: its extra_recordings
        apical_point: index of the morphology's apical point in ``apic``
    """
    soma = ephys.recordings.CompRecording(
        name=f"{PREFIX}.{protocol}.{SOMA_V}", location=SOMA, variable="v"
    )
    extra = [
        ephys.recordings.CompRecording(
            name=f"{PREFIX}.{protocol}.{definition['name']}.{definition['var']}",
            location=_location(definition, apical_point),
            variable=definition["var"],
        )
        for definition in definitions
    ]
    return [soma, *extra]


def _location(definition: Mapping[str, Any], apical_point: int | None) -> ephys.locations.Location:
    name, seclist = definition["name"], definition["seclist_name"]
    if definition["type"] == "nrnseclistcomp":
        return SectionCompartment(
            name=name,
            seclist_name=seclist,
            sec_index=int(definition["sec_index"]),  # JSON may have 0.0
            comp_x=definition["comp_x"],
        )
    distance = definition["somadistance"]
    if definition["type"] == "somadistance":
        return FirstAtSomaDistance(name, soma_distance=distance, seclist_name=seclist)
    return ephys.locations.NrnSecSomaDistanceCompLocation(
        name, soma_distance=distance, sec_index=apical_point, seclist_name="apic"
    )
