"""The table of decisions, read back as a user would."""

from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq
import pytest
from tables import combo, combos_table, decide, exemplar, scores_table, with_none

from megate.gating.decisions import SCHEMA, write_decisions

RULES = [
    {"features": [".*"], "megate_threshold": 5},
    {"features": ["g"], "fullmtype": ["N"], "megate_threshold": 2},
]


@pytest.fixture
def table(tmp_path: Path) -> pd.DataFrame:
    """Of e-model E, a passes, b fails by g, c lacks g, d raised; e-model F has another feature."""
    combos = combos_table(
        exemplar(),
        exemplar("y", emodel="F"),
        combo("a"),
        combo("b", fullmtype="N"),
        combo("x", emodel="F"),
        combo("c"),
        combo("d"),
    )
    scores = scores_table(
        {
            "E/ex": {"f": 1.0, "g": 2.0, "skipped": 1.0},
            "F/y": {"h": 250.0},
            "E/a": {"f": 4.0, "g": 9.5, "skipped": 99.0},
            "E/b": {"f": 4.0, "g": 9.0, "skipped": 99.0},
            "F/x": {"h": 3.0},
            "E/c": {"f": 0.5, "g": None, "skipped": 1.0},
            "E/d": "Traceback",
        }
    )
    decisions = decide(combos, scores, RULES, to_skip_features=["skipped"])
    write_decisions(tmp_path / "decisions.parquet", decisions)
    return pd.read_parquet(tmp_path / "decisions.parquet")


def test_one_row_per_combination_and_feature(table: pd.DataFrame, tmp_path: Path):
    assert pq.read_schema(tmp_path / "decisions.parquet").equals(SCHEMA)
    rows = with_none(table)[["combo", "morph_name", "feature"]].to_numpy().tolist()
    assert rows == [
        [2, "a", "f"], [2, "a", "g"], [2, "a", "skipped"],
        [3, "b", "f"], [3, "b", "g"], [3, "b", "skipped"],
        [5, "c", "f"], [5, "c", "g"], [5, "c", "skipped"],
        [6, "d", None],
        [4, "x", "h"],
    ]  # fmt: skip


def test_the_combinations_columns(table: pd.DataFrame):
    combos = with_none(table.drop_duplicates("combo").set_index("morph_name").astype(object))
    columns = [
        "combo_name",
        "passed",
        "reason",
        "n_failed",
        "limiting_feature",
        "limiting_feature_score",
    ]
    columns += ["limiting_feature_limit", "margin", "borderline", "median_score"]
    assert combos[columns].T.to_dict("list") == {
        "a": ["E_M_5_a", True, "passed", 0, "g", 9.5, 10.0, pytest.approx(0.05), True, 6.75],
        "b": ["E_N_5_b", False, "over_limit", 1, "g", 9.0, 4.0, -1.25, False, 6.5],
        "c": ["E_M_5_c", False, "missing_score", 1, "g", None, 10.0, None, False, 0.5],
        "d": ["E_M_5_d", False, "simulation_error", 0, None, None, None, None, False, None],
        "x": ["F_M_5_x", True, "passed", 0, "h", 3.0, 1250.0, 0.9976, False, 3.0],
    }


def test_the_features_columns(table: pd.DataFrame):
    columns = ["score", "limit", "rule", "gated", "feature_passed", "uncomputable_in_exemplar"]
    rows = with_none(table.astype(object))[["morph_name", "feature", *columns]].to_numpy().tolist()
    found = {(morph_name, feature): values for morph_name, feature, *values in rows}
    assert found == {
        ("a", "f"): [4.0, 5.0, 1, True, True, False],
        ("a", "g"): [9.5, 10.0, 1, True, True, False],
        ("a", "skipped"): [99.0, None, None, False, None, False],
        ("b", "f"): [4.0, 5.0, 1, True, True, False],
        ("b", "g"): [9.0, 4.0, 2, True, False, False],
        ("b", "skipped"): [99.0, None, None, False, None, False],
        ("c", "f"): [0.5, 5.0, 1, True, True, False],
        ("c", "g"): [None, 10.0, 1, True, False, False],
        ("c", "skipped"): [1.0, None, None, False, None, False],
        ("d", None): [None] * 6,
        ("x", "h"): [3.0, 1250.0, 1, True, True, True],
    }


def test_nothing_that_ran_is_a_row_per_combination(tmp_path: Path):
    combos = combos_table(exemplar(), combo("a"), combo("b"))
    scores = scores_table({"E/ex": "boom", "E/a": "boom", "E/b": {}})
    write_decisions(tmp_path / "d.parquet", decide(combos, scores, RULES))
    table = pd.read_parquet(tmp_path / "d.parquet")
    assert table["reason"].tolist() == ["simulation_error", "missing_score"]
    assert table["feature"].isna().all()


def test_currents_are_the_emodels_own_or_measured(tmp_path: Path):
    """a searches both currents; b none; c only the holding current; d has another main pair now
    than in the simulation; e is from a version that did not measure."""
    names = ["a", "b", "c", "d", "e"]
    measured = pd.DataFrame(
        {
            "holding_current": [-0.125, None, -0.125, -0.5, -0.125],
            "threshold_current": [0.5, None, None, None, 0.5],
            "measured_holding_current": [None, -0.25, None, None, None],
            "measured_threshold_current": [None, 0.75, 1.0, 1.0, None],
            "measured_at_current": [-0.125, -0.25, -0.125, -0.125, None],
            "input_resistance": [101.0, 102.0, 103.0, 104.0, None],
            "holding_voltage": [-81.0, -82.0, -83.0, -84.0, None],
            "resting_potential": [-71.0, -72.0, -73.0, -74.0, None],
        },
        dtype=float,
    )
    scores = scores_table({"E/ex": {"f": 1.0}} | {f"E/{name}": {"f": 1.0} for name in names})
    of_names = scores.index[1:]
    for column in measured:
        scores.loc[of_names, column] = measured[column].to_numpy()
    table = combos_table(exemplar(), *(combo(name) for name in names))
    decisions = decide(table, scores, RULES[:1])
    write_decisions(tmp_path / "decisions.parquet", decisions)
    columns = [
        "holding_current",
        "threshold_current",
        "input_resistance",
        "holding_voltage",
        "resting_potential",
    ]
    rows = with_none(pd.read_parquet(tmp_path / "decisions.parquet"))[columns]
    assert rows.to_numpy().tolist() == [
        [-0.125, 0.5, 101.0, -81.0, -71.0],
        [-0.25, 0.75, 102.0, -82.0, -72.0],
        [-0.125, 1.0, 103.0, -83.0, -73.0],
        [-0.5, None, None, None, -74.0],
        [-0.125, 0.5, None, None, None],
    ]
    own = with_none(decisions.combos)[["own_holding_current", "own_threshold_current"]]
    assert own.to_numpy().tolist() == [
        [-0.125, 0.5], [None, None], [-0.125, None], [-0.5, None], [-0.125, 0.5],
    ]  # fmt: skip
