"""Bad input of `megate init`: packages of EModelRunner; and protocols at two holding voltages."""

from collections.abc import Callable

import emodelrunner_package
import two_levels
from broken import INIT, Case
from config_emodel import Files
from folder import Folder

_ARGUMENTS = "@/new --morphologies @/morphologies --emodel @/cell"
_PARAMS, _INI = "cell/config/params/cell.json", "cell/config/cell.ini"
_P = "emodels/cNAC_LBC/config/protocols/lbc.json"
_F = "emodels/cNAC_LBC/config/features/lbc.json"


def _case(what: str, change: Callable[[Folder], object], names: tuple[str, ...]) -> Case:
    def both(p: Folder) -> None:
        emodelrunner_package.write(p.path / "cell", Files())
        change(p)

    return Case(what, both, names, INIT, arguments=_ARGUMENTS)


def _at_two_voltages(what: str, change: Callable[[Folder], object], names: tuple[str, ...]) -> Case:
    def both(p: Folder) -> None:
        p.write_json(_P, two_levels.protocols())
        p.write_json(_F, two_levels.features())
        change(p)

    return Case(what, both, ("cNAC_LBC", "protocols/lbc.json", *names))


def _in_ini(old: str, new: str) -> Callable[[Folder], object]:
    return lambda p: p.edit(_INI, old, new)


RUNNER = [
    _case(
        "EModelRunner: a key of the .ini file is missing",
        _in_ini("features_path = config/features/cell.json", ""),
        ("cell.ini", "[Paths]", "no 'features_path'"),
    ),
    _case(
        "EModelRunner: a file is missing",
        lambda p: p.remove("cell/config/protocols/cell.json"),
        ("cell.ini", "[Paths] prot_path", "file not found", "protocols/cell.json"),
    ),
    _case(
        "EModelRunner: the .ini file is not valid",
        _in_ini("[Sim]", "[Sim"),
        ("cell.ini", "parsing errors"),
    ),
    _case(
        "EModelRunner: a path names another key that is missing",
        _in_ini("%(memodel_dir)s", "%(folder)s"),
        ("cell.ini", "[Paths] params_path", "folder"),
    ),
    _case(
        "EModelRunner: the time step is not a number",
        _in_ini("dt = 0.025", "dt = small"),
        ("cell.ini", "[Sim] dt", "'small'"),
    ),
    _case(
        "EModelRunner: a package for synaptic plasticity",
        _in_ini("type = sscx", "type = synplas"),
        ("cell.ini", "[Package] type", "'synplas'", "sscx or thalamus", "no features"),
    ),
    _case(
        "EModelRunner: the protocols lack one that has features",
        lambda p: p.drop("cell/config/protocols/cell.json", "Step_150"),
        ("cell.ini", "prot_path", "no protocol 'Step_150'", "features"),
    ),
    _case(
        "EModelRunner: final.json lacks the e-model",
        _in_ini("emodel = pyr", "emodel = other"),
        ("final.json", "e-model 'other' is missing"),
    ),
    _case(
        "EModelRunner: a parameter without a value",
        lambda p: p.drop(_PARAMS, "parameters", "all", 0, "val"),
        ("cell.json", "parameters.all[0]", "'val' is missing"),
    ),
]

TWO_VOLTAGES = [
    _at_two_voltages(
        "the hyperpolarised holding voltage is missing",
        lambda p: p.drop(_P, "RinHoldcurrent_hyp"),
        ("Main needs the protocol 'RinHoldcurrent_hyp'",),
    ),
    _at_two_voltages(
        "one holding voltage and two",
        lambda p: p.set(_P, "RinHoldcurrent", to={"holdi_precision": 0.1, "holdi_max_depth": 7}),
        ("RinHoldcurrent: found RinHoldcurrent_dep, too", "remove one of them"),
    ),
    _at_two_voltages(
        "no threshold search at one of two holding voltages",
        lambda p: p.drop(_P, "ThresholdDetection_dep"),
        ("ThresholdDetection_dep and ThresholdDetection_hyp", "found ThresholdDetection_hyp"),
    ),
    _at_two_voltages(
        "a step of a holding voltage that is not searched",
        lambda p: p.drop(_P, "RinHoldcurrent_dep"),
        ("Step_150", "does not end in '_hyp'", "'RinHoldcurrent_dep'", "'ThresholdDetection_dep'"),
    ),
]
