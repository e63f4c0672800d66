"""Circuits: the combinations of a circuit's cells replace those of a recipe and a neuronDB.

To add a format, write a module with a reader (see `megate.inputs.cells`), and add it to `FORMATS`
under its configuration key.

Circuits are read in a process of their own: a single wrong byte in a file can make the HDF5 library
crash, loop for ever, or print pages of diagnostics.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pandas as pd

from megate.core.errors import MegateError
from megate.core.names import split_mtype
from megate.core.vocabulary import Status
from megate.files.atomic import written_whole
from megate.processes.child import ChildError, Limits, run_in_child


@dataclass(frozen=True)
class CircuitFormat:
    """A format of circuits.

    Attributes:
        label: name of the file in the report
        read: path and options -> distinct types of the cells, with the columns of `cells.WHAT`
        options: configuration keys in `prepare` whose values are the options of `read`
    """

    label: str
    read: Callable[..., pd.DataFrame]
    options: tuple[str, ...] = ()


# Functions import HDF5 and Parquet where they need them: most processes that import this module
# read no circuit.
def _mvd3(path: Path) -> pd.DataFrame:
    from megate.inputs.circuit_mvd3 import read_mvd3

    return read_mvd3(path)


def _sonata(
    path: Path, population: str | None = None, node_types: str | None = None
) -> pd.DataFrame:
    from megate.inputs.circuit_sonata import read_sonata

    return read_sonata(path, population, Path(node_types) if node_types else None)


FORMATS = {
    "circuitmvd3_path": CircuitFormat("circuit.mvd3", _mvd3),
    "sonata_nodes_path": CircuitFormat(
        "SONATA nodes", _sonata, ("sonata_population", "sonata_node_types_path")
    ),
}
"""The formats, by the configuration key in `prepare` that has the path of the file."""


def read_circuit(key: str, path: Path, *options: str | Path | None) -> pd.DataFrame:
    """Read the typed morphologies of a circuit's cells, with the format `key` of `FORMATS` and
    values of its `options`.

    Returns:
        One row per distinct (morph_name, fullmtype, layer, etype), with `mtype` and `msubtype`
        (empty where there is none), in the order of the cells; all strings. `cells`: their number.

    Raises:
        MegateError: the file cannot be read, or its content cannot be used.
    """
    plain = [None if option is None else str(option) for option in options]
    arguments = {"key": key, "path": str(path), "options": plain}
    answer = call_with_hdf5("read_circuit", arguments, path, "circuit", limits_for(path))
    table = pd.DataFrame(answer["rows"], columns=answer["columns"])
    types = [split_mtype(fullmtype) for fullmtype in table["fullmtype"]]
    table[["mtype", "msubtype"]] = pd.DataFrame(types, index=table.index)
    return table


def keep_cells(cells: pd.DataFrame, kept: Path, key: str, path: Path, *options: Any) -> None:
    """Write what `read_circuit` returned for these arguments to `kept`, for batch jobs.

    Raises:
        NotWrittenError: `kept` cannot be written.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    table = pa.Table.from_pandas(cells, preserve_index=False)
    with written_whole(kept) as partial:
        pq.write_table(table.replace_schema_metadata(_source(key, path, *options)), partial)


def kept_cells(kept: Path, key: str, path: Path, *options: Any) -> pd.DataFrame | None:
    """The table that `keep_cells` wrote; None if there is none, or if the arguments or the files
    have changed since."""
    if not kept.is_file() or not path.is_file():
        return None
    import pyarrow.parquet as pq

    table = pq.read_table(kept)
    if table.schema.metadata != _source(key, path, *options):
        return None
    return table.replace_schema_metadata(None).to_pandas()


def _source(key: str, path: Path, *options: Any) -> dict[bytes, bytes]:
    """Where a table of cells comes from: the arguments, and size and time of change of the files
    among them."""
    parts: list[list[Any]] = [[key]]
    for each in (path, *options):
        is_file = isinstance(each, Path) and each.is_file()
        state = [each.stat().st_size, each.stat().st_mtime_ns] if is_file else []
        parts.append([None if each is None else str(each), *state])
    return {b"source": json.dumps(parts).encode()}


def call_with_hdf5(
    function: str, arguments: dict[str, Any], path: Path, what: str, limits: Limits
) -> dict[str, Any]:
    """Call a function that reads the HDF5 file `path` in a process of its own.

    Args:
        function: name of a function in `megate.entrypoints`. It returns a mapping, with the message
            as `problem` if the file cannot be used.
        arguments: its arguments, with absolute paths
        what: role of the file, for messages

    Raises:
        MegateError: the function returns a problem, crashes, or passes a limit.
    """
    try:
        with TemporaryDirectory(prefix="megate-") as folder:
            answer, _ = run_in_child(function, arguments, Path(folder), Path(folder, "log"), limits)
    except ChildError as error:
        reasons = {
            Status.CRASHED: "the HDF5 library crashed on it",
            Status.TIMEOUT: f"it was not read in {limits.cpu_s:g} s of CPU time "
            f"({limits.timeout_s:g} s in all)",
            Status.MEMORY: f"reading it took more than {limits.memory_mb:g} MB of memory",
        }
        reason = reasons.get(error.status, error.reason)
        raise MegateError(f"{what}: {path} cannot be read: {reason}") from error
    if "problem" in answer:
        raise MegateError(f"{what}: {answer['problem']}")
    return answer


def read_plain(key: str, path: str, options: list[str | None]) -> dict[str, Any]:
    """Call the reader, in the child. Returns `columns` and `rows`, or the `problem`."""
    try:
        table = FORMATS[key].read(Path(path), *options)
    except MegateError as error:
        return {"problem": str(error)}
    return {"columns": list(table), "rows": table.to_numpy().tolist()}


def limits_for(path: Path) -> Limits:
    """Time and memory that reading a circuit may take. Two million cells take a few seconds and a
    few hundred MB. CPU time is limited: wall time depends on the machine's other work and on the
    file system, so its limit is only for a file system that does not answer."""
    cpu_s = 60 + round(path.stat().st_size / 1e6 if path.is_file() else 0)
    return Limits(timeout_s=60 * cpu_s, memory_mb=4000, cpu_s=cpu_s)
