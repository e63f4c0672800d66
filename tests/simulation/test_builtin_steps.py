"""Test BluePyOpt's step distributions: the cell in Python, its hoc and a calculation by hand agree,
also for segments whose distance is a limit of the step."""

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from builtin_child import CELL
from builtin_package import run
from config_emodel import NAME, Files

from megate.emodels.prepare import HOC_TEMPLATE
from megate.processes.child import run_in_child

pytestmark = pytest.mark.slow

STEP = "{value}*(0.1 + 0.9*int(({distance} > {step_begin}) & ({distance} < {step_end})))"
CLOSED = "{value}*(2 - int(({distance} >= {step_begin}) & ({distance} <= {step_end})))"


def with_step(fun: str, begin: float, end: float) -> Files:
    """An e-model whose g_pas depends on the distance."""
    files = Files()
    files.params["distributions"]["step"] = {"fun": fun, "parameters": ["step_begin", "step_end"]}
    parameters = files.params["parameters"]
    parameters["distribution_step"] = [
        {"name": "step_begin", "val": begin},
        {"name": "step_end", "val": end},
    ]
    parameters["all"][3]["dist"] = "step"
    return files


def hoc_of(package: Path, files: Files) -> Path:
    folder = package.parent
    run_in_child(
        "write_hoc_files",
        {
            "emodel": NAME,
            "params": files.values,
            "morph_path": CELL,
            "apical_point": None,
            "template": str(HOC_TEMPLATE),
            "cells": [[NAME, Path(CELL).name]],
            "directory": str(folder),
            "kind": "builtin",
        },
        package,
        folder / "log",
    )
    return folder / f"{NAME}.hoc"


def cells(package: Path, fun: str, begin: float, end: float) -> tuple[dict, dict]:
    """Descriptions of the cells in Python and in hoc."""
    files = with_step(fun, begin, end)
    files.write(package)
    arguments: dict[str, Any] = {"morphology": CELL, "clamps": [], "end": 1}
    python = run(package, "described_by_python", **arguments, params=files.values)
    arguments |= {"hoc": str(hoc_of(package, files)), "simulator": "neuron"}
    return python["cell"], run(package, "described_by_hoc", **arguments)["cell"]


def test_a_step_is_the_same_in_hoc(package: Callable[[Files], Path]):
    folder = package(Files())
    python, _ = cells(folder, STEP, 100, 200)
    distances = sorted({segment["distance"] for segment in python["segments"]})
    first, last = distances[len(distances) // 3], distances[len(distances) // 2]
    above, below = math.nextafter(first, math.inf), math.nextafter(last, 0)
    for fun, begin, end in ((STEP, 100, 200), (STEP, first, last), (CLOSED, above, below)):
        python, hoc = cells(folder, fun, begin, end)
        inside = [begin < segment["distance"] < end for segment in python["segments"]]
        assert 5 < sum(inside) < len(inside) - 5
        factors = {STEP: (0.1, 1.0), CLOSED: (2, 1)}[fun]
        expected = [5e-5 * factors[within] for within in inside]
        for cell in (python, hoc):
            found = [segment["g_pas"] for segment in cell["segments"]]
            assert found == pytest.approx(expected, rel=1e-12)


def test_a_hoc_without_steps_compares_as_hoc_does(tmp_path: Path):
    """Released files of e-models without steps stay the same."""
    for fun, times in (("{value} + 0*{distance}*{step_begin}*{step_end}", 0), (STEP, 2)):
        files = with_step(fun, 1, 2)
        hoc = hoc_of(files.write(tmp_path / "package"), files)
        assert hoc.read_text().count("float_epsilon = ") == times
