"""Regular expressions of the input: refused when they are read, or stopped when they take too long.

Names have few hundred characters, and a pattern is tried on them in microseconds. A pattern with
repeats inside of repeats, ``(a+)+$``, may take longer than anyone waits.
"""

import re
import signal
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

from megate.core.errors import MegateError, brief, shortened

MAX_LENGTH = 10_000
MAX_REPEAT = 1000
_START_S, _PER_NAME_S = 2.0, 1e-4  # CPU time
_REPEAT = re.compile(r"\{(\d*)(?:,(\d*))?\}")


class _TooSlowError(Exception):
    pass


def pattern_problem(pattern: Any) -> str | None:
    """Why `pattern` cannot be used as a regular expression; None if it can."""
    if not isinstance(pattern, str):
        return "it is no text"
    if len(pattern) > MAX_LENGTH:
        return f"it has {len(pattern)} characters, expected at most {MAX_LENGTH}"
    for repeat in _REPEAT.finditer(pattern):
        if any(len(n) > 4 or int(n or 0) > MAX_REPEAT for n in repeat.groups(default="")):
            return f"{shortened(repeat.group(), 40)} repeats more than {MAX_REPEAT} times"
    try:
        with _limited(_START_S):
            re.compile(pattern)
    except _TooSlowError:
        return "it takes too long"
    except RecursionError:
        return "it nests too deeply"
    except (re.error, OverflowError) as error:
        return shortened(str(error), 200)
    return None


def matching(pattern: str, names: Iterable[str], whole: bool) -> set[str]:
    """Those of `names` that `pattern` matches, as a whole or else at their start.

    Raises:
        MegateError: it takes more than about 2 s of computing. (Outside the main thread, where
            Python handles no signals, it may take what it takes.)
    """
    names = list(names)
    compiled = re.compile(pattern)
    match = compiled.fullmatch if whole else compiled.match
    try:
        with _limited(_START_S + _PER_NAME_S * len(names)):
            return {name for name in names if match(name)}
    except _TooSlowError:
        raise MegateError(
            f"the regular expression {brief(pattern)} takes too long on {len(names)} names; write "
            "it without a repeat (* + {}) of something that repeats"
        ) from None


@contextmanager
def _limited(seconds: float) -> Iterator[None]:
    """Stop what is computed in here after so much CPU time; `re` looks for signals as it goes."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def stop(number: int, frame: FrameType | None) -> None:
        raise _TooSlowError

    before = signal.signal(signal.SIGVTALRM, stop)
    signal.setitimer(signal.ITIMER_VIRTUAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)
