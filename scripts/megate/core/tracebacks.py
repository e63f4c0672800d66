"""What a traceback says in one line."""

import re

_HEADER = "Traceback (most recent call last):"


def root_cause(text: str) -> str:
    """The first exception of a traceback, on one line.

    Where exceptions were raised from one another, Python prints the one that started it first;
    the last one often only says that something went wrong. Other text gives its last line.
    """
    lines = text.splitlines()
    header = next((i for i, line in enumerate(lines) if line.endswith(_HEADER)), None)
    if header is not None:
        for line in lines[header + 1 :]:
            if re.match(r"[\w.]+(: |$)", line):
                return line.strip()
    return next((line.strip() for line in reversed(lines) if line.strip()), "")
