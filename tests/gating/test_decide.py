"""me-gating: each rule, on tables small enough to decide by hand."""

import json
import math
from collections.abc import Sequence

import numpy as np
import pandas as pd
import pytest
from tables import combo, combos_table, decide, exemplar, scores_table, with_none

from megate.config.config import Select
from megate.core.errors import MegateError
from megate.gating.opt_scores import check_opt_names, check_opt_scores
from megate.gating.outcome import Decisions
from megate.gating.threshold_scan import threshold_sweep
from megate.gating.thresholds import check_thresholds

FIVE = [{"features": [".*"], "megate_threshold": 5}]


def outcome(decisions: Decisions) -> dict[str, str]:
    """Reason by morphology."""
    return dict(zip(decisions.combos["morph_name"], decisions.combos["reason"], strict=True))


def limits(decisions: Decisions, number: int = 0) -> dict[str, float]:
    """Limits of the first combination of an e-model."""
    return decisions.gates[number].limits.iloc[0].to_dict()


# ---- limits


def test_a_score_at_the_limit_passes_and_one_above_fails():
    table = combos_table(exemplar(), combo("at"), combo("above"))
    scores = scores_table({"E/ex": {"f": 0.0}, "E/at": {"f": 5.0}, "E/above": {"f": 5.000001}})
    assert outcome(decide(table, scores, FIVE)) == {"at": "passed", "above": "over_limit"}


@pytest.mark.parametrize(("exemplar_score", "limit"), [(0.0, 5), (1.0, 5), (1.5, 7.5), (3.0, 15)])
def test_the_limit_is_scaled_by_exemplar_scores_above_one(exemplar_score: float, limit: float):
    table = combos_table(exemplar(), combo("a"))
    scores = scores_table({"E/ex": {"f": exemplar_score}, "E/a": {"f": 1.0}})
    assert limits(decide(table, scores, FIVE)) == {"f": limit}


def test_skip_repaired_exemplar_does_not_scale():
    table = combos_table(exemplar(), combo("a"))
    scores = scores_table({"E/ex": {"f": 3.0}, "E/a": {"f": 6.0}})
    decisions = decide(table, scores, FIVE, skip_repaired_exemplar=True)
    assert limits(decisions) == {"f": 5}
    assert outcome(decisions) == {"a": "over_limit"}


def test_the_exemplar_that_counts_is_the_repaired_one_under_the_scored_name():
    table = combos_table(
        exemplar(job="E/ex"),
        exemplar(job="E/ex@original", emodel="O", is_original=True, original_emodel="O"),
        exemplar(job="E/ex@unrepaired", is_repaired=False),
        combo("a"),
    )
    scores = scores_table(
        {
            "E/ex": {"f": 2.0},
            "E/ex@original": {"f": 30.0},
            "E/ex@unrepaired": {"f": 40.0},
            "E/a": {"f": 1.0},
        }
    )
    assert limits(decide(table, scores, FIVE)) == {"f": 10}


def test_an_emodel_without_repaired_exemplar_is_named():
    table = combos_table(exemplar(is_repaired=False, job="E/ex@unrepaired"), combo("a"))
    scores = scores_table({"E/ex@unrepaired": {"f": 1.0}, "E/a": {"f": 1.0}})
    with pytest.raises(MegateError, match="e-model E has no repaired exemplar"):
        decide(table, scores, FIVE)


def test_an_exemplar_without_the_feature_does_not_scale_and_is_warned_about():
    table = combos_table(exemplar(), combo("a"), combo("b"))
    scores = scores_table(
        {"E/ex": {"f": 1.0, "g": None}, "E/a": {"f": 1.0, "g": 4.0}, "E/b": {"f": 1.0, "g": 6.0}}
    )
    decisions = decide(table, scores, FIVE)
    assert limits(decisions) == {"f": 5, "g": 5}
    assert outcome(decisions) == {"a": "passed", "b": "over_limit"}
    assert any("no score for g" in warning for warning in decisions.warnings)


def test_an_exemplar_that_raised_does_not_scale():
    table = combos_table(exemplar(), combo("a"), combo("b"))
    scores = scores_table({"E/ex": "Traceback: boom", "E/a": {"f": 5.0}, "E/b": {"f": 5.1}})
    decisions = decide(table, scores, FIVE)
    assert outcome(decisions) == {"a": "passed", "b": "over_limit"}
    assert any("repaired exemplar" in warning for warning in decisions.warnings)


def test_an_uncomputable_exemplar_feature_opens_the_gate_with_a_warning():
    table = combos_table(exemplar(), combo("a"))
    scores = scores_table({"E/ex": {"f": 250.0}, "E/a": {"f": 250.0}})
    decisions = decide(table, scores, FIVE)
    assert limits(decisions) == {"f": 1250}
    assert outcome(decisions) == {"a": "passed"}
    assert any("f could not be computed" in warning for warning in decisions.warnings)


@pytest.mark.parametrize(
    ("uncomputable_exemplar_feature", "passes", "warned"),
    [("warn", True, True), ("fail", False, True), ("ignore", True, False)],
)
def test_what_an_open_gate_does(uncomputable_exemplar_feature: str, passes: bool, warned: bool):
    table = combos_table(exemplar(), combo("a"), combo("raised"))
    scores = scores_table(
        {"E/ex": {"f": 250.0, "g": 1.0}, "E/a": {"f": 4.0, "g": 1.0}, "E/raised": "Traceback"}
    )
    decisions = decide(
        table, scores, FIVE, uncomputable_exemplar_feature=uncomputable_exemplar_feature
    )
    assert outcome(decisions) == {
        "a": "passed" if passes else "over_limit",
        "raised": "simulation_error",
    }
    assert decisions.gates[0].uncomputable_in_exemplar == (["f"] if warned else [])
    assert any("f could not be computed" in text for text in decisions.warnings) == warned
    if not passes:  # whatever the score: the feature without limit is what limits it
        decided = decisions.combos.set_index("morph_name").loc["a"]
        assert decided["limiting_feature"] == "f"
        assert decided["limiting_feature_score"] == 4.0
        assert math.isnan(decided["limiting_feature_limit"])
        assert math.isnan(decided["margin"])


@pytest.mark.parametrize(
    ("threshold", "exemplar_score", "limit", "text"),
    [
        (5, 250.0, 1250, "so its limit is 1250, and every score passes"),
        (0.5, 250.0, 125, "(score 250), so its limit is 125"),
        (0, 250.0, 0, "(score 250), so its limit is 0"),
        (2, math.inf, math.inf, "(score inf), so its limit is inf, and every score passes"),
    ],
)
def test_what_is_said_about_an_open_gate_is_its_limit(
    threshold: float, exemplar_score: float, limit: float, text: str
):
    table = combos_table(exemplar(), combo("zero"), combo("worst"))
    scores = scores_table(
        {"E/ex": {"f": exemplar_score}, "E/zero": {"f": 0.0}, "E/worst": {"f": 250.0}}
    )
    rules = [{"features": [".*"], "megate_threshold": threshold}]
    decisions = decide(table, scores, rules)
    assert limits(decisions) == {"f": limit}
    assert outcome(decisions) == {
        "zero": "passed",
        "worst": "passed" if limit >= 250 else "over_limit",
    }
    [warning] = decisions.warnings
    assert text in warning
    assert ("every score" in warning) == (limit >= 250)
    released = threshold_sweep(decisions, [1.0])["released"].tolist()
    assert released == [decisions.combos["passed"].sum()]


def test_a_zero_threshold_is_not_scaled_by_infinity():
    table = combos_table(exemplar(), combo("zero"), combo("more"))
    scores = scores_table({"E/ex": {"f": math.inf}, "E/zero": {"f": 0.0}, "E/more": {"f": 0.1}})
    rules = [{"features": [".*"], "megate_threshold": 0}]
    assert outcome(decide(table, scores, rules)) == {"zero": "passed", "more": "over_limit"}


def test_skipped_features_and_unscaled_limits_open_no_gate():
    table = combos_table(exemplar(), combo("a"))
    scores = scores_table({"E/ex": {"f": 250.0, "g": 1.0}, "E/a": {"f": 4.0, "g": 1.0}})
    assert (
        decide(table, scores, FIVE, to_skip_features=["f"]).gates[0].uncomputable_in_exemplar == []
    )
    unscaled = decide(
        table, scores, FIVE, skip_repaired_exemplar=True, uncomputable_exemplar_feature="fail"
    )
    assert unscaled.gates[0].uncomputable_in_exemplar == []
    assert outcome(unscaled) == {"a": "passed"}


def test_each_emodel_is_scaled_by_its_own_exemplar():
    table = combos_table(
        exemplar("ex1", emodel="E1"),
        exemplar("ex2", emodel="E2"),
        combo("a", emodel="E1"),
        combo("a", emodel="E2"),
    )
    scores = scores_table(
        {"E1/ex1": {"f": 2.0}, "E2/ex2": {"f": 1.0}, "E1/a": {"f": 8.0}, "E2/a": {"f": 8.0}}
    )
    decisions = decide(table, scores, FIVE)
    assert decisions.combos["passed"].tolist() == [True, False]
    assert [gates.emodel for gates in decisions.gates] == ["E1", "E2"]


# ---- threshold rules


@pytest.mark.parametrize(
    ("rules", "expected"),
    [
        # the last rule that matches counts
        (
            [
                {"features": [".*"], "megate_threshold": 5},
                {"features": ["Step.*"], "megate_threshold": 2},
            ],
            {"Step.f": 2, "bAP.g": 5},
        ),
        (
            [
                {"features": ["Step.*"], "megate_threshold": 2},
                {"features": [".*"], "megate_threshold": 5},
            ],
            {"Step.f": 5, "bAP.g": 5},
        ),
        # regexes must match fully
        (
            [
                {"features": [".*"], "megate_threshold": 5},
                {"features": ["Step", "AP.*", "bAP"], "megate_threshold": 2},
            ],
            {"Step.f": 5, "bAP.g": 5},
        ),
        # one that already ends in $ is taken as written; BluePyMM takes its predecessor instead
        (
            [
                {"features": [".*"], "megate_threshold": 5},
                {"features": ["nothing", "Step.*$"], "megate_threshold": 2},
            ],
            {"Step.f": 2, "bAP.g": 5},
        ),
        # a single one that ends in $ crashes BluePyMM
        ([{"features": [".*$"], "megate_threshold": 3}], {"Step.f": 3, "bAP.g": 3}),
        # rules for e-models, m-types and e-types
        (
            [
                {"features": [".*"], "megate_threshold": 5},
                {"emodel": ["F"], "features": [".*"], "megate_threshold": 1},
                {"fullmtype": ["N.*"], "features": [".*"], "megate_threshold": 2},
                {"etype": ["cNAC"], "features": [".*"], "megate_threshold": 3},
                {"emodel": ["E"], "etype": ["c.*"], "features": ["bAP.*"], "megate_threshold": 4},
            ],
            {"Step.f": 5, "bAP.g": 4},
        ),
    ],
)
def test_which_rule_sets_the_threshold(rules: list[dict], expected: dict[str, float]):
    table = combos_table(exemplar(), combo("a"))
    features = {"Step.f": 1.0, "bAP.g": 1.0}
    scores = scores_table({"E/ex": features, "E/a": features})
    assert limits(decide(table, scores, rules)) == expected


def test_thresholds_differ_by_type_within_an_emodel():
    table = combos_table(exemplar(), combo("a", fullmtype="M:A"), combo("b", fullmtype="M:B"))
    scores = scores_table({"E/ex": {"f": 1.0}, "E/a": {"f": 4.0}, "E/b": {"f": 4.0}})
    rules = [*FIVE, {"fullmtype": ["M:B"], "features": [".*"], "megate_threshold": 3}]
    assert outcome(decide(table, scores, rules)) == {"a": "passed", "b": "over_limit"}


def test_a_feature_without_threshold_is_an_error_that_names_it():
    table = combos_table(exemplar(), combo("a", fullmtype="M:A"))
    scores = scores_table({"E/ex": {"f": 1.0, "g": 1.0}, "E/a": {"f": 1.0, "g": 1.0}})
    rules = [{"features": ["f"], "megate_threshold": 5}]
    with pytest.raises(MegateError, match=r"(?s)e-model E.*\bg \(for example m-type M:A"):
        decide(table, scores, rules)
    with pytest.raises(MegateError, match=r"\bg \(for example m-type M:A"):
        check_thresholds("E", ["f", "g"], table, Select(rules))
    check_thresholds("E", ["f", "g"], table, Select(rules, ["g"]))
    check_thresholds("E", ["f", "g"], table, Select(rules, select_perc_best=0.5))


def test_patterns_that_name_nothing_are_warned_about():
    table = combos_table(exemplar(), combo("a"))
    scores = scores_table({"E/ex": {"Step.f": 1.0}, "E/a": {"Step.f": 1.0}})
    rules = [
        {"features": [".*", "Step"], "megate_threshold": 5},  # "Step" matches at the start only
        {"features": ["Step.f"], "etype": ["bNAC", "dNAC"], "megate_threshold": 5},
    ]
    assert decide(table, scores, rules, to_skip_features=["bAP"]).warnings == [
        "to_skip_features: 'bAP' matches no feature of the scores",
        "megate_thresholds, rule 1: features: 'Step' matches no feature of the scores (in full)",
        "megate_thresholds, rule 2: no combination has etype ['bNAC', 'dNAC']",
    ]


# ---- skipped features


def test_skip_patterns_match_at_the_start():
    table = combos_table(exemplar(), combo("a"), combo("b"))
    good = {"bAP.f": 1.0, "Step.bAP": 1.0}
    scores = scores_table(
        {
            "E/ex": good,
            "E/a": {"bAP.f": 99.0, "Step.bAP": 1.0},
            "E/b": {"bAP.f": 1.0, "Step.bAP": 99.0},
        }
    )
    decisions = decide(table, scores, FIVE, to_skip_features=["bAP"])
    assert outcome(decisions) == {"a": "passed", "b": "over_limit"}
    assert list(decisions.gates[0].limits) == ["Step.bAP"]
    # skipped features have no part in the medians
    assert decisions.combos["median_score"].tolist() == [1.0, 99.0]


def test_with_all_features_skipped_what_ran_passes_with_a_warning():
    table = combos_table(exemplar(), combo("a"), combo("raised"), combo("empty"))
    scores = scores_table(
        {"E/ex": {"f": 1.0}, "E/a": {"f": 99.0}, "E/raised": "boom", "E/empty": {}}
    )
    decisions = decide(table, scores, FIVE, to_skip_features=["f"])
    assert outcome(decisions) == {
        "a": "passed",
        "raised": "simulation_error",
        "empty": "missing_score",
    }
    assert any("nothing is gated" in warning for warning in decisions.warnings)


def test_features_of_another_emodel_of_the_same_original_name_do_not_count():
    table = combos_table(
        exemplar("ex", emodel="E"),
        exemplar("y", emodel="F", original_emodel="E"),
        exemplar("y", emodel="E", original_emodel="E", is_original=True, job="F/y@original"),
        combo("a", emodel="E"),
        combo("b", emodel="F"),
    )
    scores = scores_table(
        {
            "E/ex": {"f": 1.0},
            "F/y": {"g": 1.0},
            "F/y@original": {"g": 1.0},
            "E/a": {"f": 1.0},
            "F/b": {"g": 1.0},
        }
    )
    assert outcome(decide(table, scores, FIVE)) == {"a": "passed", "b": "passed"}


# ---- what cannot be compared does not pass


def test_raised_combinations_fail_even_if_all_of_them_raised():
    """BluePyMM passes and releases them all."""
    table = combos_table(exemplar(), combo("a"), combo("b"))
    scores = scores_table({"E/ex": {"f": 1.0}, "E/a": "Traceback a", "E/b": "Traceback b"})
    decisions = decide(table, scores, FIVE)
    assert outcome(decisions) == {"a": "simulation_error", "b": "simulation_error"}
    assert not decisions.combos["passed"].any()


def test_nothing_is_released_if_everything_raised_exemplar_included():
    table = combos_table(exemplar(), combo("a"))
    decisions = decide(table, scores_table({"E/ex": "boom", "E/a": "boom"}), FIVE)
    assert outcome(decisions) == {"a": "simulation_error"}


def test_a_feature_that_no_combination_has_fails_them_with_a_warning():
    """BluePyMM does not gate it."""
    table = combos_table(exemplar(), combo("a"), combo("b"))
    scores = scores_table(
        {"E/ex": {"f": 1.0, "g": 1.0}, "E/a": {"f": 1.0}, "E/b": {"f": 1.0, "g": math.nan}}
    )
    decisions = decide(table, scores, FIVE)
    assert outcome(decisions) == {"a": "missing_score", "b": "missing_score"}
    assert any("g has no score for any combination" in text for text in decisions.warnings)


def test_a_nan_score_is_a_missing_score():
    table = combos_table(exemplar(), combo("a"), combo("b"))
    features = {"f": 1.0, "g": 1.0}
    scores = scores_table({"E/ex": features, "E/a": features, "E/b": {"f": 1.0, "g": math.nan}})
    decisions = decide(table, scores, FIVE)
    assert outcome(decisions) == {"a": "passed", "b": "missing_score"}


def test_a_job_without_any_score_does_not_pass():
    table = combos_table(exemplar(), combo("a"))
    decisions = decide(table, scores_table({"E/ex": {}, "E/a": {}}), FIVE)
    assert outcome(decisions) == {"a": "missing_score"}


# ---- the explanation


def test_the_limiting_feature_is_the_one_with_the_smallest_margin():
    table = combos_table(exemplar(), combo("good"), combo("bad"))
    scores = scores_table(
        {
            "E/ex": {"f": 1.0, "g": 2.0, "h": 0.0},
            "E/good": {"f": 4.0, "g": 9.0, "h": 0.0},  # margins 1/5, 1/10, 1
            "E/bad": {"f": 6.0, "g": 11.0, "h": 5.0},  # margins -1/5, -1/10, 0
        }
    )
    decided = decide(table, scores, FIVE).combos.set_index("morph_name")
    columns = [
        "passed",
        "n_failed",
        "limiting_feature",
        "limiting_feature_score",
        "limiting_feature_limit",
    ]
    assert decided.loc["good", columns].tolist() == [True, 0, "g", 9.0, 10.0]
    assert decided.loc["bad", columns].tolist() == [False, 2, "f", 6.0, 5.0]
    assert decided["margin"].tolist() == pytest.approx([0.1, -0.2])
    assert decided["median_score"].tolist() == [4.0, 6.0]


def test_currents_and_tracebacks_come_along():
    table = combos_table(exemplar(), combo("a"), combo("b"))
    scores = scores_table({"E/ex": {"f": 1.0}, "E/a": {"f": 1.0}, "E/b": "Traceback"})
    decided = with_none(decide(table, scores, FIVE).combos.set_index("morph_name"))
    assert decided.loc["a", ["holding_current", "threshold_current"]].tolist() == [-0.125, 0.5]
    assert decided["exception"].tolist() == [None, "Traceback"]


def test_rows_that_share_a_job_share_its_scores():
    table = combos_table(
        exemplar("a"), combo("a", etype="cNAC"), combo("a", etype="dNAC"), combo("b")
    )
    scores = scores_table({"E/a": {"f": 2.0}, "E/b": {"f": 10.5}})
    decisions = decide(table, scores, FIVE)
    assert decisions.combos["reason"].tolist() == ["passed", "passed", "over_limit"]
    assert decisions.combos.index.tolist() == [1, 2, 3]


def test_medians_stay_on_their_rows_with_several_emodels():
    """BluePyMM attaches them to the wrong rows."""
    table = combos_table(
        exemplar("x", emodel="Z"),
        exemplar("y", emodel="A"),
        combo("m1", emodel="Z"),
        combo("m2", emodel="A"),
        combo("m3", emodel="Z"),
    )
    scores = scores_table(
        {
            "Z/x": {"f": 0.0},
            "A/y": {"f": 0.0},
            "Z/m1": {"f": 1.0},
            "A/m2": {"f": 2.0},
            "Z/m3": {"f": 3.0},
        }
    )
    decided = decide(table, scores, FIVE).combos
    assert decided["morph_name"].tolist() == ["m1", "m2", "m3"]
    assert decided["median_score"].tolist() == [1.0, 2.0, 3.0]


@pytest.mark.parametrize(
    ("score", "expected"),
    [(4.4, False), (4.6, True), (5.0, True), (5.4, True), (5.6, False)],  # margins 0.12 to -0.12
)
def test_borderline_is_a_margin_near_zero(score: float, expected: bool):
    table = combos_table(exemplar(), combo("a"))
    scores = scores_table({"E/ex": {"f": 1.0, "g": 1.0}, "E/a": {"f": score, "g": 1.0}})
    assert decide(table, scores, FIVE).combos["borderline"].tolist() == [expected]
    assert decide(table, scores, FIVE, borderline_margin=0).combos["borderline"].tolist() == [False]
    lacking = scores_table({"E/ex": {"f": 1.0, "g": 1.0}, "E/a": {"f": 5.2}})
    assert decide(table, lacking, FIVE).combos["borderline"].tolist() == [False]
    best = decide(table, scores, FIVE, select_perc_best=1.0)
    assert best.combos["borderline"].tolist() == [False]  # limits do not decide


# ---- threshold sweep


def test_the_sweep_counts_what_other_thresholds_would_release():
    table = combos_table(
        exemplar(),
        *(combo(name) for name in ("a", "b", "c", "gap", "simulation_error")),
        exemplar("ex", emodel="F"),
        combo("d", emodel="F"),
    )
    scores = scores_table(
        {
            "E/ex": {"f": 1.0, "g": 2.0},
            "E/a": {"f": 2.0, "g": 2.0},  # needs 0.4 of its limits 5 and 10
            "E/b": {"f": 5.0, "g": 1.0},  # needs 1
            "E/c": {"f": 1.0, "g": 15.0},  # needs 1.5
            "E/gap": {"f": 1.0, "g": None},
            "E/raised": "Traceback",
            "F/ex": {"f": 250.0, "g": 0.0},
            "F/d": {"f": 0.0, "g": 0.0},
        }
    )
    factors = [0.25, 0.4, 1.0, 1.45, 1.5]
    sweep = threshold_sweep(decide(table, scores, FIVE), factors)
    assert sweep["emodel"].tolist() == ["E"] * 5 + ["F"] * 5
    assert sweep["factor"].tolist() == factors * 2
    assert sweep["released"].tolist() == [0, 1, 2, 2, 3, 1, 1, 1, 1, 1]
    assert sweep["combinations"].tolist() == [5] * 5 + [1] * 5
    refused = threshold_sweep(
        decide(table, scores, FIVE, uncomputable_exemplar_feature="fail"), factors
    )
    assert refused["released"].tolist() == [0, 1, 2, 2, 3, 0, 0, 0, 0, 0]
    assert threshold_sweep(decide(table, scores, FIVE, select_perc_best=0.5)).empty


def test_the_sweep_agrees_with_thresholds_that_are_really_multiplied():
    rng = np.random.default_rng(20)
    names = [f"m{n}" for n in range(40)]
    table = combos_table(exemplar(), *map(combo, names))
    drawn = {name: dict(zip("fgh", rng.uniform(0, 10, 3), strict=True)) for name in ("ex", *names)}
    scores = scores_table({f"E/{name}": features for name, features in drawn.items()})
    factors = [0.3, 0.7, 1.0, 1.3, 2.0]
    sweep = threshold_sweep(decide(table, scores, FIVE), factors)
    for factor, released in zip(factors, sweep["released"], strict=True):
        rules = [{"features": [".*"], "megate_threshold": 5 * factor}]
        assert decide(table, scores, rules).combos["passed"].sum() == released


# ---- select_perc_best


def best(
    fraction: float, scores: dict[str, dict | str], rules: Sequence[dict] = (), **types: dict
) -> list[str]:
    names = [name.split("/")[1] for name in scores if name != "E/ex"]
    table = combos_table(exemplar(), *(combo(name, **types.get(name, {})) for name in names))
    decisions = decide(table, scores_table(scores), rules, select_perc_best=fraction)
    return decisions.combos.loc[decisions.combos["passed"], "morph_name"].tolist()


def test_select_perc_best_takes_the_ceiling_of_the_fraction_by_median():
    scores = {"E/ex": {"f": 1.0}} | {f"E/m{n}": {"f": float(10 - n)} for n in range(5)}
    assert best(0.2, scores) == ["m4"]
    assert best(0.5, scores) == ["m2", "m3", "m4"]  # ceil(2.5)
    assert best(1.0, scores) == ["m0", "m1", "m2", "m3", "m4"]


def test_select_perc_best_counts_per_metype_and_without_the_incomplete():
    scores = {
        "E/ex": {"f": 1.0, "g": 1.0},
        "E/a": {"f": 9.0, "g": 9.0},
        "E/b": {"f": 8.0, "g": 8.0},
        "E/c": {"f": 1.0, "g": 1.0},
        "E/raised": "Traceback",
        "E/gap": {"f": 0.0, "g": None},
        "E/uncomputable": {"f": 250.0, "g": 250.0},
    }
    # me-type N: only c; me-type M: of a, b (the others are not eligible) the better one
    assert best(0.5, scores, c={"fullmtype": "N"}) == ["b", "c"]


def test_select_perc_best_has_no_limits_to_speak_of():
    scores = {"E/ex": {"f": 250.0}, "E/a": {"f": 9.0}, "E/b": {"f": 2.0}}
    table = combos_table(exemplar(), combo("a"), combo("b"))
    for uncomputable_exemplar_feature in ("warn", "fail"):
        decisions = decide(
            table,
            scores_table(scores),
            FIVE,
            select_perc_best=0.5,
            uncomputable_exemplar_feature=uncomputable_exemplar_feature,
        )
        assert outcome(decisions) == {"a": "not_among_best", "b": "passed"}
        assert decisions.warnings == []
        assert decisions.combos["n_failed"].tolist() == [0, 0]
        assert decisions.combos["limiting_feature"].isna().all()
    # so no exemplar is needed either
    without = decide(table[~table["is_exemplar"]], scores_table(scores), FIVE, select_perc_best=0.5)
    assert outcome(without) == {"a": "not_among_best", "b": "passed"}


def test_select_perc_best_never_takes_a_gap_whatever_the_thresholds_say():
    scores = {
        "E/ex": {"f": 1.0, "g": 1.0, "h": 1.0},
        "E/gap": {"f": 0.1, "g": None, "h": 9.0},  # one score missing, one over its limit
        "E/whole": {"f": 8.0, "g": 8.0, "h": 8.0},
    }
    assert best(0.5, scores, FIVE) == ["whole"]


# ---- check_opt_scores


def opt_case(
    fitness: str, found: dict | str, tolerance: float = 0.0
) -> tuple[list[str], list[str]]:
    row = exemplar(is_repaired=False, job="E/ex@unrepaired", opt_scores=fitness)
    return check_opt_scores(combos_table(row), scores_table({"E/ex@unrepaired": found}), tolerance)


def test_equal_opt_scores_are_accepted():
    assert opt_case('{"f": 1.5, "g": 250}', {"f": 1.5, "g": 250.0}) == ([], [])


def test_each_difference_is_named():
    differences, _ = opt_case('{"f": 1.5, "g": 2}', {"f": 1.5000000000000002, "h": 3.0})
    assert len(differences) == 3
    assert "f scores 1.5000000000000002, final.json has 1.5" in differences[0]
    assert "g is missing in the scores" in differences[1]
    assert "h is missing in final.json" in differences[2]


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [("mm.", "_."), ("mm.", "L5TPCa."), ("mm.", ""), ("", "_."), ("mm.", "mm."), ("", "")],
)
def test_names_are_compared_without_their_prefix(ours: str, theirs: str):
    # one protocol, or several: its name is no prefix
    for names in (["Step.soma.v.f", "Step.soma.v.g"], ["Step.soma.v.f", "bAP.soma.v.f"]):
        fitness = {theirs + name: value for name, value in zip(names, (1.5, 2.5), strict=True)}
        found = {ours + name: value for name, value in zip(names, (1.5, 2.0), strict=True)}
        check_opt_names("E", list(found), fitness, Select())
        differences, _ = opt_case(json.dumps(fitness), found)
        assert differences == [
            f"E: {ours}{names[1]} scores 2.0, final.json has 2.5 (differs by 0.5; 0.2 of it)"
        ]


def test_names_that_cannot_be_compared_are_refused_before_the_simulations():
    features = ["mm.Step.f", "mm.Step.g", "mm.bAP.f"]
    fitness = {"_.Step.f": 1.0, "_.bAP.f": 1.0, "_.Ramp.f": 1.0}
    with pytest.raises(MegateError) as caught:
        check_opt_names("E", features, fitness, Select())
    assert str(caught.value).splitlines()[1:] == [
        "  - _.Ramp.f is missing in the scores",
        "  - mm.Step.g is missing in final.json",
    ]
    check_opt_names("E", features, fitness, Select(check_opt_scores=False))


def test_names_of_which_none_is_in_common_are_one_line():
    differences, _ = opt_case('{"f": 1.5, "g": 2}', {"h": 1.0, "i": 2.0, "j": 2.0})
    assert differences == ["E: no names in common: 3 features, 2 in final.json (such as h and f)"]
    assert opt_case('{"f": 1.5}', {"g": 1.5})[0] != []  # names without a dot have no prefix


def test_the_tolerance_is_relative():
    assert opt_case('{"f": 2.0, "g": 0}', {"f": 2.002, "g": 0.0}, tolerance=0.0011) == ([], [])
    differences, _ = opt_case('{"f": 2.0, "g": 0}', {"f": 2.5, "g": 1e-9}, tolerance=0.1)
    assert differences == [
        "E: f scores 2.5, final.json has 2.0 (differs by 0.5; 0.25 of it)",
        "E: g scores 1e-09, final.json has 0 (differs by 1e-09)",
    ]


def test_an_exemplar_that_raised_is_warned_about():
    differences, warnings = opt_case('{"f": 1.5}', "Traceback")
    assert differences == []
    assert "did not run" in warnings[0]


# ---- the reference project's 620 scores


def test_reference_scores_give_the_reference_release(reference_scores, reference_select):
    table, scores = reference_scores
    decisions = decide(
        table, scores, reference_select["megate_thresholds"], reference_select["to_skip_features"]
    )
    released = decisions.combos[decisions.combos["passed"]]
    assert sorted(released["morph_name"]) == [
        "C060110A2",
        "C060114A5",
        "rat_20140925_RH1_Exp1_cell2",
        "rp110616_C1_idB",
        "rp110630_P1_idC",
    ]
    # the borderline case that the reference data's README describes: 6.63 of 5 x 1.387
    borderline = decisions.combos.set_index("morph_name").loc["rat_20140925_RH1_Exp1_cell2"]
    assert borderline["limiting_feature"] == "mm.Step_280.soma.v.time_to_last_spike"
    assert borderline["limiting_feature_score"] == pytest.approx(6.63, abs=0.005)
    assert borderline["limiting_feature_limit"] == pytest.approx(5 * 1.387, abs=0.005)
    assert isinstance(decisions.combos, pd.DataFrame)


# ---- cells without a threshold current


def without_threshold(**options: object) -> Decisions:
    """a spikes without a step; b, too, and is over its limit; c has an own threshold current; d was
    not measured; e is measured."""
    score = {"a": 1.0, "b": 9.0, "c": 2.0, "d": 3.0, "e": 4.0}
    of_jobs = {f"E/{name}": {"f": value} for name, value in score.items()}
    scores = scores_table({"E/ex": {"f": 1.0}} | of_jobs)
    of_names = scores.index[1:]
    scores.loc[of_names, "threshold_current"] = [math.nan, math.nan, 0.5, math.nan, math.nan]
    scores["measured_at_current"] = -0.125
    scores["measured_threshold_current"] = math.nan
    scores.loc[scores["job"] == "E/e", "measured_threshold_current"] = 0.25
    scores["no_threshold"] = None
    scores.loc[of_names, "no_threshold"] = ["it spikes", "it spikes", "not measured", None, None]
    table = combos_table(exemplar(), *(combo(name) for name in score))
    return decide(table, scores, FIVE, **options)


def test_a_cell_without_threshold_current_is_not_released():
    decisions = without_threshold()
    assert outcome(decisions) == {
        "a": "no_threshold", "b": "over_limit", "c": "passed", "d": "passed", "e": "passed",
    }  # fmt: skip
    assert decisions.combos["passed"].tolist() == [False, False, True, True, True]
    sweep = threshold_sweep(decisions).set_index("factor")["released"]
    assert (sweep[1.0], sweep[2.0]) == (3, 4)  # b's score is 1.8 times its limit; a never passes


def test_a_cell_without_threshold_current_may_be_released():
    decisions = without_threshold(release_without_threshold=True)
    assert outcome(decisions)["a"] == "passed"
    assert decisions.combos["passed"].tolist() == [True, False, True, True, True]


def test_a_cell_without_threshold_current_is_not_among_the_best():
    """a has the best score. Of c, d, e and b, half are taken."""
    decisions = without_threshold(select_perc_best=0.5)
    assert outcome(decisions) == {
        "a": "no_threshold", "b": "no_threshold", "c": "passed", "d": "passed",
        "e": "not_among_best",
    }  # fmt: skip
