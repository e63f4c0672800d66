"""builtin.features: eFEL's settings of a feature, on a response with two known spikes."""

from typing import Any

import numpy as np
import pytest

from megate.builtin.features import objectives_of, unknown_features
from megate.builtin.steps import step_protocol

STEP = {"amp": 0.2, "delay": 100, "duration": 200, "totduration": 400}
PEAKS = {150: 20.0, 250: -10.0}
"""Time, ms -> voltage, mV, of the spikes, from -80 mV."""


def objective(feature: str, settings: dict[str, Any] | None, **more: Any) -> Any:
    protocol = step_protocol("P", {"type": "StepProtocol", "stimuli": {"step": STEP}}, [])
    definition = {"feature": feature, "val": [0.0, 1.0]} | more
    if settings is not None:
        definition["efel_settings"] = settings
    (found,) = objectives_of({"P": {"soma.v": [definition]}}, {"P": protocol})
    return found


def score(feature: str, settings: dict[str, Any] | None, **more: Any) -> float:
    time = np.arange(0, 400, 0.1)
    voltage = np.full_like(time, -80.0)
    for at, peak in PEAKS.items():
        voltage = np.maximum(voltage, peak - (peak + 80) * np.abs(time - at))
    responses = {"mm.P.soma.v": {"time": time, "voltage": voltage}}
    return objective(feature, settings, **more).calculate_score(responses)


@pytest.mark.parametrize(
    ("settings", "more", "spikes"),
    [
        (None, {}, 2),
        ({}, {"threshold": 0}, 1),
        ({"Threshold": 0}, {}, 1),
        ({"threshold": 0.0}, {}, 1),
        ({"Threshold": -30}, {"threshold": 0}, 2),  # the setting has priority
        ({"Threshold": 25}, {}, 0),
        ({"double_settings": {"Threshold": 0}}, {}, 1),
        ({"stim_end": 200}, {}, 1),
        ({"stim_start": 200}, {}, 1),
        ({"stim_start": 200, "stim_end": 240}, {}, 0),
        ({"stim_end": 200, "strict_stiminterval": False}, {}, 2),
        ({"stim_end": 200, "strict_stiminterval": True}, {"strict_stim": False}, 1),
        ({"stim_end": 200, "int_settings": {"strict_stiminterval": False}}, {}, 2),
    ],
)
def test_settings_of_spikes(settings: dict | None, more: dict, spikes: int):
    assert score("Spikecount", settings, **more) == spikes


def test_other_settings():
    assert score("voltage_base", {"string_settings": {"voltage_base_mode": "median"}}) == 80
    assert score("voltage_base", {"voltage_base_mode": "median", "interp_step": 0.05}) == 80
    # half of the second spike is in the last tenth before the stimulus, in which the base is
    assert score("voltage_base", {"stim_start": 250.0}) < 80
    resistance = objective("ohmic_input_resistance", {"stimulus_current": 0.5}).features[0]
    assert resistance.stimulus_current == 0.5
    # settings of one feature do not stay for the next
    assert score("Spikecount", {"Threshold": 25}) == 0 and score("Spikecount", None) == 2


def test_unknown_names_and_types_are_reported():
    found = unknown_features(
        [
            objective("Spikecounts", None),
            objective("Spikecount", {"strict_stimintervall": True}),
            objective("Spikecount", {"xyz": 1, "interp_step": 0.05}),
            objective("Spikecount", {"sahp_start": "early"}),
            objective("Spikecount", {"dependencyfile_path": "/etc/passwd"}),
        ]
    )
    assert len(found) == 5
    assert found[0] == "mm.P.soma.v.Spikecounts; a similar name is 'Spikecount'"
    assert "efel_settings.strict_stimintervall; a similar name is 'strict_stiminterval'" in found[1]
    assert found[2].endswith("efel_settings.xyz")
    assert "efel_settings.sahp_start: 'early'" in found[3] and "float" in found[3]
    assert "efel_settings.dependencyfile_path" in found[4]
