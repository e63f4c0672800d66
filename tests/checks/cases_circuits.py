"""Checks of circuits: circuit.mvd3 and SONATA nodes."""

import h5py
import numpy as np
from broken import Case
from folder import Folder

_MVD3, _SONATA = "circuit: circuit.mvd3", "circuit: nodes.h5"
_CELLS, _NODES = "cells/properties", "nodes/cells/0"


def _set(name: str, values: object):
    """Replace a dataset by another."""

    def change(file: h5py.File) -> None:
        del file[name]
        file[name] = values

    return change


def _drop(*names: str):
    """Take things out."""
    return lambda file: [file.__delitem__(name) for name in names]


def _with_types(folder: Folder, types: str) -> None:
    """Have SONATA nodes without e-types, and a file of node types."""
    folder.as_sonata(_drop(f"{_NODES}/etype"))
    folder.write("types.csv", types)
    folder.configure("prepare", sonata_node_types_path="types.csv")


CIRCUITS = [
    Case(
        "no such circuit",
        lambda p: p.configure("prepare", recipe_path=None, circuitmvd3_path="circuit.mvd3"),
        ("circuit", "circuit.mvd3", "not found"),
    ),
    Case(
        "circuit.mvd3 that is not an HDF5 file",
        lambda p: (p.as_mvd3(), p.write("circuit.mvd3", "layer mtype etype morphology\n")),
        (_MVD3, "HDF5"),
    ),
    Case(
        "circuit.mvd3 that was cut off",
        lambda p: (p.as_mvd3(), p.grow("circuit.mvd3", 0.002)),
        (_MVD3, "cannot be opened", "truncated"),
    ),
    Case(
        "two properties are missing",
        lambda p: p.as_mvd3(_drop(f"{_CELLS}/etype", "library/morphology")),
        (_MVD3, "cells/properties/etype is missing", "library/morphology is missing"),
    ),
    Case(
        "property that is a group",
        lambda p: p.as_mvd3(
            lambda f: (_drop(f"{_CELLS}/etype")(f), f.create_group(f"{_CELLS}/etype"))
        ),
        (_MVD3, "cells/properties/etype", "a group", "a dataset"),
    ),
    Case(
        "property that is a table",
        lambda p: p.as_mvd3(_set(f"{_CELLS}/etype", np.ones((3, 2), int))),
        (_MVD3, "cells/properties/etype", "(3, 2)", "a list"),
    ),
    Case(
        "no cells",
        lambda p: p.as_mvd3(_set(f"{_CELLS}/etype", np.ones(0, int))),
        (_MVD3, "cells/properties/etype", "0 values", "1 to"),
    ),
    Case(
        "two properties of the wrong kind",
        lambda p: p.as_mvd3(
            lambda f: (_set(f"{_CELLS}/etype", np.ones(3))(f), _set("library/mtype", [1, 2, 3])(f))
        ),
        (_MVD3, "cells/properties/etype", "float64", "integers", "library/mtype", "texts"),
    ),
    Case(
        "label that is not UTF-8",
        lambda p: p.as_mvd3(_set("library/etype", np.array([b"cAD\xff"] * 4, "S8"))),
        (_MVD3, "b'cAD\\xff'", "UTF-8"),
    ),
    Case(
        "two properties of different lengths",
        lambda p: p.as_mvd3(_set(f"{_CELLS}/etype", [1, 1])),
        (_MVD3, "different lengths", "layer 3", "etype 2"),
    ),
    Case(
        "two indices that no label has",
        lambda p: p.as_mvd3(
            lambda f: (_set(f"{_CELLS}/etype", [1, 7, 1])(f), _set(f"{_CELLS}/mtype", [9, 1, 1])(f))
        ),
        (
            _MVD3,
            "cells/properties/etype: cell 1",
            "index 7",
            "0 to 2",
            "cells/properties/mtype: cell 0",
            "index 9",
        ),
    ),
    Case(
        "two labels that cannot be used",
        lambda p: p.as_mvd3(
            lambda f: (
                _set("library/etype", ["", "c NAC", "cADpyr"])(f),
                _set("library/morphology", ["", "../m1", "m2", "m3"])(f),
            )
        ),
        (_MVD3, "cells/properties/etype: e-type 'c NAC'", "morphology name '../m1'", "letters"),
    ),
    Case(
        "two morphologies of the circuit without file",
        lambda p: (
            p.as_mvd3(),
            p.remove("morphologies/tpc140301-A2.asc", "morphologies/lbc140503.1.asc"),
        ),
        ("morphologies", "tpc140301-A2", "lbc140503.1", "file"),
    ),
    Case(
        "SONATA nodes without population",
        lambda p: p.as_sonata(lambda f: (_drop("nodes")(f), f.create_group("nodes"))),
        (_SONATA, "no population"),
    ),
    Case(
        "SONATA nodes with two populations, of which none is chosen",
        lambda p: (p.as_sonata(), p.as_sonata(population="thalamus")),
        (_SONATA, "several populations", "sonata_population", "cells", "thalamus"),
    ),
    Case(
        "SONATA population that there is not",
        lambda p: p.as_sonata().configure("prepare", sonata_population="cortex"),
        (_SONATA, "no population 'cortex'", "cells"),
    ),
    Case(
        "SONATA nodes with a dataset instead of a group",
        lambda p: p.as_sonata(_set(_NODES, [1, 2, 3])),
        (_SONATA, _NODES, "not a group"),
    ),
    Case(
        "two SONATA attributes are missing",
        lambda p: p.as_sonata(_drop(f"{_NODES}/etype", f"{_NODES}/layer")),
        (_SONATA, f"{_NODES}/etype is missing", f"{_NODES}/layer is missing"),
    ),
    Case(
        "SONATA attribute is missing, and the cells have node types",
        lambda p: p.as_sonata(
            lambda f: (
                _drop(f"{_NODES}/etype")(f),
                _set("nodes/cells/node_type_id", [104, 104, 100])(f),
            )
        ),
        (_SONATA, f"{_NODES}/etype is missing", "node_type_id", "sonata_node_types_path"),
    ),
    Case(
        "SONATA attribute is missing in the nodes and in their node types",
        lambda p: _with_types(p, "node_type_id mtype\n-1 L5_TPC:A\n"),
        (_SONATA, f"{_NODES}/etype is missing", "columns mtype"),
    ),
    Case(
        "SONATA node type that the file of node types does not have",
        lambda p: _with_types(p, "node_type_id etype\n100 cADpyr\n"),
        (_SONATA, "nodes/cells/node_type_id: cell 0", "node type -1"),
    ),
    Case(
        "no such file of node types",
        lambda p: p.as_sonata().configure("prepare", sonata_node_types_path="types.csv"),
        ("node types", "types.csv", "not found"),
    ),
    Case(
        "file of node types without ids",
        lambda p: _with_types(p, "id,etype\n-1,cADpyr\n"),
        ("node types: types.csv", "'id,etype'", "expected node_type_id", "blanks"),
    ),
    Case(
        "two lines of node types that cannot be used",
        lambda p: _with_types(p, "node_type_id etype\na cADpyr\n1 cADpyr 5\n"),
        ("node types: types.csv", "line 2", "'a'", "line 3", "3 values, expected 2"),
    ),
    Case(
        "SONATA population of two node groups",
        lambda p: p.as_sonata(lambda f: f.create_group("nodes/cells/1")),
        (_SONATA, "'cells'", "several node groups (0, 1)", "expected one"),
    ),
    Case(
        "SONATA attribute of another length",
        lambda p: p.as_sonata(_set(f"{_NODES}/etype", [1, 1])),
        (_SONATA, f"{_NODES}/etype", "2 values", "expected 3"),
    ),
    Case(
        "SONATA attribute of strings of fixed length",
        lambda p: p.as_sonata(plain=["etype"], text="S8"),
        (_SONATA, f"{_NODES}/etype", "fixed length", "@library"),
    ),
    Case(
        "SONATA index that no label has",
        lambda p: p.as_sonata(_set(f"{_NODES}/etype", [1, 7, 1])),
        (_SONATA, "population 'cells'", f"{_NODES}/etype: cell 1", "index 7", "0 to 2"),
    ),
]
