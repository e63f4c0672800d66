"""Checks of an e-model's configuration files: protocols and features."""

from broken import PREPARE, Case

_P = "emodels/cNAC_LBC/config/protocols/lbc.json"
_F = "emodels/cNAC_LBC/config/features/lbc.json"
_IN_P = ("cNAC_LBC", "config/protocols/lbc.json")
_IN_F = ("cNAC_LBC", "config/features/lbc.json")

_STEP = {"amp": 0.1, "delay": 50.0, "duration": 200.0, "totduration": 300.0}
_SEARCHED = {"amp": None, "delay": 0.0, "duration": 300.0, "totduration": 300.0}
_SEARCH = {
    "type": "ThresholdDetectionProtocol",
    "step_template": {"stimuli": {"step": _SEARCHED, "holding": _SEARCHED}},
}
_THRESHOLD_STEP = {
    "type": "StepThresholdProtocol",
    "stimuli": {"step": _STEP | {"amp": None, "thresh_perc": 150.0}},
}
_MAIN_PROTOCOLS = {
    "Main": {"other_protocols": ["Step_150"]},
    "RMP": {"type": "StepProtocol", "stimuli": {"step": _STEP | {"amp": 0}}},
    "Rin": {"type": "StepProtocol", "stimuli": {"step": _STEP, "holding": _SEARCHED}},
    "RinHoldcurrent": {"holdi_precision": 0.1, "holdi_max_depth": 7},
    "ThresholdDetection": _SEARCH,
    "Step_150": _THRESHOLD_STEP,
}
_VOLTAGE = {"feature": "voltage_base", "val": [-70.0, 2.0]}
_MAIN_FEATURES = {
    "RMP": {"soma.v": [_VOLTAGE]},
    "Rin": {"soma.v": [_VOLTAGE, {"feature": "ohmic_input_resistance_vb_ssse", "val": [140, 30]}]},
    "Step_150": {"soma.v": [{"feature": "mean_frequency", "val": [125.0, 25.0]}]},
}
_DENDRITE = {"type": "somadistance", "name": "dend1", "var": "v", "seclist_name": "basal"}


def _with_main(change):
    """Give the e-model a Main protocol, and change the files then."""

    def both(p):
        p.write_json(_P, _MAIN_PROTOCOLS)
        p.write_json(_F, _MAIN_FEATURES)
        change(p)

    return both


PROTOCOLS = [
    Case(
        "two protocols of unknown types",
        lambda p: (
            p.set(_P, "Step_0.15", "type", to="RampProtocol"),
            p.set(_P, "Step_0.25", to=0.25),
        ),
        (*_IN_P, "Step_0.15", "'RampProtocol'", "Step_0.25", "0.25", "StepProtocol"),
    ),
    Case(
        "two keys of a protocol are missing",
        lambda p: p.set(_P, "Step_0.15", "stimuli", "step", to={"amp": 0.15, "delay": 50}),
        (*_IN_P, "Step_0.15.stimuli.step", "'duration' is missing", "'totduration' is missing"),
    ),
    Case(
        "stimulus of infinite duration",
        lambda p: p.set(_P, "Step_0.15", "stimuli", "step", "totduration", to=float("inf")),
        (*_IN_P, "Step_0.15.stimuli.step.totduration", "inf", "finite"),
    ),
    Case(
        "invalid name of a protocol",
        lambda p: (
            p.edit(_P, "Step_0.15", "Step 0.15"),
            p.edit(_F, "Step_0.15", "Step 0.15"),
        ),
        (*_IN_P, "protocol", "'Step 0.15'", "letters"),
    ),
    Case(
        "step and holding current without an amplitude",
        lambda p: (
            p.drop(_P, "Step_0.15", "stimuli", "step", "amp"),
            p.set(_P, "Step_0.15", "stimuli", "holding", to=_SEARCHED),
        ),
        (
            *_IN_P,
            "Step_0.15.stimuli.step[0]: 'amp' is missing",
            "Step_0.15.stimuli.holding: 'amp' is missing",
        ),
    ),
    Case(
        "recordings without a location, or with the same name",
        lambda p: p.set(
            _P,
            "Step_0.15",
            "extra_recordings",
            to=[_DENDRITE, _DENDRITE | {"type": "nrnseclistcomp"}],
        ),
        (
            *_IN_P,
            "Step_0.15.extra_recordings[0]: 'somadistance' is missing",
            "extra_recordings[1]: 'sec_index' is missing",
            "'comp_x' is missing",
            "'dend1.v'",
        ),
    ),
    Case(
        "protocols that need Main, without Main",
        lambda p: (
            p.set(_P, "Step_150", to=_THRESHOLD_STEP),
            p.set(_P, "Search", to=_SEARCH),
        ),
        (*_IN_P, "Step_150", "Search", "'Main'"),
    ),
    Case(
        "step without thresh_perc",
        _with_main(lambda p: p.drop(_P, "Step_150", "stimuli", "step", "thresh_perc")),
        (*_IN_P, "Step_150.stimuli.step", "'thresh_perc' is missing"),
    ),
    Case(
        "Main without the protocols that it requires",
        _with_main(
            lambda p: [p.drop(_P, x) for x in ("RMP", "RinHoldcurrent", "ThresholdDetection")]
        ),
        (*_IN_P, "Main", "StepProtocol 'RMP'", "'RinHoldcurrent'", "ThresholdDetectionProtocol"),
    ),
    Case(
        "Rin without a holding current",
        _with_main(lambda p: p.drop(_P, "Rin", "stimuli", "holding")),
        (*_IN_P, "Rin.stimuli", "'holding' is missing", "'RinHoldcurrent'"),
    ),
    Case(
        "Main names a protocol that it runs itself",
        _with_main(lambda p: p.set(_P, "Main", "pre_protocols", to=["Rin"])),
        (*_IN_P, "Main.pre_protocols", "'Rin'", "Main itself"),
    ),
    Case(
        "Main names two protocols that do not exist",
        _with_main(
            lambda p: (
                p.set(_P, "Main", "other_protocols", to=["Step_200"]),
                p.set(_P, "Main", "pre_protocols", to=["Ramp"]),
                p.drop(_F, "Step_150"),
            )
        ),
        (*_IN_P, "Main.other_protocols", "'Step_200'", "Main.pre_protocols", "'Ramp'"),
    ),
]

FEATURES = [
    Case(
        "two features with an invalid standard deviation",
        lambda p: (
            p.set(_F, "Step_0.15", "soma.v", 0, "val", to=[125.0, 0]),
            p.set(_F, "Step_0.15", "soma.v", 1, "val", to=[74.0]),
        ),
        (*_IN_F, "Step_0.15.soma.v[0].val[1]", "0", "above 0", "Step_0.15.soma.v[1].val", "[74.0]"),
    ),
    Case(
        "features of two protocols that do not exist",
        lambda p: (p.edit(_F, "Step_0.15", "Step_0.1"), p.edit(_F, "Step_0.25", "Step_0.2")),
        (*_IN_F, "Step_0.1: ", "Step_0.2: ", "this protocol is not run"),
    ),
    Case(
        "features of a recording that does not exist",
        lambda p: p.set(_F, "Step_0.15", "dend1.v", to=[_VOLTAGE]),
        (*_IN_F, "Step_0.15.dend1.v", "unknown recording", "soma.v"),
    ),
    Case(
        "current among the features of a voltage",
        lambda p: p.set(_F, "Step_0.15", "soma.v", 0, "feature", to="bpo_holding_current"),
        (*_IN_F, "Step_0.15.soma.v[0]", "'bpo_holding_current'", "a feature of eFEL"),
    ),
    Case(
        "feature of a voltage instead of the threshold current",
        _with_main(lambda p: p.set(_F, "Threshold", to={"soma.v": [_VOLTAGE]})),
        (*_IN_F, "Threshold.soma.v[0]", "'voltage_base'", "'bpo_threshold_current'"),
    ),
    Case(
        "features in BluePyEModel's layout",
        lambda p: p.write_json(_F, {"efeatures": [], "protocols": []}),
        (*_IN_F, "BluePyEModel's layout", "pipeline_settings"),
    ),
    Case(
        "invalid interpolation step of eFEL",
        lambda p: p.set(_F, "Step_0.15", "soma.v", 0, "efel_settings", to={"interp_step": 0}),
        (*_IN_F, "Step_0.15.soma.v[0].efel_settings.interp_step", "0 found", "0.001 or more"),
    ),
    Case(
        "unknown setting of eFEL, and one with a wrong type of value",
        lambda p: p.set(
            _F,
            "Step_0.15",
            "soma.v",
            0,
            "efel_settings",
            to={"strict_stimintervall": True, "sahp_start": "early"},
        ),
        (
            "cNAC_LBC",
            "eFEL",
            "efel_settings.strict_stimintervall",
            "'strict_stiminterval'",
            "efel_settings.sahp_start",
            "'early'",
            "float",
        ),
        when=PREPARE,
    ),
    Case(
        "no features",
        lambda p: p.write_json(_F, {"Step_0.15": {"soma.v": []}}),
        (*_IN_F, "found no feature"),
    ),
    Case(
        "two missing features that Main requires",
        _with_main(lambda p: p.set(_F, "Rin", "soma.v", to=[])),
        (
            *_IN_F,
            "Rin.soma.v",
            "'ohmic_input_resistance_vb_ssse' is missing",
            "Main",
            "'voltage_base' is missing",
        ),
    ),
]
