"""Functions that test_builtin runs in child processes, in a package's directory: plain NEURON and
BluePyOpt's own features on the built-in evaluator's cells."""

from itertools import pairwise
from pathlib import Path
from typing import Any

from bluepyopt import ephys
from config_emodel import MORPHOLOGIES, NAME, values

from megate.builtin.evaluator import create_evaluator

CELL = str(MORPHOLOGIES / "tpc140301-A2.asc")
APICAL_POINT = 6


def built(morphology: str = CELL, params: dict | None = None) -> tuple[Any, Any, Any]:
    """NEURON's h, the cell, and the cell model, which must stay."""
    evaluator = create_evaluator(Path.cwd(), NAME, morphology, APICAL_POINT)
    model, sim = evaluator.cell_model, evaluator.sim
    model.freeze(values() if params is None else params)
    model.instantiate(sim=sim)
    return sim.neuron.h, model.icell, model


def trace(clamps: list, end: float, deterministic: int = 1) -> list[list[float]]:
    """Times (ms) and the soma's voltages (mV) with current clamps: delay, duration (ms), nA."""
    h, cell, _model = built()
    if not deterministic:
        cell.soma[0].deterministic_StochTest = 0
    return _clamped(h, cell, clamps, end, deterministic)


def _clamped(h: Any, cell: Any, clamps: list, end: float, cvode: int = 1) -> list[list[float]]:
    kept = []
    for delay, duration, amplitude in clamps:
        clamp = h.IClamp(cell.soma[0](0.5))
        clamp.delay, clamp.dur, clamp.amp = delay, duration, amplitude
        kept.append(clamp)
    time, voltage = h.Vector().record(h._ref_t), h.Vector().record(cell.soma[0](0.5)._ref_v)
    h.cvode_active(cvode)
    h.dt, h.steps_per_ms = 0.025, 40
    h.tstop = end
    h.run()
    return [list(time), list(voltage)]


def held_at(current: float, start: float, end: float) -> float:
    """The mean voltage (mV) between two times with a current (nA) from the beginning."""
    times, voltages = trace([[0, end, current]], end)
    within = [v for t, v in zip(times, voltages, strict=True) if t >= start]
    return sum(within) / len(within)


def spikes(holding: float, step: float) -> int:
    """Number of upward crossings of -20 mV during the search's step, with these currents (nA)."""
    times, voltages = trace([[100, 200, step], [0, 320, holding]], 320)
    points = list(zip(times, voltages, strict=True))
    return sum(
        before[1] < -20 <= after[1] and 100 <= after[0] <= 300 for before, after in pairwise(points)
    )


def searched() -> list[dict[str, Any]]:
    """Results of `evaluator.score`: as it is, with a new cell for every sweep, and with searches
    that do not end early."""
    from megate.builtin.stimuli import EndAfterSpike
    from megate.simulation.evaluator import score

    arguments = {"emodel": NAME, "params": values(), "morph_path": CELL, "kind": "builtin"}
    arguments |= {"apical_point": APICAL_POINT}
    found = [score(**arguments), score(**arguments, rebuild_cell=True)]
    EndAfterSpike.look = lambda self: None
    return [*found, score(**arguments)]


def ended_after_spike(step: float, after_ms: float) -> list[list[float]]:
    """The times and voltages of `trace`, of a run that ends after a spike after `after_ms`."""
    from megate.builtin.recordings import SOMA
    from megate.builtin.stimuli import EndAfterSpike

    h, cell, model = built()
    end = EndAfterSpike(320, SOMA, -20, after_ms)
    end.instantiate(create_evaluator(Path.cwd(), NAME, CELL, APICAL_POINT).sim, model.icell)
    found = _clamped(h, cell, [[100, 200, step]], 320)
    end.destroy()
    return found


def scores_by_hand(features: dict, windows: dict) -> dict[str, list[float]]:
    """Scores of each feature of step protocols by the built-in evaluator and by BluePyOpt's class.

    Args:
        features: the features file
        windows: protocol -> begin and end of the stimulus, ms
    """
    from megate.simulation.sweeps import SweepRunner

    evaluator = create_evaluator(Path.cwd(), NAME, CELL, APICAL_POINT)
    with SweepRunner(Path.cwd(), False, None).replacing_bluepyopt():
        responses = evaluator.run_protocols(evaluator.fitness_protocols.values(), values())
    found = evaluator.fitness_calculator.calculate_scores(responses)
    compared = {}
    for protocol, (start, end, amplitude) in windows.items():
        for recording, definitions in features[protocol].items():
            for definition in definitions if recording != "_comment" else ():
                name = f"mm.{protocol}.{recording}.{definition['feature']}"
                feature = ephys.efeatures.eFELFeature(
                    name,
                    efel_feature_name=definition["feature"],
                    recording_names={"": f"mm.{protocol}.{recording}"},
                    stim_start=start,
                    stim_end=end,
                    exp_mean=definition["val"][0],
                    exp_std=definition["val"][1],
                    threshold=definition.get("threshold", -30),
                    stimulus_current=amplitude,
                    int_settings={"strict_stiminterval": definition.get("strict_stim", True)},
                )
                score = feature.calculate_score(responses) * definition.get("weight", 1)
                compared[name] = [float(found[name]), float(score)]
    return compared


def segments(morphology: str) -> list[dict[str, Any]]:
    """Every segment: kind, path length (um) from the middle of the soma, and parameters."""
    h, cell, _model = built(morphology)
    return _segments(h, cell)


def _segments(h: Any, cell: Any) -> list[dict[str, Any]]:
    names = ["gbar_HcnK06", "gbar_NaP08", "gbar_CaLR93", "vt_NaP08", "g_pas", "e_pas", "cm", "diam"]
    found = []
    for section in cell.all:
        kind = _short(section).split("[")[0]
        for segment in section:
            distance = h.distance(cell.soma[0](0.5), segment)
            has = {name: getattr(segment, name) for name in names if _has(segment, name)}
            found.append({"kind": kind, "distance": distance, "celsius": h.celsius} | has)
    return found


def _has(segment: Any, name: str) -> bool:
    mechanism = name.partition("_")[2]
    return not mechanism or segment.sec.has_membrane(mechanism)


def axon(morphology: str) -> dict[str, Any]:
    """The cell's axon, and the file's: per section length and points (x, y, z, diameter; um)."""
    h, cell, _model = built(morphology)
    new = [*cell.axonal, *cell.myelinated]
    described = {
        "names": [_short(section) for section in new],
        "lengths": [section.L for section in new],
        "segments": [section.nseg for section in new],
        "parents": [_parent(section) for section in new],
        "diameters": [segment.diam for section in new for segment in section],
    }
    original = [
        {
            "L": section.L,
            "points": [
                [f(i, sec=section) for f in (h.x3d, h.y3d, h.z3d, h.diam3d)]
                for i in range(int(h.n3d(sec=section)))
            ],
        }
        for section in _original(morphology).icell.axonal
    ]
    return {"new": described | _lists(cell), "original": original}


def _original(morphology: str) -> Any:
    """A cell model of the file alone."""
    model = ephys.models.CellModel(
        "Original", ephys.morphologies.NrnFileMorphology(morphology), [], []
    )
    model.instantiate(sim=ephys.simulators.NrnSimulator())
    return model


def _lists(cell: Any) -> dict[str, list[str]]:
    names = ("all", "somatic", "basal", "apical", "axonal", "myelinated")
    return {name: [_short(section) for section in getattr(cell, name)] for name in names}


def _short(section: Any) -> str:
    return section.name().split(".")[-1]


def _parent(section: Any) -> str | None:
    parent = section.parentseg()
    return parent and f"{_short(parent.sec)}({parent.x:g})"


def evaluators_of(folder: str, examples: int) -> int:
    """Create evaluator and hoc from valid files with other numbers; return how many were valid."""
    from hypothesis import given, settings
    from spoiled_files import renumbered

    from megate.builtin.checks import free_parameters, value_problems
    from megate.builtin.package import read_config_files
    from megate.core.errors import MegateError

    made = []

    @settings(max_examples=examples, deadline=None, database=None, derandomize=True)
    @given(renumbered())
    def make(files: Any) -> None:
        package = files.write(Path(folder))
        try:
            config = read_config_files(package, NAME)
        except MegateError:
            return
        evaluator = create_evaluator(package, NAME, CELL, APICAL_POINT)
        assert evaluator.param_names == list(free_parameters(config.params))
        if not list(value_problems(config.params, values())):
            evaluator.cell_model.create_hoc(values())
            made.append(package)

    make()
    return len(made)


# ---- hoc -----------------------------------------------------------------------------------------


def described_by_python(
    morphology: str, clamps: list, end: float, params: dict[str, float]
) -> dict[str, Any]:
    """The cell of the built-in evaluator, its response to clamps, and how many sections (axonal
    ones by their numbers) the file has."""
    h, cell, _model = built(morphology, params)
    found = {"cell": _description(h, cell), "trace": _clamped(h, cell, clamps, end)}
    names = [_short(section) for section in _original(morphology).icell.all]  # a second cell: last
    axon = [number for number, name in enumerate(names) if name.startswith("axon")]
    return found | {"file": {"all": len(names), "axonal": axon}}


def described_by_hoc(
    hoc: str, morphology: str, clamps: list, end: float, simulator: str
) -> dict[str, Any]:
    """The same of the hoc's cell, as plain NEURON or BlueCelluLab makes it."""
    path = Path(morphology)
    if simulator == "bluecellulab":
        from bluecellulab import Cell
        from bluecellulab.circuit.circuit_access import EmodelProperties
        from neuron import h

        currents = EmodelProperties(threshold_current=0, holding_current=0, AIS_scaler=None)
        outer = Cell(hoc, morphology, template_format="v6", emodel_properties=currents)
        cell = outer.cell.getCell()
    else:
        from neuron import h

        h.load_file("stdrun.hoc")
        h.load_file(hoc)
        cell = outer = getattr(h, NAME)(0, str(path.parent), path.name)
    h.celsius, h.v_init = 34, -80
    axon = [*cell.axonal, *cell.myelinated]
    numbers = {
        "all": cell.nSecAll,
        "axonal": cell.nSecAxonalOrig,
        "numbers": [section(0.0001).v for section in axon],
        "new": [cell.nSecAxonal, cell.nSecMyelinated],
    }
    description = _description(h, cell)
    trace = _clamped(h, cell, clamps, end)
    del outer
    return {"file": numbers, "cell": description, "trace": trace}


def _description(h: Any, cell: Any) -> dict[str, Any]:
    return {
        "lists": _lists(cell),
        "sections": [[s.L, s.Ra, s.nseg, _parent(s)] for s in cell.all],
        "segments": [{k: v for k, v in s.items() if k != "celsius"} for s in _segments(h, cell)],
    }
