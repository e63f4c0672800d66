"""Functions that run BluePyEModel by itself, in child processes."""

from pathlib import Path
from typing import Any


def scored_by_bluepyemodel(emodel: str, params: dict[str, float]) -> dict[str, Any]:
    """Scores and values of an e-model on its exemplar, by BluePyEModel's own functions, in the
    project's folder: those that its validation calls."""
    from bluepyemodel.access_point import get_access_point
    from bluepyemodel.evaluation.evaluation import get_evaluator_from_access_point, get_responses

    access_point = get_access_point("local", emodel, recipes_path="config/recipes.json")
    evaluator = get_evaluator_from_access_point(access_point, include_validation_protocols=True)
    responses = get_responses({"evaluator": evaluator, "parameters": dict(params)})
    scores = evaluator.fitness_calculator.calculate_scores(responses)
    return {
        "scores": {name: float(score) for name, score in scores.items()},
        "bpo": {name: value for name, value in responses.items() if name.startswith("bpo_")},
    }


def cell_in_python(
    emodel: str, params: dict[str, float], morphology: str, celsius: float
) -> dict[str, Any]:
    """`_described` of BluePyEModel's cell on a morphology."""
    from megate.simulation.bluepyemodel import create_evaluator

    evaluator = create_evaluator(Path.cwd(), emodel, morphology)
    model, sim = evaluator.cell_model, evaluator.sim
    model.freeze(params)
    model.instantiate(sim=sim)
    return _described(sim.neuron.h, model.icell, celsius)


def cell_in_hoc(name: str, hoc: str, morphology: str, celsius: float) -> dict[str, Any]:
    """`_described` of the cell of a hoc file with the NEURON template `name`."""
    from bluepyopt.ephys.simulators import NrnSimulator

    h = NrnSimulator().neuron.h  # loads what BluePyOpt loads, and sets its solver
    h.load_file("import3d.hoc")
    h.load_file(hoc)
    path = Path(morphology)
    return _described(h, getattr(h, name)(0, str(path.parent), path.name), celsius)


def _described(h: Any, cell: Any, celsius: float) -> dict[str, Any]:
    """Sections (name, length, segments, parent) and segments (diameter, and all parameters of all
    mechanisms) of a cell, and its response to a step: times (ms) and voltages (mV)."""
    h.load_file("stdrun.hoc")
    sections, segments = [], []
    for section in cell.all:
        parent = section.parentseg()
        name = section.name().split(".")[-1]
        of = parent and [parent.sec.name().split(".")[-1], round(parent.x, 9)]
        sections.append([name, section.L, section.nseg, section.Ra, of])
        for segment in section:
            mechanisms = [mechanism.name() for mechanism in segment]
            values = {"diam": segment.diam, "cm": segment.cm}
            for mechanism in mechanisms:
                standard, text = h.MechanismStandard(mechanism, 1), h.ref("")
                for index in range(int(standard.count())):
                    standard.name(text, index)
                    value = getattr(segment, text[0], None)
                    if isinstance(value, float):
                        values[text[0]] = value
            for reversal in ("ena", "ek"):
                if hasattr(segment, reversal):
                    values[reversal] = getattr(segment, reversal)
            segments.append(values)
    clamp = h.IClamp(cell.soma[0](0.5))
    clamp.delay, clamp.dur, clamp.amp = 20, 50, 0.6
    times, voltages = h.Vector().record(h._ref_t), h.Vector().record(cell.soma[0](0.5)._ref_v)
    h.cvode_active(1)
    h.celsius, h.v_init, h.tstop = celsius, -75, 80
    h.run()
    return {
        "sections": sections,
        "segments": segments,
        "times": list(times),
        "voltages": list(voltages),
    }
