"""Test that the hoc of an e-model without code gives the scored cell: the same sections, segments,
parameters and response."""

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from builtin_child import CELL
from builtin_package import run
from config_emodel import MORPHOLOGIES, NAME, Files, values

from megate.emodels.prepare import HOC_TEMPLATE
from megate.processes.child import ChildError, run_in_child

pytestmark = pytest.mark.slow

CLAMPS, END = [[30, 60, 0.4], [0, 120, -0.02]], 120


def long_axon() -> str:
    """A morphology (swc) whose axon is one long section."""
    return _cell(
        [(i + 3, -5.0 * i, 0, 1.2 - 0.02 * i, i + 2 if i > 1 else 1) for i in range(1, 41)]
    )


def short_axon() -> str:
    """A morphology whose axon branches every 4 um, so that each section has one segment."""
    points = []
    for i in range(1, 31):
        trunk = 2 * i + 2
        points += [
            (trunk, -4.0 * i, 0, 1.2 - 0.02 * i, trunk - 2 if i > 1 else 1),
            (trunk + 1, -4.0 * i, 7.0, 0.3 + 0.01 * i, trunk),
        ]
    return _cell(points)


def _cell(axon: list[tuple]) -> str:
    """A soma, a basal and an apical dendrite, and an axon: (number, y, z, diameter, parent)."""
    points = [(1, 1, 0, 0, 0, 6, -1), (2, 1, 0, -6, 0, 6, 1), (3, 1, 0, 6, 0, 6, 1)]
    points += [
        (number, 2, 0, y, z, diameter / 2, parent) for number, y, z, diameter, parent in axon
    ]
    n = points[-1][0] + 1
    points += [(n, 3, 10, 0, 0, 1, 1), (n + 1, 3, 150, 0, 0, 0.4, n)]
    points += [(n + 2, 4, 0, 12, 0, 1.5, 1), (n + 3, 4, 0, 250, 0, 0.5, n + 2)]
    return "".join(" ".join(map(str, point)) + "\n" for point in points)


AXONS = {"long": long_axon, "short": short_axon}
EXAMPLES = ["tpc140301-A2.asc", "tpc140309-B2.swc"]


def morphology(name: str, folder: Path) -> Path:
    if name not in AXONS:
        return MORPHOLOGIES / name
    path = folder / f"{name}.swc"
    path.write_text(AXONS[name]())
    return path


def hoc_of(package: Path, params: dict[str, float]) -> Path:
    arguments = {
        "emodel": NAME,
        "params": params,
        "morph_path": CELL,
        "apical_point": None,
        "template": str(HOC_TEMPLATE),
        "cells": [[NAME, Path(CELL).name]],
        "directory": str(package.parent),
        "kind": "builtin",
    }
    run_in_child("write_hoc_files", arguments, package, package.parent / "log")
    return package.parent / f"{NAME}.hoc"


def described(
    package: Path, path: Path, simulator: str, params: dict[str, float] | None = None
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Descriptions of the Python cell and of the hoc cell."""
    params = values() if params is None else params
    arguments = {"morphology": str(path), "clamps": CLAMPS, "end": END}
    python = run(package, "described_by_python", **arguments, params=params)
    hoc = str(hoc_of(package, params))
    return python, run(package, "described_by_hoc", **arguments, hoc=hoc, simulator=simulator)


def assert_same(python: dict[str, Any], hoc: dict[str, Any]) -> None:
    assert hoc["cell"]["lists"] == python["cell"]["lists"]
    assert hoc["cell"]["sections"] == python["cell"]["sections"]
    for found, expected in zip(hoc["cell"]["segments"], python["cell"]["segments"], strict=True):
        assert found.pop("kind") == expected.pop("kind")
        assert found == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("simulator", ["neuron", "bluecellulab"])
@pytest.mark.parametrize("name", [*EXAMPLES, *AXONS])
def test_the_tapered_axon(
    name: str, simulator: str, package: Callable[[Files], Path], tmp_path: Path
):
    pytest.importorskip(simulator)
    python, hoc = described(package(Files()), morphology(name, tmp_path), simulator)
    assert_same(python, hoc)
    assert hoc["cell"]["lists"]["axonal"] == ["axon[0]", "axon[1]"]
    # a circuit simulator still finds the file's sections by their numbers
    numbers = python["file"]["axonal"]
    assert len(numbers) == {"long": 1, "short": 58}.get(name, 3)
    assert hoc["file"]["numbers"][: len(numbers)] == numbers[:3]
    assert hoc["file"]["all"] == python["file"]["all"]
    assert hoc["file"]["axonal"] == len(numbers)
    assert hoc["file"]["new"] == [2, 1]
    # and the response
    (times, voltages), (expected_times, expected) = hoc["trace"], python["trace"]
    assert max(expected) > 0 > min(expected)
    assert times == expected_times and voltages == expected


def test_an_axon_that_is_too_short_stops_the_hoc(package: Callable[[Files], Path]):
    """It raises an error with a clear message."""
    written = package(Files())
    arguments = {"hoc": str(hoc_of(written, values())), "simulator": "neuron"}
    arguments |= {"morphology": str(MORPHOLOGIES / "tpc140312-B1.asc"), "clamps": [], "end": 1}
    with pytest.raises(ChildError):
        run(written, "described_by_hoc", **arguments)
    log = (written.parent / "log").read_text()
    assert "the axon of this morphology is too short for this e-model" in log


DISTRIBUTIONS = {
    "cm": ("{value}*(1 + ({distance}/100)**2)", 1.0),
    "g_pas": ("--{value}*2.e0/.5E1 + 1e-9*math.log (2 + {distance})", 5e-5),
    "e_pas": ("-75 - 0.001*{value}**2 - -.01*{distance} + {slope}/3*2", -75.0),
    "gbar_HcnK06": ("{value}*math.sqrt({distance} + 1)**-.5*math.tanh(math.cos(1) + 1)", 2e-5),
}


def test_distributions(package: Callable[[Files], Path]):
    """Precedence and forms of numbers are the same in Python and hoc."""
    files = Files()
    files.params["mechanisms"]["all"]["mech"].append("HcnK06")
    parameters = files.params["parameters"]
    del parameters["somadend"], parameters["myelinated"]
    kept = [parameter for parameter in parameters["all"] if parameter["name"] == "Ra"]
    parameters["all"] = kept + [
        {"name": name, "val": value, "dist": name} for name, (_, value) in DISTRIBUTIONS.items()
    ]
    parameters["distribution_e_pas"] = [{"name": "slope", "val": -0.3}]
    for name, (fun, _) in DISTRIBUTIONS.items():
        files.params["distributions"][name] = {"fun": fun}
    files.params["distributions"]["e_pas"]["parameters"] = ["slope"]
    del files.values["g_pas.all"], files.values["gbar_HcnK06.somadend"]
    python, hoc = described(package(files), Path(CELL), "neuron", files.values)
    segments = python["cell"]["segments"]
    for segment in segments:
        d = segment["distance"]
        by_hand = {
            "cm": 1.0 * (1 + (d / 100) ** 2),
            "g_pas": 5e-5 * 2 / 5 + 1e-9 * math.log(2 + d),
            "e_pas": -75.0 + 0.001 * 75.0**2 + 0.01 * d - 0.2,
            "gbar_HcnK06": 2e-5 / math.sqrt(math.sqrt(d + 1)) * math.tanh(math.cos(1) + 1),
        }
        assert {name: segment[name] for name in by_hand} == pytest.approx(by_hand, rel=1e-12)
    assert len({segment["e_pas"] for segment in segments}) > 10
    assert_same(python, hoc)
