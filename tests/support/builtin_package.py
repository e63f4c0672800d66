"""A package of configuration files, compiled, and processes that work in it."""

from pathlib import Path

from config_emodel import with_mechanisms

from megate.emodels.mechanisms import compile_mechanisms
from megate.processes.child import run_in_child

STOCHASTIC = """
: A potassium current that is twice as large where it is "random".
NEURON { SUFFIX StochTest NONSPECIFIC_CURRENT i RANGE gbar, deterministic, seed }
UNITS { (mV) = (millivolt) (mA) = (milliamp) (S) = (siemens) }
PARAMETER { gbar = 0 (S/cm2) deterministic = 1 }
ASSIGNED { v (mV) i (mA/cm2) seed }
BREAKPOINT { i = gbar*(2 - deterministic)*(v + 90) }
PROCEDURE setRNG(one, other) { seed = one + other }
"""


def compiled_in(folder: Path) -> Path:
    """Make a package without configuration, its mechanisms compiled."""
    package = with_mechanisms(folder / "package")
    (package / "mechanisms" / "StochTest.mod").write_text(STOCHASTIC)
    compile_mechanisms(sorted(package.glob("mechanisms/*.mod")), package)
    return package


def run(package: Path, function: str, **arguments: object) -> object:
    """Run a function of builtin_child in a process that has the mechanisms."""
    return run_in_child(f"builtin_child:{function}", arguments, package, package.parent / "log")[0]
