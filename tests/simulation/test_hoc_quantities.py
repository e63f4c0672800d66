"""What the tests of a hoc compute from responses, and their scores."""

from collections.abc import Callable
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from megate.core.vocabulary import Evaluator
from megate.emodels.hoc_tests import TESTS, HocSettings, HocTests
from megate.simulation.hoc.features import TestFeature
from megate.simulation.hoc.protocol import HocProtocol, steps

SETTINGS = HocSettings(0.5, 0.25, 2.0, 34.0, -80.0, -83.0, 0.001, 2.0)
TIMES = np.arange(0, 2400, 0.05)
START = 1000.0
Shape = Callable[[np.ndarray], np.ndarray]


def _rest(times: np.ndarray) -> np.ndarray:
    return np.full_like(times, -80.0)


def _spikes(*at: float, height: float = 110.0) -> Shape:
    """Triangles with peaks at these times (ms after the start of the step)."""
    return lambda times: (
        _rest(times) + sum(height * np.clip(1 - np.abs(times - START - t), 0, None) for t in at)
    )


def _step(change: float) -> Shape:
    return lambda times: _rest(times) + change * ((times >= START) & (times < START + 1001))


def _value(feature: str, value: float = 1.0, **shapes: Shape | None):
    """Value and score of a feature; `value`: of the exemplar."""
    test = next(test for test in TESTS if test.feature == feature)
    protocol = next(step for step in steps() if step.name == test.protocol)
    made = TestFeature(test, HocTests(SETTINGS, {feature: value}), protocol)
    responses = {
        f"mm.{test.protocol}.{place}.v": None
        if shape is None
        else pd.DataFrame({"time": TIMES, "voltage": shape(TIMES)})
        for place, shape in shapes.items()
    }
    return made.calculate_feature(responses), made.calculate_score(responses)


def test_spike_count() -> None:
    feature = "mm.Step_200.soma.spike_count"
    assert _value(feature, 8.0, soma=_spikes(10, 100, 900)) == (3.0, 2.5)  # SD: 0.25 * 8
    # spikes before and after the step do not count; those below -20 mV do not
    assert _value(feature, 8.0, soma=_spikes(-50, 10, 1390))[0] == 1.0
    assert _value(feature, 8.0, soma=_spikes(10, height=55))[0] == 0.0


def test_spikes() -> None:
    feature = "mm.Step_130.soma.spikes"
    assert _value(feature, soma=_spikes(10)) == (1.0, 0.0)
    value, score = _value(feature, soma=_rest)
    assert value == 0.0
    assert score == pytest.approx(100.0)


def test_depolarization_block() -> None:
    feature = "mm.Step_200.soma.no_depolarization_block"
    assert _value(feature, soma=_spikes(*range(10, 1340, 50))) == (1.0, 0.0)

    def blocked(times: np.ndarray) -> np.ndarray:
        within = (times > START + 20) & (times < START + 1350)
        return np.where(within, -25.0, _spikes(10)(times))

    assert _value(feature, soma=blocked)[0] == 0.0


@pytest.mark.parametrize(
    ("axon", "expected"),
    [
        (_spikes(9.8, 100), 1.0),
        (_spikes(10, 100), 1.0),
        (_spikes(10.1, 100), 1.0),
        (_spikes(10.3, 100), 0.0),
        (_rest, 0.0),
        (None, 1.0),  # a cell without axon
    ],
)
def test_ais_first(axon: Shape | None, expected: float) -> None:
    assert _value("mm.Step_200.axon.ais_first", soma=_spikes(10, 100), axon=axon)[0] == expected


def test_iv_curve() -> None:
    feature = "mm.IV_-100.soma.voltage_deflection"
    value, score = _value(feature, -20.0, soma=_step(-17.0))
    assert value == pytest.approx(-17.0)
    assert score == pytest.approx(1.5)
    assert _value("mm.IV_-40.soma.hyperpolarization", soma=_step(-5.0)) == (1.0, 0.0)
    assert _value("mm.IV_-40.soma.hyperpolarization", soma=_step(5.0))[0] == 0.0


@pytest.mark.parametrize(
    ("basal", "apical", "expected"),
    [
        (30, 20, 1.0),
        (30, None, 1.0),
        (None, 20, 1.0),
        (30, 120, 0.0),
        (120, 20, 0.0),
        (None, None, None),
    ],
)
def test_back_propagation(
    basal: float | None, apical: float | None, expected: float | None
) -> None:
    shapes = {
        place: None if height is None else _spikes(4, height=height)
        for place, height in (("basal", basal), ("apical", apical))
    }
    feature = "mm.bAP.dendrites.back_propagation"
    assert _value(feature, soma=_spikes(3), **shapes)[0] == expected


def test_without_responses() -> None:
    """Such as those of a cell that does not spike, or of an exemplar without this feature."""
    assert _value("mm.IV_40.soma.voltage_deflection", 5.0) == (None, 250.0)
    assert _value("mm.IV_40.soma.voltage_deflection", None, soma=_step(5.0))[1] == 250.0


def test_step_protocols() -> None:
    """BlueCelluLab's steps: in per cent of the threshold current, on top of the holding current."""
    of_name = {step.name: step.at(threshold=0.2, holding=-0.05) for step in steps()}
    pulses = {
        name: [(p.step_amplitude, p.step_delay, p.step_duration) for p in step.stimuli]
        for name, step in of_name.items()
    }
    assert pulses["Step_130"] == [(0.26, 1000.0, 1350.0), (-0.05, 0.0, 2400.0)]
    assert pulses["IV_-40"] == [(pytest.approx(-0.08), 1000.0, 1000.0), (-0.05, 0.0, 2050.0)]
    assert pulses["bAP"] == [(2.0, 1000.0, 5.0), (-0.05, 0.0, 1055.0)]


def test_protocol_stops_early() -> None:
    """Steps are not run once all combinations have failed."""
    assert Evaluator.HOC == "hoc"
    protocol = HocProtocol(steps(), vars(SETTINGS))
    names: list[str] = []

    def run(step):
        names.append(step.name)
        return {recording.name: None for recording in step.recordings}

    protocol.stop = SimpleNamespace(
        in_order=lambda names: ["bAP", *(n for n in names if n != "bAP")],
        after=lambda responses, name=None: name == "Step_130",
    )
    protocol._run_each(protocol.others, run, {})
    assert names == ["bAP", "Step_130"]
