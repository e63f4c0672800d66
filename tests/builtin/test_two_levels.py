"""Configuration files of e-models whose currents are searched at two holding voltages."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from builtin_problems import drop, put
from config_emodel import NAME, Files
from two_levels import files

from megate.builtin.names import level_of, levels_of
from megate.builtin.package import read_config_files
from megate.core.errors import MegateError


def both(*changes: Callable[[Files], Any]) -> Callable[[Files], Any]:
    return lambda files: [change(files) for change in changes]


NO_DEP = both(
    drop("protocols", "Rin_dep"),
    drop("protocols", "RinHoldcurrent_dep"),
    drop("protocols", "ThresholdDetection_dep"),
    drop("features", "Rin_dep"),
    drop("features", "RinHoldCurrent_dep"),
    drop("features", "ThresholdDetection_dep"),
)


def test_the_files_are_valid(tmp_path: Path):
    config = read_config_files(files().write(tmp_path), NAME)
    assert levels_of(config.protocols) == ("_dep", "_hyp")


def test_the_hyperpolarised_voltage_may_be_alone(tmp_path: Path):
    changed = files()
    both(NO_DEP, put("protocols", "Main", "other_protocols", to=["Step_150_hyp"]))(changed)
    drop("features", "Step_150")(changed)
    assert levels_of(read_config_files(changed.write(tmp_path), NAME).protocols) == ("_hyp",)


def test_which_currents_a_protocol_has():
    levels = ("_dep", "_hyp")
    assert [level_of(name, levels) for name in ("Step_1", "Step_1_hyp", "Step_1_dep", "hyp_1")] == [
        "_dep",
        "_hyp",
        "_dep",
        "_dep",
    ]
    assert level_of("Step_1_hyp", ("",)) == ""


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (drop("protocols", "RinHoldcurrent_hyp"), "Main needs the protocol 'RinHoldcurrent_hyp'"),
        (
            put("protocols", "RinHoldcurrent", to={"holdi_precision": 1, "holdi_max_depth": 7}),
            "RinHoldcurrent: found RinHoldcurrent_dep, too; remove one of them",
        ),
        (drop("protocols", "Rin_dep"), "Main needs the StepProtocol 'Rin_dep'"),
        (
            drop("protocols", "Rin_hyp", "stimuli", "holding"),
            r"Rin_hyp\.stimuli: 'holding' is missing; 'RinHoldcurrent_hyp' searches its amplitude",
        ),
        (
            drop("protocols", "ThresholdDetection_dep"),
            "ThresholdDetectionProtocols ThresholdDetection_dep and ThresholdDetection_hyp, found "
            "ThresholdDetection_hyp",
        ),
        (NO_DEP, "Step_150: .* does not end in '_hyp' needs 'RinHoldcurrent_dep' and"),
        (
            put("protocols", "Main", "pre_protocols", to=["Rin_dep"]),
            r"Main\.pre_protocols: Main itself runs 'Rin_dep'",
        ),
        (
            put("protocols", "RinHoldcurrent_hyp", "holdi_estimate_multiplier", to=0),
            r"RinHoldcurrent_hyp\.holdi_estimate_multiplier: 0 found, expected a number above 0",
        ),
        (drop("protocols", "Main"), "RinHoldcurrent_dep: a search needs 'Main'"),
        (
            drop("features", "Rin_hyp", "soma.v", 0),
            r"Rin_hyp\.soma\.v: 'voltage_base' is missing; Main needs it",
        ),
        (
            put("features", "RMP", "soma.v", 0, "feature", to="voltage_base"),
            r"RMP\.soma\.v: 'steady_state_voltage_stimend' is missing; Main needs it",
        ),
        (
            put("features", "RinHoldCurrent_dep", "soma.v", 0, "feature", to="bpo_holding_current"),
            "found 'bpo_holding_current', expected 'bpo_holding_current_dep'",
        ),
        (put("features", "Threshold", to={"soma.v": []}), "Threshold: this protocol is not run"),
        (put("recipes", NAME, "dt", to=0), r"pyr\.dt: 0 found, expected 0\.001 or more"),
    ],
)
def test_problems(change: Callable[[Files], Any], expected: str, tmp_path: Path):
    changed = files()
    change(changed)
    with pytest.raises(MegateError) as caught:
        read_config_files(changed.write(tmp_path), NAME)
    assert re.search(expected, str(caught.value))
