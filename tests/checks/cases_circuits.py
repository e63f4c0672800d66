"""Checks of circuits: circuit.mvd3 and SONATA nodes."""

import h5py
import numpy as np
from broken import Case

_MVD3, _SONATA = "circuit: circuit.mvd3", "circuit: nodes.h5"
_CELLS, _NODES = "cells/properties", "nodes/cells/0"


def _set(name: str, values: object):
    """Replace a dataset by another."""

    def change(file: h5py.File) -> None:
        del file[name]
        file[name] = values

    return change


def _link(name: str):
    """Replace something by a link into another file."""
    return _set(name, h5py.ExternalLink("elsewhere.h5", "/x"))


def _drop(*names: str):
    """Take things out."""
    return lambda file: [file.__delitem__(name) for name in names]


def _elsewhere(file: h5py.File) -> None:
    """Have the layers' numbers in another file."""
    del file[f"{_CELLS}/layer"]
    file.create_dataset(
        f"{_CELLS}/layer", (3,), "u2", external=[("layers.raw", 0, h5py.h5f.UNLIMITED)]
    )


def _times(file: h5py.File) -> None:
    """Have HDF5's times for e-types."""
    del file[f"{_CELLS}/etype"]
    space = h5py.h5s.create_simple((3,))
    h5py.h5d.create(file.id, f"{_CELLS}/etype".encode(), h5py.h5t.UNIX_D32LE, space)


def _long_texts(file: h5py.File) -> None:
    """Have labels of 2,000 bytes each."""
    del file["library/etype"]
    file["library/etype"] = np.array([b"cADpyr"] * 4, "S2000")


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
        "property of a kind that NumPy does not have",
        lambda p: p.as_mvd3(_times),
        (_MVD3, "cells/properties/etype", "a type without counterpart"),
    ),
    Case(
        "labels that are very long",
        lambda p: p.as_mvd3(_long_texts),
        (_MVD3, "library/etype", "2,000 bytes", "at most 1,000"),
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
        "property that is a link into another file",
        lambda p: p.as_mvd3(_link(f"{_CELLS}/etype")),
        (_MVD3, "cells/properties/etype", "a link", "the data themselves"),
    ),
    Case(
        "property whose data are in another file",
        lambda p: p.as_mvd3(_elsewhere),
        (_MVD3, "cells/properties/layer", "other files", "this one"),
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
