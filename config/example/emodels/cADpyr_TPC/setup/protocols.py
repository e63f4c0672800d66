# SPDX-License-Identifier: Apache-2.0
"""The protocols: rest, input resistance, holding and threshold current, steps, and bAP.

The amplitudes of the steps depend on the cell: they are percentages of its threshold current, on
top of the current that holds it at the holding voltage. Therefore one main protocol runs the
protocols one after the other. Units: ms, mV, nA, MΩ, µm.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from bluepyopt import ephys

SOMA = ephys.locations.NrnSeclistCompLocation(
    name="soma", seclist_name="somatic", sec_index=0, comp_x=0.5
)

Responses = dict[str, Any]


class ApicalTrunkLocation(ephys.locations.Location):
    """A place on the apical trunk: on the path from the soma to the main bifurcation."""

    def __init__(self, name: str, distance: float, apical_point_isec: int | None) -> None:
        """Take a path distance (µm) from the soma, and the bifurcation's index in `apic`."""
        super().__init__(name)
        self.distance = distance
        self.apical_point_isec = apical_point_isec

    def instantiate(self, sim: Any = None, icell: Any = None) -> Any:
        """Find the segment.

        Raises:
            EPhysLocInstantiateException: the apical point is unknown, or nearer than the place.
        """
        error = ephys.locations.EPhysLocInstantiateException
        if self.apical_point_isec is None:
            raise error(f"{self.name}: the apical point of this morphology is not known")
        h = sim.neuron.h
        h.distance(0, 0.5, sec=icell.soma[0])
        section = icell.apic[self.apical_point_isec]
        while section is not None:
            begin, stop = (h.distance(1, x, sec=section) for x in (0.0, 1.0))
            if begin <= self.distance <= stop:
                return section((self.distance - begin) / (stop - begin))
            parent = section.parentseg()
            section = parent.sec if parent is not None else None
        raise error(f"{self.name}: the apical trunk does not reach {self.distance} µm")


class Sweeps:
    """Runs one cell's sweeps: current steps into the soma, on top of a holding current."""

    def __init__(self, prefix: str, cell_model: Any, params: dict[str, float], **run: Any) -> None:
        """Take the recordings' prefix, the cell, its parameters, and options of `run`."""
        self.prefix = prefix
        self.cell_model = cell_model
        self.params = params
        self.run_options = run

    def run(
        self,
        name: str,
        holding: float,
        steps: Sequence[tuple[float, float, float]],
        total: float,
        locations: Sequence[ephys.locations.Location] = (SOMA,),
    ) -> Responses:
        """Responses to steps (amplitude in nA, delay and duration in ms) within `total` ms."""
        stimuli = [
            ephys.stimuli.NrnSquarePulse(
                step_amplitude=amplitude,
                step_delay=delay,
                step_duration=duration,
                total_duration=total,
                location=SOMA,
            )
            for amplitude, delay, duration in [(holding, 0.0, total), *steps]
        ]
        recordings = [
            ephys.recordings.CompRecording(
                name=f"{self.prefix}.{name}.{location.name}.v", location=location, variable="v"
            )
            for location in locations
        ]
        sweep = ephys.protocols.SweepProtocol(name, stimuli, recordings)
        return sweep.run(self.cell_model, self.params, **self.run_options)


class MainProtocol(ephys.protocols.Protocol):
    """All protocols of this e-model. Each may use the results of those before it."""

    def __init__(self, prefix: str, config: dict[str, Any], apical_point_isec: int | None) -> None:
        """Take the recordings' prefix, `config/protocols.json`, and the apical point's section."""
        super().__init__("Main")
        self.prefix = prefix
        self.config = config
        self.apical_locations = [
            ApicalTrunkLocation(name, distance, apical_point_isec)
            for name, distance in config["bAP"]["apical_distances"].items()
        ]

    def run(
        self,
        cell_model: Any,
        param_values: dict[str, float],
        sim: Any = None,
        isolate: bool | None = None,
        timeout: float | None = None,
    ) -> Responses:
        """Run all sweeps.

        Returns:
            The recordings by name, and `<prefix>.bpo_holding_current` and
            `<prefix>.bpo_threshold_current` in nA (the latter is None for a cell that never
            spikes; it has no responses to steps then).
        """
        sweeps = Sweeps(
            self.prefix, cell_model, param_values, sim=sim, isolate=isolate, timeout=timeout
        )
        responses: Responses = {}

        def add_response(
            name: str,
            timing: dict[str, float],
            holding: float,
            amplitude: float,
            locations: Sequence[ephys.locations.Location] = (SOMA,),
        ) -> None:
            step = (amplitude, timing["delay"], timing["duration"])
            responses.update(sweeps.run(name, holding, [step], timing["total"], locations))

        rmp, rin = self.config["RMP"], self.config["Rin"]
        add_response("RMP", rmp, 0.0, rmp["amplitude"])
        holding, resistance = self.find_holding_current(responses[f"{self.prefix}.RMP.soma.v"])
        add_response("Rin", rin, holding, rin["amplitude"])
        threshold = self.find_threshold_current(sweeps, holding, resistance)
        responses[f"{self.prefix}.bpo_holding_current"] = holding
        responses[f"{self.prefix}.bpo_threshold_current"] = threshold
        if threshold is not None:
            for name, timing in self.config["steps"].items():
                add_response(name, timing, holding, threshold * timing["percent"] / 100)
            bap = self.config["bAP"]
            locations = [SOMA, *self.apical_locations]
            add_response("bAP", bap, holding, threshold * bap["percent"] / 100, locations)
        return responses

    def find_holding_current(self, response: Any) -> tuple[float, float]:
        """Current (nA) that holds the cell at the holding voltage, and its resistance (MΩ).

        `response` is the response to the RMP protocol. The voltages (mV) before and at the end of
        its small negative step give the resistance; the current is extrapolated with it.
        """
        step = self.config["RMP"]
        time, voltage = np.asarray(response["time"]), np.asarray(response["voltage"])
        rest, stepped = np.interp(
            [step["delay"], step["delay"] + step["duration"]], time, voltage
        ).tolist()
        resistance = (stepped - rest) / step["amplitude"]
        return (self.config["holding_voltage"] - rest) / resistance, resistance

    def find_threshold_current(
        self, sweeps: Sweeps, holding: float, resistance: float
    ) -> float | None:
        """The smallest step (nA) that makes the cell spike, or None if none does.

        Each sweep has a family of increasing steps. The next family lies between the last step
        without a spike and the first step with one.
        """
        search = self.config["Threshold"]
        interval = search["duration"] + search["gap"]
        delays = [search["gap"] + i * interval for i in range(search["steps"])]
        lower, upper = 0.0, search["maximum_depolarisation"] / resistance
        found = None
        for _ in range(search["families"]):
            amplitudes = np.linspace(lower, upper, search["steps"] + 1)[1:].tolist()
            steps = [(a, t, search["duration"]) for a, t in zip(amplitudes, delays, strict=True)]
            total = delays[-1] + interval
            responses = sweeps.run("Threshold", holding, steps, total)
            response = responses[f"{self.prefix}.Threshold.soma.v"]
            time, voltage = np.asarray(response["time"]), np.asarray(response["voltage"])
            spike_times = time[voltage > search["spike_voltage"]]
            if spike_times.size == 0:
                return found
            first = max(i for i, delay in enumerate(delays) if delay <= spike_times[0])
            found = upper = amplitudes[first]
            lower = amplitudes[first - 1] if first > 0 else lower
        return found
