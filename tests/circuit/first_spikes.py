"""Simulate cells of a circuit in neurodamus or BlueCelluLab, and print the times of their first
spikes (ms; the soma's voltage crosses -20 mV) and their voltages at the end as JSON. For
neurodamus, `detected` is how often it detected a spike of the cell, at its `spike_location`.

    python first_spikes.py SIMULATOR SIMULATION_CONFIG POPULATION NODE...
"""

import json
import os
import sys
from pathlib import Path

import numpy as np

simulator, config, population, *nodes = sys.argv[1:]
ids = [int(node) for node in nodes]
voltages = {}
detected = {}

if simulator == "neurodamus":
    import neurodamus

    os.environ["NEURON_INIT_MPI"] = "0"
    os.environ["HOC_LIBRARY_PATH"] = str(Path(neurodamus.__file__).parent / "data" / "hoc")
    simulation = neurodamus.Neurodamus(config, logging_level=0, disable_reports=True)
    from neurodamus.core import NeuronWrapper

    cells = simulation.circuits.get_node_manager(population)
    for node in ids:
        segment = cells.get_cellref(node).soma[0](0.5)
        voltages[node] = NeuronWrapper.h.Vector().record(segment._ref_v)
    NeuronWrapper.stdinit()
    simulation.solve()
    for _, of_cells in simulation._spike_vecs:
        numbers, counts = np.unique(np.array(of_cells, dtype=int), return_counts=True)
        detected |= dict(zip(numbers.tolist(), counts.tolist(), strict=True))
else:
    os.environ["BLUECELLULAB_MOD_LIBRARY_PATH"] = os.environ["NRNMECH_LIB_PATH"]
    import bluecellulab

    simulation = bluecellulab.CircuitSimulation(config)
    simulation.instantiate_gids([(population, node) for node in ids], add_stimuli=True)
    simulation.run()
    for node in ids:
        voltages[node] = simulation.get_voltage_trace((population, node))

result = {}
for node, recorded in voltages.items():
    trace = np.array(recorded)
    crossings = np.flatnonzero((trace[1:] >= -20) & (trace[:-1] < -20)) + 1
    first = 0.025 * crossings[0] if crossings.size else None
    result[node] = {"first_spike": first, "last_voltage": trace[-1]}
    if detected:
        result[node]["detected"] = detected.get(node, 0)
print("RESULT", json.dumps(result))
