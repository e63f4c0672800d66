"""Simulate a released cell in neurodamus, as a circuit of two cells: one for each step."""

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import h5py
import neurodamus
import numpy as np
from neurodamus.core import NeuronWrapper

from megate.core.paths import CIRCUIT_HOC
from megate.simulation.spikes import SETTLE_MS, STEP_MS, steady_voltage
from megate.validation.checks import (
    ABOVE,
    BELOW,
    HOC_COUNTS,
    Response,
    has_steps,
    spike_times,
)
from megate.validation.neuron_cell import (
    check_simulator,
    global_parameters,
    make_deterministic,
    scales,
)

POPULATION = "cells"
_FORMATS = {".asc": "neurolucida-asc", ".h5": "h5v1"}
_DT_MS = 0.025


def respond(cell: Mapping[str, Any], circuit: Path) -> Response:
    """The response of a cell (a row of cells.tsv) from the files of the folder `circuit`.

    The working directory takes the files of a small circuit. The environment's NRNMECH_LIB_PATH
    names the library of mechanisms.
    """
    os.environ["NEURON_INIT_MPI"] = "0"
    os.environ["HOC_LIBRARY_PATH"] = str(Path(neurodamus.__file__).parent / "data" / "hoc")
    Path("circuit").symlink_to(circuit)  # a path that hoc can read, wherever the results are
    write_nodes(Path("nodes.h5"), cell)
    Path("node_sets.json").write_text(json.dumps(_node_sets()))
    Path("circuit_config.json").write_text(json.dumps(circuit_config(cell)))
    Path("simulation_config.json").write_text(json.dumps(simulation_config(cell)))
    simulation = neurodamus.Neurodamus("simulation_config.json", disable_reports=True)
    check_simulator()
    cells = simulation.circuits.get_node_manager(POPULATION)
    own = [cells.get_cellref(gid) for gid in range(2 if has_steps(cell) else 1)]
    h = NeuronWrapper.h
    voltages = [h.Vector().record(each.soma[0](0.5)._ref_v) for each in own]
    for each in own:
        make_deterministic(each)
    NeuronWrapper.stdinit()  # vectors record from the next initialisation on
    simulation.solve()
    traces = [(_DT_MS * np.arange(len(voltage)), np.array(voltage)) for voltage in voltages]
    return Response.of(
        steady_voltage(traces[0], SETTLE_MS),
        [int(getattr(own[0], name)) for name in HOC_COUNTS],
        [spike_times(*trace) for trace in traces],
    )


def write_nodes(path: Path, cell: Mapping[str, Any]) -> None:
    """Write a SONATA nodes file with two copies of a cell (a row of cells.tsv)."""
    texts = {
        "morphology": Path(cell["morphology"]).stem,
        "model_template": f"hoc:{cell['emodel']}",
        "model_type": "biophysical",
        "mtype": cell["fullmtype"],
        "etype": cell["etype"],
    }
    with h5py.File(path, "w") as file:
        population = file.create_group(f"nodes/{POPULATION}")
        population["node_type_id"] = np.full(2, -1)
        group = population.create_group("0")
        for name, text in texts.items():
            group[name] = np.array([text, text], dtype=h5py.string_dtype())
        for name in ("x", "y", "z", "orientation_x", "orientation_y", "orientation_z"):
            group[name] = np.zeros(2, dtype=np.float32)
        group["orientation_w"] = np.ones(2, dtype=np.float32)
        for name in ("threshold_current", "holding_current"):
            group[f"dynamics_params/{name}"] = np.full(2, cell[name], dtype=np.float32)
        for name, scale in scales(cell).items():
            group[f"dynamics_params/{name}"] = np.full(2, scale)


def circuit_config(cell: Mapping[str, Any]) -> dict[str, Any]:
    """The configuration of the circuit."""
    morphology = Path("circuit", cell["morphology"])
    folder, form = f"./{morphology.parent}", _FORMATS.get(morphology.suffix)
    population: dict[str, Any] = {
        "type": "biophysical",
        "biophysical_neuron_models_dir": f"./circuit/{CIRCUIT_HOC}",
    }
    if form:
        population["alternate_morphologies"] = {form: folder}
    else:
        population["morphologies_dir"] = folder
    nodes = {"nodes_file": "./nodes.h5", "populations": {POPULATION: population}}
    return {"version": 2.3, "networks": {"nodes": [nodes], "edges": []}}


def simulation_config(cell: Mapping[str, Any]) -> dict[str, Any]:
    """The configuration of the simulation: the holding current in both cells, a step in each.

    The currents are those of the nodes file, as in simulations of circuits."""
    clamp = {"input_type": "current_clamp", "represents_physical_electrode": True}
    inputs: dict[str, Any] = {
        "holding": clamp
        | {
            "module": "hyperpolarizing",
            "node_set": "both",
            "delay": 0.0,
            "duration": SETTLE_MS + STEP_MS,
        }
    }
    if has_steps(cell):
        for name, fraction in _STEPS.items():
            inputs[name] = clamp | {
                "module": "relative_linear",
                "node_set": name,
                "delay": SETTLE_MS,
                "duration": STEP_MS,
                "percent_start": 100 * fraction,
            }
    return {
        "version": 2.4,
        "network": "./circuit_config.json",
        "node_sets_file": "./node_sets.json",
        "node_set": "both",
        "target_simulator": "NEURON",
        "run": {
            "tstop": SETTLE_MS + (STEP_MS if has_steps(cell) else 0.0),
            "dt": _DT_MS,
            "random_seed": 0,
        },
        "conditions": global_parameters(cell) | {"spike_location": "soma"},
        "output": {"output_dir": "./output"},
        "inputs": inputs,
    }


_STEPS = {"below": BELOW, "above": ABOVE}


def _node_sets() -> dict[str, Any]:
    ids = {"both": [0, 1], "below": [0], "above": [1]}
    return {name: {"population": POPULATION, "node_id": nodes} for name, nodes in ids.items()}
