"""Test that faults of an e-model give a result in time and leave no processes behind."""

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from forked_children import run_in_fork
from small_emodel import nothing_stays_in, processes_in, score, scores, small_package

import megate
from megate.processes.child import Limits, run_in_child
from megate.simulation import run

pytestmark = pytest.mark.slow


@pytest.fixture(autouse=True, params=[run_in_child, run_in_fork], ids=["new", "fork"])
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch):
    """The simulation's process is a new Python, or a fork, as in a job that a server runs."""
    monkeypatch.setattr(run, "run_in_child", request.param)


CRASHES = {
    "a segmentation fault": ("import ctypes; ctypes.string_at(0)", "killed by SIGSEGV"),
    "an abort": ("import os; os.abort()", "killed by SIGABRT"),
    "being killed": ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", "by SIGKILL"),
    "os._exit": ("import os; os._exit(3)", "exited with status 3"),
    "os._exit as if all were well": ("import os; os._exit(0)", "exited with status 0"),
    "hoc's quit()": ("import neuron; neuron.h.quit()", "exited with status 0"),
}


# Mid goes on from the start that it shares with High (`test_sweeps`)
PLACES = {
    "create": "place == 'create'",
    "sweep": "place == 'sweep'",
    "a sweep that shares its start": "place == 'sweep' and objects[0].name == 'Mid'",
    "between": "place == 'between'",
    "features": "place == 'features'",
}


def places(*names: str) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("where", [PLACES[name] for name in names], ids=names)


@places("create", "sweep", "a sweep that shares its start", "features")
@pytest.mark.parametrize(("deed", "reason"), CRASHES.values(), ids=CRASHES)
def test_a_crash_is_a_result(deed: str, reason: str, where: str, tmp_path: Path):
    result = score(small_package(tmp_path, f"if {where}: {deed}"))
    assert result.status == "crashed"
    assert reason in result.exception
    assert result.features == []
    assert nothing_stays_in(tmp_path)


@places("create", "sweep", "a sweep that shares its start", "between", "features")
def test_an_exception_is_a_result_with_its_traceback(where: str, tmp_path: Path):
    result = score(small_package(tmp_path, f"if {where}: raise ValueError('not so')"))
    assert result.status == "raised"
    assert "ValueError: not so" in result.exception
    assert "faults.py" in result.exception
    assert nothing_stays_in(tmp_path)


def test_an_exception_at_import_is_a_result(tmp_path: Path):
    package = small_package(tmp_path)
    (package / "setup" / "__init__.py").write_text("import no_such_module\n")
    result = score(package)
    assert result.status == "raised"
    assert "No module named 'no_such_module'" in result.exception


def test_leaving_python_is_a_result(tmp_path: Path):
    result = score(small_package(tmp_path, "if place == 'create': raise SystemExit(4)"))
    assert (result.status, result.exception) == (
        "crashed",
        "the simulation's process exited with status 4 before it had a result",
    )


HANGS = {
    "in Python": "exec('while True: pass')",
    "in NEURON": "import neuron; neuron.h('while (1) {}')",
    "deaf to SIGTERM": "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); "
    "signal.signal(signal.SIGINT, signal.SIG_IGN); time.sleep(1000)",
    "with a process of its own": "import subprocess; subprocess.run(['sleep', '1000'])",
}


@places("create", "sweep", "a sweep that shares its start")
@pytest.mark.parametrize("deed", HANGS.values(), ids=HANGS)
def test_a_hang_ends_at_the_limit(deed: str, where: str, tmp_path: Path):
    fault = f"if {where}:\n    {deed}"
    result = score(small_package(tmp_path, fault), Limits(timeout_s=3))
    assert result.status == "timeout"
    assert re.fullmatch(
        r"the simulation was stopped after \d+ s \(timeout_s: 3\)", result.exception
    )
    assert nothing_stays_in(tmp_path)


@places("create", "sweep", "a sweep that shares its start", "features")
def test_memory_ends_at_the_limit(where: str, tmp_path: Path):
    # 200 MB/s, no further than 4 GB
    fault = f"""
        import time
        kept = []
        while {where} and len(kept) < 400:
            kept.append(b"x" * 10_000_000)
            time.sleep(0.05)
    """
    result = score(small_package(tmp_path, fault), Limits(timeout_s=60, memory_mb=600))
    assert result.status == "memory"
    assert "MB of memory (memory_mb: 600)" in result.exception
    assert nothing_stays_in(tmp_path)


@pytest.mark.parametrize("value", ["nan", "inf"])
def test_voltages_that_are_no_numbers_are_a_result(value: str, tmp_path: Path):
    fault = f"""
        if place == "sweep" and objects[0].name == "High":
            objects[2].soma[0].e_pas = float({value!r})
            objects[2].soma[0].g_pas = 1
    """
    package = small_package(tmp_path, fault)
    result = score(package, Limits(timeout_s=30))
    found = scores(result)
    assert {score for name, score in found.items() if ".High." in name} == {250.0}
    assert all(score < 250 for name, score in found.items() if ".Low." in name)
    assert found == scores(score(package, Limits(timeout_s=30), rebuild_cell=True))


def test_limits_that_are_not_passed_change_nothing(tmp_path: Path):
    package = small_package(tmp_path)
    assert scores(score(package, Limits())) == scores(score(package, Limits(50, 1000)))


@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT], ids=str)
def test_a_simulation_ends_with_the_script_that_runs_it(end: signal.Signals, tmp_path: Path):
    package = small_package(tmp_path, "if place == 'sweep': __import__('time').sleep(1000)")
    code = f"import pathlib, small_emodel; small_emodel.score(pathlib.Path({str(package)!r}))"
    search_path = os.pathsep.join([str(Path(megate.__file__).parents[1]), os.environ["PYTHONPATH"]])
    script = subprocess.Popen(
        [sys.executable, "-c", code],
        env=os.environ | {"PYTHONPATH": search_path},
        stderr=subprocess.DEVNULL,
        # the tests themselves may run where a background job does not hear Ctrl-C
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    deadline = time.monotonic() + 300
    while len(processes_in(tmp_path)) < 3:  # the script, the package, NEURON
        assert time.monotonic() < deadline
        time.sleep(0.1)
    script.send_signal(end)
    assert script.wait(timeout=60) != 0
    assert nothing_stays_in(tmp_path)
