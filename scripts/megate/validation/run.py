"""Simulate released cells, and compare what they do with what the release says."""

import logging
import math
import os
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pandas as pd

from megate.core.errors import MegateError
from megate.core.paths import CIRCUIT_MECHANISMS
from megate.emodels.mechanisms import compile_for_this_machine, library_of
from megate.files.atomic import folder_written_whole
from megate.processes.child import ChildError, run_in_child
from megate.validation.checks import Response
from megate.validation.children import Failed, in_children
from megate.validation.table import row_of

logger = logging.getLogger(__name__)

BLUECELLULAB, NEURODAMUS = "BlueCelluLab", "neurodamus"
# without libsonatareport, which writes reports
_FLAGS = {BLUECELLULAB: "", NEURODAMUS: "-DDISABLE_REPORTINGLIB"}


def simulators(neurodamus_sample_size: int | None) -> list[str]:
    """The simulators that are needed for a sample of this size in neurodamus."""
    return [BLUECELLULAB] if neurodamus_sample_size == 0 else [BLUECELLULAB, NEURODAMUS]


def check_installed(simulators: Sequence[str]) -> None:
    """Check that the simulators can be imported.

    Raises:
        MegateError: one is not installed.
    """
    missing = [name for name in simulators if find_spec(name.lower()) is None]
    if missing:
        raise MegateError(
            f"{' and '.join(missing)} not found, which the target validate runs; install megate "
            "with its extra circuit: pip install --constraint envs/constraints.txt --editable "
            "'.[circuit]'"
        )


def compile_all(circuit: Path, folder: Path, simulators: Sequence[str]) -> None:
    """Compile the mechanisms of the folder `circuit` for each simulator, in `folder`.

    Raises:
        MegateError: a simulator is not installed, or the compiler's message.
    """
    check_installed(simulators)
    with folder_written_whole(folder) as partial:
        for simulator in simulators:
            sources = [circuit / CIRCUIT_MECHANISMS]
            if simulator == NEURODAMUS:
                sources.insert(0, Path(_spec_folder(simulator), "data", "mod"))
            target = partial / simulator / "mechanisms"
            target.mkdir(parents=True)
            for path in (path for source in sources for path in sorted(source.iterdir())):
                (target / path.name).write_bytes(path.read_bytes())
            _compile(target.parent)


def _compile(package: Path) -> None:
    mod_files = sorted(path.name for path in (package / "mechanisms").glob("*.mod"))
    # as users compile them
    compile_for_this_machine(mod_files, package, _FLAGS[package.name], unchanged=True)


def _spec_folder(simulator: str) -> str:
    spec = find_spec(simulator.lower())
    assert spec is not None and spec.submodule_search_locations is not None
    return spec.submodule_search_locations[0]


def validate(
    cells: pd.DataFrame,
    circuit: Path,
    package: Path,
    simulator: str,
    processes: int,
    timeout_s: float | None,
    log: Path,
) -> pd.DataFrame:
    """Simulate `cells` (rows of cells.tsv), each in a fresh process.

    Args:
        circuit: the release's folder for circuits
        package: folder with the mechanisms for this simulator; see `compile_all`
        processes: number of cells at a time
        timeout_s: longest time for one cell, s
        log: file that takes what the simulator prints

    Returns:
        rows of validation.tsv, in the order of `cells`

    Raises:
        MegateError: the simulator does not start.
    """
    if cells.empty:
        return pd.DataFrame()
    _compile(package)
    arguments = {
        "cells": cells.to_dict("records"),
        "circuit": str(circuit.absolute()),
        "package": str(package.absolute()),
        "simulator": simulator,
        "processes": processes,
        "timeout_s": timeout_s,
    }
    with tempfile.TemporaryDirectory(prefix="megate-") as work:
        try:
            rows, _ = run_in_child("validate_cells", arguments, Path(work), log.absolute())
        except ChildError as error:
            raise MegateError(f"{simulator} does not start: {error.reason}") from error
    return pd.DataFrame(rows)


def validate_cells(
    cells: list[dict[str, Any]],
    circuit: str,
    package: str,
    simulator: str,
    processes: int,
    timeout_s: float | None,
) -> list[dict[str, Any]]:
    """`validate` in a child process that imports the simulator; each cell in a fork of it."""
    library = library_of(Path(package))
    if simulator == NEURODAMUS:
        os.environ["NRNMECH_LIB_PATH"] = str(library)
    elif library is not None:
        import neuron

        neuron.h.nrn_load_dll(str(library))
    respond = import_module(f"megate.validation.{simulator.lower()}_cell").respond

    def simulate(index: int) -> tuple[dict[str, Any], float]:
        if math.isnan(cells[index]["holding_current"]):
            raise ValueError("it has no holding current")
        if math.isnan(cells[index]["celsius"]):
            raise ValueError(
                "its temperature is not known, because an earlier version of megate prepared the "
                "e-model; prepare it again (--forcerun prepare_emodel)"
            )
        started = time.process_time()
        with tempfile.TemporaryDirectory(dir=".") as folder:
            os.chdir(folder)
            response = respond(cells[index], Path(circuit))
            os.chdir("..")
        return asdict(response), time.process_time() - started

    rows: dict[int, dict[str, Any]] = {}
    for index, result in in_children(simulate, range(len(cells)), processes, timeout_s):
        rows[index] = _row(cells[index], simulator, result)
    return [rows[index] for index in sorted(rows)]


def _row(cell: Mapping[str, Any], simulator: str, result: Any) -> dict[str, Any]:
    if isinstance(result, Failed):
        return row_of(cell, simulator, str(result))
    response, cpu_s = result
    return row_of(cell, simulator, Response(**response), cpu_s)
