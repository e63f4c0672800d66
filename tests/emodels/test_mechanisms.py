"""emodels.mechanisms: mechanisms that do not compile."""

from pathlib import Path

import neuron
import pytest

from megate.core.errors import MegateError
from megate.emodels.mechanisms import compile_mechanisms

# NEURON 9 declares the function with another type.
OLD = """NEURON { POINT_PROCESS Old }
VERBATIM
#include <math.h>
ENDVERBATIM
COMMENT
void* nrn_random_arg(int argpos);
ENDCOMMENT
VERBATIM
  void* nrn_random_arg(int argpos);
ENDVERBATIM
ASSIGNED { v }
"""


def message(package: Path, mod: str) -> str:
    path = package / "mechanisms" / "Old.mod"
    path.parent.mkdir()
    path.write_text(mod)
    with pytest.raises(MegateError) as caught:
        compile_mechanisms([path], package)
    return str(caught.value)


@pytest.mark.skipif(neuron.__version__ < "9", reason="NEURON 8 compiles it")
def test_an_error_in_c_code_of_older_versions_is_located(tmp_path: Path):
    lines = message(tmp_path, OLD).splitlines()
    assert lines[0].endswith("do not compile; mechanisms/Old.mod, line 9, is in a VERBATIM block:")
    assert lines[1] == "    void* nrn_random_arg(int argpos);"
    assert lines[2].startswith("    error: ") and "nrn_random_arg" in lines[2]
    assert "C++" in lines[3] and lines[3].endswith("/guide/porting_mechanisms_to_cpp.html")


def test_an_error_elsewhere_is_nrnivmodls(tmp_path: Path):
    found = message(tmp_path, OLD.partition("COMMENT")[0] + "FUNCTION f() { f = = 0 }\n")
    assert "nrnivmodl says:\n" in found and "C++" not in found
