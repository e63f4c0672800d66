"""Measure the check of morphologies: time for many files, and for NEURON's reading of them.

    python benchmarks/morphologies.py FOLDER [--files 2000] [--doubtful 0.05] [--processes 2]

Copies the .asc files in FOLDER (about 1 MB each) with a different comment to a folder that is
deleted afterwards, gives the fraction `--doubtful` of them a GUID, which NEURON misreads, and
checks them: first without a table of earlier results, then with it. Reads 50 of them with NEURON,
to compare. Prints wall and CPU time. Run it in megate's environment, on a machine that does
nothing else.
"""

import argparse
import platform
import resource
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

from scoring import write

from megate.morphologies.check import Checked, check, read_table, write_table
from megate.morphologies.facts import Facts, read_with_neuron
from megate.morphologies.in_children import read_all

OF_NEURON = 50
GUID = '(GUID "0b7bd2d4-7a43-4f1e-9d1c-1a9f4c8d2e11")'


def make_files(source: Path, folder: Path, files: int, doubtful: float) -> list[str]:
    """Write the files; the doubtful ones are spread evenly. Return their paths."""
    texts = [path.read_text() for path in sorted(source.glob("*.asc"))]
    made = []
    for number in range(files):
        text = texts[number % len(texts)]
        if int((number + 1) * doubtful) > int(number * doubtful):
            text = text.replace("(Axon)", f"(Axon)\n  {GUID}", 1)
        path = folder / f"m{number}.asc"
        path.write_text(f"; {number}\n{text}")
        made.append(str(path))
    return made


def timed(what: str, files: int, work: Callable[[], Any]) -> Any:
    """Do the work and print what it takes, in all and for a file."""
    started, before = time.perf_counter(), _cpu_s()
    result = work()
    wall, cpu = time.perf_counter() - started, _cpu_s() - before
    write(
        f"{what}: {wall:.1f} s wall, {cpu:.1f} s CPU; "
        f"{wall / files * 1000:.1f} and {cpu / files * 1000:.1f} ms for a file"
    )
    return result


def _cpu_s() -> float:
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(each.ru_utime + each.ru_stime for each in used)


def main() -> None:
    """Make the files, check them twice, and read some with NEURON."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--files", type=int, default=2000)
    parser.add_argument("--doubtful", type=float, default=0.05)
    parser.add_argument("--processes", type=int, default=2)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as made:
        files = make_files(arguments.folder, Path(made), arguments.files, arguments.doubtful)
        size = sum(Path(file).stat().st_size for file in files) / len(files) / 1e6
        write(f"{len(files)} files of {size:.2f} MB, {arguments.processes} processes")
        write(f"Python {platform.python_version()}")
        table = Path(made, "morphologies.tsv")

        def checked(known: list[Checked]) -> list[Checked]:
            rows = check(files, known, arguments.processes)
            write_table(table, rows)
            return rows

        rows = timed("check", len(files), lambda: checked([]))
        write(str(dict(Counter(row.status for row in rows))))
        timed("check again, with the table", len(files), lambda: checked(read_table(table)))
        some = [Path(file) for file in files[:OF_NEURON]]
        timed(
            "NEURON, first files",
            len(some),
            lambda: list(
                read_all(some, arguments.processes, lambda path: read_with_neuron(path, Facts()))
            ),
        )


if __name__ == "__main__":
    main()
