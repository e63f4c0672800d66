"""The built-in evaluator's main protocol stops once all combinations have failed, and runs no sweep
after that. The sweeps are not simulated here."""

from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import pytest

from megate.builtin.main import MainProtocol
from megate.simulation.early_stop import EarlyStop, is_ready, run_protocols

HOLDING, THRESHOLD = "mm.bpo_holding_current", "mm.bpo_threshold_current"


@dataclass
class Objective:
    """The score is the value of a response; it counts how often it is asked for."""

    name: str
    response: str
    asked: int = 0

    @property
    def features(self) -> list[Any]:
        return [SimpleNamespace(recording_names={"": self.response})]

    def calculate_score(self, responses: dict[str, float]) -> float:
        self.asked += 1
        return responses.get(self.response, 250.0)


class Sweep:
    def __init__(self, name: str) -> None:
        self.name = name

    def at(self, threshold: float, holding: float) -> "Sweep":
        assert (threshold, holding) == (0.3, -0.1)
        return self


@dataclass
class Cell:
    """A cell whose response to each sweep is a number; it records what is run."""

    ran: list[str] = field(default_factory=list)

    def run(self, sweep: Sweep) -> dict[str, float]:
        self.ran.append(sweep.name)
        return {f"mm.{sweep.name}.soma.v": VALUES[sweep.name]}


VALUES = {"RMP": 1.0, "Rin": 2.0, "Pre": 3.0, "A": 4.0, "B": 5.0, "C": 6.0}
EVERYTHING = ["RMP", "Rin", "search", "Pre", "A", "B", "C"]
OBJECTIVES = [*(f"mm.{name}.soma.v" for name in VALUES), HOLDING, THRESHOLD]


def run(
    limits: list[dict[str, float | None]], known: dict[str, dict[str, float]] | None = None
) -> tuple[list[str], dict[str, Any], EarlyStop]:
    """What was run, the responses, and the object that stops."""
    cell = Cell()
    rin = Sweep("Rin")

    def search_threshold(run: Any, holding: float, resistance: float) -> float:
        cell.ran.append("search")
        return 0.3

    search_holding = SimpleNamespace(run=lambda run, resting: (-0.1, 50.0, run(rin)))
    searches = search_holding, SimpleNamespace(run=search_threshold)
    main = MainProtocol(
        rmp=Sweep("RMP"),
        rmp_feature=SimpleNamespace(calculate_feature=lambda responses: -75.0),
        searches={"": searches},
        before=[Sweep("Pre")],
        others=[Sweep("A"), Sweep("B"), Sweep("C")],
        objectives_before=[],
        limit_before=1,
    )
    cost = iter(range(100))
    objectives = [Objective(name, name) for name in OBJECTIVES]
    main.stop = EarlyStop(objectives, limits, known or {}, lambda: float(next(cost)))
    return cell.ran, main._run(cell.run), main.stop


def limit(name: str, value: float | None = 0.5) -> dict[str, float | None]:
    return {name if name.startswith("mm.") else f"mm.{name}.soma.v": value}


@pytest.mark.parametrize(
    ("failing", "ran"),
    [
        ("RMP", ["RMP"]),
        ("Rin", ["RMP", "Rin"]),
        ("Pre", ["RMP", "Rin", "search", "Pre"]),
        ("A", ["RMP", "Rin", "search", "Pre", "A"]),
        ("C", EVERYTHING),
    ],
)
def test_no_sweep_is_run_after_the_one_that_fails(failing: str, ran: list[str]):
    found, responses, stop = run([limit(failing)])
    assert found == ran
    assert stop.stopped_at == f"mm.{failing}.soma.v"
    sweeps = [name for name in ran if name != "search"]
    assert [name for name in responses if "bpo" not in name] == [f"mm.{n}.soma.v" for n in sweeps]


@pytest.mark.parametrize(
    ("value", "stops"), [(4.1, False), (4.0, False), (3.9, True), (0.0, True), (None, True)]
)
def test_a_score_at_the_limit_passes(value: float | None, stops: bool):
    found, _, stop = run([limit("A", value)])
    assert (found == EVERYTHING) == (not stops)
    assert (stop.stopped_at is not None) == stops


def test_currents_are_known_before_the_next_search():
    _, responses, stop = run([limit(HOLDING, -0.2)])
    assert stop.stopped_at == HOLDING and THRESHOLD not in responses
    found, responses, stop = run([limit(THRESHOLD, 0.2)])
    assert stop.stopped_at == THRESHOLD and found[-1] == "search" and responses[THRESHOLD] == 0.3


@pytest.mark.parametrize(
    ("failing", "ran"),
    [
        ("Rin_dep", ["RMP", "Rin_dep"]),
        ("mm.bpo_holding_current_hyp", ["RMP", "Rin_dep", "Rin_hyp"]),
        ("mm.bpo_threshold_current_dep", ["RMP", "Rin_dep", "Rin_hyp", "search_dep"]),
        ("A_hyp", ["RMP", "Rin_dep", "Rin_hyp", "search_dep", "search_hyp", "A", "A_hyp"]),
    ],
)
def test_with_two_holding_voltages(failing: str, ran: list[str]):
    """Each protocol gets the currents of its holding voltage."""
    found: list[str] = []
    given = {}

    def run(sweep: Any) -> dict[str, float]:
        found.append(sweep.name)
        return {f"mm.{sweep.name}.soma.v": 1.0}

    def searches(level: str, holding: float, threshold: float) -> tuple[Any, Any]:
        def search_threshold(run: Any, *arguments: float) -> float:
            assert arguments == (holding, 50.0)
            found.append(f"search{level}")
            return threshold

        rin = Sweep(f"Rin{level}")
        search_holding = SimpleNamespace(run=lambda run, resting: (holding, 50.0, run(rin)))
        return search_holding, SimpleNamespace(run=search_threshold)

    def step(name: str) -> Any:
        def at(*currents: float) -> Sweep:
            given[name] = currents
            return Sweep(name)

        return SimpleNamespace(name=name, at=at)

    main = MainProtocol(
        rmp=Sweep("RMP"),
        rmp_feature=SimpleNamespace(calculate_feature=lambda responses: -75.0),
        searches={"_dep": searches("_dep", 0.1, 0.2), "_hyp": searches("_hyp", -0.1, 0.3)},
        before=[],
        others=[step("A"), step("A_hyp"), step("B")],
        objectives_before=[],
        limit_before=1,
    )
    name = failing if failing.startswith("mm.") else f"mm.{failing}.soma.v"
    main.stop = EarlyStop([Objective(name, name)], [{name: -1.0}], {}, lambda: 0.0)
    responses = main._run(run)
    assert found == ran and main.stop.stopped_at == name
    assert given == ({"A": (0.2, 0.1), "A_hyp": (0.3, -0.1)} if failing == "A_hyp" else {})
    searched = ["holding_current_dep", "holding_current_hyp", "threshold_current_dep"]
    names = [name.removeprefix("mm.bpo_") for name in responses if "bpo" in name]
    assert names == [*searched, "threshold_current_hyp"][: len(names)]


def test_all_combinations_must_have_failed():
    both = [limit("RMP"), limit("B")]
    assert run(both)[0] == ["RMP", "Rin", "search", "Pre", "A", "B"]
    assert run(both)[2].stopped_at == "mm.B.soma.v"
    assert run([limit("RMP"), {}])[0] == EVERYTHING
    assert run([])[0] == EVERYTHING


def test_a_missing_score_is_not_over_the_limit(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(VALUES, "A", float("nan"))
    assert run([limit("A")])[2].stopped_at is None


def test_protocols_are_run_in_the_order_of_what_they_have_told():
    """The responses stay in the order of the protocols; the first protocols stay first."""
    known = {
        "A": {"runs": 8, "failed": 0, "cpu_s": 8.0},
        "B": {"runs": 8, "failed": 1, "cpu_s": 8.0},
        "C": {"runs": 8, "failed": 8, "cpu_s": 8.0},
    }
    found, responses, _ = run([], known)
    assert found == ["RMP", "Rin", "search", "Pre", "C", "B", "A"]
    assert list(responses) == list(run([])[1])
    found, responses, stop = run([limit("B")], known)
    assert found[-2:] == ["C", "B"]
    assert list(responses)[-2:] == ["mm.B.soma.v", "mm.C.soma.v"]
    assert stop.stopped_at == "mm.B.soma.v"
    assert list(stop.scores(responses)) == [n for n in OBJECTIVES if n != "mm.A.soma.v"]


def test_what_protocols_told():
    _, _, stop = run([limit("A") | limit("B", 9.0), limit("C", 9.0)])
    assert stop.stopped_at is None
    told = {name: of["failed"] for name, of in stop.protocols.items()}
    assert told == {"Pre": False, "A": True, "B": False, "C": False}
    assert {of["cpu_s"] for of in stop.protocols.values()} == {1.0}


def test_each_score_is_computed_once():
    cell = {"r": 1.0}
    objective, skipped = Objective("f", "r"), Objective("g", "r")
    stop = EarlyStop([objective, skipped], [{"f": 5.0}], {}, lambda: 0.0)
    for _ in range(3):
        assert not stop.after(cell)
    assert (objective.asked, skipped.asked) == (1, 0)


def test_features_that_do_not_name_their_responses_wait():
    responses = {"a": 1, "b": 2}
    plain = Objective("f", "a")
    assert is_ready(plain, responses)
    assert not is_ready(Objective("f", "c"), responses)
    several = SimpleNamespace(features=[*plain.features, SimpleNamespace(response="c")])
    assert not is_ready(several, responses) and is_ready(several, {**responses, "c": 3})
    for features in ([SimpleNamespace()], [SimpleNamespace(recording_names={})], []):
        assert not is_ready(SimpleNamespace(features=features), responses)
    assert not is_ready(SimpleNamespace(), responses)


# ---- evaluators with several protocols


def evaluator(own: bool = False, names: tuple[str, ...] = ("A", "B", "C")) -> Any:
    """A CellEvaluator whose protocols are `names`; `ran` has those that were run."""
    from bluepyopt import ephys

    class Evaluator(ephys.evaluators.CellEvaluator):
        def __init__(self) -> None:
            self.fitness_protocols = {name: Sweep(name) for name in names}
            objectives = [Objective(name, name) for name in OBJECTIVES]
            self.fitness_calculator = SimpleNamespace(objectives=objectives)
            self.isolate_protocols = self.timeout = None
            self.cell = Cell()

        def run_protocol(self, protocol: Sweep, **_: Any) -> dict[str, float]:
            return self.cell.run(protocol)

    class Own(Evaluator):
        def run_protocols(self, protocols: Any, params: Any) -> dict[str, float]:
            return super().run_protocols(protocols, params)

    return Own() if own else Evaluator()


RUNNER = SimpleNamespace(cost=SimpleNamespace(build_cpu_s=0.0, solve_cpu_s=0.0))
KNOWN = {"C": {"runs": 9, "failed": 9, "cpu_s": 1.0}, "A": {"runs": 9, "failed": 0, "cpu_s": 1.0}}


@pytest.mark.parametrize(("builtin", "ran"), [(True, ["C", "B"]), (False, ["A", "B"])])
def test_protocols_of_a_package_are_run_one_by_one_in_their_order(builtin: bool, ran: list[str]):
    made = evaluator()
    responses, told = run_protocols(made, {}, RUNNER, builtin, [limit("B")], KNOWN)
    assert made.cell.ran == ran
    assert list(responses) == [f"mm.{name}.soma.v" for name in sorted(ran)]
    assert told["stopped_at"] == "mm.B.soma.v"
    assert told["scores"] == {f"mm.{name}.soma.v": VALUES[name] for name in sorted(ran)}


@pytest.mark.parametrize("made", [evaluator(own=True), evaluator(names=("B",))])
def test_other_packages_are_not_stopped(made: Any):
    _, told = run_protocols(made, {}, RUNNER, False, [limit("B")], {})
    assert told == {"stopped_at": None, "protocols": {}}
    assert made.cell.ran == list(made.fitness_protocols)


def test_without_limits_all_protocols_are_run():
    made = evaluator()
    _, told = run_protocols(made, {}, RUNNER, True, [], {})
    assert made.cell.ran == ["A", "B", "C"]
    assert told["stopped_at"] is None and list(told["protocols"]) == ["A", "B", "C"]
    assert "scores" not in told
