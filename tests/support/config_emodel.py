"""An e-model without code: the example's pyramidal cell as configuration files.

Its protocols are short. Tests change the files before they write them.
"""

import json
import shutil
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

REPOSITORY = Path(__file__).resolve().parents[2]
EXAMPLE = REPOSITORY / "config" / "example"
MORPHOLOGIES = EXAMPLE / "morphologies"
MECHANISMS = EXAMPLE / "emodels" / "cADpyr_TPC" / "mechanisms"
NAME = "pyr"

EXP = "(-0.8696 + 2.087*math.exp(({distance})*0.0031))*{value}"
DECAY = "math.exp({distance}*{constant})*{value}"


def _sodium_and_potassium(na: float, kd: float, km: float) -> list[dict[str, Any]]:
    return [
        {"name": "ena", "val": 55.0},
        {"name": "ek", "val": -90.0},
        {"name": "gbar_NaP08", "val": [0.0, 1.0]},
        {"name": "gbar_KdP08", "val": kd},
        {"name": "gbar_KmP08", "val": km},
    ]


def params() -> dict[str, Any]:
    apical = _sodium_and_potassium(0.004, 0.003, 0.0003)
    apical[2]["dist"] = "decay"
    return {
        "_comment": "all keys that there are",
        "mechanisms": {
            "all": {"mech": ["pas"], "_comment": {"also": ["here"]}},
            "somadend": {"mech": ["HcnK06"]},
            "somatic": {"mech": ["NaP08", "KdP08", "KmP08", "CaLR93", "SkK96", "CaPoolD94"]},
            "apical": {"mech": ["NaP08", "KdP08", "KmP08"]},
            "axonal": {"mech": ["NaP08", "KdP08", "KmP08"]},
        },
        "distributions": {
            "exp": {"fun": EXP, "_comment": "Kole et al. 2006"},
            "decay": {"fun": DECAY, "parameters": ["constant"]},
        },
        "parameters": {
            "_comment": ["bounds or values"],
            "global": [{"name": "celsius", "val": 34}, {"name": "v_init", "val": -80.0}],
            "distribution_decay": [{"name": "constant", "val": [-0.1, 0.0], "test": -0.005}],
            "all": [
                {"name": "e_pas", "val": -75.0},
                {"name": "Ra", "val": 120.0, "_comment": "ohm cm"},
                {"name": "cm", "val": 1.0},
                {"name": "g_pas", "val": [1e-5, 2e-4], "stage": [1]},
            ],
            "myelinated": [{"name": "cm", "val": 0.02}],
            "somadend": [{"name": "gbar_HcnK06", "val": [0, 1e-4], "dist": "exp"}],
            "somatic": [
                *_sodium_and_potassium(0.08, 0.03, 0.0003),
                {"name": "gbar_CaLR93", "val": 5e-5, "dist": "uniform"},
                {"name": "gbar_SkK96", "val": 0.002},
                {"name": "decay_CaPoolD94", "val": 40.0},
            ],
            "apical": apical,
            "axonal": [
                *_sodium_and_potassium(0.2, 0.05, 0.003),
                {"name": "vt_NaP08", "val": -60.0},
                {"name": "vt_KdP08", "val": -60.0},
            ],
        },
    }


def values() -> dict[str, float]:
    """Values of the optimised parameters, as in final.json."""
    return {
        "constant.distribution_decay": -0.005,
        "g_pas.all": 5e-5,
        "gbar_HcnK06.somadend": 2e-5,
        "gbar_NaP08.somatic": 0.08,
        "gbar_NaP08.apical": 0.004,
        "gbar_NaP08.axonal": 0.2,
    }


def _stimulus(delay: float, duration: float, total: float, **more: Any) -> dict[str, Any]:
    return {"delay": delay, "duration": duration, "totduration": total} | more


def protocols() -> dict[str, Any]:
    return {
        "_comment": "quick ones",
        "Main": {
            "type": "RatSSCxMainProtocol",
            "other_protocols": ["Step_150", "bAP"],
            "pre_protocols": ["Step_0.02"],
            "preprot_score_threshold": 50,
            "rmp_score_threshold": 3,
            "rin_score_threshold": 3,
        },
        "RinHoldcurrent": {
            "type": "RatSSCxRinHoldcurrentProtocol",
            "holdi_precision": 0.1,
            "holdi_max_depth": 7.0,
        },
        "ThresholdDetection": {
            "type": "RatSSCxThresholdDetectionProtocol",
            "step_template": {
                "type": "StepProtocol",
                "stimuli": {
                    "step": _stimulus(100, 200, 320, amp=None),
                    "holding": _stimulus(0, 320, 320, amp=None),
                },
            },
        },
        "RMP": {
            "type": "StepProtocol",
            "stimuli": {"step": _stimulus(200, 100, 300, amp=0)},
        },
        "Rin": {
            "type": "StepProtocol",
            "stimuli": {
                "step": _stimulus(200.0, 200.0, 420.0, amp=-0.03, thresh_perc=-20.0),
                "holding": _stimulus(0.0, 420.0, 420.0, amp=None),
            },
        },
        "Step_0.02": {
            "type": "StepProtocol",
            "stimuli": {"step": [_stimulus(50, 50, 200, amp=0.02), _stimulus(120, 50, 200, amp=0)]},
            "stage": [2],
        },
        "Step_150": {
            "type": "StepThresholdProtocol",
            "stimuli": {"step": _stimulus(100, 200, 320, amp=None, thresh_perc=150.0)},
        },
        "bAP": {
            "type": "StepThresholdProtocol",
            "stimuli": {
                "step": _stimulus(80, 3, 120, thresh_perc=1000.0, stochkv_det=True, _comment=1)
            },
            "extra_recordings": [
                {
                    "type": "somadistanceapic",
                    "name": "apic1",
                    "var": "v",
                    "seclist_name": "apical",
                    "somadistance": 90,
                },
                {
                    "type": "somadistance",
                    "name": "dend1",
                    "var": "v",
                    "seclist_name": "basal",
                    "somadistance": 40.0,
                    "_comment": "um",
                },
                {
                    "type": "nrnseclistcomp",
                    "name": "ca_soma",
                    "var": "cai",
                    "seclist_name": "soma",
                    "sec_index": 0.0,
                    "comp_x": 0.5,
                },
            ],
        },
    }


def _feature(name: str, mean: float, std: float, **more: Any) -> dict[str, Any]:
    return {"feature": name, "val": [mean, std]} | more


def _settings() -> dict[str, Any]:
    """eFEL's settings, with the values that they have without them."""
    return {
        "_comment": {"source": "x"},
        "Threshold": -30.0,
        "threshold": -30,
        "interp_step": 0.1,
        "strict_stiminterval": True,
        "stim_start": 100,
        "stim_end": 300,
        "stimulus_current": 0.1,
        "double_settings": {"sahp_start": 5},
        "int_settings": {"DerivativeWindow": 3, "ignore_first_ISI": True},
        "string_settings": {"voltage_base_mode": "mean"},
    }


def features() -> dict[str, Any]:
    return {
        "_comment": "targets",
        "RMP": {"soma.v": [_feature("voltage_base", -75.0, 1.5)]},
        "Rin": {
            "soma.v": [
                _feature("voltage_base", -80.0, 0.5),
                _feature("ohmic_input_resistance_vb_ssse", 130.0, 17.0, weight=0.5),
            ]
        },
        "RinHoldCurrent": {"soma.v": [_feature("bpo_holding_current", -0.025, 0.008)]},
        "Threshold": {"soma.v": [_feature("bpo_threshold_current", 0.14, 0.03)]},
        "Step_0.02": {"soma.v": [_feature("voltage_base", -75.0, 1.5)]},
        "Step_150": {
            "soma.v": [
                _feature("mean_frequency", 20.0, 4.0, n=44, fid=607, stage=[1]),
                _feature("AP_amplitude", 80.0, 4.0, strict_stim=True, efel_settings=_settings()),
                _feature("time_to_first_spike", 20.0, 4.0, threshold=-20, strict_stim=False),
            ],
            "_comment": "spikes",
        },
        "bAP": {
            "soma.v": [_feature("Spikecount", 1.0, 0.1)],
            "apic1.v": [_feature("maximum_voltage_from_voltagebase", 80.0, 7.0)],
            "dend1.v": [{"feature": "maximum_voltage_from_voltagebase", "val": [70, 6, "x", None]}],
            "ca_soma.cai": [_feature("maximum_voltage_from_voltagebase", 0.001, 0.0005)],
        },
    }


def recipes() -> dict[str, Any]:
    return {
        "_comment": "one e-model under two names",
        NAME: {
            "_comment": "as optimised",
            "morph_path": "/elsewhere/",
            "morphology": [["x", "x.asc"]],
            "params": "config/params/pyr.json",
            "protocol": "config/protocols/pyr.json",
            "features": "config/features/pyr.json",
            "morph_modifiers": ["replace_axon_with_taper"],
            "use_powertransform": False,
            "stages": 2,
            "mm_test_recipe": NAME,
        },
    }


def steps_only() -> "Files":
    """The same with protocols of fixed amplitudes, without Main."""
    files = Files()
    files.protocols = {"Step_0.02": files.protocols["Step_0.02"]}
    files.features = {"Step_0.02": files.features["Step_0.02"]}
    return files


@dataclass
class Files:
    """Contents of the four files, and the values of the optimised parameters."""

    recipes: Any = field(default_factory=recipes)
    params: Any = field(default_factory=params)
    protocols: Any = field(default_factory=protocols)
    features: Any = field(default_factory=features)
    values: dict[str, float] = field(default_factory=values)

    def write(self, package: Path) -> Path:
        """Write the files into a package's folder. Strings are written unchanged."""
        for kind, name in (
            ("recipes", "recipes"),
            ("params", "pyr"),
            ("protocols", "pyr"),
            ("features", "pyr"),
        ):
            path = package / "config" / kind / f"{name}.json"
            path.parent.mkdir(parents=True, exist_ok=True)
            content = getattr(self, kind)
            text = content if isinstance(content, str) else json.dumps(content)
            path.write_bytes(text.encode("utf-8", "surrogatepass"))
        return package


def with_mechanisms(package: Path) -> Path:
    """Copy the mechanisms' files into the package."""
    shutil.copytree(MECHANISMS, package / "mechanisms", copy_function=shutil.copyfile)
    return package
