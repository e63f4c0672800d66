"""Stop a simulation once all combinations that it serves have failed (`scoring.stop_early`)."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from bluepyopt import ephys

from megate.builtin.main import MainProtocol, NeverStop
from megate.scores.limits import Limits, all_fail, is_over
from megate.scores.protocols import Protocols, most_telling_first
from megate.simulation.features import number
from megate.simulation.sweeps import SweepRunner


class EarlyStop(NeverStop):
    """Compares the features of a simulation with limits as soon as their responses are there.

    Attributes:
        stopped_at: the feature over its limit with which the last combination failed; None if the
            simulation goes on
        protocols: for each protocol that was run after the current searches, `failed` (whether a
            feature was over its limit) and `cpu_s`, the CPU time, s
    """

    def __init__(
        self,
        objectives: Sequence[Any],
        limits: Sequence[Limits],
        known: Protocols,
        cost: Callable[[], float],
    ) -> None:
        """
        Args:
            objectives: BluePyOpt's objectives; names are those of features
            limits: for each kind of combination, the largest score of each gated feature that
                passes; None if no score passes. Without any, the simulation is not stopped.
            known: of the protocols, for their order
            cost: CPU time of the sweeps so far, s
        """
        self.stopped_at: str | None = None
        self.protocols: dict[str, dict[str, Any]] = {}
        self._objectives = objectives
        self._limits = limits
        self._known = known
        self._cost = cost
        self._paid = cost()
        self._scores: dict[str, float | None] = {}  # of gated features
        gated = set().union(*limits)
        self._waiting = [objective for objective in objectives if objective.name in gated]

    def in_order(self, names: Sequence[str]) -> list[str]:
        """The protocols, those first that are expected to let most cells fail per CPU second."""
        return most_telling_first(names, self._known)

    def after(self, responses: Mapping[str, Any], protocol: str | None = None) -> bool:
        """Whether to stop with these responses, of which `protocol` has added the last ones."""
        over = False
        for objective in [each for each in self._waiting if is_ready(each, responses)]:
            self._waiting.remove(objective)
            name, score = objective.name, number(objective.calculate_score(responses))
            self._scores[name] = score
            over |= any(is_over({name: score}, limits) for limits in self._limits)
            if all_fail(self._scores, self._limits):
                self.stopped_at = name
                break
        paid, self._paid = self._paid, self._cost()
        if protocol is not None:
            self.protocols[protocol] = {"failed": over, "cpu_s": self._paid - paid}
        return self.stopped_at is not None

    def scores(self, responses: Mapping[str, Any]) -> dict[str, float]:
        """The scores of all features whose responses are there."""
        return {
            objective.name: objective.calculate_score(responses)
            for objective in self._objectives
            if is_ready(objective, responses)
        }


def is_ready(objective: Any, responses: Mapping[str, Any]) -> bool:
    """Whether all responses are there that an objective's features need. False if a feature does
    not name its responses."""
    needed: set[str] = set()
    for feature in getattr(objective, "features", None) or [None]:
        recordings = getattr(feature, "recording_names", None)
        if isinstance(recordings, Mapping) and recordings:
            needed.update(recordings.values())
        elif isinstance(response := getattr(feature, "response", None), str):
            needed.add(response)
        else:
            return False
    return needed <= responses.keys()


def run_protocols(
    evaluator: Any,
    params: Mapping[str, float],
    runner: SweepRunner,
    builtin: bool,
    limits: Sequence[Limits],
    known: Protocols,
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Run an evaluator's protocols, until all combinations have failed.

    Protocols of a package are run in their order; the package's own `run_protocols`, or a single
    protocol, is not stopped.

    Args:
        runner: runs the sweeps
        builtin: whether it is the built-in evaluator
        limits, known: as in `EarlyStop`

    Returns:
        The responses by name, and `stopped_at` and `protocols` as in `EarlyStop`; if the simulation
        was stopped, also `scores`, those of all features whose responses are there.
    """

    def cost() -> float:
        return runner.cost.build_cpu_s + runner.cost.solve_cpu_s

    stop = EarlyStop(evaluator.fitness_calculator.objectives, limits, known, cost)
    responses = _responses(evaluator, params, stop, builtin)
    told: dict[str, Any] = {"stopped_at": stop.stopped_at, "protocols": stop.protocols}
    if stop.stopped_at is not None:
        told["scores"] = stop.scores(responses)
    return responses, told


def _responses(
    evaluator: Any, params: Mapping[str, float], stop: EarlyStop, builtin: bool
) -> dict[str, Any]:
    protocols = dict(evaluator.fitness_protocols)
    for protocol in protocols.values():
        if isinstance(protocol, MainProtocol):
            protocol.stop = stop
    own = type(evaluator).run_protocols is not ephys.evaluators.CellEvaluator.run_protocols
    if own or len(protocols) == 1:
        found: dict[str, Any] = evaluator.run_protocols(protocols.values(), params)
        return found
    of_each: dict[str, dict[str, Any]] = {}
    responses: dict[str, Any] = {}
    for name in stop.in_order(list(protocols)) if builtin else protocols:
        of_each[name] = evaluator.run_protocols([protocols[name]], params)
        responses |= of_each[name]
        if stop.after(responses, name):
            break
    in_order = [of_each[name] for name in protocols if name in of_each]
    return {response: of[response] for of in in_order for response in of}
