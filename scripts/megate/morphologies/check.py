"""Check morphologies before they are simulated, and keep the results in a table."""

import csv
import hashlib
from collections.abc import Container, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

from megate.core.findings import Finding
from megate.files.atomic import written_whole
from megate.morphologies.facts import Facts, refusal
from megate.morphologies.formats.read import is_h5
from megate.morphologies.in_children import read_all, settle

READER = f"NEURON {version('neuron')}, MorphIO {version('morphio')}, rules 2"
"""Version of the check. If it changes, all morphologies are read again."""

COLUMNS = {
    "morph_name": "name of the morphology",
    "file": "path of its file",
    "status": "`ok` (also .h5, which is always converted), `problem`, or `misread`: NEURON builds "
    "another cell than the file holds",
    "problems": "its problems, separated by `; `",
    "misread": "what NEURON builds instead, and what it prints",
    "doubts": "what NEURON may read differently, with line numbers, separated by `; `; settled by "
    "reading the file with NEURON",
    "copy": "format of the clean copy, if NEURON needs one and reads it right: `.asc` or `.swc`",
    "warnings": "what is unusual for a neuron, separated by `; `",
    "axon_sections": "number of axon sections, as NEURON counts them",
    "basal_sections": "number of basal sections",
    "apical_sections": "number of apical sections",
    "axon_path_um": "longest path along the axon, from its first point to a tip, µm",
    "axon_segments": "number of axon segments of about 6 µm; e-models take the diameters of the "
    "replacement axon from these",
    "points": "number of points of all sections",
    "size": "size of the file, bytes",
    "mtime_ns": "time of the file's last change, ns",
    "sha256": "SHA-256 of the file; empty if it must be read again",
    "reader": "versions of NEURON, MorphIO and the checks",
}
"""Columns of the table, with their descriptions for the documentation."""

_COUNTS = ("axon_sections", "basal_sections", "apical_sections", "axon_segments", "points")
_LISTS = ("problems", "doubts", "warnings")
_BETWEEN = "; "
_HINT = " (check_morphologies: convert simulates a clean copy)"
_UNREAD = Facts(problems=("not read yet",))
_THREADS = 16  # they wait for the file system


@dataclass(frozen=True)
class Checked:
    """A morphology file and the facts about it; see `COLUMNS`."""

    file: str
    facts: Facts
    size: int = 0
    mtime_ns: int = 0
    sha256: str = ""
    reader: str = READER

    @property
    def morph_name(self) -> str:
        return Path(self.file).stem

    def problems(self, convert: bool = False) -> str:
        """Its problems in one line; empty if there are none. With `convert`, misreading is not a
        problem if a clean copy exists."""
        facts = self.facts
        found = list(facts.problems)
        if facts.misread and not (convert and facts.copy):
            doubts = f" ({_BETWEEN.join(facts.doubts)})" if facts.doubts else ""
            found.append(f"NEURON does not read it right{doubts}: {facts.misread}")
        return _BETWEEN.join(found)

    @property
    def status(self) -> str:
        """`ok`, `problem` or `misread`."""
        return "problem" if self.facts.problems else "misread" if self.facts.misread else "ok"

    @property
    def is_converted(self) -> bool:
        """Whether its scores are those of a clean copy: always of .h5, else if NEURON misreads the
        file."""
        return bool(self.facts.copy and (is_h5(Path(self.file)) or self.facts.misread))

    @property
    def content(self) -> tuple[str, str]:
        """Hash and extension: files that share both have the same facts."""
        return self.sha256, Path(self.file).suffix.lower()


def check(files: Iterable[str], known: Sequence[Checked], processes: int) -> list[Checked]:
    """Check morphologies; the results are in the order of `files`, each once.

    Args:
        known: earlier results. A file with the same size and time is not opened, and a file with
            the same content as any is not read.
        processes: number of files that are read at a time
    """
    known = [row for row in known if row.sha256 and row.reader == READER]
    before = {row.file: row for row in known}
    with ThreadPoolExecutor(_THREADS) as pool:
        rows = list(pool.map(lambda file: _look_at(file, before.get(file)), dict.fromkeys(files)))
    facts = {row.content: row.facts for row in known}
    to_read = {row.content: Path(row.file) for row in rows if row.facts is _UNREAD}
    contents = {path: content for content, path in to_read.items() if content not in facts}
    for path, found in read_all(contents, processes):
        facts[contents[path]] = found
    doubtful = {path: facts[content] for path, content in contents.items() if facts[content].doubts}
    for path, found in settle(doubtful, processes).items():
        facts[contents[path]] = found
    return [replace(row, facts=facts[row.content]) if row.facts is _UNREAD else row for row in rows]


def _look_at(file: str, known: Checked | None) -> Checked:
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
    return Checked(file, _UNREAD, size, mtime_ns, digest)


def problems_in(
    rows: Sequence[Checked], table: Path, convert: bool = False, accepted: Container[str] = ()
) -> Finding:
    """Report all morphologies that have problems, but not those `accepted` (names); `table` (of all
    results) is named. With `convert`, clean copies are simulated where NEURON misreads a file."""
    lines = []
    for row in rows:
        problems = row.problems(convert)
        if problems and row.morph_name not in accepted:
            mended = row.facts.copy and not row.facts.problems
            lines.append(f"{row.morph_name} ({row.file}): {problems}" + (_HINT if mended else ""))
    return Finding(
        f"{len(lines)} of {len(rows)} morphologies have problems (all are in {table})", lines
    )


def remarks_on(
    rows: Sequence[Checked], table: Path, convert: bool, accepted: Container[str]
) -> list[Finding]:
    """Report files that are converted, accepted problems and unusual values. They do not stop the
    run."""
    kinds: dict[str, list[str]] = {
        "morphologies are converted for NEURON": [],
        "accepted morphologies have problems": [],
        "morphologies are unusual": [],
    }
    converted, have_problems, unusual = kinds.values()
    for row in rows:
        name, problems = f"{row.morph_name} ({row.file})", row.problems(convert)
        if problems and row.morph_name in accepted:
            have_problems.append(f"{name}: {problems}")
        elif row.is_converted and row.facts.doubts:
            converted.append(f"{name}: to {row.facts.copy}: {_BETWEEN.join(row.facts.doubts)}")
        if row.facts.warnings:
            unusual.append(f"{name}: {_BETWEEN.join(row.facts.warnings)}")
    return [
        Finding(f"{len(lines)} {what} (all are in {table})", lines, serious=False)
        for what, lines in kinds.items()
    ]


def write_table(path: Path, rows: Iterable[Checked]) -> None:
    """Write results as a tab-separated table with `COLUMNS`, complete or not at all."""
    with (
        written_whole(path) as partial,
        partial.open("w", encoding="utf-8", newline="") as opened,
    ):
        table = csv.DictWriter(
            opened, COLUMNS, extrasaction="ignore", delimiter="\t", lineterminator="\n"
        )
        table.writeheader()
        for row in rows:
            table.writerow(
                vars(row)
                | vars(row.facts)
                | {name: _BETWEEN.join(getattr(row.facts, name)) for name in _LISTS}
                | {
                    "morph_name": row.morph_name,
                    "status": row.status,
                    "axon_path_um": f"{row.facts.axon_path_um:.3f}",
                    "sha256": "" if row.facts.transient else row.sha256,
                }
            )


def read_table(path: Path) -> list[Checked]:
    """Read a table of `write_table`; empty if it is missing or damaged."""
    try:
        with path.open(encoding="utf-8", newline="") as opened:
            rows = list(csv.DictReader(opened, delimiter="\t"))
        return [_checked(row) for row in rows]
    except (OSError, ValueError, KeyError, TypeError, csv.Error):
        return []


def _checked(row: dict[str, str]) -> Checked:
    counts: dict[str, Any] = {name: int(row[name]) for name in _COUNTS}
    lists: dict[str, Any] = {
        name: tuple(filter(None, row[name].split(_BETWEEN))) for name in _LISTS
    }
    facts = Facts(
        **counts,
        axon_path_um=float(row["axon_path_um"]),
        misread=row["misread"],
        copy=row["copy"],
        **lists,
    )
    size, mtime_ns = int(row["size"]), int(row["mtime_ns"])
    return Checked(row["file"], facts, size, mtime_ns, row["sha256"], row["reader"])
