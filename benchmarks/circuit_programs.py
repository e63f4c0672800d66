"""Measure the way of a large release into a circuit: time and memory of each program.

    python benchmarks/circuit_programs.py RESULTS [--combinations 10000] [--emodels 20]
                                         [--sample 1000] [--folder FOLDER]

RESULTS is the folder of a finished run of the embedded example. Its released combinations are
copied under other names, e-models and morphologies too, until there are `--combinations` of them,
with `--emodels` e-models. Then these programs run, each as a process of its own:

- megate's `write_circuit`, which writes the folder for circuits;
- `brainbuilder cells assign-emodels`, for a cell of each combination's type and morphology;
- `brainbuilder sonata provide-me-info`;
- bluepysnap's validation of the circuit;
- megate's validation: a sample of the combinations in BlueCelluLab, and one of each e-model in
  neurodamus.

Prints wall time, CPU time and the largest memory of a process of each. `--folder` keeps the
circuit. Run it in megate's environment with the extra `test`.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from scoring import write

sys.path.append(str(Path(__file__).resolve().parents[1] / "tests" / "support"))

from no_edges import write_no_edges

from megate.core.paths import Paths, package_beside
from megate.emodels.manifest import Manifest
from megate.gating.decisions import SCHEMA
from megate.morphologies.check import read_table
from megate.morphologies.check import write_table as write_checked

CELLS = "cells.h5"
NODES = "nodes.h5"
POPULATION = "cells"
EDGES = "cells__cells__chemical"


def make_release(example: Paths, release: Paths, combinations: int, emodels: int) -> None:
    """Write the files that `write_circuit` reads, with copies of the example's."""
    table = pq.read_table(example.decisions, filters=[("passed", "=", True)]).to_pandas()
    table = table.drop_duplicates("combo")
    cells = pd.read_csv(example.circuit / "cells.tsv", sep="\t")
    one_format = set(cells.loc[cells["morphology"].str.endswith(".asc"), "morph_name"])
    table = table[table["morph_name"].isin(one_format)]
    combos = pd.read_parquet(example.combos).set_index("combo").loc[table["combo"]]
    checked = {Path(row.file).name: row for row in read_table(example.morphologies)}
    originals = sorted(table["emodel"].unique())
    copies = -(-combinations // len(table))  # of each combination
    of_emodel = emodels // len(originals)
    decisions, rows, files = [], [], {}
    for copy in range(copies):
        number = copy % of_emodel
        morphologies = copy // of_emodel
        for (_, decided), (_, combo) in zip(table.iterrows(), combos.iterrows(), strict=True):
            emodel = f"{decided['emodel']}_{number:02d}"
            morph_name = f"{decided['morph_name']}_{morphologies:04d}"
            source = Path(combo["morph_path"])
            path = release.results / "morphologies" / f"{morph_name}{source.suffix}"
            files[path] = source
            name = "_".join([emodel, decided["fullmtype"], decided["layer"], morph_name])
            own = {"combo": len(rows), "emodel": emodel, "morph_name": morph_name}
            decisions.append({**decided, **own, "combo_name": name})
            rows.append({**combo, **own, "morph_path": str(path)})
    rng = np.random.default_rng(0)
    keep = np.sort(rng.choice(len(rows), combinations, replace=False))
    write_parquet(release.decisions, [decisions[n] for n in keep], SCHEMA)
    pd.DataFrame([rows[n] for n in keep]).to_parquet(release.combos)
    (release.results / "morphologies").mkdir()
    for path, source in files.items():
        shutil.copyfile(source, path)
    known = [
        replace(checked[source.name], file=str(path.relative_to(release.results.parent)))
        for path, source in files.items()
    ]
    write_checked(release.morphologies, known)
    for original in originals:
        for number in range(of_emodel):
            copy_emodel(example, release, original, f"{original}_{number:02d}")


def write_parquet(path: Path, rows: list[dict], schema: pa.Schema) -> None:
    table = pa.Table.from_pandas(pd.DataFrame(rows)[schema.names], preserve_index=False)
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(table.cast(schema), path)


def copy_emodel(example: Paths, release: Paths, original: str, name: str) -> None:
    hoc = release.emodel_hoc(name)
    hoc.parent.mkdir(parents=True, exist_ok=True)
    hoc.write_text(example.emodel_hoc(original).read_text().replace(original, name))
    manifest = replace(Manifest.read(example.manifest(original)), emodel=name)
    manifest.write(release.manifest(name))
    source = package_beside(example.manifest(original)) / "mechanisms"
    shutil.copytree(source, package_beside(release.manifest(name)) / "mechanisms")


WRITE_CIRCUIT = """
import sys
from pathlib import Path
import pandas as pd
from megate.core.paths import Paths, package_beside
from megate.emodels.manifest import Manifest
from megate.morphologies.check import read_table
from megate.release.circuit import write_circuit
paths = Paths(Path(sys.argv[1]))
manifests = [paths.manifest(hoc.stem) for hoc in paths.emodel_hoc("x").parent.iterdir()]
write_circuit(
    paths.circuit,
    paths.decisions,
    pd.read_parquet(paths.combos),
    list(paths.emodel_hoc("x").parent.iterdir()),
    {package_beside(path): Manifest.read(path) for path in manifests},
    read_table(paths.morphologies),
    paths.release / "morphologies",
)
"""


VALIDATE = """
import sys
from pathlib import Path
from megate.release.circuit import read_cells
from megate.validation.cells import sample
from megate.validation.run import BLUECELLULAB, NEURODAMUS, compile_all, validate
circuit, mechanisms, log = Path(sys.argv[1]), Path("mechanisms"), Path("simulators.log")
compile_all(circuit, mechanisms, [BLUECELLULAB, NEURODAMUS])
for simulator, number in zip([BLUECELLULAB, NEURODAMUS], map(int, sys.argv[2:])):
    cells = sample(read_cells(circuit / "cells.tsv"), number)
    rows = validate(cells, circuit, mechanisms / simulator, simulator, 2, None, log)
    cpu_s = rows["cpu_s"].sum()
    print(simulator, len(rows), rows["emodel"].nunique(), rows["passed"].sum(), f"{cpu_s:.0f} s")
"""


def make_cells(circuit: Path, target: Path) -> None:
    """Write a cell for each combination, without an e-model."""
    from voxcell import CellCollection

    columns = ["morphology", "layer", "mtype", "etype", "combo"]
    rows = pd.read_csv(circuit / "extNeuronDB.dat", sep=" ", names=columns, dtype=str)
    rows = rows.drop(columns="combo")
    excitatory = rows["etype"] == "cADpyr"
    rows["morph_class"] = np.where(excitatory, "PYR", "INT")
    rows["synapse_class"] = np.where(excitatory, "EXC", "INH")
    rows["region"] = "Isocortex"
    rows.index += 1
    cells = CellCollection(POPULATION)
    cells.positions = np.random.default_rng(0).uniform(0, 1000, (len(rows), 3))
    cells.orientations = np.tile(np.eye(3), (len(rows), 1, 1))
    cells.properties = rows
    cells.save_sonata(target)


def write_circuit_config(circuit: Path, nodes: Path, size: int) -> Path:
    """Write a SONATA configuration of the circuit and empty edges beside its `size` nodes."""
    edges = nodes.with_name("edges.h5")
    write_no_edges(edges, EDGES, POPULATION, size)
    population = {
        "type": "biophysical",
        "alternate_morphologies": {"neurolucida-asc": str(circuit / "morphologies" / "asc")},
        "biophysical_neuron_models_dir": str(circuit / "hoc"),
    }
    networks = {
        "nodes": [{"nodes_file": str(nodes), "populations": {POPULATION: population}}],
        "edges": [{"edges_file": str(edges), "populations": {EDGES: {"type": "chemical"}}}],
    }
    path = nodes.with_name("circuit_config.json")
    path.write_text(json.dumps({"version": 2, "networks": networks}, indent=2))
    return path


def timed(what: str, command: list[str], folder: Path) -> None:
    """Run a command; print its wall time, CPU time and memory."""
    started = time.perf_counter()
    with (folder / "log").open("w") as log:
        process = subprocess.Popen(command, cwd=folder, stdout=log, stderr=log)
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    wall = time.perf_counter() - started
    write(
        f"{what}: {wall:.1f} s wall, {used.ru_utime + used.ru_stime:.1f} s CPU, "
        f"{used.ru_maxrss / 1024:.0f} MB"
    )
    if process.returncode:
        write((folder / "log").read_text()[-2000:])
        sys.exit(f"{what} failed")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("results", type=Path)
    parser.add_argument("--combinations", type=int, default=10_000)
    parser.add_argument("--emodels", type=int, default=20)
    parser.add_argument("--sample", type=int, default=1000)
    parser.add_argument("--folder", type=Path)
    options = parser.parse_args()
    given = options.folder
    with nullcontext(given) if given else tempfile.TemporaryDirectory() as name:
        folder = Path(name).absolute()
        folder.mkdir(exist_ok=True)
        release = Paths(folder / "results")
        make_release(Paths(options.results), release, options.combinations, options.emodels)
        python, brainbuilder = sys.executable, str(Path(sys.executable).with_name("brainbuilder"))
        circuit = release.circuit
        timed("folder", [python, "-c", WRITE_CIRCUIT, str(release.results)], folder)
        size = sum(path.stat().st_size for path in circuit.rglob("*") if path.is_file())
        cells = pd.read_csv(circuit / "cells.tsv", sep="\t")
        write(
            f"{len(cells)} combinations, {cells['emodel'].nunique()} e-models, "
            f"{cells['morphology'].nunique()} morphologies, {size / 1e6:.0f} MB"
        )
        make_cells(circuit, folder / CELLS)
        database, table = str(circuit / "extNeuronDB.dat"), str(circuit / "mecombo_emodel.tsv")
        assign = ["cells", "assign-emodels", "--morphdb", database, "--seed", "1"]
        timed("assign-emodels", [brainbuilder, *assign, "-o", "assigned.h5", CELLS], folder)
        provide = ["sonata", "provide-me-info", "--model-type", "biophysical"]
        provide += ["--mecombo-info", table, "-o", NODES, "assigned.h5"]
        timed("provide-me-info", [brainbuilder, *provide], folder)
        config = write_circuit_config(circuit, folder / NODES, len(cells))
        snap = [str(Path(sys.executable).with_name("bluepysnap")), "validate-circuit", str(config)]
        timed("bluepysnap", snap, folder)
        write(f"FATAL: {(folder / 'log').read_text().count('FATAL')}")
        arguments = [str(circuit), str(options.sample), str(options.emodels)]
        timed("megate's validation", [python, "-c", VALIDATE, *arguments], folder)
        write((folder / "log").read_text()[-300:])


if __name__ == "__main__":
    main()
