"""A SONATA edges file without edges: bluepysnap wants a circuit to have one."""

from pathlib import Path

import h5py
import libsonata
import numpy as np

SYNAPSE_INTEGERS = {
    "afferent_section_id",
    "afferent_section_type",
    "afferent_segment_id",
    "n_rrp_vesicles",
    "syn_type_id",
}
SYNAPSE_NUMBERS = {
    "conductance",
    "decay_time",
    "delay",
    "depression_time",
    "facilitation_time",
    "spine_length",
    "u_syn",
    "afferent_section_pos",
    "afferent_segment_offset",
    *(f"afferent_{kind}_{axis}" for kind in ("center", "surface") for axis in "xyz"),
}


def write_no_edges(path: Path, name: str, nodes: str, size: int) -> None:
    """Edges `name` without a synapse, for the population `nodes` of `size` cells."""
    with h5py.File(path, "w") as file:
        population = file.create_group(f"edges/{name}")
        population["edge_type_id"] = np.empty(0, np.int64)
        for end in ("source_node_id", "target_node_id"):
            population[end] = np.empty(0, np.uint64)
            population[end].attrs["node_population"] = nodes
        for kind, names in ((np.uint32, SYNAPSE_INTEGERS), (np.float32, SYNAPSE_NUMBERS)):
            for each in names:
                population[f"0/{each}"] = np.empty(0, kind)
    libsonata.EdgePopulation.write_indices(str(path), name, size, size)
