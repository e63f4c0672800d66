"""Summarize why a process failed: its traceback, and the last lines that it printed."""

import re

from megate.core.errors import shortened

_HEADER = "Traceback (most recent call last):"
_OUTPUT = "\nLast lines of the output:\n"
_NEURON = "NEURON:"  # at the start of its error messages
_MAX_SEARCHED, _MAX_LINES, _MAX_IN_SUMMARY, _MAX_LENGTH = 20, 10, 4, 200


def last_lines(output: str, any_program: bool) -> list[str]:
    """The lines at the end of a process's output that explain why it failed.

    They are NEURON's last error message, with the line of hoc and the calls that led to it, if it
    is among the last lines. If not, with `any_program` they are the last three different lines.
    """
    printable = "".join(c if c.isprintable() or c == "\n" else " " for c in output)
    lines = [shortened(each.rstrip(), _MAX_LENGTH) for each in printable.split("\n")]
    tail = [each for each in lines if each][-_MAX_SEARCHED:]
    starts = [i for i, each in enumerate(tail) if each.startswith(_NEURON)]
    if not starts:
        return list(dict.fromkeys(tail))[-3:] if any_program else []
    message, *others = tail[starts[-1] :]
    end = next((i for i, each in enumerate(others) if not each.startswith(" ")), len(others))
    return [message, *others[: min(end, _MAX_LINES - 1)]]


def with_output(reason: str, lines: list[str]) -> str:
    """Append the last `lines` that a process printed to a traceback or a reason."""
    return "\n".join([reason.rstrip("\n") + _OUTPUT.rstrip("\n"), *lines]) if lines else reason


def root_cause(text: str) -> str:
    """Return why a process failed, on one line: the first exception of a traceback, and the first
    of the lines that `with_output` has appended.

    In chained exceptions, Python prints the original one first; the last one is often unspecific.
    If `text` has no traceback, its last line is returned.
    """
    reason, _, output = text.partition(_OUTPUT)
    cause = _first_exception(reason)
    lines = [each.strip() for each in output.splitlines()]
    # without the mark below a line of hoc, and without the number of a line that does not exist
    lines = [each for each in lines if each not in ("", "^", "near line 0")][:_MAX_IN_SUMMARY]
    if lines and not lines[0].startswith(_NEURON):
        lines[0] = f"last output: {lines[0]}"
    elif lines and lines[0].removeprefix(_NEURON).strip() in cause:
        lines = lines[1:]
    return "; ".join([cause, *lines])


def _first_exception(text: str) -> str:
    lines = text.splitlines()
    header = next((i for i, line in enumerate(lines) if line.endswith(_HEADER)), None)
    if header is not None:
        for line in lines[header + 1 :]:
            if re.match(r"[\w.]+(: |$)", line):
                return line.strip()
    return next((line.strip() for line in reversed(lines) if line.strip()), "")


def same_cause(reason: str, morph_name: str) -> str:
    """Return what reasons (`root_cause`) of the same cause have in common: paths, the name of the
    morphology, addresses and numbers are replaced."""
    text = re.sub(r"(?<![\w.])\.{0,2}(/[^\s/'\",;:()]+)+/?", "PATH", reason)
    text = re.sub(rf"(?<![\w-]){re.escape(morph_name)}(?![\w-])", "MORPHOLOGY", text)
    return re.sub(r"0x[0-9a-f]+|\d+(\.\d+)?(e[+-]?\d+)?", "N", text, flags=re.IGNORECASE)
