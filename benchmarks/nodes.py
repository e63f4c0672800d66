"""Time and memory of giving each cell of a circuit a released combination (target nodes).

    benchmarks/nodes.py [CELLS] [--strings] [--leave-out]

It makes a SONATA nodes file with as many cells (default: two million), with 20 attributes, 10,000
morphologies and 200 types, and a release of 20,000 combinations of 20 e-models; then it writes the
nodes and reads them with libsonata.
"""

import argparse
import resource
import sys
import tempfile
import time
from pathlib import Path

import h5py
import libsonata
import numpy as np
import pandas as pd

from megate.release.nodes import NodesOptions, write_nodes

N_MORPHOLOGIES, N_TYPES, N_EMODELS = 10_000, 200, 20


def say(text: str) -> None:
    sys.stdout.write(f"{text}\n")


def labels(what: str, number: int) -> list[str]:
    return [f"{what}_{each:05d}" for each in range(number)]


def write_circuit(path: Path, n_cells: int, strings: bool) -> None:
    """Cells with labels as indices or, with `strings`, as strings of variable length."""
    random = np.random.default_rng(0)
    morphology = random.integers(N_MORPHOLOGIES, size=n_cells)
    of_type = morphology % N_TYPES
    numbers = {"morphology": morphology, "mtype": of_type, "etype": of_type % 10}
    names = {name: labels(name, values.max() + 1) for name, values in numbers.items()}
    with h5py.File(path, "w") as file:
        top = file.create_group("nodes/cells")
        top["node_type_id"] = np.full(n_cells, -1)
        group = top.create_group("0")
        text = h5py.string_dtype()
        for name, values in numbers.items():
            if strings:
                data = np.array(names[name], dtype=object)[values]
                group.create_dataset(name, data=data, dtype=text)
            else:
                group[name] = values.astype(np.uint32)
                group.create_dataset(f"@library/{name}", data=names[name], dtype=text)
        group["layer"] = (of_type % 6 + 1).astype(np.int8)
        for name in ("morph_class", "synapse_class", "region", "hemisphere"):
            group[name] = np.zeros(n_cells, np.uint32)
            group.create_dataset(f"@library/{name}", data=[name.upper()], dtype=text)
        for name in ("x", "y", "z", *(f"orientation_{axis}" for axis in "wxyz")):
            group[name] = random.random(n_cells, dtype=np.float32)
        for name in ("exc_mini_frequency", "inh_mini_frequency"):
            group[f"dynamics_params/{name}"] = np.zeros(n_cells, np.float32)


def write_release(path: Path, every: int) -> None:
    """Two e-models for each morphology, except for `every`-th morphology (0: no exception)."""
    rows = []
    for number, name in enumerate(labels("morphology", N_MORPHOLOGIES)):
        of_type = number % N_TYPES
        if every and number % every == 0:
            continue
        for emodel in {number % N_EMODELS, (number + 7) % N_EMODELS}:
            rows.append(
                {
                    "combo_name": f"combo_{len(rows)}",
                    "emodel": f"emodel_{emodel}",
                    "morph_name": name,
                    "layer": of_type % 6 + 1,
                    "fullmtype": f"mtype_{of_type:05d}",
                    "etype": f"etype_{of_type % 10:05d}",
                    "holding_current": -0.1,
                    "threshold_current": 0.2,
                    "input_resistance": 100.0,
                }
            )
    pd.DataFrame(rows).to_csv(path, sep="\t", index=False)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("cells", type=int, nargs="?", default=2_000_000)
    parser.add_argument("--strings", action="store_true")
    parser.add_argument("--leave-out", action="store_true", help="of a tenth of the morphologies")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        source, target = folder / "circuit.h5", folder / "nodes.h5"
        write_circuit(source, arguments.cells, arguments.strings)
        write_release(folder / "cells.tsv", 10 if arguments.leave_out else 0)
        options = NodesOptions(source, leave_out=arguments.leave_out)
        start = time.perf_counter()
        outcome = write_nodes(options, folder / "cells.tsv", target, folder / "missing.tsv")
        seconds = time.perf_counter() - start
        peak_mb = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024 / 1e6
        say(f"{outcome['cells']:,} cells, {outcome['left_out']:,} left out: {seconds:.1f} s")
        say(f"memory of the process: {peak_mb:,.0f} MB")
        sizes = [f"{path.stat().st_size / 1e6:,.0f} MB" for path in (source, target)]
        say(f"files: {sizes[0]} in, {sizes[1]} out")
        nodes = libsonata.NodeStorage(str(target)).open_population("cells")
        assert nodes.size == outcome["cells"]
        say(nodes.get_attribute("model_template", 0))


if __name__ == "__main__":
    main()
