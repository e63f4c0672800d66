"""The main protocol: measurements of the cell, current searches, and the other protocols."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from bluepyopt import ephys

from megate.builtin.features import Feature
from megate.builtin.names import (
    DEP,
    HOLDING_CURRENT,
    HYP,
    MAIN,
    PREFIX,
    SOMA_V,
    THRESHOLD_CURRENT,
    level_of,
)
from megate.builtin.recordings import SOMA
from megate.builtin.steps import StepProtocol
from megate.builtin.stimuli import EndAfterSpike

_SHORT = 0.1  # fraction of the step in the first part of the threshold search
_PRECISION_NA = 0.01
_MAX_BISECTIONS = 5
_AFTER_BASE_MS = 10.0
_EFEL_THRESHOLD_MV = -20  # eFEL's default for spikes


_Run: TypeAlias = Callable[[StepProtocol], dict[str, Any]]
"""Runs a sweep on the cell model: recording name -> response."""


class NeverStop:
    """Runs all protocols, in their order."""

    def in_order(self, names: Sequence[str]) -> list[str]:
        """The order in which to run protocols."""
        return list(names)

    def after(self, responses: Mapping[str, Any], protocol: str | None = None) -> bool:
        """Whether to stop with these responses, of which `protocol` has added the last ones."""
        return False


class MainProtocol(ephys.protocols.Protocol):
    """Measures resting potential and input resistance, searches holding and threshold current,
    and runs the other protocols with these currents.

    There may be two holding voltages (`names.levels_of`), with two currents each. All holding
    currents are searched before the first threshold current.

    The responses are those of its protocols, and the currents (nA) under
    ``mm.bpo_holding_current`` and ``mm.bpo_threshold_current``, each followed by the name of its
    level. If a search fails, the remaining protocols are not run, and their features score 250.

    Attributes:
        stop: decides in which order protocols are run after the searches, and after which one to
            stop. The responses are in the order of the protocols.
    """

    def __init__(
        self,
        rmp: StepProtocol,
        rmp_feature: Feature,
        searches: Mapping[str, tuple["HoldingSearch", "ThresholdSearch"]],
        before: Sequence[StepProtocol],
        others: Sequence[StepProtocol],
        objectives_before: Sequence[ephys.objectives.EFeatureObjective],
        limit_before: float,
    ) -> None:
        """
        Args:
            rmp: protocol that measures the resting potential
            rmp_feature: feature of `rmp`, the resting potential (mV)
            searches: level -> searches of its holding and threshold current
            before, others: protocols that are run after the searches; `others` are run only if no
                score of `objectives_before` is above `limit_before`
        """
        super().__init__(MAIN)
        self.rmp = rmp
        self.rmp_feature = rmp_feature
        self.searches = searches
        self.before = before
        self.others = others
        self.objectives_before = objectives_before
        self.limit_before = limit_before
        self.stop = NeverStop()

    def run(
        self,
        cell_model: ephys.models.CellModel,
        param_values: Mapping[str, float],
        sim: Any = None,
        isolate: bool | None = None,
        timeout: float | None = None,
    ) -> dict[str, Any]:
        """Run all protocols on a cell model: response name -> response."""
        options = {"sim": sim, "isolate": isolate, "timeout": timeout}
        cell_model.freeze(param_values)
        try:
            return self._run(lambda protocol: protocol.run(cell_model, {}, **options))
        finally:
            cell_model.unfreeze(param_values.keys())

    def _run(self, run: _Run) -> dict[str, Any]:
        responses = dict(run(self.rmp))
        if self.stop.after(responses):
            return responses
        resting = self.rmp_feature.calculate_feature(responses)
        found: dict[str, tuple[float, float | None]] = {}  # holding current, input resistance
        for level, (search, _) in self.searches.items():
            holding, resistance, rin_responses = search.run(run, resting)
            if holding is None:
                return responses
            found[level] = holding, resistance
            responses |= rin_responses | {f"{PREFIX}.{HOLDING_CURRENT}{level}": holding}
            if self.stop.after(responses):
                return responses
        currents: dict[str, tuple[float, float]] = {}
        for level, (_, search_threshold) in self.searches.items():
            threshold = search_threshold.run(run, *found[level])
            responses[f"{PREFIX}.{THRESHOLD_CURRENT}{level}"] = threshold
            if threshold is None or self.stop.after(responses):
                return responses
            currents[level] = threshold, found[level][0]

        def run_with_currents(protocol: StepProtocol) -> dict[str, Any]:
            return run(protocol.at(*currents[level_of(protocol.name, list(currents))]))

        if self._run_each(self.before, run_with_currents, responses):
            scores = (objective.calculate_score(responses) for objective in self.objectives_before)
            if all(score <= self.limit_before for score in scores):
                self._run_each(self.others, run_with_currents, responses)
        return responses

    def _run_each(
        self, protocols: Sequence[StepProtocol], run: _Run, responses: dict[str, Any]
    ) -> bool:
        """Run protocols and add what they respond to `responses`. Returns whether to go on."""
        by_name = {protocol.name: protocol for protocol in protocols}
        found: dict[str, dict[str, Any]] = {}
        seen, stopped = dict(responses), False
        for name in self.stop.in_order(list(by_name)):
            found[name] = run(by_name[name])
            seen |= found[name]
            if stopped := self.stop.after(seen, name):
                break
        for name in by_name:
            responses |= found.get(name, {})
        return not stopped


@dataclass(frozen=True)
class HoldingSearch:
    """Searches the current that holds the cell at a voltage, and measures Rin with it.

    Attributes:
        rin: protocol that measures the input resistance
        resistance: feature of `rin`, the input resistance (MOhm)
        voltage_mv: holding voltage
        precision_mv: the search stops within this distance of the holding voltage
        max_depth: largest number of bisections
        margin: lower bound of the search, in multiples of the current by Ohm's law
        upper_na: upper bound of the search
    """

    rin: StepProtocol
    resistance: Feature
    voltage_mv: float
    precision_mv: float
    max_depth: int
    margin: float = 2.0
    upper_na: float = 0.0

    def run(
        self, run: _Run, resting_mv: float | None
    ) -> tuple[float | None, float | None, dict[str, Any]]:
        """The holding current (nA), the input resistance (MOhm) with it, and the responses of Rin;
        None if the search fails. `resting_mv` is the resting potential, if it was measured."""
        resistance = self.resistance.calculate_feature(run(self.rin.with_currents(0)))
        if resting_mv is None or not resistance:
            return None, None, {}
        estimate = float(self.voltage_mv - resting_mv) / resistance
        holding = self._bisect(run, lower=self.margin * estimate, upper=self.upper_na)
        if holding is None:
            return None, None, {}
        responses = run(self.rin.with_currents(holding))
        return holding, self.resistance.calculate_feature(responses), responses

    def _bisect(self, run: _Run, lower: float, upper: float) -> float | None:
        for _ in range(self.max_depth):
            middle = upper - abs(upper - lower) / 2
            voltage = self._base_voltage(run, middle)
            if voltage is None:
                return None
            if abs(voltage - self.voltage_mv) < self.precision_mv:
                return middle
            if voltage > self.voltage_mv:
                upper = middle
            elif voltage < self.voltage_mv:
                lower = middle
            else:  # NaN
                return None
        return upper - abs(upper - lower) / 2

    def _base_voltage(self, run: _Run, holding: float) -> float | None:
        """The voltage (mV) before the step. The sweep ends soon after the start of the step."""
        protocol = self.rin.with_currents(holding)
        protocol.end_after(protocol.stim_start + _AFTER_BASE_MS)
        feature = _plain_feature("voltage_base", f"{PREFIX}.{self.rin.name}.{SOMA_V}", protocol)
        return feature.calculate_feature(run(protocol))


@dataclass(frozen=True)
class ThresholdSearch:
    """Searches the smallest current step that makes the cell spike.

    Attributes:
        template: a step and its holding current, without amplitudes
        holding_voltage_mv: voltage with the holding current
        largest_voltage_mv: largest voltage at which the threshold is searched
        short_steps: number of short steps, with which the search begins
        from_rest: the first one cancels the holding current; otherwise it is 0
        only_in_step: only spikes during the step count
    """

    template: StepProtocol
    holding_voltage_mv: float
    largest_voltage_mv: float = -40.0
    short_steps: int = 20
    from_rest: bool = True
    only_in_step: bool = False

    @classmethod
    def at_level(
        cls, level: str, template: StepProtocol, holding_voltage_mv: float
    ) -> "ThresholdSearch":
        """The search at one of two holding voltages, or at the only one."""
        if level not in (DEP, HYP):
            return cls(template, holding_voltage_mv)
        largest = -50.0 if level == HYP else -40.0
        return cls(template, holding_voltage_mv, largest, 5, from_rest=False, only_in_step=True)

    def run(self, run: _Run, holding: float, resistance: float | None) -> float | None:
        """The threshold current (nA) for a holding current (nA) and an input resistance (MOhm);
        None if the cell does not spike up to the largest voltage."""
        if not resistance:
            return None
        lower = -holding if self.from_rest else 0.0
        largest = float(self.largest_voltage_mv - self.holding_voltage_mv) / resistance
        currents = np.linspace(lower, largest, num=self.short_steps)
        for upper in currents:
            if self._spikes(run, holding, upper, short=True):
                break
        else:
            if not self._spikes(run, holding, upper):
                return None
        for _ in range(_MAX_BISECTIONS):
            if abs(upper - lower) < _PRECISION_NA:
                break
            middle = upper - abs(upper - lower) / 2
            if self._spikes(run, holding, middle):
                upper = middle
            else:
                lower = middle
        return upper

    def _spikes(self, run: _Run, holding: float, step: float, short: bool = False) -> bool:
        """Whether eFEL counts a spike. Sweeps end after the first one that NEURON sees."""
        protocol = self.template.with_currents(holding, step)
        if short:
            protocol.shorten(_SHORT)
        recording = f"{PREFIX}.{self.template.name}.{SOMA_V}"
        name = "spike_count_stimint" if self.only_in_step else "Spikecount"
        feature = _plain_feature(name, recording, protocol)
        whole = list(protocol.stimuli)
        start = protocol.stim_start if self.only_in_step else 0.0
        end = EndAfterSpike(protocol.total_duration, SOMA, _EFEL_THRESHOLD_MV, start)
        for protocol.stimuli in ([*whole, end], whole):
            responses = run(protocol)
            if (feature.calculate_feature(responses) or 0) >= 1:
                return True
            response = responses[recording]
            if response is None or response["time"].iloc[-1] >= protocol.total_duration:
                return False
            # eFEL interpolates, and may not see a very small spike
        return False


def _plain_feature(
    name: str, recording: str, protocol: StepProtocol
) -> ephys.efeatures.eFELFeature:
    """A feature with eFEL's default settings, which is not scored."""
    return ephys.efeatures.eFELFeature(
        name,
        efel_feature_name=name,
        recording_names={"": recording},
        stim_start=protocol.stim_start,
        stim_end=protocol.stim_end,
    )
