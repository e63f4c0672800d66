"""Run a child process as a job of a server does: as a fork of a Python that captures nothing."""

import pickle
import subprocess
import sys
from pathlib import Path
from typing import Any

from megate.processes import child
from megate.processes.child import ChildError, Limits, Usage


def run_in_fork(
    function: str, arguments: dict[str, Any], cwd: Path, log: Path, limits: Limits | None = None
) -> tuple[Any, Usage]:
    """As `run_in_child`."""
    done = subprocess.run(
        [sys.executable, "-u", __file__],
        input=pickle.dumps((function, arguments, cwd, log, limits or Limits())),
        env=child.python_environment(),
        stdout=subprocess.PIPE,
        check=True,
    )
    value, error = pickle.loads(done.stdout)
    if error is not None:
        raise ChildError(**error)
    return value


def main() -> None:
    call = pickle.loads(sys.stdin.buffer.read())
    child.fork_children = True
    outcome: tuple[Any, Any]
    try:
        outcome = child.run_in_child(*call), None
    except ChildError as error:
        outcome = None, vars(error)
    sys.stdout.buffer.write(pickle.dumps(outcome))


if __name__ == "__main__":
    main()
