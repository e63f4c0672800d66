"""Rules of the target validate: simulate released cells from the folder for circuits."""

from collections.abc import Sequence
from pathlib import Path

from megate.core.paths import CIRCUIT_CELLS
from megate.files.atomic import write_text
from megate.release.circuit import read_cells
from megate.report.html.page import write_page
from megate.report.html.validation_page import validation_page
from megate.validation.cells import sample
from megate.validation.run import BLUECELLULAB, NEURODAMUS, validate
from megate.validation.table import gather, joined, summary, write_table


def validate_emodel(
    emodel: str,
    circuit: Path,
    mechanisms: Path,
    sample_size: int | None,
    neurodamus_sample_size: int | None,
    processes: int,
    timeout_s: float | None,
    table: Path,
    log: Path,
) -> None:
    """Simulate the released cells of an e-model, and write the results (`table`).

    Args:
        mechanisms: what `compile_all` has made
        sample_size, neurodamus_sample_size: numbers of cells of all e-models that are simulated in
            BlueCelluLab (None: all) and in neurodamus (None: one of each e-model)
        processes: number of cells at a time
        timeout_s: longest time for one cell, s
        log: file that takes what the simulators print

    Raises:
        MegateError: a simulator does not start.
    """
    cells = read_cells(circuit / CIRCUIT_CELLS)
    if neurodamus_sample_size is None:
        neurodamus_sample_size = cells["emodel"].nunique()
    numbers = {BLUECELLULAB: sample_size, NEURODAMUS: neurodamus_sample_size}
    rows = []
    for simulator, number in numbers.items():
        drawn = sample(cells, number)
        own = drawn[drawn["emodel"] == emodel]
        package = mechanisms / simulator
        rows.append(validate(own, circuit, package, simulator, processes, timeout_s, log))
    write_table(table, joined(rows))


def gather_validation(
    tables: Sequence[Path], circuit: Path, table: Path, page: Path, outcome: Path
) -> None:
    """Write the results of all e-models (`table`), their page, and a summary (`outcome`)."""
    rows, released = gather(tables), len(read_cells(circuit / CIRCUIT_CELLS))
    write_table(table, rows)
    write_page(page, validation_page(rows, released))
    write_text(outcome, summary(rows, released, table) + "\n")
