"""E-models of BluePyEModel: megate's scores, currents and hoc are BluePyEModel's."""

import json
import math
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from bluepyemodel_project import (
    EMODEL,
    EXEMPLAR,
    FEATURES,
    FIRST_SEED,
    MODEL,
    PARAMS,
    RECIPES,
    morphology,
    write_project,
)

from megate.core.vocabulary import Evaluator
from megate.emodels.prepare import HOC_TEMPLATE
from megate.processes.child import run_in_child

pytestmark = [
    pytest.mark.skipif(find_spec("bluepyemodel") is None, reason="BluePyEModel is not installed"),
]

SETTINGS = {"holding_voltage_mV": -80.0, "threshold_precision_nA": 0.001, "max_current_nA": 2.0}


def described(package: Path, **changes: Any) -> dict[str, Any]:
    arguments = _arguments(package) | {"template": str(HOC_TEMPLATE)} | changes
    found, _ = run_in_child("describe_emodel", arguments, package, package / "log")
    return found


def scored(package: Path, **changes: Any) -> dict[str, Any]:
    found, _ = run_in_child("score", _arguments(package) | changes, package, package / "log")
    return found


def scores(found: dict[str, Any]) -> dict[str, float]:
    return {feature["feature"]: feature["score"] for feature in found["features"]}


def _arguments(package: Path) -> dict[str, Any]:
    return {
        "emodel": EMODEL,
        "params": PARAMS,
        "morph_path": str(package / EXEMPLAR),
        "apical_point": None,
        "kind": Evaluator.BLUEPYEMODEL,
    }


def change(path: Path, *keys: Any, to: Any) -> None:
    content = value = json.loads(path.read_text())
    *parents, last = keys
    for key in parents:
        value = value[key]
    value[last] = to
    path.write_text(json.dumps(content))


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_project(tmp_path_factory.mktemp("bluepyemodel") / "project")


@pytest.fixture(scope="module")
def theirs(package: Path) -> dict[str, Any]:
    """What BluePyEModel calculates by itself."""
    function = "bluepyemodel_child:scored_by_bluepyemodel"
    arguments = {"emodel": EMODEL, "params": PARAMS}
    with pytest.MonkeyPatch.context() as patch:  # (before the fixture `findable`)
        patch.setenv("PYTHONPATH", str(Path(__file__).parents[1] / "support"))
        found, _ = run_in_child(function, arguments, package, package / "log")
    return found


@pytest.fixture(scope="module")
def ours(package: Path) -> dict[str, Any]:
    return scored(package, currents=SETTINGS, traces=str(package.parent / "traces.parquet"))


def test_the_scores_are_bluepyemodels(ours: dict[str, Any], theirs: dict[str, Any]) -> None:
    assert len(theirs["scores"]) == 9
    assert scores(ours) == theirs["scores"]
    assert all(score < 250 for score in theirs["scores"].values())


def test_the_currents_are_bluepyemodels(ours: dict[str, Any], theirs: dict[str, Any]) -> None:
    assert ours["bpo_values"] == theirs["bpo"]
    assert ours["holding_current"] == theirs["bpo"]["bpo_holding_current"]
    assert ours["threshold_current"] == theirs["bpo"]["bpo_threshold_current"]
    assert {"bpo_rmp", "bpo_rin"} <= theirs["bpo"].keys()
    # measured in other ways, at the voltage that the e-model holds
    assert ours["resting_potential"] == pytest.approx(theirs["bpo"]["bpo_rmp"], abs=0.1)
    assert ours["holding_voltage"] == pytest.approx(-67.0, abs=0.2)
    assert ours["input_resistance"] == pytest.approx(theirs["bpo"]["bpo_rin"], rel=0.05)
    assert ours["measured_threshold_current"] is None  # the e-model has searched it


def test_traces_are_kept(package: Path, ours: dict[str, Any]) -> None:
    traces = pq.read_table(package.parent / "traces.parquet").to_pandas()
    spikes = traces[traces["response"] == "IDrest_150.soma.v"]
    assert set(spikes["variable"]) == {"v"}
    assert spikes["t"].iloc[-1] == 350.0 and spikes["value"].max() > -20
    assert {"RMPProtocol.soma.v", "SearchThresholdCurrent.soma.v"} <= set(traces["response"])


def test_the_cell_is_built_once(ours: dict[str, Any]) -> None:
    assert ours["sweeps"] > 20
    assert ours["cells_built"] == 1


@pytest.mark.slow
def test_each_sweep_with_a_new_cell(package: Path, theirs: dict[str, Any]) -> None:
    found = scored(package, rebuild_cell=True)
    assert scores(found) == theirs["scores"]
    assert found["cells_built"] == found["sweeps"] > 20


@pytest.mark.slow
def test_another_morphology(package: Path, ours: dict[str, Any], tmp_path: Path) -> None:
    longer = tmp_path / "longer.swc"
    longer.write_text(morphology(dendrite_um=250.0))
    found = scored(package, morph_path=str(longer))
    assert found["bpo_values"]["bpo_rin"] < ours["bpo_values"]["bpo_rin"]
    assert found["threshold_current"] > ours["threshold_current"]


@pytest.mark.slow
def test_absolute_amplitudes(package: Path, tmp_path: Path) -> None:
    project = write_project(tmp_path / "project")
    content = json.loads((project / FEATURES).read_text())
    protocol = content["protocols"][0]
    protocol["protocol_type"] = "Protocol"
    protocol["stimuli"][0] |= {"amp": 0.3, "holding_current": 0.0}
    features = [f for f in content["efeatures"] if f["protocol_name"] == "IDrest_150"]
    new = {"protocols": [protocol], "efeatures": features}
    (project / FEATURES).write_text(json.dumps(new))
    found = scored(project, currents=SETTINGS)
    assert list(scores(found)) == [
        "IDrest_150.soma.v.Spikecount",
        "IDrest_150.soma.v.AP_amplitude",
    ]
    assert found["threshold_current"] is None
    assert 0 < found["measured_threshold_current"] < 0.3  # the protocol's step makes it spike


def test_describe(package: Path, ours: dict[str, Any]) -> None:
    facts = described(package)
    assert facts["features"] == list(scores(ours))
    assert facts["mechanisms"] == []  # hh and pas are built into NEURON
    assert facts["global_parameters"] == {"celsius": 20.0, "v_init": -70.0}
    assert facts["hoc_problem"] is None
    assert facts["apical_points"] is False
    assert facts["needs"] == {"apical_point": False, "axon_segments": 0}


@pytest.mark.slow
def test_the_hoc_gives_the_scored_cell(package: Path, tmp_path: Path) -> None:
    cell = str(package / EXEMPLAR)
    arguments = _arguments(package) | {"template": str(HOC_TEMPLATE), "directory": str(tmp_path)}
    arguments["cells"] = [["Ball", "cell.swc"]]
    run_in_child("write_hoc_files", arguments, package, package / "log")
    function, same = "bluepyemodel_child:cell_in_python", {"morphology": cell, "celsius": 20}
    of_python = same | {"emodel": EMODEL, "params": PARAMS}
    python, _ = run_in_child(function, of_python, package, package / "log")
    function = "bluepyemodel_child:cell_in_hoc"
    of_hoc = same | {"name": "Ball", "hoc": str(tmp_path / "Ball.hoc")}
    found, _ = run_in_child(function, of_hoc, package, package / "log")
    assert [section[0] for section in found["sections"]] == [
        "soma[0]",
        "dend[0]",
        "axon[0]",
        "axon[1]",
    ]
    assert found == python
    assert max(python["voltages"]) > 0


@pytest.mark.slow
def test_the_seed_may_be_in_the_name(package: Path) -> None:
    assert described(package, emodel=FIRST_SEED)["features"] == described(package)["features"]


def test_unknown_settings_and_ecodes(tmp_path: Path) -> None:
    project = write_project(tmp_path / "project")
    change(project / RECIPES, EMODEL, "pipeline_settings", "max_ngeneration", to=3)
    assert described(project)["problems"] == [
        f"{RECIPES}: {EMODEL}.pipeline_settings: unknown key 'max_ngeneration'; the nearest known "
        "one is 'max_ngen'"
    ]
    project = write_project(tmp_path / "other")
    change(project / FEATURES, "protocols", 2, "name", to="Chirp_300")
    (problem,) = described(project)["problems"]
    assert problem.startswith(
        f"{FEATURES}: protocol 'Chirp_300': BluePyEModel has no eCode for it; the name must contain"
    )


@pytest.mark.slow
def test_other_parameters(package: Path) -> None:
    params = {"g_pas.all": 3e-5, "gnabar_hh.somatic": 0.1, "cm.all": 1.0}
    assert described(package, params=params)["problems"] == [
        "final.json has no value of the parameter 'gkbar_hh.somatic'",
        "final.json: 'cm.all' is not one of the optimised parameters",
    ]


@pytest.mark.slow
def test_a_hoc_that_cannot_follow_the_morphology(tmp_path: Path) -> None:
    project = write_project(tmp_path / "project")
    fun = "{value}*(0.1 + 0.9*int(({distance} > {step_begin}) & ({distance} < {step_end})))"
    change(project / MODEL, "distributions", to={"step": {"fun": fun}})
    path = project / MODEL
    change(path, "parameters", "somatic", 2, "dist", to="step")
    cell = morphology().replace("4 3 9", "4 4 9").replace("5 3 209", "5 4 209")
    (project / EXEMPLAR).write_text(f"{cell}8 4 250 40 0 0.5 5\n9 4 250 -40 0 0.5 5\n")
    (problem,) = described(project)["problems"]
    assert problem.startswith("the parameter 'gnabar_hh.somatic' has the distribution 'step'")


@pytest.mark.slow
def test_the_limits_of_time_are_not_used(tmp_path: Path, theirs: dict[str, Any]) -> None:
    """Scores would depend on the computer."""
    project = write_project(tmp_path / "project")
    for setting in ("optimisation_timeout", "spikecount_timeout"):
        change(project / RECIPES, EMODEL, "pipeline_settings", setting, to=1e-3)
    assert scores(scored(project)) == theirs["scores"]


@pytest.mark.slow
def test_a_modifier_of_the_project(tmp_path: Path) -> None:
    project = write_project(tmp_path / "project")
    modifier = ["axons", "shorten"]
    change(project / RECIPES, EMODEL, "morph_modifiers", to=[modifier])
    code = "def shorten(sim=None, icell=None):\n    icell.axon[0].L = 10\n"
    (project / "axons.py").write_text(code)
    (problem,) = described(project)["problems"]
    assert problem == (
        f"{RECIPES}: {EMODEL}.morph_modifiers: 'shorten' or its hoc was not found; expected "
        '["MODULE", "FUNCTION", "STRING WITH ITS HOC"]'
    )
    hoc = 'hoc = "proc replace_axon() { axon[0] L = 10 }"\n'
    (project / "axons.py").write_text(code + hoc)
    change(project / RECIPES, EMODEL, "morph_modifiers", to=[[*modifier, "hoc"]])
    assert "problems" not in described(project)
    assert math.isfinite(scored(project)["bpo_values"]["bpo_rin"])
