"""Recordings of a protocol and their locations."""

from collections.abc import Iterable, Mapping
from typing import Any

from bluepyopt import ephys

from megate.builtin.names import PREFIX

SOMA = ephys.locations.NrnSeclistCompLocation(
    name="soma", seclist_name="somatic", sec_index=0, comp_x=0.5
)


class SectionCompartment(ephys.locations.NrnSeclistCompLocation):
    """A compartment in a section of a section list, given by the section's index in the list."""

    def instantiate(self, sim: Any = None, icell: Any = None) -> Any:
        """Find the compartment.

        Raises:
            EPhysLocInstantiateException: the list has no such section. (BluePyOpt's class raises
                another exception, which ends the simulation.)
        """
        size = sum(1 for _ in getattr(icell, self.seclist_name))
        if self.sec_index >= size:
            raise ephys.locations.EPhysLocInstantiateException(
                f"{self.seclist_name} has {size} sections, no section {self.sec_index}"
            )
        return super().instantiate(sim, icell)


class FirstAtSomaDistance(ephys.locations.NrnSomaDistanceCompLocation):
    """The compartment at a path length from the middle of the soma, in the first section of the
    list that reaches it. (BluePyOpt's class takes the last one.)"""

    def find_icomp(self, sim: Any, iseclist: Iterable[Any]) -> Any:
        """Find the compartment.

        Raises:
            EPhysLocInstantiateException: no section of the list reaches this path length.
        """
        for section in iseclist:
            ends = sorted(sim.neuron.h.distance(1, x, sec=section) for x in (0.0, 1.0))
            if ends[0] <= self.soma_distance <= ends[1]:
                return section(float(self.soma_distance - ends[0]) / (ends[1] - ends[0]))
        raise ephys.locations.EPhysLocInstantiateException(
            f"no section of {self.seclist_name} is {self.soma_distance} um from the soma"
        )


def recordings_of(
    protocol: str, definition: Mapping[str, Any], apical_point: int | None
) -> list[ephys.recordings.CompRecording]:
    """The recordings of a protocol: the soma's voltage, and the extra recordings of its
    definition in the protocols file."""
    extra = definition.get("extra_recordings", ())
    places = [(SOMA, "v"), *((_location(each, apical_point), each["var"]) for each in extra)]
    return [
        ephys.recordings.CompRecording(
            name=f"{PREFIX}.{protocol}.{location.name}.{variable}",
            location=location,
            variable=variable,
        )
        for location, variable in places
    ]


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
