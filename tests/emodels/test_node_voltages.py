"""emodels.node_voltages: mechanisms that read voltages from NEURON's array."""

import subprocess
import sys
from pathlib import Path

import pytest

from megate.emodels import node_voltages
from megate.emodels.mechanisms import compile_mechanisms

DENSITY = "NEURON { SUFFIX channel }"
GATES = """\
NEURON { SUFFIX gates NONSPECIFIC_CURRENT i RANGE seen, later }
PARAMETER { q = 0.7 }
ASSIGNED { v (mV) i (mA/cm2) seen later }
STATE { m n }
INITIAL { m = 0.1 n = 0.3 }
BEFORE BREAKPOINT { seen = v }
AFTER SOLVE { later = v + seen }
BREAKPOINT { SOLVE states METHOD cnexp  i = 3e-4 * m * n * (v - 10) }
DERIVATIVE states {
    m' = (1 / (1 + exp(-(v + 50) / 7)) - m) / 2
    n' = (1 / (1 + exp((v + 60) / 9)) - n) / (1 + q)
}
"""
SCHEME = """\
NEURON { SUFFIX scheme NONSPECIFIC_CURRENT i }
ASSIGNED { v (mV) i (mA/cm2) }
STATE { closed opened }
INITIAL { closed = 0.9 opened = 0.1 }
BREAKPOINT { SOLVE scheme METHOD sparse  i = 3e-4 * opened * (v - 10) }
KINETIC scheme { ~ closed <-> opened (exp(v / 40), 0.5) }
"""
RUN = """\
import hashlib, numpy
from neuron import h
h.load_file("stdrun.hoc")
soma = h.Section("soma")
soma.L = soma.diam = 20
soma.nseg = 3
soma.insert("hh"), soma.insert("gates"), soma.insert("scheme")
names = ["v", "seen_gates", "later_gates", "m_gates", "opened_scheme"]
recorded = [h.Vector().record(getattr(soma(0.2), f"_ref_{name}")) for name in names]
pulse = h.IClamp(soma(0.5))
pulse.delay, pulse.dur, pulse.amp = 5, 20, 0.3
for cvode in (0, 1):
    h.cvode_active(cvode)
    h.finitialize(-65)
    h.continuerun(40)
    values = numpy.array([numpy.array(each) for each in recorded])
    assert values.std(axis=1).all()
    print(hashlib.sha256(values.tobytes()).hexdigest())
"""


@pytest.mark.parametrize(
    ("mods", "neuron", "possible"),
    [
        ([DENSITY, DENSITY], "9.0.2", True),
        ([], "9.0.0", True),
        ([DENSITY], "8.2.7", False),
        ([DENSITY], "9.1.0", False),
        ([DENSITY, "NEURON { POINT_PROCESS synapse }"], "9.0.2", False),
        (["NEURON { ARTIFICIAL_CELL source }"], "9.0.2", False),
        ([DENSITY + "\nVERBATIM\nENDVERBATIM\n"], "9.0.2", False),
        ([DENSITY + "\n: VERBATIM, once\n"], "9.0.2", True),
        ([DENSITY + '\nINCLUDE "other.inc"\n'], "9.0.2", False),
        (["no mechanism"], "9.0.2", False),
    ],
)
def test_density_mechanisms_with_neuron_9_0(
    mods: list[str], neuron: str, possible: bool, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(node_voltages, "installed_version", {"neuron": neuron}.get)
    assert node_voltages.is_possible(mods) == possible


def test_another_distribution_of_neuron_is_left_alone(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(node_voltages, "installed_version", {"neuron-nightly": "9.0.0"}.get)
    assert not node_voltages.is_possible([DENSITY])


@pytest.mark.slow
def test_the_responses_are_the_same_bits(tmp_path: Path):
    printed = []
    for unchanged in (False, True):
        package = tmp_path / str(unchanged)
        (package / "mechanisms").mkdir(parents=True)
        for name, mod in (("gates", GATES), ("scheme", SCHEME)):
            (package / "mechanisms" / f"{name}.mod").write_text(mod)
        mod_files = sorted(package.glob("mechanisms/*.mod"))
        compile_mechanisms(mod_files, package, unchanged=unchanged)
        command = [sys.executable, "-c", RUN]
        done = subprocess.run(command, cwd=package, capture_output=True, text=True, check=True)
        printed.append(done.stdout.splitlines()[-2:])
    assert printed[0] == printed[1]
    assert printed[0][0] != printed[0][1]
