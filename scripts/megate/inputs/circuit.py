"""Circuits: the combinations that the cells of a circuit need, in place of recipe and neuronDB.

A further format is a module with a function path -> distinct types (see `cells`), and an entry in
`_READERS`.

Circuits are read in a process of their own: one wrong byte in a file can make the HDF5 library
crash, loop for ever, or print pages of diagnostics.
"""

from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pandas as pd

from megate.core.errors import MegateError
from megate.core.names import split_mtype
from megate.core.vocabulary import Status
from megate.inputs.cells import WHAT
from megate.inputs.circuit_mvd3 import read_mvd3
from megate.inputs.circuit_sonata import read_sonata
from megate.processes.child import ChildError, Limits, run_in_child

_SECONDS = 60
_MB_PER_SECOND = 1
_MEMORY_MB = 4000

_READERS: dict[str, Callable[..., pd.DataFrame]] = {"mvd3": read_mvd3, "SONATA": read_sonata}


def read_circuit(form: str, path: Path, *options: str | None) -> pd.DataFrame:
    """Read which typed morphologies the cells of a circuit are.

    Args:
        form: "mvd3" or "SONATA"
        path: the file
        options: SONATA: population, or None

    Returns:
        One row per distinct (morph_name, fullmtype, layer, etype), with `mtype` and `msubtype`
        (empty where there is none), in the order of the cells; all strings.

    Raises:
        MegateError: the file cannot be read, or not be used.
    """
    limits = limits_for(path)
    arguments = {"form": form, "path": str(path), "options": options}
    try:
        with TemporaryDirectory(prefix="megate-") as folder:
            answer, _ = run_in_child(
                "read_circuit", arguments, Path(folder), Path(folder, "log"), limits
            )
    except ChildError as error:
        raise MegateError(f"circuit: {path} cannot be read: {_reason(error, limits)}") from error
    if "problem" in answer:
        raise MegateError(f"circuit: {answer['problem']}")
    table = pd.DataFrame(answer["rows"], columns=list(WHAT))
    types = [split_mtype(fullmtype) for fullmtype in table["fullmtype"]]
    table[["mtype", "msubtype"]] = pd.DataFrame(types, index=table.index)
    return table


def read_plain(form: str, path: str, options: list[str | None]) -> dict[str, Any]:
    """Call the reader, in the child: `rows` in the order of `WHAT`, or the `problem`."""
    try:
        table = _READERS[form](Path(path), *options)
    except MegateError as error:
        return {"problem": str(error)}
    return {"rows": table[list(WHAT)].to_numpy().tolist()}


def limits_for(path: Path) -> Limits:
    """What reading a circuit may take: two million cells take seconds, and a few hundred MB."""
    size_mb = path.stat().st_size / 1e6 if path.is_file() else 0
    return Limits(_SECONDS + size_mb / _MB_PER_SECOND, _MEMORY_MB)


def _reason(error: ChildError, limits: Limits) -> str:
    reasons = {
        Status.CRASHED: "the HDF5 library crashed on it",
        Status.TIMEOUT: f"it was not read in {limits.timeout_s:.3g} s",
        Status.MEMORY: f"reading it took more than {limits.memory_mb:g} MB of memory",
    }
    return reasons.get(error.status, error.reason)
