"""Cells with a scaled AIS and soma, in Python and in hoc: e-models, and functions that tests run in
child processes, in a package's directory."""

import json
import math
import shutil
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

from config_emodel import EXAMPLE, MORPHOLOGIES, NAME, Files, with_mechanisms

from megate.adaptation.emodel import EmodelAdaptation
from megate.core.vocabulary import Evaluator
from megate.emodels.mechanisms import compile_mechanisms
from megate.emodels.prepare import HOC_TEMPLATE
from megate.processes.child import run_in_child


@dataclass(frozen=True)
class Emodel:
    """An e-model, its exemplar, another morphology, and a step that makes its cells spike (nA)."""

    name: str
    kind: Evaluator
    exemplar: str
    other: str
    step: float
    v_init: float


EMODELS = [
    # a stub of two segments, from the package's code
    Emodel("cADpyr_TPC", Evaluator.CODE, "tpc140301-A1.asc", "tpc140309-B2.swc", 0.6, -80.0),
    # BluePyOpt's stub
    Emodel("cNAC_LBC", Evaluator.BUILTIN, "lbc140501-1.swc", "lbc140501-2.asc", 0.25, -70.0),
    # a tapered stub of ten segments, with myelin
    Emodel(NAME, Evaluator.BUILTIN, "tpc140301-A2.asc", "tpc140309-B2.swc", 0.6, -80.0),
]


@dataclass(frozen=True)
class Prepared:
    """A compiled package, and the exemplar's AIS and soma."""

    emodel: Emodel
    package: Path
    params: dict[str, float]

    @classmethod
    def in_folder(cls, folder: Path, emodel: Emodel) -> "Prepared":
        """Write and compile the package."""
        package = folder / "package"
        if emodel.name == NAME:
            files = Files()
            files.write(with_mechanisms(package))
            params = files.values
        else:
            source = EXAMPLE / "emodels" / emodel.name
            shutil.copytree(source, package, copy_function=shutil.copyfile)
            final = json.loads((EXAMPLE / "emodels" / "final.json").read_text())
            params = final[emodel.name]["params"]
        compile_mechanisms(sorted(package.glob("mechanisms/*.mod")), package)
        return cls(emodel, package, params)

    def run(self, function: str, **arguments: Any) -> Any:
        """Run a function of this module in the package's directory."""
        log = self.package.parent / "log"
        return run_in_child(f"adapted_cells:{function}", arguments, self.package, log)[0]

    def python(self, morphology: str, adaptation: Path | None, *scales: float) -> dict[str, Any]:
        """Describe the cell that is scored, adapted if scales are given."""
        return self.run(
            "described_by_python",
            emodel=self.emodel.name,
            params=self.params,
            kind=self.emodel.kind,
            morphology=str(MORPHOLOGIES / morphology),
            adaptation=adaptation and str(adaptation),
            scales=scales,
            step=self.emodel.step,
            v_init=self.emodel.v_init,
        )

    def adaptation(self, folder: Path, ais: bool = True, soma: bool = True) -> Path:
        """Write the file about the adaptation to the exemplar, without resistances."""
        found = self.run(
            "exemplar_of",
            emodel=self.emodel.name,
            params=self.params,
            kind=self.emodel.kind,
            morphology=str(MORPHOLOGIES / self.emodel.exemplar),
        )
        parts = {"ais": found["ais"] if ais else None, "soma": found["soma"] if soma else None}
        path = folder / "adaptation.json"
        plain = {"emodel": self.emodel.name, "morph_name": "exemplar", "holding_voltage": -80.0}
        EmodelAdaptation.from_plain(plain | parts).write(path)
        return path

    def hoc(self, folder: Path, **options: Any) -> Path:
        """Write the hoc. `options` are further arguments of `write_hoc_files`."""
        template = options.get("template", HOC_TEMPLATE)
        arguments = {
            "emodel": self.emodel.name,
            "params": self.params,
            "morph_path": str(MORPHOLOGIES / self.emodel.exemplar),
            "apical_point": None,
            "cells": [[self.emodel.name, self.emodel.exemplar]],
            "directory": str(folder),
            "kind": self.emodel.kind,
        }
        arguments |= {name: value for name, value in options.items() if name != "template"}
        arguments["template"] = str(template)
        run_in_child("write_hoc_files", arguments, self.package, self.package.parent / "log")
        return folder / f"{arguments['cells'][0][0]}.hoc"

    def of_hoc(self, hoc: Path, morphology: str, *scales: float, simulator: str) -> dict[str, Any]:
        """Describe the hoc's cell, as a simulator builds it."""
        return self.run(
            "described_by_hoc",
            hoc=str(hoc),
            morphology=str(MORPHOLOGIES / morphology),
            scales=scales,
            simulator=simulator,
            step=self.emodel.step,
            v_init=self.emodel.v_init,
        )


# ---- in the child processes ----------------------------------------------------------------------


def exemplar_of(emodel: str, params: dict, kind: str, morphology: str) -> dict[str, Any]:
    """The AIS and the soma of a cell as it is."""
    from megate.adaptation.geometry import Ais, Soma

    _h, cell, _model = _built(emodel, params, kind, morphology, [])
    return {"ais": vars(Ais.of(cell)), "soma": vars(Soma.of(cell))}


def described_by_python(
    emodel: str,
    params: dict,
    kind: str,
    morphology: str,
    adaptation: str | None,
    scales: list[float],
    step: float,
    v_init: float,
) -> dict[str, Any]:
    """The cell that is scored."""
    parts: list[Any] = []
    if scales:
        exemplar = EmodelAdaptation.read(Path(str(adaptation)))
        parts = [
            None if part is None else (part, scale)
            for part, scale in zip((exemplar.ais, exemplar.soma), scales, strict=True)
        ]
    h, cell, _model = _built(emodel, params, kind, morphology, parts)
    return _description(h, cell, step, v_init)


def described_by_hoc(
    hoc: str, morphology: str, scales: list[float], simulator: str, step: float, v_init: float
) -> dict[str, Any]:
    """The hoc's cell, as plain NEURON or BlueCelluLab makes it."""
    path = Path(morphology)
    if simulator == "bluecellulab":
        from bluecellulab import Cell
        from bluecellulab.circuit.circuit_access import EmodelProperties
        from neuron import h

        outer = Cell(
            hoc, morphology, template_format="v6", emodel_properties=EmodelProperties(0, 0, *scales)
        )
        cell = outer.cell.getCell()
    else:
        from neuron import h

        h.load_file("stdrun.hoc")
        h.load_file(hoc)
        cell = outer = getattr(h, Path(hoc).stem)(0, str(path.parent), path.name, *scales)
    h.celsius = 34
    description = _description(h, cell, step, v_init)
    del outer
    return description


def _built(emodel: str, params: dict, kind: str, morphology: str, parts: list) -> Any:
    """NEURON's h, the cell, and the cell model, which must stay."""
    from megate.simulation.adapt import ScaledMorphology
    from megate.simulation.evaluator import load

    evaluator = load(emodel, morphology, None, kind).evaluator
    model, sim = evaluator.cell_model, evaluator.sim
    if parts:
        model.morphology = ScaledMorphology(model.morphology, *parts)
    model.freeze(params)
    model.instantiate(sim=sim)
    return sim.neuron.h, model.icell, model


def _description(h: Any, cell: Any, step: float, v_init: float) -> dict[str, Any]:
    h.v_init = v_init
    segments = [segment for section in cell.all for segment in section]
    soma = cell.soma[0]
    return {
        "sections": [[_short(s), s.L, s.nseg, s.Ra, _parent(s)] for s in cell.all],
        "areas": [segment.area() for segment in segments],
        "diameters": [segment.diam for segment in segments],
        "soma": [
            [of(i) for of in (soma.x3d, soma.y3d, soma.z3d, soma.diam3d)] for i in range(soma.n3d())
        ],
        "resistance": _resistance(h, cell),
        "spikes": _spikes(h, cell, step),
    }


def _short(section: Any) -> str:
    return section.name().split(".")[-1]


def _parent(section: Any) -> str | None:
    parent = section.parentseg()
    return parent and f"{_short(parent.sec)}({parent.x:g})"


def _resistance(h: Any, cell: Any) -> float:
    """The input resistance (MOhm) at the soma, from a step of 10 pA."""
    times, voltages = _run(h, cell, 300, (200, 0.01))
    rest = voltages[max(i for i, t in enumerate(times) if t < 200)]
    return (voltages[-1] - rest) / 0.01


def _spikes(h: Any, cell: Any, step: float) -> list[float]:
    """The times (ms) of the spikes in a step (nA)."""
    times, voltages = _run(h, cell, 300, (50, step))
    return [
        now
        for (_, before), (now, after) in pairwise(zip(times, voltages, strict=True))
        if before < -20 <= after
    ]


def _run(h: Any, cell: Any, end: float, step: tuple[float, float]) -> tuple[list, list]:
    clamp = h.IClamp(cell.soma[0](0.5))
    clamp.delay, clamp.amp, clamp.dur = *step, math.inf
    time, voltage = h.Vector().record(h._ref_t), h.Vector().record(cell.soma[0](0.5)._ref_v)
    h.cvode_active(1)
    h.tstop = end
    h.run()
    clamp.amp = 0
    return list(time), list(voltage)
