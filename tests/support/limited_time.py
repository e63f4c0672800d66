"""Bounds on what could hang. They are generous: a slow machine is not an error."""

import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def limited_cpu_time(seconds: float = 20) -> Iterator[None]:
    """Fail where Python code takes more CPU time of this process than this."""

    def stop(*_: object) -> None:
        raise BaseException(f"more than {seconds} s of CPU time")  # no code handles it

    before = signal.signal(signal.SIGPROF, stop)
    signal.setitimer(signal.ITIMER_PROF, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)


def wait_until(condition: Callable[[], bool], seconds: float = 60) -> None:
    """Fail where the condition does not become true."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, f"not in {seconds} s"
        time.sleep(0.05)
