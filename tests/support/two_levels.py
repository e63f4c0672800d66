"""An e-model without code whose currents are searched at two holding voltages: a soma and an axon
with NEURON's own channels. And functions that its tests run in child processes: plain NEURON."""

from pathlib import Path
from typing import Any

from config_emodel import NAME, Files

PARAMS: dict[str, float] = {"gnabar_hh.all": 0.12}
RMP = "steady_state_voltage_stimend"
DEP_MV, HYP_MV = -62.0, -72.0
DT = 0.05
CELL = "cell.swc"
AXON = [(4, 2.0), (4, 1.0), (5, 0.5)]
"""Length and diameter of the axon's parts, um."""


def _step(**more: Any) -> dict[str, Any]:
    return {"delay": 50, "duration": 100, "totduration": 170} | more


def _search() -> dict[str, Any]:
    whole = {"delay": 0, "duration": 170, "totduration": 170, "amp": None}
    template = {"stimuli": {"step": _step(amp=None), "holding": whole}}
    return {"type": "RatSSCxThresholdDetectionProtocol", "step_template": template}


def protocols() -> dict[str, Any]:
    found: dict[str, Any] = {
        "Main": {
            "type": "RatSSCxMainProtocol",
            "other_protocols": ["Step_150", "Step_150_hyp"],
            "pre_protocols": [],
        },
        "RMP": {"type": "StepProtocol", "stimuli": {"step": _step(amp=0)}},
    }
    for level, amplitude in (("_dep", -0.01), ("_hyp", -0.02)):
        whole = {"delay": 0, "duration": 170, "totduration": 170}
        found[f"Rin{level}"] = {
            "type": "StepProtocol",
            "stimuli": {"step": _step(amp=amplitude), "holding": whole},
        }
        found[f"RinHoldcurrent{level}"] = {
            "type": "RatSSCxRinHoldcurrentProtocol",
            "holdi_precision": 0.1,
            "holdi_max_depth": 14,
            "holdi_estimate_multiplier": 4,
        }
        found[f"ThresholdDetection{level}"] = _search()
    for name in ("Step_150", "Step_150_hyp"):
        step = {"step": _step(thresh_perc=150.0)}
        found[name] = {"type": "StepThresholdProtocol", "stimuli": step}
    return found


def _features(*named: tuple[str, float, float]) -> dict[str, Any]:
    return {"soma.v": [{"feature": name, "val": [mean, std]} for name, mean, std in named]}


def features() -> dict[str, Any]:
    found = {"RMP": _features((RMP, -65.0, 1.0))}
    for level, voltage in (("_dep", DEP_MV), ("_hyp", HYP_MV)):
        resistance = ("ohmic_input_resistance_vb_ssse", 100.0, 20.0)
        found[f"Rin{level}"] = _features(("voltage_base", voltage, 1.0), resistance)
        current = f"bpo_holding_current{level}"
        found[f"RinHoldCurrent{level}"] = _features((current, 0.05, 0.01))
        current = f"bpo_threshold_current{level}"
        found[f"ThresholdDetection{level}"] = _features((current, 0.1, 0.02))
    for name in ("Step_150", "Step_150_hyp"):
        found[name] = _features(("voltage_base", -70.0, 1.0), ("spike_count", 1.0, 1.0))
    return found


def files() -> Files:
    made = Files(protocols=protocols(), features=features(), values=PARAMS)
    made.recipes[NAME] |= {"morph_modifiers": ["replace_axon_with_taper_without_myelin"], "dt": DT}
    del made.recipes[NAME]["use_powertransform"]
    made.params = {
        "mechanisms": {"all": {"mech": ["hh"]}},
        "parameters": {
            "global": [{"name": "celsius", "val": 6.3}, {"name": "v_init", "val": -65}],
            "all": [
                {"name": "Ra", "val": 100},
                {"name": "cm", "val": 1},
                {"name": "gnabar_hh", "val": [0, 1]},
            ],
        },
    }
    return made


def write_package(folder: Path) -> Path:
    """Write the package, with its cell: a soma of 30 um and an axon that is shorter than 60 um."""
    files().write(folder)
    lines = ["1 1 0 0 0 15 -1", "2 1 0 -15 0 15 1", "3 1 0 15 0 15 1"]
    x, parent = 15.0, 1
    for length, diameter in AXON:
        number = len(lines) + 1
        lines.append(f"{number} 2 {x} 0 0 {diameter / 2} {parent}")
        x += length
        lines.append(f"{number + 1} 2 {x} 0 0 {diameter / 2} {number}")
        parent = number + 1
    (folder / CELL).write_text("\n".join(lines) + "\n")
    return folder


def _built() -> tuple[Any, Any, Any]:
    from megate.builtin.evaluator import create_evaluator

    evaluator = create_evaluator(Path.cwd(), NAME, CELL, None)
    evaluator.cell_model.freeze(PARAMS)
    evaluator.cell_model.instantiate(sim=evaluator.sim)
    return evaluator.sim.neuron.h, evaluator.cell_model.icell, evaluator.cell_model


def traces(stimuli: list[list[float]], end: float) -> list[list[list[float]]]:
    """Times (ms) and the soma's voltages (mV) with a holding current and a step (nA), for each."""
    h, cell, _model = _built()
    found = []
    for holding, step in stimuli:
        clamps = []
        for delay, duration, amplitude in ((50, 100, step), (0, end, holding)):
            clamp = h.IClamp(cell.soma[0](0.5))
            clamp.delay, clamp.dur, clamp.amp = delay, duration, amplitude
            clamps.append(clamp)
        time, voltage = h.Vector().record(h._ref_t), h.Vector().record(cell.soma[0](0.5)._ref_v)
        h.cvode_active(0)
        h.dt, h.steps_per_ms, h.tstop = DT, 1 / DT, end
        h.run()
        found.append([list(time), list(voltage)])
        del clamps
    return found


def axon() -> dict[str, list[Any]]:
    """The diameters of the segments of the new axon, and the names of all sections."""
    _h, cell, _model = _built()
    names = [section.name().split(".")[-1] for section in cell.all]
    return {"diameters": [s.diam for section in cell.axonal for s in section], "names": names}


def axon_of_hoc(hoc: str) -> dict[str, list[Any]]:
    """The same of the hoc's cell."""
    from neuron import h

    h.load_file("stdrun.hoc")
    h.load_file(hoc)
    cell = getattr(h, NAME)(0, ".", CELL)
    names = [section.name().split(".")[-1] for section in cell.all]
    return {"diameters": [s.diam for section in cell.axonal for s in section], "names": names}
