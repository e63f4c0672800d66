"""SONATA nodes in, SONATA nodes out: one released combination for each cell of a circuit.

The cells keep their order and all their attributes. Names and types of the new attributes are those
that neurodamus, BlueCelluLab and bluepysnap read:
https://sonata-extension.readthedocs.io/en/latest/sonata_tech.html
"""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pandas as pd

from megate.adaptation.geometry import SCALERS
from megate.core.errors import MegateError, listing, nearest
from megate.files.atomic import written_whole
from megate.inputs.cells import NAMES, WHAT, typed_cells
from megate.inputs.circuit import call_with_hdf5, limits_for
from megate.inputs.circuit_sonata import SonataCells, open_cells, without_extensions
from megate.processes.child import Limits
from megate.release.circuit import read_cells

CURRENTS = ("holding_current", "threshold_current", "input_resistance")
"""Columns of cells.tsv that become ``dynamics_params`` (nA, nA, MOhm)."""

MANDATORY = (
    *("x", "y", "z", "orientation_w", "orientation_x", "orientation_y", "orientation_z"),
    *("morphology", "mtype", "etype", "morph_class", "synapse_class"),
)
"""Attributes that biophysical nodes must have, beside those that megate writes."""

_COLUMNS = ["combo_name", "emodel", *WHAT, *CURRENTS, *SCALERS]
_TYPE = list(WHAT)
_BLOCK = 500_000


@dataclass(frozen=True)
class NodesOptions:
    """How nodes are written. All paths are absolute.

    Attributes:
        source: the circuit's nodes file
        population: the one to write; may be None if there is only one
        node_types: CSV file with attributes that the nodes file does not have
        seed: of the draw
        weights: e-model -> weight in the draw; others have 1
        leave_out: leave out cells without a combination; else they are an error
    """

    source: Path
    population: str | None = None
    node_types: Path | None = None
    seed: int = 0
    weights: Mapping[str, float] | None = None
    leave_out: bool = False

    @classmethod
    def from_plain(cls, plain: Mapping[str, Any]) -> "NodesOptions":
        """Make them from plain values."""
        types = plain["node_types"]
        paths = {"source": Path(plain["source"]), "node_types": Path(types) if types else None}
        return cls(**{**plain, **paths})

    def plain(self) -> dict[str, Any]:
        """The options as JSON values."""
        return {
            key: str(value) if isinstance(value, Path) else value
            for key, value in asdict(self).items()
        }


def write_nodes(options: NodesOptions, cells: Path, target: Path, missing: Path) -> dict[str, Any]:
    """Write the nodes in a process of its own: wrong bytes in a file can make HDF5 crash.

    Args:
        cells: the release's cells.tsv
        target: the nodes file to write
        missing: the list of cells without a combination, written if there are any

    Returns:
        `cells` and `left_out`, numbers of cells; `warnings`.

    Raises:
        MegateError: naming the file, the population and the cells that are wrong.
    """
    check_weights(options.weights or {}, read_cells(cells, _COLUMNS))
    limits = limits_for(options.source)
    size_mb = options.source.stat().st_size / 1e6 if options.source.is_file() else 0
    cpu_s, memory_mb = 5 * (limits.cpu_s or 0), (limits.memory_mb or 0) + 4 * size_mb
    paths = {"cells": cells, "target": target, "missing": missing}
    arguments = {name: str(path.absolute()) for name, path in paths.items()}
    return call_with_hdf5(
        "write_nodes",
        {"options": options.plain(), **arguments},
        options.source,
        "nodes",
        Limits(60 * cpu_s, memory_mb, cpu_s),
    )


def write_plain(options: dict[str, Any], cells: str, target: str, missing: str) -> dict[str, Any]:
    """Write the nodes, in the child. Returns the outcome, or the `problem`."""
    try:
        return write(NodesOptions.from_plain(options), Path(cells), Path(target), Path(missing))
    except MegateError as error:
        return {"problem": str(error)}


def write(options: NodesOptions, cells: Path, target: Path, missing: Path) -> dict[str, Any]:
    """As `write_nodes`, in this process."""
    missing.unlink(missing_ok=True)
    combos = read_cells(cells, _COLUMNS)
    key = "circuit.nodes_population"
    with open_cells(options.source, options.population, options.node_types, key) as nodes:
        types, rows = typed_cells(nodes.properties, nodes.n_cells)
        names = without_extensions(types["morph_name"])
        warnings = [*_warnings(nodes, names.ne(types["morph_name"]).any())]
        types = types.assign(morph_name=names)
        candidates = Candidates(combos, types, options.weights or {})
        chosen = candidates.draw(rows, options.seed)
        without = np.flatnonzero(chosen < 0)
        if len(without):
            reasons = reasons_without(types, combos, candidates.known)
            _write_missing(missing, without, types.assign(reason=reasons), rows)
            if not options.leave_out or len(without) == nodes.n_cells:
                raise MegateError(_problem(without, types.assign(reason=reasons), rows, missing))
        with written_whole(target) as partial, h5py.File(partial, "w") as out:
            keep = chosen >= 0
            _copy(nodes, out, None if keep.all() else keep)
            _add(out[f"nodes/{nodes.population}/0"], candidates.combos, chosen[keep])
        warnings += _without_currents(candidates.combos, chosen[keep])
    return {"cells": int(keep.sum()), "left_out": len(without), "warnings": warnings}


def check_weights(weights: Mapping[str, float], combos: pd.DataFrame) -> None:
    """Raise if an e-model that is given a weight is not in the release.

    Raises:
        MegateError: listing these e-models, each with the nearest one of the release.
    """
    known = combos["emodel"].unique()
    if unknown := sorted(set(weights) - set(known)):
        close = {name: nearest(name, known) for name in unknown}
        problems = [f"{name} (nearest: {of})" if of else name for name, of in close.items()]
        raise MegateError(
            "config: circuit.emodel_weights: expected e-models with released combinations; found"
            + listing(problems)
        )


class Candidates:
    """The combinations that the cells may get.

    Attributes:
        combos: the combinations with a weight above 0, those of one type beside each other
        known: whether each row of `types` has a candidate
    """

    def __init__(
        self, combos: pd.DataFrame, types: pd.DataFrame, weights: Mapping[str, float]
    ) -> None:
        """
        Args:
            combos: the table of `read_cells`
            types: distinct types of the cells, with the columns of `cells.WHAT`
            weights: e-model -> weight; others have 1

        """
        weight = combos["emodel"].map(weights).fillna(1.0)
        table = combos.assign(weight=weight)[weight > 0]
        # sorted, so that the draw does not depend on the order of the file
        table = table.sort_values([*_TYPE, "emodel"], ignore_index=True)
        number = table.groupby(_TYPE, sort=False).ngroup()
        first = table[_TYPE].assign(number=number).drop_duplicates()
        of_types = types[_TYPE].merge(first, on=_TYPE, how="left")["number"].fillna(-1)
        self.combos = table
        self.known = (of_types >= 0).to_numpy()
        self._of_types = of_types.to_numpy(int)
        sums = table.groupby(number)["weight"]
        self._bounds = (number + sums.cumsum() / sums.transform("sum")).to_numpy()
        self._last = np.cumsum(number.value_counts(sort=False).to_numpy()) - 1

    def draw(self, rows: np.ndarray, seed: int) -> np.ndarray:
        """Draw a combination for each cell.

        The random number of cell i is the i-th of NumPy's PCG64 for this seed, whose stream is the
        same in all versions. So the combination of a cell depends only on its number, the seed and
        the candidates of its type.

        Args:
            rows: row of `types` of each cell

        Returns:
            Row of `combos` of each cell; -1: none.
        """
        # as numpy.random.Generator.random: 53 bits, from 0 to 1 (exclusive)
        uniform = (np.random.PCG64(seed).random_raw(len(rows)) >> np.uint64(11)) * 2.0**-53
        number = self._of_types[rows]
        chosen = np.searchsorted(self._bounds, number + uniform, side="right")
        has = number >= 0
        # a sum that is rounded up would be the next type's
        chosen[has] = np.minimum(chosen[has], self._last[number[has]])
        chosen[~has] = -1
        return chosen


def reasons_without(types: pd.DataFrame, combos: pd.DataFrame, known: np.ndarray) -> list[str]:
    """Why each row of `types` has no combination; empty if it is `known` to have one."""
    released = {column: set(combos[column]) for column in WHAT}
    weightless = set(combos[_TYPE].itertuples(index=False, name=None))
    reasons = []
    for has, row in zip(known, types[_TYPE].itertuples(index=False, name=None), strict=True):
        values = dict(zip(WHAT, row, strict=True))
        unknown = [column for column in reversed(WHAT) if values[column] not in released[column]]
        if has:
            reasons.append("")
        elif unknown:
            reasons.append(f"{WHAT[unknown[0]]} {values[unknown[0]]!r} is not in the release")
        elif row in weightless:
            reasons.append("emodel_weights is 0 for all its e-models")
        else:
            reasons.append("this morphology is not released with this layer, m-type and e-type")
    return reasons


def _write_missing(path: Path, cells: np.ndarray, types: pd.DataFrame, rows: np.ndarray) -> None:
    """List cells without a combination."""
    columns = {column: NAMES[column] for column in ("morph_name", "layer", "fullmtype", "etype")}
    table = types.iloc[rows[cells]][[*columns, "reason"]].rename(columns=columns)
    table.insert(0, "cell", cells)
    with written_whole(path) as partial:
        table.to_csv(partial, sep="\t", index=False)


def _problem(cells: np.ndarray, types: pd.DataFrame, rows: np.ndarray, missing: Path) -> str:
    """The message about cells without a combination: the first cell of each reason."""
    reasons = types["reason"].iloc[rows[cells]].reset_index(drop=True)
    counts = reasons.value_counts(sort=False)
    firsts = cells[(~reasons.duplicated()).to_numpy()]
    problems = []
    for cell, (reason, number) in zip(firsts, counts.items(), strict=True):
        row = types.iloc[rows[cell]]
        what = ", ".join(f"{name} {row[column]!r}" for column, name in WHAT.items())
        more = f" ({number:,} such cells)" if number > 1 else ""
        problems.append(f"cell {cell} ({what}): {reason}{more}")
    return (
        f"{len(cells):,} of {len(rows):,} cells have no released combination; {missing.name} lists "
        "them. Expected a row of release/circuit/cells.tsv with the morphology, layer, m-type and "
        "e-type of each cell (circuit.cells_without_combination: leave_out leaves such cells out, "
        f"if any cell is left):{listing(problems)}"
    )


def _warnings(nodes: SonataCells, has_extensions: bool) -> Iterator[str]:
    """What simulators will miss in the nodes, and megate cannot know."""
    group = nodes.file[f"nodes/{nodes.population}/0"]
    known = {*group, *nodes.of_types}
    lacking = [name for name in MANDATORY if name not in known]
    if lacking:
        yield f"the nodes lack attributes that simulators need: {', '.join(lacking)}"
    if has_extensions:
        yield "morphology names have an extension; simulators expect names without one"


def _without_currents(combos: pd.DataFrame, chosen: np.ndarray) -> Iterator[str]:
    """The currents that cells lack: values that the release does not have."""
    for name in CURRENTS:
        number = int(combos[name].isna().to_numpy()[chosen].sum())
        if number:
            yield f"{number:,} of {len(chosen):,} cells have no {name}"


def _copy(nodes: SonataCells, out: h5py.File, keep: np.ndarray | None) -> None:
    """Copy the nodes file; with `keep` (one flag per cell), only these cells of the population."""
    file = nodes.file
    _copy_attributes(file, out)
    for name in file:
        if name != "nodes":
            file.copy(name, out, expand_external=True)
    group = out.create_group("nodes")
    _copy_attributes(file["nodes"], group)
    for population in file["nodes"]:
        if keep is None or population != nodes.population:
            file.copy(f"nodes/{population}", group, expand_external=True)
        else:
            _copy_cells(file[f"nodes/{population}"], group.create_group(population), keep)


def _copy_cells(source: h5py.Group, target: h5py.Group, keep: np.ndarray) -> None:
    """Copy a group; of datasets with a value per cell, only the cells to `keep`."""
    _copy_attributes(source, target)
    for name, item in source.items():
        if isinstance(item, h5py.Group) and name != "@library":
            _copy_cells(item, target.create_group(name), keep)
        elif isinstance(item, h5py.Dataset) and item.shape and item.shape[0] == len(keep):
            _copy_rows(item, target, name, keep)
        elif item is not None:  # a broken link
            source.copy(name, target, expand_external=True)


def _copy_rows(source: h5py.Dataset, target: h5py.Group, name: str, keep: np.ndarray) -> None:
    n_kept = int(keep.sum())
    if name in ("node_id", "node_group_index"):  # numbers of the cells
        target.create_dataset(name, data=np.arange(n_kept, dtype=source.dtype))
        return
    copied = target.create_dataset(
        name,
        (n_kept, *source.shape[1:]),
        source.dtype,
        chunks=True if source.chunks else None,
        compression=source.compression,
        compression_opts=source.compression_opts,
    )
    _copy_attributes(source, copied)
    done = 0
    for start in range(0, len(keep), _BLOCK):
        values = source[start : start + _BLOCK][keep[start : start + _BLOCK]]
        copied[done : done + len(values)] = values
        done += len(values)


def _copy_attributes(source: h5py.HLObject, target: h5py.HLObject) -> None:
    for name in source.attrs:
        target.attrs.create(name, source.attrs[name], dtype=source.attrs.get_id(name).dtype)


def _add(group: h5py.Group, combos: pd.DataFrame, chosen: np.ndarray) -> None:
    """Add the attributes of the chosen combinations (rows of `combos`), in place of any that the
    cells have."""
    used, number = np.unique(chosen, return_inverse=True)
    rows = combos.iloc[used]
    _add_labels(group, "model_template", "hoc:" + rows["emodel"], number)
    _add_labels(group, "model_type", pd.Series("biophysical", rows.index), number)
    if "me_combo" in group:  # of an earlier release
        _add_labels(group, "me_combo", rows["combo_name"], number)
    params = group.require_group("dynamics_params")
    for name in CURRENTS:
        _remove(params, name)
        if rows[name].notna().any():  # simulators then say what is missing
            params[name] = rows[name].to_numpy(np.float32)[number]
    for name in SCALERS:
        if name in rows:
            _remove(params, name)
            params[name] = rows[name].to_numpy(float)[number]  # in float32 it would be another cell


def _add_labels(group: h5py.Group, name: str, labels: pd.Series, number: np.ndarray) -> None:
    """Add an attribute as indices into ``@library``. `number` is the row of `labels` of each
    cell."""
    codes, distinct = pd.factorize(labels, sort=True)
    library = group.require_group("@library")
    _remove(group, name)
    _remove(library, name)
    group[name] = codes.astype(np.uint32)[number]
    library.create_dataset(name, data=distinct.tolist(), dtype=h5py.string_dtype())


def _remove(group: h5py.Group, name: str) -> None:
    if name in group:
        del group[name]
