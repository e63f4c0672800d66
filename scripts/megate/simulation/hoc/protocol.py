"""The protocol of a hoc's tests: current searches, and steps in per cent of the threshold current.

Durations are those of BlueCelluLab's validation, after the time in which the cell settles at its
holding current.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from bluepyopt import ephys

from megate.builtin.main import MainProtocol, NeverStop
from megate.builtin.names import HOLDING_CURRENT, MAIN, PREFIX, THRESHOLD_CURRENT
from megate.builtin.recordings import SOMA
from megate.builtin.steps import StepProtocol
from megate.emodels.hoc_tests import IV_PERCENT, STEPS_PERCENT
from megate.scores.currents import Measured
from megate.simulation.currents import NotMeasuredError, SimulatedCell, measure
from megate.simulation.hoc.recordings import APICAL, AXON, BASAL, recordings
from megate.simulation.spikes import SETTLE_MS

RIN = f"{PREFIX}.Rin.input_resistance"
"""The response with the input resistance, MOhm."""

_STEP_MS, _IV_MS, _BAP_MS = 1350.0, 1000.0, 5.0
_AFTER_MS = 50.0
_BAP_PERCENT = 1000
_AXON_PERCENT = 200  # the step with which the axon is compared with the soma


def steps() -> list[StepProtocol]:
    """The protocols whose amplitudes depend on the currents."""
    found = []
    for percent in STEPS_PERCENT:
        places = ["soma", AXON] if percent == _AXON_PERCENT else ["soma"]
        found.append(_step(f"Step_{percent}", percent, _STEP_MS, *places))
    found += [_step(f"IV_{percent}", percent, _IV_MS, "soma") for percent in IV_PERCENT]
    found.append(_step("bAP", _BAP_PERCENT, _BAP_MS, "soma", BASAL, APICAL))
    return found


def _step(name: str, percent: float, duration: float, *places: str) -> StepProtocol:
    total = SETTLE_MS + duration + _AFTER_MS

    def pulse(delay: float, duration: float) -> ephys.stimuli.NrnSquarePulse:
        return ephys.stimuli.NrnSquarePulse(None, delay, duration, total, SOMA)

    step, holding = pulse(SETTLE_MS, duration), pulse(0.0, total)
    return StepProtocol(name, [step], holding, recordings(name, *places), False, percent)


class HocProtocol(MainProtocol):
    """Measures the holding current, the input resistance and the threshold current as for all
    e-models that do not search them (`megate.simulation.currents`), and runs the steps.

    Attributes:
        found: what was measured last, or None
    """

    def __init__(self, others: Sequence[StepProtocol], settings: Mapping[str, float]) -> None:
        """`settings`: of `currents.measure`."""
        ephys.protocols.Protocol.__init__(self, MAIN)
        self.others = others
        self.settings = settings
        self.stop = NeverStop()
        self.found: Measured | None = None

    def _run(self, run: Callable[[Any], dict[str, Any]]) -> dict[str, Any]:
        """
        Raises:
            NotMeasuredError: NEURON cannot simulate the cell.
        """
        cell = SimulatedCell(lambda sweep: _only(run(sweep)))
        self.found = found = measure(cell, None, None, self.settings)
        holding, threshold = found.measured_holding_current, found.measured_threshold_current
        responses: dict[str, Any] = {RIN: found.input_resistance}
        if holding is not None:
            responses[f"{PREFIX}.{HOLDING_CURRENT}"] = holding
        if holding is None or threshold is None:
            return responses
        responses[f"{PREFIX}.{THRESHOLD_CURRENT}"] = threshold
        if not self.stop.after(responses):
            self._run_each(self.others, lambda each: run(each.at(threshold, holding)), responses)
        return responses


def _only(responses: Mapping[str, Any]) -> Any:
    (response,) = responses.values()
    if response is None:
        raise NotMeasuredError("NEURON cannot simulate the cell; see the log")
    return response
