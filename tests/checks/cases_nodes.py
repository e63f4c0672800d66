"""Checks of the nodes of a circuit whose cells get released combinations."""

from collections.abc import Callable

import broken
import h5py
from broken import Case
from folder import CIRCUIT_CELLS, Folder

_NODES = "nodes: circuit.h5: population 'cells'"


def _label(name: str, old: str, new: str) -> Callable[[h5py.File], object]:
    """Rename a label of the cells."""

    def change(file: h5py.File) -> None:
        library = file[f"nodes/cells/0/@library/{name}"]
        labels = [label.decode() for label in library]
        library[labels.index(old)] = new

    return change


def _case(what: str, change: Callable[[Folder], object], names: tuple[str, ...]) -> Case:
    return Case(what, change, names, broken.NODES)


NODES = [
    Case(
        "nodes file that would overwrite its input",
        lambda p: (
            p.configure(None, results=str(p.path / "results")),
            p.configure("circuit", nodes_path="results/nodes.h5"),
        ),
        ("config: circuit.nodes_path", "results/nodes.h5", "another file"),
    ),
    Case(
        "weight of an e-model that is not a number",
        lambda p: p.configure("circuit", emodel_weights={"cADpyr_TPC": "high"}),
        ("config.yaml", "circuit.emodel_weights.cADpyr_TPC", "'high'", "a number"),
    ),
    _case(
        "no such nodes file",
        lambda p: (p.as_nodes(), p.remove("circuit.h5")),
        ("nodes", "circuit.h5", "not found"),
    ),
    _case(
        "nodes file that is not HDF5",
        lambda p: (p.as_nodes(), p.write("circuit.h5", "node_id\n")),
        ("nodes", "circuit.h5", "not an HDF5 file"),
    ),
    _case(
        "nodes without morphologies",
        lambda p: p.as_nodes(lambda f: f.__delitem__("nodes/cells/0/morphology")),
        ("nodes: circuit.h5", "population 'cells'", "nodes/cells/0/morphology is missing"),
    ),
    _case(
        "unknown population of nodes",
        lambda p: p.as_nodes(nodes_population="cortex"),
        ("nodes: circuit.h5", "no population 'cortex'", "cells"),
    ),
    _case(
        "nodes with two populations, of which none is chosen",
        lambda p: p.as_nodes(lambda f: f.copy("nodes/cells", "nodes/thalamus")),
        ("nodes: circuit.h5", "several populations", "circuit.nodes_population", "thalamus"),
    ),
    _case(
        "cell with a morphology that is not in the release",
        lambda p: p.as_nodes(_label("morphology", "lbc140503.1", "lbc99")),
        (
            _NODES,
            "1 of 3 cells",
            "cell 2",
            "morphology name 'lbc99' is not in the release",
            "nodes_without_combination.tsv",
            "leave_out",
        ),
    ),
    _case(
        "two cells with an unknown m-type",
        lambda p: p.as_nodes(_label("mtype", "L5_TPC:A", "L9_TPC")),
        (_NODES, "2 of 3 cells", "cell 0", "m-type 'L9_TPC' is not in the release", "2 such cells"),
    ),
    _case(
        "no cell is left",
        lambda p: p.as_nodes(
            cells_without_combination="leave_out", emodel_weights={"cADpyr_TPC": 0, "cNAC_LBC": 0}
        ),
        (_NODES, "3 of 3 cells", "emodel_weights is 0"),
    ),
    _case(
        "weight of an e-model without released combinations",
        lambda p: p.as_nodes(emodel_weights={"cADpyr": 2.0}),
        ("config: circuit.emodel_weights", "cADpyr (nearest: cADpyr_TPC)"),
    ),
    _case(
        "release of another version",
        lambda p: (p.as_nodes(), p.edit(CIRCUIT_CELLS, "\tinput_resistance", "\trin")),
        ("release", "cells.tsv", "no column input_resistance", "another version"),
    ),
    _case(
        "release without cells.tsv",
        lambda p: (p.as_nodes(), p.remove(CIRCUIT_CELLS)),
        ("release", "cells.tsv", "not found"),
    ),
]
