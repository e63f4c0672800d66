"""morphology_needs, apical_recordings: what e-models need, and which morphologies lack it."""

import pytest
from bluepyopt import ephys

from megate.morphologies.check import Checked
from megate.morphologies.facts import Facts
from megate.morphologies.needs import Needs, emodel_finding
from megate.simulation.apical_recordings import record_at_apical_points

CELL = Facts(apical_sections=5, axon_segments=10)


def lacking(
    needs: Needs, point: int | None = None, facts: Facts = CELL, use_apical_points: bool = True
) -> list[str]:
    """What the first of two morphologies lacks; the other one is not the e-model's."""
    rows = [Checked("m.asc", facts), Checked("other.asc", Facts())]
    return emodel_finding("e", needs, {"m.asc": point}, rows, use_apical_points).problems


@pytest.mark.parametrize(
    ("point", "lack"),
    [
        (0, None),
        (4, None),
        (None, "m (m.asc): has no entry in apical_points_isec.json"),
        (5, "m (m.asc): its entry in apical_points_isec.json is 5, but it has 5 apical sections"),
        (-1, "m (m.asc): its entry in apical_points_isec.json is -1, but it has 5 apical sections"),
    ],
)
def test_apical_points(point: int | None, lack: str | None):
    needs = Needs(apical_point=True)
    lacks = [text.removesuffix(" (the first is 0)") for text in lacking(needs, point)]
    assert lacks == ([] if lack is None else [lack])
    assert lacking(needs, point, use_apical_points=False) == []
    assert lacking(Needs(), point) == []


@pytest.mark.parametrize(
    ("needs", "lack"),
    [
        (Needs(axon_segments=10), None),
        (Needs(axon_segments=11), "its axon has 10 segments of about 6 um, 11 are needed"),
    ],
)
def test_axon(needs: Needs, lack: str | None):
    assert lacking(needs) == ([] if lack is None else [f"m (m.asc): {lack}"])


def test_a_morphology_with_problems_of_its_own_is_left_out():
    needs = Needs(apical_point=True, axon_segments=2)
    assert len(lacking(needs, facts=Facts())) == 2
    assert lacking(needs, facts=Facts(problems=("does not load",))) == []


class ApicalLocation(ephys.locations.Location):
    """As in e-model packages."""

    def __init__(self) -> None:
        super().__init__("dend1")
        self.apical_point_isec = None


SOMA = ephys.locations.NrnSeclistCompLocation("soma", "somatic", 0, 0.5)


def sweep(*locations: ephys.locations.Location) -> ephys.protocols.SweepProtocol:
    recordings = [ephys.recordings.CompRecording(place.name, place, "v") for place in locations]
    return ephys.protocols.SweepProtocol("sweep", [], recordings)


class Main(ephys.protocols.Protocol):
    """One that consists of others, which it knows by several names; and knows itself."""

    def __init__(self, **parts: object) -> None:
        super().__init__("main")
        vars(self).update(parts, me=self, other=[self], number=3, text="abc")


APICAL = sweep(SOMA, ApicalLocation())


@pytest.mark.parametrize(
    ("protocol", "found"),
    [
        (sweep(SOMA), False),
        (APICAL, True),
        (ephys.protocols.SequenceProtocol("all", [sweep(SOMA), APICAL]), True),
        (ephys.protocols.SequenceProtocol("all", [sweep(SOMA)]), False),
        (Main(rmp=sweep(SOMA)), False),
        (Main(rmp=sweep(SOMA), bap=APICAL), True),
        (Main(steps={"bap": APICAL}), True),
        (Main(pre=(sweep(SOMA), Main(bap=APICAL))), True),
        # one that records there only if it wants to
        (Main(locations=[ApicalLocation()]), False),
    ],
)
def test_recordings_at_apical_points(protocol: ephys.protocols.Protocol, found: bool):
    assert record_at_apical_points([sweep(SOMA), protocol]) is found
