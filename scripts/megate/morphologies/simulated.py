"""The file that NEURON reads in a simulation: the morphology's own, or a clean copy of it."""

import os
import tempfile
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from megate.morphologies.copies import copy_suffix, write_copy
from megate.morphologies.facts import Facts
from megate.morphologies.formats.read import is_h5, read
from megate.morphologies.formats.sections import Morphology, MorphologyError
from megate.morphologies.in_children import read_all, settle


@dataclass(frozen=True)
class Simulated:
    """A file for NEURON, and the morphology that the original file holds."""

    path: Path
    morphology: Morphology


def for_neuron(path: Path, convert: bool) -> Simulated:
    """Find the file that NEURON reads for a morphology.

    That is the file itself, unless it is .h5 or, with `convert`, NEURON misreads it. Then it is a
    clean copy of the same name in a temporary folder.

    Raises:
        MorphologyError: the file cannot be read, or not be converted.
    """
    morphology = read(path)
    if not is_h5(path) and not (convert and morphology.doubts and _needs_copy(path)):
        return Simulated(path, morphology)
    folder = Path(tempfile.mkdtemp(prefix="megate-morphology-"))
    _write_copies([path], folder, lambda _: morphology)
    return Simulated(_copy_in(folder, path, morphology), morphology)


def _needs_copy(path: Path) -> bool:
    """Whether NEURON misreads a .asc or .swc file, and reads a clean copy right."""
    facts = settle({path: Facts()}, processes=1)[path]
    if facts.transient:
        raise MorphologyError(f"{path.name}: {facts.misread}")
    return bool(facts.misread and facts.copy)


def write_copies(files: Sequence[str], folder: str) -> None:
    """Write the clean copies of files into a folder, in several processes.

    Raises:
        MorphologyError: files cannot be converted.
    """
    _write_copies(map(Path, files), Path(folder), read)


def _copy_in(folder: Path, path: Path, morphology: Morphology) -> Path:
    return folder / f"{path.stem}{copy_suffix(morphology)}"


def _write_copies(paths: Iterable[Path], folder: Path, load: Callable[[Path], Morphology]) -> None:
    def write(path: Path) -> Facts:
        morphology = load(path)
        write_copy(morphology, _copy_in(folder, path, morphology))
        return Facts()

    def failed(path: Path, why: str) -> Facts:
        return Facts(problems=(f"{path.name} cannot be converted: {why}",))

    # in children: NEURON may crash
    found = read_all(paths, len(os.sched_getaffinity(0)), write, failed)
    problems = [problem for _, facts in found for problem in facts.problems]
    if problems:
        raise MorphologyError("; ".join(problems))
