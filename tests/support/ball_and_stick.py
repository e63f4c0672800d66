"""Passive cells of a soma, a dendrite and an axon, whose input resistances have formulas."""

import math
from dataclasses import asdict
from pathlib import Path
from typing import Any

from megate.adaptation.emodel import EmodelAdaptation
from megate.processes.child import run_in_child

RM, RA = 1e4, 100.0
"""Membrane resistance, Ohm cm2, and axial resistance, Ohm cm."""
SOMA_UM, DENDRITE_UM, AXON_UM = 20.0, 2.0, 1.0
"""Diameters; the soma is as long as it is wide."""
VOLTAGE = -80.0

_PACKAGE = f"""
from types import SimpleNamespace
from bluepyopt import ephys
from . import evaluator

CellModel = ephys.models.CellModel
ALL = ephys.locations.NrnSeclistLocation("all", "all")

def parameter(name, value):
    return ephys.parameters.NrnSectionParameter(
        name, value, True, param_name=name, locations=[ALL])

def create(etype):
    cell_model = CellModel(
        etype,
        morph=ephys.morphologies.NrnFileMorphology("", do_replace_axon=DO_REPLACE_AXON),
        mechs=[ephys.mechanisms.NrnMODMechanism("pas", suffix="pas", locations=[ALL])],
        params=[parameter("g_pas", {1 / RM}), parameter("e_pas", -70), parameter("Ra", {RA})],
    )
    return SimpleNamespace(cell_model=cell_model, sim=ephys.simulators.NrnSimulator(),
                           fitness_protocols={{}}, fitness_calculator=None)

evaluator.create = create
"""


def write_package(folder: Path, replace_axon: bool = True) -> Path:
    """An e-model's package with code."""
    (folder / "setup").mkdir(parents=True)
    code = _PACKAGE.replace("DO_REPLACE_AXON", str(replace_axon))
    (folder / "setup" / "__init__.py").write_text(code)
    (folder / "setup" / "evaluator.py").touch()
    return folder


def write_cell(path: Path, dendrite_length: float, axon: bool = True) -> Path:
    """A cell with a dendrite of this length (um) and an axon of 200 um."""
    soma, dendrite, stub = SOMA_UM / 2, DENDRITE_UM / 2, AXON_UM / 2
    lines = [
        f"1 1 0 0 0 {soma} -1",
        f"2 1 0 {-soma} 0 {soma} 1",
        f"3 1 0 {soma} 0 {soma} 1",
        f"4 3 {soma} 0 0 {dendrite} 1",
        f"5 3 {soma + dendrite_length} 0 0 {dendrite} 4",
    ]
    if axon:
        lines += [f"6 2 {-soma} 0 0 {stub} 1", f"7 2 {-soma - 200} 0 0 {stub} 6"]
    path.write_text("\n".join(lines) + "\n")
    return path


def cable(diameter: float, length: float) -> float:
    """Input conductance (uS) of a cable (um) with a sealed end."""
    d, length_cm = diameter * 1e-4, length * 1e-4
    constant = math.sqrt(d / 4 * RM / RA)
    return 1e6 * math.pi / 2 * d**1.5 / math.sqrt(RM * RA) * math.tanh(length_cm / constant)


def soma(scale: float = 1.0) -> float:
    """Conductance (uS) of the soma."""
    return 1e6 * math.pi * (SOMA_UM * 1e-4) ** 2 * scale / RM


def axon(scale: float = 1.0) -> float:
    """Input conductance (uS) of the AIS."""
    return cable(scale * AXON_UM, 60)


def describe(package: Path, cell: Path, ais: bool = True, soma: bool = True) -> dict[str, Any]:
    """Measure a cell as an exemplar."""
    arguments = {"ais": ais, "soma": soma, "voltage": VOLTAGE} | _of(cell)
    return run_in_child("describe_exemplar", arguments, package, package / "log")[0]


def exemplar(found: dict[str, Any]) -> EmodelAdaptation:
    """What `describe` found, for the adaptation of other cells."""
    return EmodelAdaptation.measured("ball", "exemplar", VOLTAGE, found)


def adapt(
    package: Path,
    cell: Path,
    exemplar: EmodelAdaptation,
    limits: tuple[float, float] = (0.4, 2.5),
    rounds: int = 2,
) -> dict[str, Any]:
    """Adapt a cell, and build it: its columns, `areas` (um2) of its sections, and what is measured
    in it as in an exemplar (`measured`)."""
    arguments = {"exemplar": asdict(exemplar), "limits": limits, "rounds": rounds}
    return run_in_child(
        f"{__name__}:_adapt", _of(cell) | {"adapt": arguments}, package, package / "log"
    )[0]


def _of(cell: Path) -> dict[str, Any]:
    return {"emodel": "ball", "params": {}, "morph_path": str(cell), "apical_point": None}


def _adapt(params: dict[str, float], adapt: dict[str, Any], **cell: Any) -> dict[str, Any]:
    """Runs in the child."""
    from megate.simulation.adapt import adapt_to_exemplar, measure_exemplar
    from megate.simulation.evaluator import load
    from megate.simulation.sweeps import SweepRunner

    evaluator = load(**cell).evaluator
    found = adapt_to_exemplar(evaluator, params, adapt, SweepRunner(Path.cwd()))
    measured = measure_exemplar(evaluator, params, True, True, VOLTAGE, SweepRunner(Path.cwd()))
    evaluator.cell_model.instantiate(sim=evaluator.sim)
    areas = {
        section.name().rpartition(".")[2]: sum(segment.area() for segment in section)
        for section in evaluator.cell_model.icell.all
    }
    return found | {"areas": areas, "measured": measured}
