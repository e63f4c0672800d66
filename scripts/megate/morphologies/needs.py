"""What e-models need of their morphologies, and which morphologies lack it."""

from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import dataclass

from megate.core.findings import Finding
from megate.morphologies.check import Checked
from megate.morphologies.facts import SEGMENT_UM, Facts
from megate.morphologies.release import APICAL_POINTS


@dataclass(frozen=True)
class Needs:
    """What an e-model needs of each of its morphologies: an apical point, if it records at places
    that depend on it, and so many axon segments (`facts.SEGMENT_UM`)."""

    apical_point: bool = False
    axon_segments: int = 0


def emodel_finding(
    emodel: str,
    needs: Needs,
    files: Mapping[str, int | None],
    rows: Iterable[Checked],
    use_apical_points: bool,
    accepted: Container[str] = (),
) -> Finding:
    """Report what an e-model's morphologies lack. Those that have problems themselves are left out.

    Args:
        files: path of each of its morphologies -> apical point (index of a section in NEURON's
            ``apic``) or None
        rows: results of `check`; files of other e-models are ignored
        accepted: names of morphologies that are left out
    """
    lacks = [
        f"{row.morph_name} ({row.file}): {what}"
        for row in rows
        if row.file in files and not row.facts.problems and row.morph_name not in accepted
        for what in _lacks(needs, row.facts, files[row.file], use_apical_points)
    ]
    return Finding(f"e-model {emodel}: its morphologies lack what it needs", lacks)


def _lacks(needs: Needs, facts: Facts, point: int | None, use_apical_points: bool) -> Iterator[str]:
    if needs.apical_point and use_apical_points:
        if point is None:
            yield f"has no entry in {APICAL_POINTS}"
        elif not 0 <= point < facts.apical_sections:
            yield (
                f"its entry in {APICAL_POINTS} is {point}, but it has {facts.apical_sections} "
                "apical sections (the first is 0)"
            )
    if facts.axon_segments < needs.axon_segments:
        yield (
            f"its axon has {facts.axon_segments} segments of about {SEGMENT_UM} um, "
            f"{needs.axon_segments} are needed"
        )
