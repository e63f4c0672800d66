"""Rules of the target validate: simulate released cells from the folder for circuits."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from megate.core.errors import MegateError
from megate.files.atomic import write_text
from megate.report.html.page import write_page
from megate.report.html.validation_page import validation_page
from megate.validation.cells import read_cells, sample
from megate.validation.run import BLUECELLULAB, NEURODAMUS, compile_all, validate
from megate.validation.table import gather, joined, summary, write_table


def compile_mechanisms(circuit: Path, folder: Path, settings: Mapping[str, Any]) -> None:
    """Compile the mechanisms of the release's folder `circuit` for the simulators, in `folder`.

    Args:
        settings: section `circuit` of the configuration

    Raises:
        MegateError: a simulator is not installed, the folder has no morphologies, or the
            compiler's message.
    """
    if not settings["copy_morphologies"]:
        raise MegateError(
            "the target validate needs the morphologies in the folder for circuits; set "
            "circuit.copy_morphologies to true"
        )
    without_neurodamus = settings["validate_neurodamus_sample"] == 0
    simulators = [BLUECELLULAB] if without_neurodamus else [BLUECELLULAB, NEURODAMUS]
    compile_all(circuit, folder, simulators)


def validate_emodel(
    emodel: str,
    circuit: Path,
    mechanisms: Path,
    settings: Mapping[str, Any],
    processes: int,
    timeout_s: float | None,
    table: Path,
    log: Path,
) -> None:
    """Simulate the released cells of an e-model, and write the results (`table`).

    Args:
        mechanisms: folder of `compile_mechanisms`
        settings: section `circuit` of the configuration
        processes: number of cells at a time
        timeout_s: longest time for one cell, s
        log: file that takes what the simulators print

    Raises:
        MegateError: a simulator does not start.
    """
    cells = read_cells(circuit)
    in_neurodamus = settings["validate_neurodamus_sample"]
    if in_neurodamus is None:
        in_neurodamus = cells["emodel"].nunique()
    numbers = {BLUECELLULAB: settings["validate_sample"], NEURODAMUS: in_neurodamus}
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
    rows, released = gather(tables), len(read_cells(circuit))
    write_table(table, rows)
    write_page(page, validation_page(rows, released))
    write_text(outcome, summary(rows, released, table) + "\n")
