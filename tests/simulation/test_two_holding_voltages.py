"""Test searches of currents at two holding voltages, a fixed time step, and an axon without myelin
against plain NEURON and numbers by hand."""

import shutil
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest
from config_emodel import NAME
from small_emodel import GENEROUS, scores
from two_levels import CELL, DEP_MV, DT, HYP_MV, PARAMS, files, write_package

from megate.core.vocabulary import Evaluator
from megate.emodels.manifest import Manifest
from megate.emodels.prepare import HOC_TEMPLATE
from megate.processes.child import run_in_child
from megate.project.jobs import Job
from megate.scores.shards import JobResult
from megate.simulation.run import score_job

LEVELS = {"dep": DEP_MV, "hyp": HYP_MV}


def in_child(package: Path, function: str, **arguments: Any) -> Any:
    return run_in_child(f"two_levels:{function}", arguments, package, package.parent / "log")[0]


def score(package: Path) -> JobResult:
    job = Job("pyr/cell", NAME, NAME, NAME, "cell", package / CELL, None)
    manifest = Manifest(NAME, NAME, PARAMS, [], [], [], "0" * 64, evaluator=Evaluator.BUILTIN)
    log, traces = package.parent / "log", package.parent / "traces"
    return score_job(job, manifest, package, log, GENEROUS, traces=traces)


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_package(tmp_path_factory.mktemp("two") / "package")


@pytest.fixture(scope="module")
def scored(package: Path) -> JobResult:
    return score(package)


def currents(result: JobResult, level: str) -> tuple[float, float]:
    """Holding and threshold current, nA."""
    values = result.bpo_values
    return values[f"bpo_holding_current_{level}"], values[f"bpo_threshold_current_{level}"]


def test_all_features_are_scored(scored: JobResult):
    expected = [
        f"mm.{protocol}.soma.v.{feature['feature']}"
        for protocol, of in files().features.items()
        for feature in of["soma.v"]
    ]
    found = scores(scored)
    assert list(found) == expected
    assert max(found.values()) < 250
    for level in LEVELS:
        holding, threshold = currents(scored, level)
        name = f"mm.RinHoldCurrent_{level}.soma.v.bpo_holding_current_{level}"
        assert found[name] == pytest.approx(abs(holding - 0.05) / 0.01)
        name = f"mm.ThresholdDetection_{level}.soma.v.bpo_threshold_current_{level}"
        assert found[name] == pytest.approx(abs(threshold - 0.1) / 0.02)
    assert scored.holding_current is None and scored.threshold_current is None


def test_holding_currents_hold_the_cell(package: Path, scored: JobResult):
    """One is negative, the other positive."""
    holding = [currents(scored, level)[0] for level in LEVELS]
    assert holding[1] < 0 < holding[0] < 0.22
    found = in_child(package, "traces", stimuli=[[current, 0.0] for current in holding], end=170)
    for (times, voltages), voltage in zip(found, LEVELS.values(), strict=True):
        within = [v for t, v in zip(times, voltages, strict=True) if 45 <= t < 50]
        assert np.mean(within) == pytest.approx(voltage, abs=0.1 + 0.01)


def spikes(trace: list[list[float]]) -> int:
    """Upward crossings of -20 mV during the step."""
    points = list(zip(*trace, strict=True))
    return sum(a[1] < -20 <= b[1] and 50 <= b[0] <= 150 for a, b in pairwise(points))


@pytest.mark.parametrize("level", LEVELS)
def test_threshold_currents_are_the_smallest_with_a_spike(
    level: str, package: Path, scored: JobResult
):
    """The search starts at 0, and ends at a width of 0.01 nA or after five bisections."""
    holding, threshold = currents(scored, level)
    width = max(0.01, threshold / 2**4)
    stimuli = [[holding, threshold], [holding, threshold - width]]
    above, below = in_child(package, "traces", stimuli=stimuli, end=170)
    assert spikes(above) >= 1 and spikes(below) == 0


def test_steps_have_the_currents_of_their_holding_voltage(package: Path, scored: JobResult):
    """With fixed time steps, to the bit."""
    of = {"Step_150": currents(scored, "dep"), "Step_150_hyp": currents(scored, "hyp")}
    stimuli = [[holding, threshold * (150.0 / 100)] for holding, threshold in of.values()]
    expected = in_child(package, "traces", stimuli=stimuli, end=170)
    table = pq.read_table(package.parent / "traces").to_pandas()
    for name, (times, voltages) in zip(of, expected, strict=True):
        found = table[table["response"] == f"mm.{name}.soma.v"]
        assert np.array_equal(found["t"], np.float32(times))
        assert np.array_equal(found["value"], np.float32(voltages))
        assert np.diff(times) == pytest.approx(DT)


def test_an_axon_without_myelin_repeats_the_last_diameter_but_one(package: Path, tmp_path: Path):
    """NEURON reads one section of 13 um; it has 1 + 2*int(13/6/2) = 3 segments, with the diameters
    below."""
    third = 13 / 3
    lengths = [(4, 2.0), (4, 1.0), (5, 0.5)]
    first = _mean([(4, 2.0), (third - 4, 1.0)])
    second = _mean([(8 - third, 1.0), (2 * third - 8, 0.5)])
    assert sum(length for length, _ in lengths) == 13
    expected = [first, second, 0.5, *[second] * 7]
    found = in_child(package, "axon")
    assert found["diameters"] == pytest.approx(expected, rel=0.2)
    own = found["diameters"]
    assert own[3:] == [own[1]] * 7
    assert found["names"] == ["soma[0]", "axon[0]", "axon[1]"]
    folder = shutil.copytree(package, tmp_path / "package")
    run_in_child(
        "write_hoc_files",
        {
            "emodel": NAME,
            "params": PARAMS,
            "morph_path": CELL,
            "apical_point": None,
            "template": str(HOC_TEMPLATE),
            "cells": [[NAME, CELL]],
            "directory": str(folder),
            "kind": "builtin",
        },
        folder,
        tmp_path / "log",
    )
    assert in_child(folder, "axon_of_hoc", hoc=str(folder / f"{NAME}.hoc")) == found


def _mean(parts: list[tuple[float, float]]) -> float:
    """Mean diameter of parts with lengths and diameters."""
    return sum(length * diameter for length, diameter in parts) / sum(length for length, _ in parts)
