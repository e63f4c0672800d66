"""Make variants of a morphology: what circuit builders call clones.

All factors are log-normal with a median of 1. Their standard deviations of the logarithm are about
half of what is seen between reconstructions of one m-type (six thick-tufted layer 5 pyramidal
cells: 0.35 for the mean diameter of the dendrites, 0.5 for that of the first 60 um of axon), that
of soma radii as it is seen (0.1), and that of section lengths what Markram et al. (2015) use (20
per cent). Rotations of branches are left out: the equations of a cell do not depend on them.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from morphio import Morphology as Readable
from morphio import PointLevel, SectionType
from morphio.mut import Morphology, Section


@dataclass(frozen=True)
class Jitter:
    """How much a variant differs.

    Attributes:
        dendrites: log standard deviation of a factor for the diameters of all dendrites of a cell
        neurite: log standard deviation of a further factor for each dendrite
        axon: log standard deviation of a factor for the diameters of the axon
        soma: log standard deviation of a factor for the soma's radius
        length: log standard deviation of a factor for the length of each section
        branches: probability that a terminal dendritic section is removed, and the same that it is
            there twice
    """

    dendrites: float = 0.2
    neurite: float = 0.1
    axon: float = 0.25
    soma: float = 0.1
    length: float = 0.2
    branches: float = 0.1


def make_variants(source: Path, folder: Path, number: int, seed: int) -> list[Path]:
    """Write `number` variants of a morphology to `folder`, as NAME_v01.asc and so on."""
    folder.mkdir(parents=True, exist_ok=True)
    files = [folder / f"{source.stem}_v{variant:02d}.asc" for variant in range(1, number + 1)]
    for variant, file in enumerate(files, start=1):
        rng = np.random.default_rng([seed, *source.stem.encode(), variant])
        make_variant(source, rng, Jitter()).write(file)
    return files


def make_variant(source: Path, rng: np.random.Generator, jitter: Jitter) -> Morphology:
    """One variant of the morphology in a file."""
    morphology = Morphology(Readable(source))

    def factor(deviation: float) -> float:
        return float(np.exp(rng.normal(0, deviation)))

    dendrites, axon, soma = (factor(sd) for sd in (jitter.dendrites, jitter.axon, jitter.soma))
    center = morphology.soma.points.mean(axis=0)
    morphology.soma.points = center + soma * (morphology.soma.points - center)
    morphology.soma.diameters = soma * morphology.soma.diameters
    for root in list(morphology.root_sections):
        is_axon = root.type == SectionType.axon
        diameters = axon if is_axon else dendrites * factor(jitter.neurite)
        start = center + soma * (root.points[0] - center)
        for section in list(root.iter()):
            begin = start if section.is_root else section.parent.points[-1]
            length = factor(jitter.length)
            section.points = begin + length * (section.points - section.points[0])
            section.diameters = diameters * section.diameters
        if not is_axon:
            _branching(morphology, root, rng, jitter.branches)
    return morphology


def _branching(
    morphology: Morphology, root: Section, rng: np.random.Generator, probability: float
) -> None:
    """Remove some terminal sections of a dendrite, and double some."""
    for section in [each for each in root.iter() if not each.children and not each.is_root]:
        drawn = rng.random()
        if drawn < probability:
            morphology.delete_section(section, recursive=False)
        elif drawn > 1 - probability:
            first = section.points[0]
            mirrored = first + (section.points - first) * [-1, 1, -1]
            points = PointLevel(mirrored.tolist(), section.diameters.tolist())
            section.parent.append_section(points, section.type)
