"""me-gating where BluePyMM goes wrong and few would look for it.

`tests/peer` has found these by comparing; here is one small table for each. The commoner ones are
in test_megating.py and test_release.py.
"""

import pytest
from tables import combo, combos_table, decide, exemplar, scores_table

FIVE = [{"features": [".*"], "megate_threshold": 5}]


def passed(*arguments, **options) -> list[str]:
    decided = decide(*arguments, **options).combos
    return decided.loc[decided["passed"], "morph_name"].tolist()


@pytest.mark.parametrize(
    "regex",
    [
        "Step|bAP",  # BluePyMM: the last alternative alone must match to the end
        r"(?i)step",  # BluePyMM stops: a flag inside of a larger regex
        r"(S)tep|\1",  # BluePyMM stops: the group has another number there
    ],
)
def test_each_regex_of_a_rule_stands_for_itself_and_matches_the_whole_name(regex: str):
    table = combos_table(exemplar(), combo("a"), combo("b"))
    scores = scores_table(
        {
            "E/ex": {"Step": 1.0, "Step2": 1.0},
            "E/a": {"Step": 3.0, "Step2": 1.0},
            "E/b": {"Step": 1.0, "Step2": 3.0},
        }
    )
    rules = [*FIVE, {"features": ["nothing", regex], "megate_threshold": 2}]
    assert passed(table, scores, rules) == ["b"]


def test_a_skip_pattern_is_for_features_only():
    """BluePyMM stops where one matches the name of a column of its own."""
    table = combos_table(exemplar(), combo("a"))
    scores = scores_table(
        {
            "E/ex": {"f": 1.0, "megate_feature_threshold": 1.0},
            "E/a": {"f": 1.0, "megate_feature_threshold": 99.0},
        }
    )
    assert passed(table, scores, FIVE, to_skip_features=[".*threshold.*", "m"]) == ["a"]


def test_an_emodel_may_have_the_original_name_of_another():
    """BluePyMM takes the other's exemplar row for its own, finds another morphology, and stops."""
    table = combos_table(
        exemplar("x", emodel="A", original_emodel="B"),
        exemplar("x", emodel="B", original_emodel="B", is_original=True, job="A/x@original"),
        exemplar("y", emodel="B", original_emodel="C"),
        combo("a", emodel="B", original_emodel="C"),
    )
    scores = scores_table(
        {"A/x": {"f": 9.0}, "A/x@original": {"f": 9.0}, "B/y": {"f": 2.0}, "B/a": {"f": 10.0}}
    )
    assert passed(table, scores, FIVE) == ["a"]
    scores.loc[scores["job"] == "B/a", "score"] = 10.1
    assert passed(table, scores, FIVE) == []


def test_select_perc_best_counts_metypes_apart_whose_names_run_together():
    """BluePyMM puts e-type and m-type together without anything between them."""
    table = combos_table(
        exemplar(),
        combo("a", etype="cAC", fullmtype="intL5"),
        combo("b", etype="cAC", fullmtype="intL5"),
        combo("c", etype="cACint", fullmtype="L5"),
        combo("d", etype="cACint", fullmtype="L5"),
    )
    medians = {"ex": 1.0, "a": 1.0, "b": 2.0, "c": 3.0, "d": 4.0}
    scores = scores_table({f"E/{name}": {"f": median} for name, median in medians.items()})
    assert passed(table, scores, FIVE, select_perc_best=0.5) == ["a", "c"]


def test_select_perc_best_takes_the_first_of_equal_medians():
    """BluePyMM's sorting leaves open which."""
    names = [f"m{number:02d}" for number in range(40)]
    table = combos_table(exemplar(), *(combo(name) for name in names))
    scores = scores_table({f"E/{name}": {"f": 1.0} for name in ("ex", *names)})
    assert passed(table, scores, FIVE, select_perc_best=0.25) == names[:10]
