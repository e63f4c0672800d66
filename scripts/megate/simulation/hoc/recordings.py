"""Where the tests record the voltage."""

from typing import Any

from bluepyopt import ephys

from megate.builtin.names import PREFIX
from megate.builtin.recordings import SOMA

BASAL, APICAL, AXON = "basal", "apical", "axon"


class FarthestSection(ephys.locations.NrnSeclistLocation):
    """The middle of the section of a list that is farthest from the soma, along the cell."""

    def instantiate(self, sim: Any = None, icell: Any = None) -> Any:
        """Find the compartment.

        Raises:
            EPhysLocInstantiateException: the list is empty.
        """
        soma = SOMA.instantiate(sim=sim, icell=icell)
        sections = list(getattr(icell, self.seclist_name))
        if not sections:
            raise ephys.locations.EPhysLocInstantiateException(f"{self.seclist_name} is empty")
        middles = [section(0.5) for section in sections]
        return max(middles, key=lambda middle: sim.neuron.h.distance(soma, middle))


class FirstSection(ephys.locations.NrnSeclistLocation):
    """The middle of the first section of a list."""

    def instantiate(self, sim: Any = None, icell: Any = None) -> Any:
        """Find the compartment.

        Raises:
            EPhysLocInstantiateException: the list is empty.
        """
        for section in getattr(icell, self.seclist_name):
            return section(0.5)
        raise ephys.locations.EPhysLocInstantiateException(f"{self.seclist_name} is empty")


_LOCATIONS = {
    "soma": SOMA,
    BASAL: FarthestSection(BASAL, seclist_name="basal"),
    APICAL: FarthestSection(APICAL, seclist_name="apical"),
    AXON: FirstSection(AXON, seclist_name="axonal"),
}


def response_name(protocol: str, location: str) -> str:
    """The name of a response."""
    return f"{PREFIX}.{protocol}.{location}.v"


def recordings(protocol: str, *locations: str) -> list[ephys.recordings.CompRecording]:
    """Recordings of the voltage, by the names of `_LOCATIONS`."""
    return [
        ephys.recordings.CompRecording(
            name=response_name(protocol, location), location=_LOCATIONS[location], variable="v"
        )
        for location in locations
    ]
