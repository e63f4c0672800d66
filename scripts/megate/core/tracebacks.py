"""Summarize a traceback."""

import re

_HEADER = "Traceback (most recent call last):"


def root_cause(text: str) -> str:
    """Return the first exception of a traceback, on one line.

    In chained exceptions, Python prints the original one first; the last one is often unspecific.
    If `text` has no traceback, its last line is returned.
    """
    lines = text.splitlines()
    header = next((i for i, line in enumerate(lines) if line.endswith(_HEADER)), None)
    if header is not None:
        for line in lines[header + 1 :]:
            if re.match(r"[\w.]+(: |$)", line):
                return line.strip()
    return next((line.strip() for line in reversed(lines) if line.strip()), "")
