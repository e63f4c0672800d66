"""Test that the result of a failed simulation has what NEURON printed."""

from pathlib import Path

import pytest
from small_emodel import score, small_package

from megate.core.tracebacks import root_cause

pytestmark = pytest.mark.slow

# an error in hoc whose status the package does not check, as NEURON's Import3d does not
HOC = """
    import ctypes, neuron
    if place == "sweep":
        neuron.h("func twice() {{ return 2 * $1 }}")
        {call}
"""


def test_a_crash_has_the_error_in_hoc_that_went_before(tmp_path: Path):
    call = 'neuron.h("print twice()"); ctypes.string_at(0)'
    result = score(small_package(tmp_path, HOC.format(call=call)))
    assert result.status == "crashed"
    reason = root_cause(result.exception)
    assert reason.startswith("the simulation's process was killed by SIGSEGV; NEURON: ")
    assert "twice()" in reason
    assert "\n" not in reason


def test_an_exception_of_neuron_has_the_calls_in_hoc(tmp_path: Path):
    result = score(small_package(tmp_path, HOC.format(call="neuron.h.twice()")))
    assert result.status == "raised"
    assert "faults.py" in result.exception  # the traceback
    reason = root_cause(result.exception)
    assert reason.startswith("RuntimeError: ")
    assert "twice()" in reason
    assert "Traceback" not in reason


def test_what_else_was_printed_is_no_part_of_an_exception(tmp_path: Path):
    fault = "if place == 'sweep':\n    print('hello', flush=True)\n    raise ValueError('not so')"
    result = score(small_package(tmp_path, fault))
    assert root_cause(result.exception) == "ValueError: not so"
    assert "hello" not in result.exception
