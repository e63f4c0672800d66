"""Why a combination is released or not, for every reason."""

import json
import os
from pathlib import Path
from typing import Any

import pytest
from run_files import BEGUN_LOG, TRACEBACK, write_combos, write_log, write_result
from tables import combo, combos_table, decide, exemplar

from megate.core.errors import MegateError
from megate.core.paths import COMPLIANCE_LOG, Paths
from megate.gating.decisions import write_decisions
from megate.gating.explain import describe_explanation, explain, explanation_document
from megate.scores.gather import gather
from megate.scores.matrix import read_scores

RULES = [{"features": [".*"], "megate_threshold": 5}]


class Run:
    """A run of e-models E and F, whose exemplars are `ex`."""

    def __init__(self, root: Path) -> None:
        self.paths = Paths(root)
        self.combos = combos_table(
            exemplar(),
            exemplar(is_repaired=False, job="E/ex@unrepaired"),
            exemplar(emodel="F"),
            *(combo(name) for name in ("good", "far", "lacks", "bad", "stopped", "silent")),
            combo("good", emodel="F", etype="cNAC"),
            combo("good", emodel="F", etype="cNAC", fullmtype="N"),
        )
        write_combos(self.paths, self.combos)
        write = [
            ("E/ex", {"f": 2.0, "g": 0.5, "skip": 1.0}),
            ("E/ex@unrepaired", {"f": 1.0, "g": 0.5, "skip": 1.0}),
            ("F/ex", {"f": 1.0, "g": 250.0}),
            ("E/good", {"f": 4.0, "g": 1.0, "skip": 99.0}),
            ("E/far", {"f": 11.0, "g": 6.0, "skip": 1.0}),
            ("E/lacks", {"f": 1.0, "g": None, "skip": 1.0}),
            ("F/good", {"f": 9.0, "g": 1.0}),
        ]
        for job, features in write:
            write_result(self.paths, job, features)
        write_result(self.paths, "E/bad", status="raised", exception=TRACEBACK)
        write_result(self.paths, "E/stopped", {"g": 7.0}, stopped_at="g")
        why = "no spike up to 2 nA"
        write_result(self.paths, "E/silent", {"f": 1.0, "g": 1.0, "skip": 1.0}, no_threshold=why)

    def decide(self, **options: Any) -> None:
        jobs = dict.fromkeys(self.combos["job"])
        gather([self.paths.shard(job) for job in jobs], self.paths.scores)
        decisions = decide(
            self.combos,
            read_scores(self.paths.scores),
            options.pop("rules", RULES),
            ["skip"],
            **options,
        )
        write_decisions(self.paths.decisions, decisions)

    def why(self, name: str) -> list[dict[str, Any]]:
        """As JSON has it; and the text can be written."""
        explanations = explain(self.paths, name)
        for each in explanations:
            self.text = "\n".join(describe_explanation(each))
        documents = [explanation_document(each) for each in explanations]
        json.dumps(documents)
        return documents


@pytest.fixture
def run(tmp_path: Path) -> Run:
    run = Run(tmp_path)
    run.decide()
    return run


def test_over_the_limit(run: Run):
    """Limits are max(5, 5 x exemplar): 10 for f, 5 for g."""
    (far,) = run.why("E_M_5_far")
    assert (far["released"], far["reason"], far["status"]) == (False, "over_limit", "scored")
    worst, other, skipped = far["features"]
    assert worst == {
        "feature": "g",
        "score": 6.0,
        "limit": 5.0,
        "margin": pytest.approx(-0.2),
        "exemplar_score": 0.5,
        "value": 22.0,
        "exp_mean": 10.0,
        "exp_std": 2.0,
        "rule": 1,
        "gated": True,
        "feature_passed": False,
        "uncomputable_in_exemplar": False,
    }
    assert (other["feature"], other["limit"], other["exemplar_score"]) == ("f", 10.0, 2.0)
    assert other["margin"] == pytest.approx(-0.1)
    assert (skipped["feature"], skipped["gated"], skipped["limit"]) == ("skip", False, None)
    assert "2 of 2 gated features do not pass, the worst first" in run.text
    lines = [line.split() for line in run.text.splitlines()]
    assert ["6", "5", "-20", "%", "0.5", "22", "10", "2", "g"] in lines


def test_released_with_its_alternatives(run: Run):
    good, of_f, of_n = run.why("good")
    assert (good["combo_name"], good["released"], good["reason"]) == ("E_M_5_good", True, "passed")
    assert [each["feature"] for each in good["features"]] == ["f", "g", "skip"]  # nearest first
    assert good["alternatives"] == [
        {
            "combo_name": "F_M_5_good",
            "emodel": "F",
            "etype": "cNAC",
            "released": False,
            "reason": "over_limit",
            "limiting_feature": "f",
            "limiting_feature_score": 9.0,
            "limiting_feature_limit": 5.0,
            "margin": pytest.approx(-0.8),
        }
    ]
    assert [each["emodel"] for each in of_f["alternatives"]] == ["E"]
    assert of_n["alternatives"] == []
    uncomputable = [each["uncomputable_in_exemplar"] for each in of_f["features"]]
    assert uncomputable == [False, True]


def test_a_simulation_without_scores(run: Run):
    (bad,) = run.why("E/bad")
    assert (bad["reason"], bad["state"], bad["status"]) == ("simulation_error", "failed", "raised")
    assert bad["message"] == "ValueError: no axon"
    assert bad["log"] == str(run.paths.log("score_combo/E/bad"))
    assert bad["features"] == []
    assert "ValueError: no axon" in run.text


def test_a_missing_score(run: Run):
    (lacks,) = run.why("lacks")
    assert lacks["reason"] == "missing_score"
    first = lacks["features"][0]
    assert (first["feature"], first["score"], first["margin"]) == ("g", None, None)
    assert first["feature_passed"] is False


def test_stopped_early(run: Run):
    (stopped,) = run.why("stopped")
    assert (stopped["reason"], stopped["stopped_at"]) == ("over_limit", "g")
    assert [(each["feature"], each["feature_passed"]) for each in stopped["features"]] == [
        ("g", False),
        ("f", None),
        ("skip", None),
    ]
    assert "stopped early at g; what remained was not computed" in run.text


def test_no_threshold(run: Run):
    (silent,) = run.why("silent")
    assert (silent["released"], silent["reason"]) == (False, "no_threshold")
    assert silent["message"] == "no spike up to 2 nA"


def test_select_perc_best(run: Run):
    """Of E's combinations, good, far and silent have all scores; their medians are 2.5, 8.5, 1."""
    run.decide(rules=[], select_perc_best=0.5, release_without_threshold=True)
    (far,) = run.why("far")
    assert far["reason"] == "not_among_best"
    assert far["notes"] == [
        "of the 6 combinations of this e-model, m-type and e-type, 2 are released; their median "
        "scores are 2.5 or less"
    ]


def test_adapted(run: Run):
    write_result(
        run.paths,
        "E/good",
        {"f": 4.0, "g": 1.0, "skip": 1.0},
        AIS_scaler=1.5,
        soma_scaler=0.75,
        rho_axon=8.0,
        at_limit=True,
    )
    run.decide()
    run.paths.adaptation_folder.mkdir()
    run.paths.unadapted_decisions.write_bytes(run.paths.decisions.read_bytes())
    good = run.why("E/good")[0]
    assert (good["AIS_scaler"], good["at_limit"]) == (1.5, True)
    assert good["unadapted"]["reason"] == "passed"
    assert "adapted: AIS_scaler 1.5, soma_scaler 0.75, rho_axon 8; adapt.limits limit" in run.text
    assert "without adaptation: passed" in run.text


def test_imported_scores(run: Run):
    for path in [*run.paths.shards.glob("*/*"), *run.paths.shards.iterdir(), run.paths.shards]:
        path.rmdir() if path.is_dir() else path.unlink()
    assert run.why("far")[0]["features"][0]["value"] == 22.0
    assert run.why("bad")[0]["message"] == "ValueError: no axon"


def test_before_a_decision(run: Run):
    run.paths.decisions.unlink()
    run.paths.shard("E/bad").unlink()
    write_log(run.paths, "E/bad", BEGUN_LOG)
    (far,) = run.why("far")
    assert (far["released"], far["reason"], far["state"]) == (None, None, "done")
    assert [each["value"] for each in far["features"]] == [32.0, 22.0, 12.0]
    assert "nothing is decided yet" in run.text
    (bad,) = run.why("bad")
    assert (bad["state"], bad["status"]) == ("begun", None)


def test_simulated_again_since_the_decision(run: Run):
    later = run.paths.decisions.stat().st_mtime + 1
    shard = write_result(run.paths, "E/far", {"f": 1.0, "g": 1.0, "skip": 1.0})
    os.utime(shard, (later, later))
    (far,) = run.why("far")
    assert far["notes"] == ["it was simulated again since this decision; the next run decides anew"]
    assert [(each["score"], each["value"]) for each in far["features"]] == [
        (6.0, None),
        (11.0, None),
        (1.0, None),
    ]


def test_names_that_neuron_accepts(run: Run):
    """L5_TPC-A and so on are written with _ in the release, if the option says so."""
    combos = combos_table(exemplar(), combo("a-b"))
    write_combos(run.paths, combos)
    with pytest.raises(MegateError):
        run.why("E_M_5_a_b")
    run.paths.release.mkdir()
    (run.paths.release / COMPLIANCE_LOG).touch()
    assert [each["combo_name"] for each in run.why("E_M_5_a_b")] == ["E_M_5_a-b"]


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("goed", "is named 'goed'; the nearest names are good"),
        ("E/fur", "is named 'E/fur'; the nearest names are E/far"),
        ("?", "no combination, morphology or e-model/morphology is named '?'$"),
        ("E", "it is an e-model: give a morphology, too: E/MORPHOLOGY"),
        ("E/ex", "E/ex is the exemplar of the e-model E; exemplars are not released"),
    ],
)
def test_nothing_has_the_name(run: Run, name: str, message: str):
    with pytest.raises(MegateError, match=message.replace("?", r"\?")):
        run.why(name)


def test_no_results(tmp_path: Path):
    with pytest.raises(MegateError, match=r"no results of a run found in"):
        explain(Paths(tmp_path), "a")
