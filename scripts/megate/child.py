"""Run one function in a Python process of its own.

What runs there (e-model packages, NEURON) is foreign code: it may crash, quit, print, change
global state. The caller gets its value, or a reason why there is none.
"""

import importlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import traceback
from pathlib import Path
from typing import Any

from megate.tracebacks import root_cause

# One job, one core: without this, NumPy's libraries start a thread per core in every job.
_ONE_THREAD = dict.fromkeys(
    ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS"), "1"
)


class ChildError(Exception):
    """The function raised, or its process ended without a value.

    Attributes:
        reason: one line for the user
        details: traceback, or the reason again
    """

    def __init__(self, reason: str, details: str | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.details = details or reason


def run_in_child(function: str, arguments: dict[str, Any], cwd: Path, log: Path) -> Any:
    """Call `function` ("module:name") with keyword `arguments` in a new process.

    Arguments and value must be plain JSON values; floats come back to the last bit. The child
    runs in the directory `cwd`, with a clean ``sys.argv``, and what it prints is appended to `log`.

    Raises:
        ChildError: the function raised, or the process exited or was killed by a signal.
    """
    library = str(Path(__file__).resolve().parents[1])
    search_path = os.pathsep.join(filter(None, [library, os.environ.get("PYTHONPATH")]))
    environment = (
        os.environ
        | _ONE_THREAD
        | {
            "PYTHONPATH": search_path,
            "PYTHONDONTWRITEBYTECODE": "1",
            "NEURON_MODULE_OPTIONS": "-nogui",
        }
    )
    with tempfile.TemporaryDirectory(prefix="megate-") as exchange:
        request, reply = Path(exchange, "request.json"), Path(exchange, "reply.json")
        request.write_text(json.dumps({"function": function, "arguments": arguments}))
        with log.open("a") as output:
            # -P: a file in the e-model's directory must not take the place of a library
            process = subprocess.run(
                [sys.executable, "-P", "-m", "megate.child", str(request), str(reply)],
                cwd=cwd,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                check=False,
            )
        if not reply.is_file():
            raise ChildError(_end_of(process.returncode))
        answer = json.loads(reply.read_text())
    if "exception" in answer:
        raise ChildError(answer["exception"], answer["traceback"])
    return answer["value"]


def _end_of(returncode: int) -> str:
    if returncode < 0:
        try:
            name = signal.Signals(-returncode).name
        except ValueError:
            name = f"signal {-returncode}"
        return f"the simulation's process was killed by {name}"
    return f"the simulation's process exited with status {returncode} before it had a result"


def _main(request_path: str, reply_path: str) -> None:
    request = json.loads(Path(request_path).read_text())
    module, name = request["function"].split(":")
    sys.argv = ["megate"]  # packages that parse arguments on import must not see ours
    try:
        value = getattr(importlib.import_module(module), name)(**request["arguments"])
        answer = {"value": value}
    except Exception:
        text = traceback.format_exc()
        answer = {"exception": root_cause(text), "traceback": text}
    partial = Path(f"{reply_path}.partial")
    partial.write_text(json.dumps(answer))
    partial.replace(reply_path)


if __name__ == "__main__":
    _main(*sys.argv[1:])
