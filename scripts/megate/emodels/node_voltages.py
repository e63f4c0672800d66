"""Let mechanisms read the voltages of nodes from their array, with NEURON 9.0.

NEURON 9.0 makes C++ code of a .mod file. This code has the array of voltages at hand for the
currents. For the states, it asks each node for its voltage, with the macro `NODEV`, which takes a
tenth of the time of a simulation. `HEADER` defines another `NODEV`.
"""

import re
from collections.abc import Iterable

from megate.core.versions import installed_version
from megate.emodels.nmodl import blanked

HEADER = """\
// what the C++ code of a mechanism includes first
#include "mech_api.h"
#include "md1redef.h"
#include "section_fwd.hpp"
#include "nrniv_mf.h"
#include "md2redef.h"
#undef NODEV
// variables of all functions that ask for a voltage
#define NODEV(node) (_nt->node_voltage_storage()[_ml_arg->_nodeindices[_iml]])
"""
"""C++, to be included before the code of all mechanisms."""

_KIND = re.compile(r"\b(SUFFIX|POINT_PROCESS|ARTIFICIAL_CELL|VERBATIM|INCLUDE)\b")


def is_possible(mods: Iterable[str]) -> bool:
    """Whether these mechanisms (texts of .mod files) can be compiled with `HEADER`: all are density
    mechanisms without VERBATIM or INCLUDE, and this NEURON is 9.0."""
    is_9_0 = (installed_version("neuron") or "").startswith("9.0.")
    return is_9_0 and all(set(_KIND.findall(blanked(mod))) == {"SUFFIX"} for mod in mods)
