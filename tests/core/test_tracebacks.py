"""The line that explains why a process failed."""

import traceback

import pytest

from megate.core.tracebacks import last_lines, root_cause, same_cause, with_output

# printed by NEURON 9.0.2's Import3d for an .asc with GUIDs
NEURON = """\
NEURON: First time declaration of Section dend_0 in small[0] must happen at command level
 near line 1
 create dend_0[1]
                 ^
        Import3d_GUI[0].execute("~create de...", ...)
      Import3d_GUI[0].instantiate(...)
and others
"""


def raised(chain: bool) -> str:
    try:
        try:
            raise ValueError("no axon\nsecond line")
        except ValueError as error:
            if not chain:
                raise
            raise RuntimeError("something went wrong") from error
    except Exception:
        return traceback.format_exc()


@pytest.mark.parametrize("chain", [False, True])
def test_the_exception_that_started_it(chain: bool):
    assert root_cause(raised(chain)) == "ValueError: no axon"


def test_a_traceback_from_another_process():
    text = f"pebble.common.types.RemoteTraceback: {raised(True)}\n\n{raised(False)}"
    assert root_cause(text) == "ValueError: no axon"


def test_an_exception_without_message():
    text = (
        'Traceback (most recent call last):\n  File "x", line 1, in f\n    g()\nKeyboardInterrupt\n'
    )
    assert root_cause(text) == "KeyboardInterrupt"


@pytest.mark.parametrize(
    ("text", "line"), [("killed by SIGSEGV", "killed by SIGSEGV"), ("a\nb\n\n", "b"), ("", "")]
)
def test_other_text_gives_its_last_line(text: str, line: str):
    assert root_cause(text) == line


@pytest.mark.parametrize("any_program", [False, True])
def test_neuron_s_last_message_is_found(any_program: bool):
    output = f"NEURON: an older one\n{NEURON}the cell is not reused\n\n"
    assert last_lines(output, any_program) == NEURON.splitlines()[:6]


def test_without_such_a_message_a_crash_has_its_last_different_lines():
    output = "a\nb\nexp(760) out of range, returning exp(700)\n" + "terminate\x1b called\n" * 2
    assert last_lines(output, any_program=False) == []
    assert last_lines(output, any_program=True) == [
        "b",
        "exp(760) out of range, returning exp(700)",
        "terminate  called",
    ]
    assert last_lines("", any_program=True) == []


def test_lines_are_bounded():
    lines = last_lines("NEURON: " + "x" * 5000 + "\n" + " in f()\n" * 15, any_program=True)
    assert len(lines) == 10
    assert max(map(len, lines)) < 220


def test_a_crash_is_summarized_with_neuron_s_message():
    text = with_output("killed by SIGSEGV", last_lines(NEURON, any_program=True))
    assert text.splitlines()[:3] == [
        "killed by SIGSEGV",
        "Last lines of the output:",
        NEURON.splitlines()[0],
    ]
    assert root_cause(text) == (
        "killed by SIGSEGV; "
        "NEURON: First time declaration of Section dend_0 in small[0] must happen at command level;"
        ' near line 1; create dend_0[1]; Import3d_GUI[0].execute("~create de...", ...)'
    )


def test_a_message_that_the_exception_has_is_not_repeated():
    text = (
        "Traceback (most recent call last):\n  File x\n"
        "RuntimeError: hocobj_call error: hoc_execerror: Arg out of range\n"
    )
    lines = ["NEURON: Arg out of range", " near line 0", " ^", "     List[9].object(4)"]
    assert root_cause(with_output(text, lines)) == (
        "RuntimeError: hocobj_call error: hoc_execerror: Arg out of range; List[9].object(4)"
    )


def test_other_output_is_named_as_such():
    text = with_output("killed by SIGABRT", ["terminate called", "  what():  bad_alloc"])
    assert (
        root_cause(text) == "killed by SIGABRT; last output: terminate called; what():  bad_alloc"
    )
    assert with_output("killed by SIGABRT", []) == "killed by SIGABRT"


def test_equal_causes_differ_in_names_numbers_addresses_and_paths_only():
    first = "dend-C1: exp(760) out of range at 0x7ffe12, t=1.5e-05 in /a/dend-C1.asc near line 3"
    second = "b: exp(812.5) out of range at 0xfF, t=20 in ../b/c.swc near line 12"
    assert same_cause(first, "dend-C1") == same_cause(second, "b")
    assert same_cause(first, "dend-C1") != same_cause(first.replace("exp", "log"), "dend-C1")
    assert same_cause("bad branch", "b") == "bad branch"
