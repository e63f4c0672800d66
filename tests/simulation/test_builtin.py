"""Test the built-in evaluator's cells, protocols, recordings and scores against plain NEURON, NumPy
and BluePyOpt's own classes."""

import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
from builtin_child import APICAL_POINT
from builtin_package import run
from config_emodel import MORPHOLOGIES, NAME, Files, steps_only, values
from small_emodel import GENEROUS, scores

from megate.core.vocabulary import Evaluator
from megate.emodels.manifest import Manifest
from megate.project.jobs import Job
from megate.scores.shards import JobResult
from megate.simulation.evaluator import PREFIX
from megate.simulation.run import score_job

pytestmark = pytest.mark.slow

CELL = MORPHOLOGIES / "tpc140301-A2.asc"


def score(
    package: Path, morphology: Path = CELL, traces: Path | None = None, **params: float
) -> JobResult:
    job = Job("pyr/cell", NAME, NAME, NAME, "cell", morphology, APICAL_POINT)
    manifest = Manifest(
        NAME, NAME, values() | params, [], [], [], "0" * 64, evaluator=Evaluator.BUILTIN
    )
    return score_job(job, manifest, package, package.parent / "log", GENEROUS, traces=traces)


def read_traces(path: Path) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Response -> times (ms) and values, single precision."""
    table = pq.read_table(path).to_pandas()
    return {
        name: (of_response["t"].to_numpy(), of_response["value"].to_numpy())
        for name, of_response in table.groupby("response", observed=True, sort=False)
    }


def same(trace: tuple[np.ndarray, np.ndarray], expected: list[list[float]]) -> bool:
    pairs = zip(trace, expected, strict=True)
    return all(np.array_equal(found, np.float32(values)) for found, values in pairs)


# ---- the whole ----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def scored(compiled: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, JobResult]:
    package = shutil.copytree(compiled, tmp_path_factory.mktemp("scored") / "package")
    Files().write(package)
    return package, score(package, traces=package.parent / "traces")


def test_scores_have_the_names_of_the_features_file(scored: tuple[Path, JobResult]):
    _, result = scored
    expected = [
        f"{PREFIX}.{protocol}.{recording}.{feature['feature']}"
        for protocol, recordings in Files().features.items()
        if protocol != "_comment"
        for recording, features in recordings.items()
        if recording != "_comment"
        for feature in features
    ]
    found = scores(result)
    assert list(found) == expected
    assert all(0 <= value < 250 for value in found.values()), found


def test_currents_are_scored(scored: tuple[Path, JobResult]):
    _, result = scored
    found = scores(result)
    for name, current, mean, std in (
        ("RinHoldCurrent.soma.v.bpo_holding_current", result.holding_current, -0.025, 0.008),
        ("Threshold.soma.v.bpo_threshold_current", result.threshold_current, 0.14, 0.03),
    ):
        assert found[f"{PREFIX}.{name}"] == pytest.approx(abs(current - mean) / std, rel=1e-12)


def test_the_holding_current_holds(scored: tuple[Path, JobResult]):
    """Within holdi_precision and the difference of a mean over another time window."""
    package, result = scored
    voltage = run(package, "held_at", current=result.holding_current, start=150, end=200)
    assert voltage == pytest.approx(-80.0, abs=0.1 + 0.01)


def test_the_threshold_current_is_the_smallest_that_makes_a_spike(scored: tuple[Path, JobResult]):
    package, result = scored
    holding, threshold = result.holding_current, result.threshold_current
    assert run(package, "spikes", holding=holding, step=threshold) >= 1
    # after the first short step that spikes, five bisections of what lies above -holding
    width = max(0.01, (threshold + holding) / 2**4)
    assert run(package, "spikes", holding=holding, step=threshold - width) == 0


def test_a_threshold_search_ends_at_spikes_and_finds_the_same(scored: tuple[Path, JobResult]):
    package, result = scored
    found, fresh, whole = run(package, "searched")
    assert found["threshold_current"] == result.threshold_current
    for other in (fresh, whole):
        for name in ("features", "bpo_values"):
            assert other[name] == found[name]
    assert found["solver_steps"] < whole["solver_steps"]


@pytest.mark.parametrize("after_ms", [0, 150])
def test_a_run_that_ends_after_a_spike_is_the_same_until_then(
    scored: tuple[Path, JobResult], after_ms: float
):
    package, _ = scored
    times, voltages = run(package, "trace", clamps=[[100, 200, 0.3]], end=320)
    found, its_voltages = run(package, "ended_after_spike", step=0.3, after_ms=after_ms)
    assert found == times[: len(found)] and its_voltages == voltages[: len(found)]
    downwards = [
        time
        for time, before, now in zip(times[1:], voltages, voltages[1:], strict=False)
        if before > -20 >= now and time > after_ms
    ]
    assert downwards[0] < found[-1] < downwards[1]


def test_steps_are_in_per_cent_of_the_threshold(scored: tuple[Path, JobResult]):
    """Plain NEURON with these amplitudes gives the same trace."""
    package, result = scored
    trace = read_traces(package.parent / "traces")[f"{PREFIX}.Step_150.soma.v"]
    clamps = [[100, 200, 1.5 * result.threshold_current], [0, 320, result.holding_current]]
    assert same(trace, run(package, "trace", clamps=clamps, end=320))


def test_scores_are_those_of_bluepyopts_own_classes(scored: tuple[Path, JobResult]):
    """A spike that travels back into the dendrite may come after the short step of bAP."""
    package, result = scored
    windows = {
        "RMP": [200, 300, 0],
        "Rin": [200, 400, -0.03],
        "Step_0.02": [50, 170, 0.01],
        "Step_150": [100, 300, None],
        "bAP": [80, 120, None],
    }
    compared = run(package, "scores_by_hand", features=Files().features, windows=windows)
    assert len(compared) == 11
    for name, (found, expected) in compared.items():
        assert found == scores(result)[name]
        assert found == pytest.approx(expected, rel=1e-12), name


# ---- the cell -----------------------------------------------------------------------------------


def test_range_parameters_follow_their_distribution(package: Callable[[Files], Path]):
    segments = run(package(Files()), "segments", morphology=str(CELL))
    kinds = {kind: [s for s in segments if s["kind"] == kind] for kind in ("soma", "dend", "apic")}
    assert all(kinds.values())
    for kind, of_kind in kinds.items():
        for s in of_kind:
            exponential = -0.8696 + 2.087 * np.exp(s["distance"] * 0.0031)
            assert s["gbar_HcnK06"] == pytest.approx(2e-5 * exponential, rel=1e-12)
            if kind == "apic":
                decay = np.exp(-0.005 * s["distance"])
                assert s["gbar_NaP08"] == pytest.approx(0.004 * decay, rel=1e-12)
    assert max(s["distance"] for s in kinds["apic"]) > 150
    assert all(s["gbar_NaP08"] == 0.08 for s in kinds["soma"])
    assert all("gbar_NaP08" not in s for s in kinds["dend"])
    assert all(s["gbar_CaLR93"] == 5e-5 for s in kinds["soma"])


def test_other_parameters_count_in_order(package: Callable[[Files], Path]):
    segments = run(package(Files()), "segments", morphology=str(CELL))
    assert {(s["kind"], s["cm"]) for s in segments} == {
        ("soma", 1.0),
        ("dend", 1.0),
        ("apic", 1.0),
        ("axon", 1.0),
        ("myelin", 0.02),
    }
    assert {s["g_pas"] for s in segments} == {5e-5}
    assert all(("gbar_HcnK06" in s) == (s["kind"] in ("soma", "dend", "apic")) for s in segments)
    assert {s["vt_NaP08"] for s in segments if s["kind"] == "axon"} == {-60.0}
    assert {s["celsius"] for s in segments} == {34.0}


@pytest.mark.parametrize("name", ["tpc140301-A2.asc", "tpc140309-B2.swc", "lbc140501-2.asc"])
def test_the_tapered_axon(name: str, package: Callable[[Files], Path]):
    found = run(package(Files()), "axon", morphology=str(MORPHOLOGIES / name))
    assert found["new"]["names"] == ["axon[0]", "axon[1]", "myelin[0]"]
    assert found["new"]["lengths"] == [30, 30, 1000]
    assert found["new"]["segments"] == [5, 5, 5]
    assert found["new"]["parents"] == ["soma[0](1)", "axon[0](1)", "axon[1](1)"]
    assert found["new"]["axonal"] == ["axon[0]", "axon[1]"]
    assert found["new"]["myelinated"] == ["myelin[0]"]
    assert found["new"]["all"][-3:] == ["axon[0]", "axon[1]", "myelin[0]"]
    # by hand: a section of 75 um has 13 segments of 6 um or a little less; the first ten count
    section = found["original"][0]
    assert section["L"] > 60
    width = section["L"] / (1 + 2 * int(section["L"] / 12))
    by_hand = [mean_diameter(section["points"], i * width, (i + 1) * width) for i in range(10)]
    diameters = found["new"]["diameters"]
    assert diameters[:10] == pytest.approx(by_hand, rel=1e-6)
    assert diameters[10:] == [diameters[9]] * 5
    assert len(set(diameters[:10])) > 5  # it does taper


def mean_diameter(points: list[list[float]], start: float, end: float) -> float:
    """Mean diameter between two path lengths (um) of a chain of points (x, y, z, diameter)."""
    positions, diameters = np.array(points)[:, :3], np.array(points)[:, 3]
    along = np.cumsum([0, *np.linalg.norm(np.diff(positions, axis=0), axis=1)])
    at = np.array([start, *along[(along > start) & (along < end)], end])
    return np.trapezoid(np.interp(at, along, diameters), at) / (end - start)


def test_an_axon_that_is_too_short_is_the_jobs_exception(package: Callable[[Files], Path]):
    morphology = MORPHOLOGIES / "tpc140312-B1.asc"
    result = score(package(steps_only()), morphology)
    assert result.status == "raised"
    assert (
        f"ValueError: {morphology}: replace_axon_with_taper needs 10 diameters of the axon, found 0"
        in result.exception
    )


# ---- what cannot be computed --------------------------------------------------------------------


def test_a_recording_that_the_morphology_does_not_have_scores_250(
    package: Callable[[Files], Path],
):
    files = steps_only()
    protocol = files.protocols["Step_0.02"]
    far = {"type": "somadistance", "var": "v", "seclist_name": "basal", "somadistance": 1e4}
    missing = {"type": "nrnseclistcomp", "var": "v", "sec_index": 999, "comp_x": 0.5}
    apical = {"type": "somadistanceapic", "var": "v", "seclist_name": "apical"}
    protocol["extra_recordings"] = [
        far | {"name": "far"},
        missing | {"name": "missing", "seclist_name": "axonal"},
        missing | {"name": "array", "seclist_name": "myelin", "sec_index": 1},
        apical | {"name": "beyond", "somadistance": 1e4},
        far | {"name": "near", "somadistance": 20},
    ]
    feature = {"feature": "voltage_base", "val": [-75, 1]}
    for name in ("far", "missing", "array", "beyond", "near"):
        files.features["Step_0.02"][f"{name}.v"] = [feature]
    found = scores(score(package(files)))
    for name in ("far", "missing", "array", "beyond"):
        assert found[f"{PREFIX}.Step_0.02.{name}.v.voltage_base"] == 250
    assert found[f"{PREFIX}.Step_0.02.near.v.voltage_base"] < 10


@pytest.mark.parametrize("missing", ["RMP", "Rin", "threshold"])
def test_a_search_that_finds_nothing_ends_early(missing: str, package: Callable[[Files], Path]):
    """If RMP or Rin cannot be measured (the step begins at the start or at the end), or if no step
    makes the cell spike, the other features score 250."""
    files, params = Files(), {}
    if missing == "threshold":
        params = {f"gbar_NaP08.{where}": 0.0 for where in ("somatic", "apical", "axonal")}
    else:
        delay = {"RMP": 0, "Rin": 1e5}[missing]
        files.protocols[missing]["stimuli"]["step"]["delay"] = delay
    result = score(package(files), **params)
    found = scores(result)
    assert result.threshold_current is None
    assert (found[f"{PREFIX}.RMP.soma.v.voltage_base"] == 250) == (missing == "RMP")
    assert (result.holding_current is None) == (missing != "threshold")
    assert found[f"{PREFIX}.Threshold.soma.v.bpo_threshold_current"] == 250
    assert found[f"{PREFIX}.Step_150.soma.v.mean_frequency"] == 250
    assert found[f"{PREFIX}.Step_0.02.soma.v.voltage_base"] == 250


def test_other_protocols_wait_for_good_pre_protocols(package: Callable[[Files], Path]):
    """Also if the name of a pre-protocol has a point."""
    files = Files()
    files.protocols["Main"]["preprot_score_threshold"] = 1e-3
    found = scores(score(package(files)))
    assert 1e-3 < found[f"{PREFIX}.Step_0.02.soma.v.voltage_base"] < 250
    assert found[f"{PREFIX}.Threshold.soma.v.bpo_threshold_current"] < 250
    assert found[f"{PREFIX}.Step_150.soma.v.mean_frequency"] == 250


def test_a_weight_multiplies_a_score(package: Callable[[Files], Path]):
    files = steps_only()
    feature = files.features["Step_0.02"]["soma.v"][0]
    files.features["Step_0.02"]["soma.v"] = [feature, feature | {"feature": "voltage_after_stim"}]
    feature["weight"] = 4.0
    written = package(files)
    weighted = scores(score(written))
    feature["weight"] = 1
    plain = scores(score(files.write(written)))
    names = [f"{PREFIX}.Step_0.02.soma.v.{name}" for name in ("voltage_base", "voltage_after_stim")]
    assert weighted[names[0]] == 4 * plain[names[0]] > 0
    assert weighted[names[1]] == plain[names[1]]


# ---- random channels ----------------------------------------------------------------------------


def test_channels_are_random_where_a_protocol_says_so(
    package: Callable[[Files], Path], tmp_path: Path
):
    """With fixed time steps. In the next protocol, they are not random."""
    files = steps_only()
    files.params["mechanisms"]["somatic"]["mech"].append("StochTest")
    files.params["parameters"]["somatic"].append({"name": "gbar_StochTest", "val": 1e-4})
    one = files.protocols["Step_0.02"]
    random = {**one, "stimuli": {"step": [step | {} for step in one["stimuli"]["step"]]}}
    random["stimuli"]["step"][-1]["stochkv_det"] = False
    files.protocols |= {"Random": random, "After": one}
    scored = score(package(files), traces=tmp_path / "traces")
    assert scored.status == "scored", scored.exception
    traces = read_traces(tmp_path / "traces")
    arguments = {"clamps": [[50, 50, 0.02], [120, 50, 0]], "end": 200}
    for name, deterministic in (("Random", 0), ("After", 1)):
        expected = run(tmp_path / "package", "trace", **arguments, deterministic=deterministic)
        assert same(traces[f"{PREFIX}.{name}.soma.v"], expected)
    assert len(traces[f"{PREFIX}.Random.soma.v"][0]) > 200 / 0.025  # fixed steps
    assert len(traces[f"{PREFIX}.After.soma.v"][0]) < 2000


def test_whatever_is_not_refused_makes_an_evaluator(compiled: Path, tmp_path: Path):
    assert run(compiled, "evaluators_of", folder=str(tmp_path), examples=200) > 20
