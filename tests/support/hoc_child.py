"""Functions that test_hoc_simulation runs in child processes, in a package's directory."""

from pathlib import Path
from typing import Any


def measured(morph_path: str) -> dict[str, Any]:
    """What is measured of an exemplar, and its `holding` and `threshold` current, nA."""
    from megate.simulation import evaluator
    from megate.simulation.hoc.protocol import HocProtocol

    found = {}
    run = HocProtocol._run

    def with_currents(self, *arguments: Any) -> Any:
        responses = run(self, *arguments)
        for name in ("holding", "threshold"):
            found[name] = responses.get(f"mm.bpo_{name}_current")
        return responses

    HocProtocol._run = with_currents
    return evaluator.measure_hoc_exemplar("hh_cell", morph_path) | found


def spikes_in_neuron(hoc: str, template: str, morph_path: str, steps: list[list[float]]) -> Any:
    """Numbers of upward crossings of -20 mV during steps, with plain NEURON.

    Args:
        steps: holding current, step (nA) and duration (ms); the step begins at 1000 ms
    """
    from neuron import h

    h.load_file("stdrun.hoc")
    h.load_file(hoc)
    path = Path(morph_path)
    cell = getattr(h, template)(0, str(path.parent), path.name)
    h.celsius, h.v_init = 6.3, -65
    h.check_simulator()
    h.cvode_active(True)
    clamps = [h.IClamp(cell.soma[0](0.5)) for _ in range(2)]
    times = h.Vector()
    counter = h.NetCon(cell.soma[0](0.5)._ref_v, None, sec=cell.soma[0])
    counter.threshold = -20
    counter.record(times)
    found = []
    for holding, step, duration in steps:
        clamps[0].delay, clamps[0].dur, clamps[0].amp = 0, 1e9, holding
        clamps[1].delay, clamps[1].dur, clamps[1].amp = 1000, duration, step
        h.tstop = 1000 + duration
        h.run()
        found.append(sum(time > 1000 for time in times))
    return found
