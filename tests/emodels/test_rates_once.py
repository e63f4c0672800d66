"""emodels.rates_once: mechanisms that compute their rates once for each voltage."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from config_emodel import EXAMPLE

from megate.emodels.mechanisms import compile_mechanisms
from megate.emodels.rates_once import compute_rates_once
from megate.processes.child import run_in_child

MECHANISM = """TITLE A channel : FUNCTION { of voltage
COMMENT
DERIVATIVE none { m' = 1 }
ENDCOMMENT
NEURON {
    SUFFIX channel
    USEION k READ ek WRITE ik
    USEION ca READ cai
    RANGE gbar, minf
    GLOBAL tadj, shared
    POINTER pointed
}
PARAMETER { gbar = 1 (S/cm2)  vhalf = -30 (mV)  dt (ms) }
ASSIGNED { v (mV) ek (mV) ik (mA/cm2) cai (mM) minf mtau (ms) a tadj shared pointed other }
STATE { m n }
INITIAL {
    LOCAL x
    tadj = 2.3^((celsius - 21) / 10)
    rates(v)
    m = minf
}
BREAKPOINT {
    SOLVE states METHOD cnexp
    ik = gbar * m * (v - ek)
}
DERIVATIVE states {  : the gate
    rates(v)  : at v
    m' = (minf - m) / mtau
}
FUNCTION half(x (mV)) (1) {
    if (x < -60) { half = 0.1 } else if (x == 0 (mV)) { half = 0.2 } else { half = exp(-x / 5(mV)) }
}
PROCEDURE rates(v (mV)) {
    LOCAL q, u
    UNITSOFF
    u = v - vhalf
    if (u == 0) { u = 1e-6 }
    q = tadj
    minf = 1 / (1 + half(u))
    mtau = 1 / q
    UNITSON
}
"""
RATES = "    rates(v)  : at v\n"
MINF = "    minf = 1 / (1 + half(u))\n"
SOLVE = "    SOLVE states METHOD cnexp\n"
TAU = "(minf - m) / mtau"


def test_the_rates_are_computed_if_the_voltage_has_changed():
    changed = MECHANISM.replace("ASSIGNED { v", "ASSIGNED { rates_v  v")
    changed = changed.replace("m = minf\n}", "m = minf\n rates_v = 1e300 }")
    changed = changed.replace("states {  :", "states { if (v != rates_v) { rates_v = v   :")
    changed = changed.replace("m' = (", "} m' = (")
    assert compute_rates_once(MECHANISM) == changed


@pytest.mark.parametrize(
    ("old", "new", "condition"),
    [
        ("rates(v)  :", "rates(v + cai)  :", "cai != rates_cai || v != rates_v"),
        ("rates(v)  :", "rates(cai)  :", "cai != rates_cai"),
        # of NEURON, changed: it is set again before each call
        ("rates(v)  :", "v = v + 10 rates(v)  :", "v != rates_v"),
        # a second variable
        ("rates(v)  :", "a = fabs(v) rates(a)  :", "v != rates_v"),
        # read after each possible change
        (MINF, "if (u < 0) {minf = exp(u)} else {minf = 1}\n mtau = minf\n", "v != rates_v"),
        ("mtau = 1 / q", "mtau = 1 / q^2", "v != rates_v"),
        # an equation that reads v and calls a function
        (TAU, "(half(v) - m) / mtau", "v != rates_v"),
    ],
)
def test_more_is_changed(old: str, new: str, condition: str):
    mod = MECHANISM.replace(old, new, 1)
    assert mod != MECHANISM
    assert f"if ({condition}) {{" in compute_rates_once(mod)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        # the rates depend on what may change otherwise
        ("u = v - vhalf", "u = v - vhalf * t"),
        ("u = v - vhalf", "u = v - vhalf + dt"),
        ("u = v - vhalf", "u = v - vhalf + m"),
        ("u = v - vhalf", "u = v - vhalf + ik"),
        ("u = v - vhalf", "u = v - vhalf + pointed"),
        ("u = v - vhalf", "u = v - vhalf + unknown"),
        (SOLVE, SOLVE + "    vhalf = v\n"),
        (SOLVE, SOLVE + "    tadj = m\n"),
        # they depend on nothing, or are quick to compute
        ("rates(v)  :", "rates(gbar)  :"),
        ("minf = 1 / (1 + half(u))", "minf = u"),
        # all instances share them, or NEURON changes them
        ("minf = 1 /", "shared = 1 /"),
        ("minf = 1 /", "pointed = 1 /"),
        ("minf = 1 /", "cai = 1 /"),
        ("minf = 1 /", "vhalf = 1 /"),
        ("minf = 1 /", "m = 1 /"),
        # they are changed elsewhere
        (SOLVE, SOLVE + "    minf = 0\n"),
        (SOLVE, SOLVE + "    rates(v + 1)\n"),
        ("FUNCTION half", "PROCEDURE user() { rates(-50) }\nFUNCTION half"),
        ("FUNCTION half", "NET_RECEIVE (w) { minf = 0 }\nFUNCTION half"),
        (TAU, "(minf - m) / set()\n}\nFUNCTION set() { set = 1 minf = 2 "),
        # a second calculation would give something else
        (MINF, "minf = minf + half(u)\n"),
        (MINF, "mtau = minf\n minf = half(u)\n"),
        (RATES, "rates(v) rates(minf)\n"),
        # the equations need what is computed before them
        (RATES, "LOCAL x\n x = exp(v) rates(v)\n"),
        (RATES, "rates(v) v = v + 10\n    n' = v\n"),
        (TAU, f"{TAU}\n    minf = 2"),
        (TAU, f"{TAU}\n    if (v > 0) {{ n' = 2 }}"),
        (RATES, "rates(v)\n if (v > 0) { n' = 2 }\n"),
        # what is not read here
        (RATES, "rates(v)\n    VERBATIM\n    ENDVERBATIM\n"),
        ("    UNITSOFF", "    TABLE minf, mtau FROM -100 TO 100 WITH 200\n"),
        (RATES, "FROM i = 0 TO 1 { rates(v) }\n"),
        (RATES, "while (v > 0) { rates(v) }\n"),
        (RATES, "rates(v) minf = a[1]\n"),
        (RATES, "rates(v) other_function(v)\n"),
        ("half = 0.1", "half = half(x)"),
        ("FUNCTION half", "DERIVATIVE more { n' = 1 }\nFUNCTION half"),
        ("FUNCTION half", "BEFORE STEP { minf = 1 }\nFUNCTION half"),
        ("INITIAL", "CONSTRUCTOR"),
        ("} else if", "} } else if"),
        # the name of the new variable
        ("tadj shared", "rates_v shared"),
        # no equations
        (f"m' = {TAU}", ""),
    ],
)
def test_other_mechanisms_stay_as_they_are(old: str, new: str):
    mod = MECHANISM.replace(old, new, 1)
    assert mod != MECHANISM
    assert compute_rates_once(mod) == mod


def test_any_text_is_taken():
    for mod in (
        "",
        "}",
        "{",
        "NEURON {",
        "no block",
        "ASSIGNED { v } INITIAL { } DERIVATIVE s { }",
    ):
        assert compute_rates_once(mod) == mod


@pytest.mark.slow
@pytest.mark.parametrize(
    ("emodel", "kind", "morphology"),
    [
        ("cADpyr_TPC", "code", "tpc140309-B2.swc"),
        ("cNAC_LBC", "builtin", "lbc140501-2.asc"),
    ],
)
def test_the_scores_are_the_same_bits(emodel: str, kind: str, morphology: str, tmp_path: Path):
    results = []
    for unchanged in (False, True):
        package = tmp_path / str(unchanged)
        shutil.copytree(EXAMPLE / "emodels" / emodel, package)
        mod_files = sorted(package.glob("mechanisms/*.mod"))
        assert any(compute_rates_once(path.read_text()) != path.read_text() for path in mod_files)
        compile_mechanisms(mod_files, package, unchanged=unchanged)
        results.append(scored(emodel, kind, EXAMPLE / "morphologies" / morphology, package))
    assert results[0] == results[1]
    assert len(results[0]["features"]) > 10


def scored(emodel: str, kind: str, morphology: Path, package: Path) -> dict[str, Any]:
    """What the simulation gives, without times."""
    final = json.loads((EXAMPLE / "emodels" / "final.json").read_text())
    arguments = {
        "emodel": emodel,
        "params": final[emodel]["params"],
        "morph_path": str(morphology),
        "apical_point": None,
        "kind": kind,
    }
    function = "megate.simulation.evaluator:score"
    result, _ = run_in_child(function, arguments, package, package.parent / "log")
    return {name: value for name, value in result.items() if not name.endswith("_cpu_s")}
