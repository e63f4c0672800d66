"""The line of a traceback that tells most."""

import traceback

import pytest

from megate.core.tracebacks import root_cause


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
