"""A small project of BluePyEModel: a ball and stick with the mechanisms hh and pas."""

import json
from pathlib import Path
from typing import Any

EMODEL = "ball"
PARAMS = {"g_pas.all": 3e-5, "gnabar_hh.somatic": 0.11, "gkbar_hh.somatic": 0.03}
RECIPES = "config/recipes.json"
MODEL = "config/params/ball.json"
FEATURES = "config/features/ball.json"
EXEMPLAR = "morphologies/cell.swc"
FIRST_SEED = f"{EMODEL}__test__1"
SEEDS = {FIRST_SEED: 80.0, f"{EMODEL}__test__2": 20.0, f"{EMODEL}__test__3": 50.0}
"""The keys of final.json and the scores there."""

_SETTINGS = {
    "name_rmp_protocol": "IV_0",
    "name_Rin_protocol": "IV_-20",
    "validation_protocols": ["APWaveform_300"],
    "optimiser": "SO-CMA",
    "optimisation_timeout": 300,
}
_MODEL = {
    "mechanisms": {"all": {"mech": ["pas"]}, "somatic": {"mech": ["hh"]}},
    "distributions": {},
    "parameters": {
        "__comment": "a list is the bounds of an optimised parameter",
        "global": [{"name": "v_init", "val": -70}, {"name": "celsius", "val": 20}],
        "all": [
            {"name": "e_pas", "val": -70},
            {"name": "Ra", "val": 100},
            {"name": "cm", "val": 1},
            {"name": "g_pas", "val": [1e-5, 1e-4]},
        ],
        "somatic": [
            {"name": "ena", "val": 50},
            {"name": "ek", "val": -77},
            {"name": "gnabar_hh", "val": [0.05, 0.2]},
            {"name": "gkbar_hh", "val": [0.01, 0.05]},
        ],
    },
}
_RATES = {"delay": 100.0, "duration": 200.0, "totduration": 350.0}


def morphology(dendrite_um: float = 200.0) -> str:
    """A soma, a dendrite and a short axon (swc)."""
    return (
        "1 1 0 0 0 8 -1\n2 1 -8 0 0 8 1\n3 1 8 0 0 8 1\n"
        f"4 3 9 0 0 1.5 1\n5 3 {9 + dendrite_um} 0 0 0.8 4\n"
        "6 2 0 -9 0 0.6 1\n7 2 0 -70 0 0.4 6\n"
    )


def write_project(folder: Path) -> Path:
    """Write the project, with final.json, and return its folder."""
    recipe = {
        "morph_path": "./morphologies/",
        "morphology": [["cell", "cell.swc"]],
        "params": MODEL,
        "features": FEATURES,
        "morph_modifiers": ["bluepyopt_replace_axon"],
        "pipeline_settings": _SETTINGS,
    }
    _write(folder / RECIPES, {EMODEL: recipe})
    _write(folder / MODEL, _MODEL)
    _write(folder / FEATURES, {"efeatures": _features(), "protocols": _protocols()})
    _write(folder / "final.json", {key: _result(key, score) for key, score in SEEDS.items()})
    (folder / EXEMPLAR).parent.mkdir()
    (folder / EXEMPLAR).write_text(morphology())
    return folder


def _write(path: Path, content: Any) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content, indent=1))


def _result(key: str, score: float) -> dict[str, Any]:
    """An entry of final.json. Seeds differ in a parameter."""
    emodel, iteration, seed = key.split("__")
    return {
        "emodel": emodel,
        "iteration": iteration,
        "seed": int(seed),
        "etype": None,
        "score": score,
        "parameters": PARAMS | {"g_pas.all": PARAMS["g_pas.all"] * int(seed)},
        "fitness": {"IDrest_150.soma.v.Spikecount": score},
        "validation_fitness": {"APWaveform_300.soma.v.AP_amplitude": score / 4},
        "validated": False,
    }


def _protocols() -> list[dict[str, Any]]:
    return [
        _protocol("IDrest_150", 150.0),
        _protocol("IV_-40", -40.0),
        _protocol("APWaveform_300", 300.0, validation=True),
    ]


def _protocol(name: str, thresh_perc: float, validation: bool = False) -> dict[str, Any]:
    step = {"amp": None, "thresh_perc": thresh_perc, "holding_current": None}
    recording = {
        "type": "CompRecording",
        "name": f"{name}.soma.v",
        "location": "soma",
        "variable": "v",
    }
    return {
        "name": name,
        "stimuli": [step | _RATES],
        "recordings_from_config": [recording],
        "validation": validation,
        "protocol_type": "ThresholdBasedProtocol",
        "stochasticity": False,
    }


def _features() -> list[dict[str, Any]]:
    return [
        _feature("RMPProtocol", "steady_state_voltage_stimend", -66.0, 2.0),
        _feature("SearchHoldingCurrent", "steady_state_voltage_stimend", -67.0, 1.0),
        _feature("SearchHoldingCurrent", "bpo_holding_current", -0.02, 0.01),
        _feature("RinProtocol", "ohmic_input_resistance_vb_ssse", 200.0, 50.0),
        _feature("SearchThresholdCurrent", "bpo_threshold_current", 0.1, 0.05),
        _feature("IDrest_150", "Spikecount", 2.0, 1.0),
        _feature("IDrest_150", "AP_amplitude", 60.0, 10.0),
        _feature("IV_-40", "voltage_base", -67.0, 0.5),
        _feature("APWaveform_300", "AP_amplitude", 85.0, 10.0),
    ]


def _feature(protocol: str, name: str, mean: float, std: float) -> dict[str, Any]:
    return {
        "efel_feature_name": name,
        "protocol_name": protocol,
        "recording_name": "soma.v",
        "mean": mean,
        "original_std": std,
        "efeature_name": name,
        "weight": 1.0,
        "efel_settings": {"interp_step": 0.025, "strict_stiminterval": True},
    }
