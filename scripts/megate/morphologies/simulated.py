"""The file that NEURON reads in a simulation: the morphology's own, or a clean copy of it."""

import os
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from megate.morphologies.copies import copy_suffix, write_copy
from megate.morphologies.facts import Facts, read_facts, read_with_neuron, with_copy
from megate.morphologies.formats.read import H5, read
from megate.morphologies.formats.sections import Morphology, MorphologyError
from megate.morphologies.in_children import TOO_LONG, read_all


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
    h5 = path.suffix.lower() == H5
    if not h5 and not (convert and morphology.doubts and needs_copy(path)):
        return Simulated(path, morphology)
    folder = Path(tempfile.mkdtemp(prefix="megate-morphology-"))
    return Simulated(write_copy_of(path, morphology, folder), morphology)


def needs_copy(path: Path) -> bool:
    """Whether NEURON misreads a .asc or .swc file, and reads a clean copy right."""
    facts = _in_child(path, lambda path: read_with_neuron(path, read_facts(path)))
    if facts is None:
        facts = _in_child(path, lambda path: with_copy(path, Facts()))
    return facts is not None and bool(facts.copy)


def write_copy_of(path: Path, morphology: Morphology, folder: Path) -> Path:
    """Write the clean copy of a file into `folder`, with the same name; return its path.

    Raises:
        MorphologyError: NEURON crashed, or cannot make a soma of its contour.
    """
    copy = folder / f"{path.stem}{copy_suffix(morphology)}"

    def write(_: Path) -> Facts:
        write_copy(morphology, copy)
        return Facts()

    if _in_child(path, write) is None:
        raise MorphologyError(f"{path.name} cannot be converted to {copy.suffix}")
    return copy


def write_copies(files: Sequence[str], folder: str) -> None:
    """Write the clean copies of files into a folder.

    Raises:
        MorphologyError: a file cannot be converted.
    """
    problems = [f"{name}: {why}" for name, why in _write_all(files, Path(folder)) if why]
    if problems:
        raise MorphologyError("; ".join(problems))


def _write_all(files: Sequence[str], folder: Path) -> Iterator[tuple[str, str]]:
    """Write copies in several processes; return names and what went wrong, if anything."""

    def write(path: Path) -> Facts:
        morphology = read(path)
        write_copy(morphology, folder / f"{path.stem}{copy_suffix(morphology)}")
        return Facts()

    processes = len(os.sched_getaffinity(0))
    for path, facts in read_all(map(Path, files), processes, write):
        yield path.name, "; ".join(facts.problems)


def _in_child(path: Path, read: Callable[[Path], Facts]) -> Facts | None:
    """Call a function in a child process; None if it crashed. (NEURON stays out of this one.)"""
    crashed = False

    def crash(path: Path, why: str) -> Facts:
        nonlocal crashed
        if why.startswith(TOO_LONG):
            raise MorphologyError(f"{path.name}: {why}")
        crashed = True
        return Facts()

    ((_, facts),) = read_all([path], 1, read, crash)
    return None if crashed else facts
