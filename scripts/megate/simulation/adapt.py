"""Adapt cells: measure input resistances in NEURON, and scale AIS and soma to them.

Resistances are measured at the soma, at the voltage at which the e-model's exemplar is held, as the
change of a voltage clamp's current by a step of 1 mV. A measurement changes the cell, so each cell
is built for it alone, in a process of its own.
"""

import contextlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from megate.adaptation.emodel import AIS, SOMA, EmodelAdaptation, Part
from megate.adaptation.geometry import Ais, Soma, set_diameters
from megate.adaptation.resistance import SCALES
from megate.core.errors import MegateError
from megate.simulation.built_cell import Cost
from megate.simulation.sweeps import SweepRunner

_SETTLE_MS, _STEP_MS = 500.0, 500.0
_STEP_MV = 1.0
_CLAMP_MOHM = 0.1
_FINE = 1e-5  # error of variable time steps; parts alone have large resistances, small currents
_SAME = 1e-3  # a smaller relative change of the soma's scale does not change the AIS's resistances
_NO_SOMA_UM = 1e-3  # length of a soma that conducts, but has (almost) no membrane

Resistance = Callable[[], float]
"""Measures the input resistance of a cell as it is now, MOhm."""


class ScaledMorphology:
    """A morphology (BluePyOpt) whose cells get a scaled AIS and soma, once it has built them."""

    def __init__(
        self, morphology: Any, ais: tuple[Ais, float] | None, soma: tuple[Soma, float] | None
    ):
        """`ais`, `soma`: the exemplar's, with the scale, or None for those of the morphology."""
        self._morphology = morphology
        self._parts = [part for part in (ais, soma) if part is not None]

    def __getattr__(self, name: str) -> Any:
        if name == "_morphology":  # while it is unpickled
            raise AttributeError(name)
        return getattr(self._morphology, name)

    def __setattr__(self, name: str, value: Any) -> None:
        if name in ("_morphology", "_parts"):
            super().__setattr__(name, value)
        else:
            setattr(self._morphology, name, value)

    def instantiate(self, sim: Any = None, icell: Any = None) -> None:
        """Build the cell.

        Raises:
            OtherAxonError: its axon is not one that can be scaled.
        """
        self._morphology.instantiate(sim=sim, icell=icell)
        for part, scale in self._parts:
            part.apply(icell, scale)

    def destroy(self, sim: Any = None) -> None:
        self._morphology.destroy(sim=sim)


class _OnCell:
    """Something to do with a built cell, in the place of a protocol."""

    def __init__(self, task: Callable[..., Any], arguments: Mapping[str, Any]) -> None:
        self._task, self._arguments = task, arguments

    def _run_func(self, cell_model: Any, param_values: dict[str, float], sim: Any) -> Any:
        for mechanism in cell_model.mechanisms or []:
            if hasattr(mechanism, "deterministic"):
                mechanism.deterministic = True
        cell_model.freeze(param_values)
        try:
            cell_model.instantiate(sim=sim)
            return self._task(cell_model.icell, sim, **self._arguments)
        finally:
            cell_model.unfreeze(param_values)


def adapt_to_exemplar(
    evaluator: Any,
    params: dict[str, float],
    adapt: Mapping[str, Any],
    runner: SweepRunner,
) -> dict[str, Any]:
    """Scale the AIS and the soma of the evaluator's cell. Its cell model then builds this cell.

    Args:
        adapt: `exemplar` (values of `EmodelAdaptation`), `limits` and `rounds`

    Returns:
        The columns about the adaptation of `megate.scores.shards.SCHEMA`.

    Raises:
        MegateError: the axon is not one that can be scaled, or a resistance is not positive.
    """
    exemplar = EmodelAdaptation.from_plain(adapt["exemplar"])
    arguments = {"exemplar": exemplar, "limits": adapt["limits"], "rounds": adapt["rounds"]}
    cell_model = evaluator.cell_model
    morphology = cell_model.morphology
    # the cell that is measured has the exemplar's AIS and soma from the start, because parameters
    # may depend on the distance from the soma
    cell_model.morphology = _scaled(morphology, exemplar, 1.0, 1.0)
    found: dict[str, Any] = runner.run_alone(
        _OnCell(_scales, arguments), cell_model, params, evaluator.sim
    )
    cell_model.morphology = _scaled(morphology, exemplar, found["AIS_scaler"], found["soma_scaler"])
    cost, runner.cost = runner.cost, Cost()  # so that it does not count as that of the protocols
    return found | {"adapt_cpu_s": cost.build_cpu_s + cost.solve_cpu_s}


def _scaled(
    morphology: Any, exemplar: EmodelAdaptation, ais_scale: float, soma_scale: float
) -> ScaledMorphology:
    ais, soma = exemplar.ais, exemplar.soma
    return ScaledMorphology(
        morphology, (ais, ais_scale) if ais else None, (soma, soma_scale) if soma else None
    )


def _scales(
    cell: Any, sim: Any, exemplar: EmodelAdaptation, limits: Sequence[float], rounds: int
) -> dict[str, Any]:
    """Find the scales of a cell that has the exemplar's AIS and soma.

    Raises:
        MegateError: it does not have them, or a resistance is not positive.
    """
    if not all(exemplar.shape_of(part).is_in(cell) for part in exemplar.parts):
        raise MegateError(
            "adapt: the e-model's code does not build the cell from cell_model.morphology, so AIS "
            "and soma cannot be scaled; set adapt: false"
        )
    measure = _resistance_at_soma(cell, sim, exemplar.holding_voltage)
    rin: dict[Part, float] = {}
    scales, at_limit = {AIS: 1.0, SOMA: 1.0}, {}
    steps = []

    def measure_without(part: Part) -> None:
        with _WITHOUT[part](cell):
            rin[part] = measure()

    before = 1.0
    for _ in range(rounds):
        for part in exemplar.parts:
            measure_without(part)
            wanted = exemplar.rho_of(part) * rin[part]
            if not wanted > 0:
                raise MegateError(
                    f"adapt: the input resistance of the cell without {part.name} is "
                    f"{rin[part]:.4g} MOhm at {exemplar.holding_voltage:.4g} mV, expected a "
                    "positive number"
                )
            before = scales[part]
            scales[part], at_limit[part] = exemplar.resistance_of(part).scale_for(wanted, limits)
            exemplar.shape_of(part).apply(cell, scales[part])
            steps.append((part.key, wanted, scales[part]))
    # the cell without AIS was measured with the soma of the round before
    if len(exemplar.parts) > 1 and abs(scales[SOMA] / before - 1) > _SAME:
        measure_without(AIS)
    rho = {
        part: exemplar.resistance_of(part).at(scales[part]) / rin[part] for part in exemplar.parts
    }
    return {
        "AIS_scaler": scales[AIS],
        "soma_scaler": scales[SOMA],
        "rin_without_ais": rin.get(AIS),
        "rin_without_soma": rin.get(SOMA),
        "rho_axon": rho.get(AIS),
        "rho": rho.get(SOMA),
        "at_limit": any(at_limit.values()),
        "adaptation": json.dumps({"limits": list(limits), "steps": steps}),
    }


def measure_exemplar(
    evaluator: Any,
    params: dict[str, float],
    ais: bool,
    soma: bool,
    voltage: float,
    runner: SweepRunner,
) -> dict[str, Any]:
    """Measure an e-model's exemplar at a voltage (mV).

    Args:
        ais, soma: what will be scaled

    Returns:
        `ais`, `soma`: the geometry, as plain values, or None
        `rin_without_ais`, `rin_without_soma`, `rin_ais`, `rin_soma`: MOhm, where they are needed
        `rin_of_ais`, `rin_of_soma`: those at each of `SCALES`

    Raises:
        OtherAxonError: the axon is not one whose AIS can be scaled.
    """

    def run(task: Callable[..., Any]) -> dict[str, Any]:
        arguments = {"ais": ais, "soma": soma, "voltage": voltage}
        found: dict[str, Any] = runner.run_alone(
            _OnCell(task, arguments), evaluator.cell_model, params, evaluator.sim
        )
        return found

    found = run(_rest_of_exemplar)
    if ais:
        found |= run(_ais_alone)
    if soma:
        found |= run(_soma_alone)
    return found


def _rest_of_exemplar(cell: Any, sim: Any, ais: bool, soma: bool, voltage: float) -> dict[str, Any]:
    found: dict[str, Any] = {}
    measure = _resistance_at_soma(cell, sim, voltage)
    if ais:
        found["ais"] = vars(Ais.of(cell))
        with _without_ais(cell):
            found["rin_without_ais"] = measure()
    if soma:
        of_exemplar = Soma.of(cell)
        found["soma"] = vars(of_exemplar)
        of_exemplar.apply(cell, 1.0)  # a cylinder has no membrane if its length is 0
        with _without_soma(cell):
            found["rin_without_soma"] = measure()
    return found


def _ais_alone(cell: Any, sim: Any, voltage: float, **_: Any) -> dict[str, Any]:
    ais, sections = Ais.of(cell), [cell.axon[0], cell.axon[1]]
    sim.neuron.h.disconnect(sec=sections[0])
    _delete_all_but(cell, sim, sections)
    return _at_scales(
        AIS,
        sim,
        lambda scale: set_diameters(sections, ais.scaled(scale)),
        _resistance(sim, sections[0](0), voltage),
    )


def _soma_alone(cell: Any, sim: Any, voltage: float, **_: Any) -> dict[str, Any]:
    soma = Soma.of(cell)
    _delete_all_but(cell, sim, [cell.soma[0]])
    return _at_scales(
        SOMA,
        sim,
        lambda scale: soma.apply(cell, scale),
        _resistance(sim, cell.soma[0](0.5), voltage),
    )


def _at_scales(
    part: Part, sim: Any, set_scale: Callable[[float], None], measure: Resistance
) -> dict[str, Any]:
    sim.neuron.h.CVode().atol(_FINE)
    own = measure()
    found = []
    for scale in SCALES:
        set_scale(float(scale))
        found.append(measure())
    return {f"rin_{part.key}": own, f"rin_of_{part.key}": found}


def _delete_all_but(cell: Any, sim: Any, kept: Sequence[Any]) -> None:
    for section in list(cell.all):
        if section not in kept:
            sim.neuron.h.delete_section(sec=section)


@contextlib.contextmanager
def _without_ais(cell: Any) -> Iterator[None]:
    """The cell without its axon, and the myelin behind it."""
    first = cell.axon[0]
    where = first.parentseg()
    section, x = where.sec, where.x
    first.disconnect()
    try:
        yield
    finally:
        first.connect(section(x), 0)


@contextlib.contextmanager
def _without_soma(cell: Any) -> Iterator[None]:
    """The cell with a soma that connects the rest, but has almost no membrane."""
    section = cell.soma[0]
    length = section.L
    section.L = _NO_SOMA_UM
    try:
        yield
    finally:
        section.L = length


_WITHOUT = {AIS: _without_ais, SOMA: _without_soma}


def _resistance_at_soma(cell: Any, sim: Any, voltage: float) -> Resistance:
    return _resistance(sim, cell.soma[0](0.5), voltage)


def _resistance(sim: Any, segment: Any, voltage: float) -> Resistance:
    """Measures the input resistance at `segment` (MOhm), around `voltage` (mV)."""
    h = sim.neuron.h

    def measure() -> float:
        clamp = h.SEClamp(segment)
        clamp.rs = _CLAMP_MOHM
        clamp.dur1, clamp.amp1 = _SETTLE_MS, voltage
        clamp.dur2, clamp.amp2 = 2 * _STEP_MS, voltage + _STEP_MV
        recorded = [
            h.Vector().record(source) for source in (h._ref_t, segment._ref_v, clamp._ref_i)
        ]
        sim.run(_SETTLE_MS + _STEP_MS)
        times, voltages, currents = map(np.array, recorded)
        before = np.searchsorted(times, _SETTLE_MS) - 1
        return float((voltages[-1] - voltages[before]) / (currents[-1] - currents[before]))

    return measure
