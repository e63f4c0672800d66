"""What the files of a run tell about its jobs, during the run and after a crash.

Snakemake removes a job's output and log when it starts the job, and megate writes the output at the
end. So a job has ended if its output exists, and has begun if only its log does. While it runs, a
process writes to its log.
"""

import os
import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

from megate.core.paths import Paths
from megate.core.vocabulary import JobState

_LAST_LINE, _TRACEBACK = 4_096, 200_000  # bytes at the end of a log that hold these
_LINE = re.compile(rb"^\d{4}-\d\d-\d\d [\d:,]+ (\w+) +(.*)", re.M)
_SCORED = re.compile(
    rb"^\d{4}-\d\d-\d\d [\d:,]+ INFO +(?:\d+ scores in |scored on .*; taken from )", re.M
)
_ENDED = re.compile(
    rb"interrupted|\d+ scores in |(?:raised|crashed|timeout|memory): |\w+ on .*; taken from "
)


@dataclass(frozen=True)
class Unfinished:
    """The state of a job without output.

    Attributes:
        problem: the error that stopped it, if one did
        process: number of its process on this machine, if it runs here
    """

    state: JobState
    problem: str | None = None
    process: int | None = None


def no_run(paths: Paths) -> str:
    """The message if a folder has no results of a run."""
    return (
        f"no results of a run found in {paths.results}; give the folder that the project's "
        "configuration names as `results`, for example --results my_project/results"
    )


def changes(folder: Path, suffix: str) -> dict[str, int]:
    """The files ``<folder>/<e-model>/<name><suffix>``: ``<e-model>/<name>`` -> time of the last
    change, ns since 1970."""
    found = {}
    for name, file in _files(folder, suffix):
        with suppress(FileNotFoundError):  # removed meanwhile, by a run
            found[name] = file.stat().st_mtime_ns
    return found


def names(folder: Path, suffix: str) -> set[str]:
    """The names of these files, as in `changes`."""
    return {name for name, _ in _files(folder, suffix)}


def _files(folder: Path, suffix: str) -> Iterator[tuple[str, os.DirEntry[str]]]:
    for of_emodel in _entries(folder):
        if of_emodel.is_dir():
            for file in _entries(Path(of_emodel.path)):
                if file.name.endswith(suffix) and not file.name.startswith("."):
                    yield f"{of_emodel.name}/{file.name.removesuffix(suffix)}", file


def _entries(folder: Path) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as entries:
            return list(entries)
    except FileNotFoundError:
        return []


def says_scored(log: str | Path) -> bool:
    """Whether the log of a simulation says that it has scores. (Quick: to ask the shards of 100,000
    simulations takes half a minute.)"""
    try:
        return _SCORED.search(_tail(log, _LAST_LINE)) is not None
    except OSError:
        return False


def unfinished(log: Path, process: int | None = None) -> Unfinished:
    """The state of a job without output, from its log and the number of its process, if it runs on
    this machine."""
    if process is not None:
        return Unfinished(JobState.RUNNING, process=process)
    try:
        tail = _tail(log, _TRACEBACK)
    except OSError:
        return Unfinished(JobState.LEFT)
    lines = list(_LINE.finditer(tail))
    if lines and lines[-1][1] == b"ERROR":
        return Unfinished(JobState.STOPPED, tail[lines[-1].start(2) :].decode(errors="replace"))
    if any(_ENDED.match(line[2]) for line in lines):
        return Unfinished(JobState.LEFT)  # its output was removed since
    return Unfinished(JobState.BEGUN)


def running_here(logs: Path) -> dict[str, int]:
    """The jobs that run on this machine, <rule>/<job>, and the numbers of their processes: those
    that write to a log, <rule>/<job>.log, in the folder `logs`."""
    folder = f"{logs.resolve()}{os.sep}"
    found: dict[str, int] = {}
    for process in psutil.process_iter():
        with suppress(psutil.Error):  # it has ended, or belongs to another user
            for file in process.open_files():
                # (only Linux tells the mode)
                if file.path.startswith(folder) and getattr(file, "mode", "a") != "r":
                    job = file.path.removeprefix(folder).removesuffix(".log")
                    found.setdefault(job, process.pid)
    return found


def _tail(log: str | Path, size: int) -> bytes:
    file = os.open(log, os.O_RDONLY)
    try:
        return os.pread(file, size, max(0, os.fstat(file).st_size - size))
    finally:
        os.close(file)
