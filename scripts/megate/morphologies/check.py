"""Look through the morphologies before they are simulated, and remember what was found."""

import csv
import hashlib
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from importlib.metadata import version
from pathlib import Path

from megate.core.findings import Finding
from megate.files.atomic import written_whole
from megate.morphologies.facts import Facts, refusal
from megate.morphologies.reader import read_all

OK, PROBLEM = "ok", "problem"
READER = f"morphio {version('morphio')}, rules 1"
"""If this changes, all morphologies are read again."""

COLUMNS = [
    "morph_name",
    "file",
    "status",
    "problems",
    "axon_sections",
    "basal_sections",
    "apical_sections",
    "axon_path_um",
    "axon_segments",
    "points",
    "size",
    "mtime_ns",
    "sha256",
    "reader",
]

_BETWEEN_PROBLEMS = "; "
_THREADS = 16  # that wait for the file system


@dataclass(frozen=True)
class Checked:
    """A morphology's file, and what was found in it.

    Attributes:
        file: as the table names it
        facts: what it holds; None as long as it has not been read
        size: bytes
        mtime_ns: when it was last written to, ns
        sha256: of its content; empty where that does not tell what will be found the next time
        reader: what read it, and by which rules it was judged
    """

    file: str
    facts: Facts | None
    size: int = 0
    mtime_ns: int = 0
    sha256: str = ""
    reader: str = READER

    @property
    def morph_name(self) -> str:
        """The morphology's name."""
        return Path(self.file).stem

    @property
    def problems(self) -> str:
        """What is wrong with it, in a line; empty if nothing is."""
        return _BETWEEN_PROBLEMS.join(self.facts.problems)

    @property
    def content(self) -> tuple[str, str]:
        """What decides how it is read: its hash and its extension."""
        return self.sha256, Path(self.file).suffix.lower()


def check(files: Iterable[str], known: Sequence[Checked], processes: int) -> list[Checked]:
    """What the morphologies hold, in the order of `files`, each once.

    A file whose size and time are as in `known` is not opened; one whose content is there, under
    whatever name, is not read.

    Args:
        known: what was found before
        processes: to read so many at a time
    """
    known = [row for row in known if row.sha256 and row.reader == READER]
    before = {row.file: row for row in known}
    with ThreadPoolExecutor(_THREADS) as pool:
        rows = list(pool.map(lambda file: _look_at(file, before.get(file)), dict.fromkeys(files)))
    facts = {row.content: row.facts for row in known}
    to_read = {row.content: Path(row.file) for row in rows if row.facts is None}
    contents = {path: content for content, path in to_read.items() if content not in facts}
    for path, found in read_all(contents, processes):
        facts[contents[path]] = found
    return [replace(row, facts=row.facts or facts[row.content]) for row in rows]


def _look_at(file: str, known: Checked | None) -> Checked:
    """Look at a file from outside, and where it is not as it was `known`, at its content."""
    path = Path(file)
    try:
        status = path.stat()
        refused = refusal(status)
        if refused is not None:
            return Checked(file, Facts(problems=(refused,)))
        size, mtime_ns = status.st_size, status.st_mtime_ns
        if known is not None and (known.size, known.mtime_ns) == (size, mtime_ns):
            return known
        with path.open("rb") as opened:
            digest = hashlib.file_digest(opened, "sha256").hexdigest()
    except OSError as error:
        return Checked(file, Facts(problems=(f"cannot be read: {error.strerror}",)))
    return Checked(file, None, size, mtime_ns, digest)


def problems_in(rows: Sequence[Checked], table: Path) -> Finding:
    """All morphologies that have problems.

    Args:
        table: the file that `write_table` has written
    """
    lines = [f"{row.morph_name} ({row.file}): {row.problems}" for row in rows if row.problems]
    return Finding(
        f"{len(lines)} of {len(rows)} morphologies have problems (all are in {table})", lines
    )


def write_table(path: Path, rows: Iterable[Checked]) -> None:
    """Write what was found, with `COLUMNS`, tab-separated; the file appears whole or not at all."""
    with (
        written_whole(path) as partial,
        partial.open("w", encoding="utf-8", newline="") as opened,
    ):
        table = csv.DictWriter(opened, COLUMNS, delimiter="\t", lineterminator="\n")
        table.writeheader()
        table.writerows(map(_plain, rows))


def _plain(row: Checked) -> dict[str, object]:
    facts = row.facts
    return {
        "morph_name": row.morph_name,
        "file": row.file,
        "status": PROBLEM if facts.problems else OK,
        "problems": row.problems,
        "axon_sections": facts.axon_sections,
        "basal_sections": facts.basal_sections,
        "apical_sections": facts.apical_sections,
        "axon_path_um": f"{facts.axon_path_um:.3f}",
        "axon_segments": facts.axon_segments,
        "points": facts.points,
        "size": row.size,
        "mtime_ns": row.mtime_ns,
        "sha256": "" if facts.passing else row.sha256,  # without: it is read again
        "reader": row.reader,
    }


def read_table(path: Path) -> list[Checked]:
    """What `write_table` wrote; nothing if it is not there, or no longer whole."""
    try:
        with path.open(encoding="utf-8", newline="") as opened:
            rows = list(csv.DictReader(opened, delimiter="\t"))
        return [_checked(row) for row in rows]
    except (OSError, ValueError, KeyError, TypeError, csv.Error):
        return []


def _checked(row: dict[str, str]) -> Checked:
    facts = Facts(
        axon_sections=int(row["axon_sections"]),
        basal_sections=int(row["basal_sections"]),
        apical_sections=int(row["apical_sections"]),
        axon_path_um=float(row["axon_path_um"]),
        axon_segments=int(row["axon_segments"]),
        points=int(row["points"]),
        problems=tuple(filter(None, row["problems"].split(_BETWEEN_PROBLEMS))),
    )
    size, mtime_ns = int(row["size"]), int(row["mtime_ns"])
    return Checked(row["file"], facts, size, mtime_ns, row["sha256"], row["reader"])
