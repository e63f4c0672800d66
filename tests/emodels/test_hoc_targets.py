"""Means and SDs of the tests of a hoc."""

import math
from dataclasses import asdict
from pathlib import Path

import pytest

from megate.core.errors import MegateError
from megate.emodels.hoc_tests import FILE, TESTS, HocSettings, HocTests

SETTINGS = HocSettings(
    input_resistance=0.5,
    spike_count=0.25,
    voltage_mV=2.0,
    celsius=34.0,
    v_init_mV=-80.0,
    holding_voltage_mV=-83.0,
    threshold_precision_nA=0.001,
    max_current_nA=2.0,
)
OF_NAME = {test.feature: test for test in TESTS}


def _target(feature: str, value: float | None) -> tuple[float, float]:
    return HocTests(SETTINGS, {feature: value}).target(OF_NAME[feature])


@pytest.mark.parametrize(
    ("feature", "value", "expected"),
    [
        ("mm.Rin.soma.input_resistance", 80.0, (80.0, 40.0)),
        ("mm.Step_200.soma.spike_count", 20.0, (20.0, 5.0)),
        ("mm.Step_200.soma.spike_count", 2.0, (2.0, 1.0)),  # at least one spike
        ("mm.IV_-100.soma.voltage_deflection", -20.0, (-20.0, 2.0)),
        ("mm.Step_130.soma.spikes", 0.0, (1.0, 0.01)),  # passed or not, whatever the exemplar does
    ],
)
def test_mean_and_sd(feature: str, value: float, expected: tuple[float, float]) -> None:
    assert _target(feature, value) == expected


def test_exemplar_without_value() -> None:
    assert math.isnan(_target("mm.IV_40.soma.voltage_deflection", None)[0])


def test_names_are_unique() -> None:
    assert len(OF_NAME) == len(TESTS)


def test_written_and_read(tmp_path: Path) -> None:
    tests = HocTests(SETTINGS, {"mm.Rin.soma.input_resistance": 0.1 + 0.2})
    tests.write(tmp_path)
    assert HocTests.read(tmp_path) == tests


def test_file_of_another_version(tmp_path: Path) -> None:
    (tmp_path / FILE).write_text('{"settings": {"spikes": 1}, "values": []}')
    with pytest.raises(MegateError, match="another version of megate"):
        HocTests.read(tmp_path)


def test_settings_are_those_of_the_configuration() -> None:
    from megate.config.config import Scoring

    assert set(Scoring().hoc_tests_of("x")) == set(asdict(SETTINGS))
