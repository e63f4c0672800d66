"""Currents and input resistance: of cells whose values are known in closed form, and of cells that
plain NEURON measures in another way."""

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from small_emodel import PARAMS, small_package

from megate.processes.child import run_in_child
from megate.simulation.currents import (
    SETTLE_MS,
    Measured,
    Trace,
    has_spike,
    measure,
    steady_voltage,
)

SETTINGS = {"holding_voltage_mV": -80.0, "threshold_precision_nA": 0.001, "max_current_nA": 2.0}


@dataclass
class OhmicCell:
    """v = rest + resistance * current, at once; a spike at the start of a step to `spike` mV."""

    rest: float = -70.0
    resistance: float = 100.0
    spike: float = -50.0
    clamp_error: float = 0.0
    runs: int = 0

    def voltage(self, current: float) -> float:
        return self.rest + self.resistance * current

    def response(
        self, holding: float, step: float = 0.0, step_ms: float = 0.0, until_spike: bool = False
    ) -> Trace:
        self.runs += 1
        times = np.arange(0.0, SETTLE_MS + step_ms + 1)
        held, stepped = self.voltage(holding), self.voltage(holding + step)
        voltages = np.where(times > SETTLE_MS, stepped, held)
        if held > self.spike:
            voltages[::50] = 30.0
        elif step and stepped > self.spike:
            voltages[int(SETTLE_MS) + 10] = 30.0
        return times, voltages

    def clamp_current(self, voltage: float) -> float:
        return (voltage - self.rest) / self.resistance + self.clamp_error


@dataclass
class DriftingCell(OhmicCell):
    """Its voltage rises steadily, whatever the current."""

    def response(
        self, holding: float, step: float = 0.0, step_ms: float = 0.0, until_spike: bool = False
    ) -> Trace:
        times, voltages = super().response(holding, step, step_ms)
        return times, voltages + 0.008 * times


def test_a_cell_that_is_never_at_rest_has_no_input_resistance():
    cell = DriftingCell(rest=-90.0, resistance=1.0)
    found = measure(cell, 0.0, 0.2, SETTINGS)
    assert found.holding_voltage is not None and found.input_resistance is None
    assert cell.runs < 10


def test_all_is_measured_where_the_emodel_searches_nothing():
    found = measure(OhmicCell(), None, None, SETTINGS)
    assert found.resting_potential == pytest.approx(-70)
    assert found.measured_holding_current == pytest.approx(-0.1)
    assert found.holding_voltage == pytest.approx(-80)
    assert found.input_resistance == pytest.approx(100)
    # from -80 to -50 mV by 100 MOhm
    assert 0.3 < found.measured_threshold_current <= 0.301
    assert found.measured_at_current == found.measured_holding_current
    assert found.no_threshold is None


def test_own_currents_are_not_measured():
    cell = OhmicCell()
    found = measure(cell, -0.05, 0.25, SETTINGS)
    assert found == Measured(
        measured_at_current=-0.05,
        input_resistance=pytest.approx(100),
        holding_voltage=pytest.approx(-75),
        resting_potential=pytest.approx(-70),
    )
    assert cell.runs == 2


def test_a_threshold_current_on_top_of_an_own_holding_current():
    found = measure(OhmicCell(), -0.05, None, SETTINGS)
    assert (found.measured_holding_current, found.measured_at_current) == (None, -0.05)
    assert 0.25 < found.measured_threshold_current <= 0.251


def test_an_own_threshold_current_alone_counts_from_rest():
    found = measure(OhmicCell(), None, 0.2, SETTINGS)
    assert (found.measured_holding_current, found.measured_at_current) == (0, 0)
    assert found.measured_threshold_current is None
    assert found.holding_voltage == found.resting_potential == pytest.approx(-70)


def test_the_voltage_clamp_is_corrected():
    found = measure(OhmicCell(clamp_error=0.02), None, None, SETTINGS)
    assert found.measured_holding_current == pytest.approx(-0.1)
    assert found.holding_voltage == pytest.approx(-80)


def test_the_precision_and_the_largest_current_are_those_of_the_settings():
    found = measure(OhmicCell(), None, None, SETTINGS | {"threshold_precision_nA": 0.02})
    assert 0.3 < found.measured_threshold_current <= 0.32
    settings = SETTINGS | {"max_current_nA": 0.3}
    assert "steps of up to 0.3 nA" in str(measure(OhmicCell(), None, None, settings).no_threshold)


def test_a_cell_that_needs_more_than_ohms_law_expects():
    """100 MOhm up to -70 mV, 25 MOhm above: 0.1 nA to -70 mV and 0.8 nA to -50 mV."""

    class Rectifying(OhmicCell):
        def voltage(self, current: float) -> float:
            return self.rest + current * (100 if current < 0 else 25)

    found = measure(Rectifying(), None, None, SETTINGS)
    assert 0.9 < found.measured_threshold_current <= 0.901


@pytest.mark.parametrize(
    ("cell", "holding", "reason"),
    [
        (
            OhmicCell(spike=math.inf),
            None,
            "the cell does not spike with steps of up to 2 nA on top of a holding current of "
            "-0.1 nA",
        ),
        (
            OhmicCell(spike=-90),
            -0.05,
            "the cell spikes without a step, with a holding current of -0.05 nA",
        ),
        (
            OhmicCell(spike=-90),
            None,
            "the cell cannot be held at -80 mV: it spikes with -0.1 nA",
        ),
    ],
)
def test_a_cell_without_threshold_current(cell: OhmicCell, holding: float | None, reason: str):
    found = measure(cell, holding, None, SETTINGS)
    assert found.no_threshold == reason
    assert found.measured_threshold_current is None


def test_a_cell_that_cannot_be_held():
    class Jumping(OhmicCell):
        def voltage(self, current: float) -> float:
            return super().voltage(current) + (20 if current > -0.2 else -20)

    found = measure(Jumping(spike=math.inf), None, None, SETTINGS)
    assert found.no_threshold.startswith("the cell cannot be held at -80 mV: it is at ")
    assert found == Measured(resting_potential=pytest.approx(-50), no_threshold=found.no_threshold)


def test_a_cell_that_spikes_late_at_the_holding_current():
    """It does not spike in the first second."""

    class Late(OhmicCell):
        def response(self, holding: float, *args: Any, **kwargs: Any) -> Trace:
            times, voltages = super().response(holding, *args, **kwargs)
            if len(times) > 2500:
                voltages[2500] = 30.0
            return times, voltages

    found = measure(Late(), -0.05, None, SETTINGS)
    assert (
        found.no_threshold == "the cell spikes without a step, with a holding current of -0.05 nA"
    )


def test_a_large_response_is_measured_again_with_a_smaller_step():
    """v = -70 + 1000 i + 20000 i^2: 1000 MOhm at 0; the step of -0.02 nA gives 600 MOhm."""

    class Nonlinear(OhmicCell):
        def voltage(self, current: float) -> float:
            return self.rest + 1000 * current + 20000 * current**2

    found = measure(Nonlinear(), 0.0, 0.1, SETTINGS)
    # the smaller step is 0.02 nA * 2 mV / 12 mV
    step = -0.02 / 6
    assert found.input_resistance == pytest.approx(1000 + 20000 * step)


def test_a_spike_rises_and_falls_during_the_step():
    times = np.arange(0.0, 3000.0)
    quiet = np.full_like(times, -70.0)

    def trace(**pieces: slice) -> Trace:
        voltages = quiet.copy()
        for piece in pieces.values():
            voltages[piece] = 10.0
        return times, voltages

    assert not has_spike((times, quiet))
    assert has_spike(trace(spike=slice(1500, 1503)))
    assert not has_spike(trace(while_it_settles=slice(500, 503)))
    assert not has_spike(trace(depolarised=slice(1500, 3000)))
    at_threshold = -20 + 0.002 * np.cos(times)  # a steady voltage, with the solver's errors
    assert not has_spike((times, np.where(times > 1500, at_threshold, quiet)))
    assert steady_voltage(trace(early=slice(100, 103)), SETTLE_MS) == pytest.approx(-70)
    assert steady_voltage(trace(late=slice(800, 803)), SETTLE_MS) is None


# ---- simulated cells ---------------------------------------------------------------------------

SOMA = "1 1 0 0 0 10 -1\n2 1 0 -10 0 10 1\n3 1 0 10 0 10 1\n"  # a cylinder of 20 x 20 um
AREA_CM2 = math.pi * 20 * 20 * 1e-8


def measured_in_child(tmp_path: Path, **arguments: Any) -> dict[str, Any]:
    (tmp_path / "soma.swc").write_text(SOMA)
    function = f"{__name__}:_measure"
    return run_in_child(function, arguments, tmp_path, tmp_path / "log")[0]


def _measure(
    mechanism: str, values: dict[str, float], settings: dict[str, float], scan: bool
) -> dict[str, Any]:
    """Runs in the child: measure a soma as a job does, and scan steps with plain NEURON."""
    from types import SimpleNamespace

    from bluepyopt import ephys

    from megate.simulation.currents import measured
    from megate.simulation.sweeps import SweepRunner

    everywhere = [ephys.locations.NrnSeclistLocation("all", "all")]
    params = [
        ephys.parameters.NrnSectionParameter(name, value, True, None, name, locations=everywhere)
        for name, value in values.items()
    ]
    settled = ephys.parameters.NrnGlobalParameter("v_init", -65, True, param_name="v_init")
    cell_model = ephys.models.CellModel(
        "soma",
        morph=ephys.morphologies.NrnFileMorphology("soma.swc"),
        mechs=[ephys.mechanisms.NrnMODMechanism("m", suffix=mechanism, locations=everywhere)],
        params=[settled, *params],
    )
    evaluator = ephys.evaluators.CellEvaluator(
        cell_model, [], {}, SimpleNamespace(objectives=[]), sim=ephys.simulators.NrnSimulator()
    )
    runner = SweepRunner(Path.cwd())
    with runner.replacing_bluepyopt():
        found = measured(evaluator, {}, (None, None), settings, runner, 100)
    if scan:
        holding, first = found["measured_holding_current"], 0.0
        for width in (0.02, 0.002, 0.0002):
            while not _spikes(holding, first + width):
                first += width
        found["first"] = first + width
    return found


def _spikes(holding: float, step: float) -> bool:
    """Whether a soma with hh spikes in plain NEURON, with time steps of 0.02 ms."""
    from neuron import h

    h.load_file("stdrun.hoc")
    soma = h.Section(name="scanned")
    soma.L = soma.diam = 20
    soma.insert("hh")
    clamps = [h.IClamp(soma(0.5)) for _ in range(2)]
    for clamp, amplitude, delay in zip(clamps, (holding, step), (0, 200), strict=True):
        clamp.amp, clamp.delay, clamp.dur = amplitude, delay, 1e9
    spikes = h.Vector()
    counter = h.NetCon(soma(0.5)._ref_v, None, sec=soma)
    counter.threshold = -20
    counter.record(spikes)
    h.CVode().active(0)
    h.dt, h.steps_per_ms, h.celsius, h.v_init, h.tstop = 0.02, 50, 6.3, -65, 700
    h.run()
    return bool(spikes.size())


def test_a_passive_soma(tmp_path: Path):
    """R = 1 / (g A), v = e + R i."""
    g, e = 5e-5, -68.0
    resistance = 1e-6 / (g * AREA_CM2)
    found = measured_in_child(
        tmp_path, mechanism="pas", values={"g_pas": g, "e_pas": e}, settings=SETTINGS, scan=False
    )
    assert found["resting_potential"] == pytest.approx(e, abs=0.001)
    assert found["input_resistance"] == pytest.approx(resistance, rel=0.002)
    assert found["holding_voltage"] == pytest.approx(-80, abs=0.01)
    assert found["measured_holding_current"] == pytest.approx((-80 - e) / resistance, rel=1e-3)
    assert found["measured_threshold_current"] is None
    assert found["no_threshold"].startswith("the cell does not spike with steps of up to 2 nA")


def test_the_threshold_current_of_hodgkin_and_huxleys_soma(tmp_path: Path):
    """A scan with plain NEURON and fixed time steps finds the same threshold current."""
    settings = SETTINGS | {"holding_voltage_mV": -70.0}
    found = measured_in_child(tmp_path, mechanism="hh", values={}, settings=settings, scan=True)
    difference = found["measured_threshold_current"] - found["first"]
    assert -0.0004 < difference < 0.0012  # the precisions of the scan and of the search
    assert found["holding_voltage"] == pytest.approx(-70, abs=0.1)
    assert found["no_threshold"] is None


# ---- in a job ----------------------------------------------------------------------------------


def job(package: Path, **options: Any) -> dict[str, Any]:
    arguments = {
        "emodel": "small",
        "params": PARAMS,
        "morph_path": str(package.parent / "cell.swc"),
        "apical_point": None,
    } | options
    return run_in_child("score", arguments, package, package.parent / "log")[0]


def test_measuring_changes_nothing_else(tmp_path: Path):
    package = small_package(tmp_path)
    plain, measured, rebuilt = (
        job(package, **options)
        for options in (
            {},
            {"currents": SETTINGS, "timeout_s": 100},
            {"currents": SETTINGS, "rebuild_cell": True},
        )
    )
    for name in ("features", "bpo_values", "sweeps", "cells_built", "solver_steps"):
        assert measured[name] == plain[name], name
    names = vars(Measured()).keys()
    assert not names & plain.keys()
    assert {name: measured[name] for name in names} == {name: rebuilt[name] for name in names}
    assert measured["measured_at_current"] == -0.125
    assert measured["measured_threshold_current"] > 0


def test_a_failed_measurement_does_not_lose_the_scores(tmp_path: Path):
    package = small_package(tmp_path)
    found = job(package, currents=SETTINGS, timeout_s=0)
    assert found["features"] == job(package)["features"]
    reason = "the currents were not measured: there is no time left for it (timeout_s)"
    assert found["no_threshold"] == reason
    assert found["measured_at_current"] is found["resting_potential"] is None
    # an e-model with own currents needs no reason
    pair = ["bpo_holding_current"] * 2
    assert job(package, currents=SETTINGS, timeout_s=0, main_pair=pair)["no_threshold"] is None
    assert reason in (tmp_path / "log").read_text()
