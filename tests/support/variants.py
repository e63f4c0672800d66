"""Make variants of a morphology: what circuit builders call clones.

All factors are log-normal with a median of 1. Their standard deviations of the logarithm are about
half of what is seen between reconstructions of one m-type (six thick-tufted layer 5 pyramidal
cells: 0.35 for the mean diameter of the dendrites, 0.5 for that of the first 60 um of axon), that
of soma radii as it is seen (0.1), and that of section lengths 0.2. Rotations of branches are left
out: the equations of a cell do not depend on them.
"""

import copy
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from lxml import etree
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


def add_variants(release: Path, number: int, seed: int) -> None:
    """Add `number` variants of each morphology to a release: files, neuronDB.xml and, where there
    are some, apical points. Variants of NAME are NAME_v01 and so on, in the format of its file."""
    database, apical_points = release / "neuronDB.xml", release / "apical_points_isec.json"
    points = json.loads(apical_points.read_text()) if apical_points.exists() else {}
    tree = etree.parse(database)
    for entry in tree.findall(".//morphology"):
        name = entry.findtext("name")
        (source,) = (file for file in release.iterdir() if file.stem == name)
        for variant in range(1, number + 1):
            added = copy.deepcopy(entry)
            added.find("name").text = f"{name}_v{variant:02d}"
            entry.getparent().append(added)
            file = source.with_stem(f"{name}_v{variant:02d}")
            rng = np.random.default_rng([seed, *name.encode(), variant])
            isec = make_variant(source, file, rng, Jitter(), points.get(name))
            if isec is not None:
                points[file.stem] = isec
    tree.write(database)
    if points:
        apical_points.write_text(json.dumps(points))


def make_variant(
    source: Path, target: Path, rng: np.random.Generator, jitter: Jitter, isec: int | None = None
) -> int | None:
    """Write a variant of the morphology in a file.

    Args:
        isec: the apical point's section, as number among the apical sections, or None

    Returns:
        The number of this section in the variant, or None.
    """
    morphology = Morphology(Readable(source))

    def factor(deviation: float) -> float:
        return float(np.exp(rng.normal(0, deviation)))

    kept = [] if isec is None else [_apical(morphology)[isec]]
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
            _branching(morphology, root, rng, jitter.branches, kept)
    ends = [section.points[-1] for section in kept]
    if target.suffix == ".swc":  # which cannot hold a section that lost its sibling
        morphology.remove_unifurcations()
    morphology.write(target)
    numbers = [
        number
        for end in ends
        for number, section in enumerate(_apical(Readable(target)))
        if np.isclose(section.points[1:], end, atol=1e-3).all(axis=1).any()
    ]
    return numbers[0] if numbers else None


def _apical(morphology: Readable | Morphology) -> list[Any]:
    sections = (section for root in morphology.root_sections for section in root.iter())
    return [section for section in sections if section.type == SectionType.apical_dendrite]


def _branching(
    morphology: Morphology,
    root: Section,
    rng: np.random.Generator,
    probability: float,
    kept: list[Section],
) -> None:
    """Remove some terminal sections of a dendrite, but none that is kept, and double some."""
    for section in [each for each in root.iter() if not each.children and not each.is_root]:
        drawn = rng.random()
        if drawn < probability and section.id not in [each.id for each in kept]:
            morphology.delete_section(section, recursive=False)
        elif drawn > 1 - probability:
            first = section.points[0]
            mirrored = first + (section.points - first) * [-1, 1, -1]
            points = PointLevel(mirrored.tolist(), section.diameters.tolist())
            section.parent.append_section(points, section.type)
