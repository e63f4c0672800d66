"""What the tests of a hoc compute from the responses."""

import math
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from bluepyopt import ephys

from megate.builtin.features import NOT_COMPUTED, Feature
from megate.emodels.hoc_tests import HocTest, HocTests
from megate.simulation.hoc.protocol import RIN
from megate.simulation.hoc.recordings import APICAL, AXON, BASAL, response_name
from megate.simulation.spikes import SPIKE_MV

# eFEL interpolates voltages with a step of 0.1 ms: smaller differences depend on its phase
_RESOLUTION_MS = 0.1 + 1e-6
_BLOCK_MS = 150  # least duration of a depolarisation block, as in BlueCelluLab

Values = Callable[[str, str], np.ndarray | None]
"""eFEL's values of a feature (second argument) of the response at a place (first), which are empty
if it cannot compute them; None if there is no response, because the cell has no such place."""


class TestFeature(ephys.efeatures.EFeature):
    """A test. Its score is the distance of its value from the target, in standard deviations."""

    __test__ = False  # not pytest's

    def __init__(self, test: HocTest, tests: HocTests, protocol: Any) -> None:
        """`protocol`: the step protocol that it belongs to, or None."""
        super().__init__(test.feature)
        self.exp_mean, self.exp_std = tests.target(test)
        self._quantity, self._places = _QUANTITIES[test.quantity]
        self._protocol = protocol
        if protocol is None:
            self.response = RIN
        else:
            self.recording_names = {
                place: response_name(protocol.name, place) for place in self._places
            }

    def calculate_feature(self, responses: Mapping[str, Any], **_: Any) -> float | None:
        """The value; None if it cannot be computed."""
        if self._protocol is None:
            return responses.get(self.response)
        if responses.get(self.recording_names["soma"]) is None:
            return None

        def values(place: str, name: str) -> np.ndarray | None:
            if responses.get(self.recording_names[place]) is None:
                return None
            found = self._efel(place, name).calculate_features(responses)
            return np.array([]) if found is None else found

        return self._quantity(values)

    def _efel(self, place: str, name: str) -> Feature:
        return Feature(
            name,
            efel_feature_name=name,
            recording_names={"": self.recording_names[place]},
            stim_start=self._protocol.stim_start,
            stim_end=self._protocol.stim_end,
            threshold=SPIKE_MV,
            int_settings={"strict_stiminterval": True},
            double_settings={"depol_block_min_duration": _BLOCK_MS},
        )

    def calculate_score(self, responses: Mapping[str, Any], trace_check: bool = False) -> float:
        """The score; 250 without a value of the cell or of the exemplar."""
        value = self.calculate_feature(responses)
        if value is None or math.isnan(self.exp_mean):
            return NOT_COMPUTED
        return abs(value - self.exp_mean) / self.exp_std


def _first(values: np.ndarray | None) -> float | None:
    return None if values is None or len(values) == 0 else float(values[0])


def _spike_count(values: Values) -> float | None:
    return _first(values("soma", "Spikecount"))


def _spikes(values: Values) -> float | None:
    count = _spike_count(values)
    return None if count is None else float(count > 0)


def _no_block(values: Values) -> float | None:
    block = _first(values("soma", "depol_block_bool"))
    return None if block is None else float(not block)


def _ais_first(values: Values) -> float | None:
    peaks = values(AXON, "peak_time")
    if peaks is None:  # no axon
        return 1.0
    axon, soma = _first(peaks), _first(values("soma", "peak_time"))
    if axon is None or soma is None:
        return 0.0
    return float(axon <= soma + _RESOLUTION_MS)


def _deflection(values: Values) -> float | None:
    return _first(values("soma", "voltage_deflection_vb_ssse"))


def _hyperpolarization(values: Values) -> float | None:
    deflection = _deflection(values)
    return None if deflection is None else float(deflection < 0)


def _back_propagation(values: Values) -> float | None:
    amplitude = "maximum_voltage_from_voltagebase"
    soma = _first(values("soma", amplitude))
    of_places = [values(place, amplitude) for place in (BASAL, APICAL)]
    dendrites = [_first(found) for found in of_places if found is not None]
    if soma is None or not dendrites or None in dendrites:
        return None
    return float(all(of < soma for of in dendrites if of is not None))


_QUANTITIES: dict[str, tuple[Callable[[Values], float | None], tuple[str, ...]]] = {
    "input_resistance": (lambda values: None, ()),  # a response
    "spikes": (_spikes, ("soma",)),
    "no_depolarization_block": (_no_block, ("soma",)),
    "ais_first": (_ais_first, ("soma", AXON)),
    "spike_count": (_spike_count, ("soma",)),
    "hyperpolarization": (_hyperpolarization, ("soma",)),
    "voltage_deflection": (_deflection, ("soma",)),
    "back_propagation": (_back_propagation, ("soma", BASAL, APICAL)),
}
"""Quantities of the tests, and the places where they need the voltage."""
