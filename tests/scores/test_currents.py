"""Pairs of currents: which is the main one, and what is released beside it."""

import json
from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq
import pytest
from test_shards import features, result

from megate.scores.currents import further_values, main_pair, missing_main_pairs, not_measured
from megate.scores.gather import gather
from megate.scores.shards import write_shard

HYP = {"holding_current": "bpo_holding_current_hyp", "threshold_current": "bpo_threshold_hyp"}
DEP = {"holding_current": "bpo_holding_current_dep", "threshold_current": "bpo_threshold_dep"}
THALAMUS = {
    "bpo_holding_current_hyp": -1 / 3,
    "bpo_threshold_hyp": 0.1 + 0.2,
    "bpo_holding_current_dep": 0.0625,
    "bpo_threshold_dep": 0.125,
}
CORTEX = {"bpo_holding_current": -0.5, "bpo_threshold_current": 0.25}


@pytest.mark.parametrize(
    ("rules", "pair"),
    [
        ([], ("bpo_holding_current", "bpo_threshold_current")),
        ([HYP], tuple(HYP.values())),
        ([HYP, DEP], tuple(DEP.values())),
        ([HYP, DEP | {"emodel": ["VPL"]}], tuple(HYP.values())),  # the whole name must match
        ([HYP, DEP | {"emodel": ["no", "VPL_.*"]}], tuple(DEP.values())),
    ],
)
def test_the_last_rule_that_matches_counts(rules: list[dict], pair: tuple[str, str]):
    assert main_pair("VPL_TC", rules) == pair


def test_the_main_pair_is_set_when_shards_are_gathered(tmp_path: Path):
    paths = [tmp_path / "1.parquet", tmp_path / "2.parquet", tmp_path / "3.parquet"]
    scores = features({"f": 1.0, "g": 2.0})
    write_shard(paths[0], result("VPL/m", features=scores, bpo_values=THALAMUS))
    write_shard(
        paths[1],
        result(
            "L5/m", features=scores, bpo_values=CORTEX, holding_current=-0.5, threshold_current=0.25
        ),
    )
    write_shard(paths[2], result("VPL/failed", status="raised", exception="no"))

    def gathered(rules: list[dict]) -> list[tuple]:
        gather(paths, tmp_path / "scores.parquet", rules)
        table = pq.read_table(tmp_path / "scores.parquet")
        assert [json.loads(text or "{}") for text in table["bpo_values"].to_pylist()] == [
            *[THALAMUS] * 2, *[CORTEX] * 2, {},
        ]  # fmt: skip
        columns = ("emodel", "holding_current", "threshold_current")
        return list(zip(*(table[name].to_pylist() for name in columns), strict=True))

    cortex, failed = [("L5", -0.5, 0.25)] * 2, ("VPL", None, None)
    assert gathered([]) == [*[("VPL", None, None)] * 2, *cortex, failed]
    chosen = gathered([DEP, HYP | {"emodel": ["V.*"]}, DEP | {"emodel": ["L6"]}])
    assert chosen == [*[("VPL", -1 / 3, 0.1 + 0.2)] * 2, *[("L5", None, None)] * 2, failed]
    chosen = gathered([DEP | {"emodel": ["VPL"]}])
    assert chosen == [*[("VPL", 0.0625, 0.125)] * 2, *cortex, failed]


def combos(*values: dict | None) -> pd.DataFrame:
    texts = [None if value is None else json.dumps(value) for value in values]
    return pd.DataFrame(
        {"emodel": ["VPL", "L5", "L5"][: len(texts)], "bpo_values": texts}, [4, 7, 9][: len(texts)]
    )


def test_values_beyond_the_main_pair_become_columns():
    table = further_values(combos(THALAMUS, CORTEX, None), [HYP | {"emodel": ["VPL"]}])
    assert table.index.tolist() == [4, 7, 9]
    assert table.columns.tolist() == ["bpo_holding_current_dep", "bpo_threshold_dep"]
    assert table.iloc[0].tolist() == [0.0625, 0.125]
    assert table.iloc[1:].isna().to_numpy().all()


@pytest.mark.parametrize("values", [(CORTEX, CORTEX, None), (None,), ()])
def test_without_such_values_there_are_no_columns(values: tuple):
    assert further_values(combos(*values), []).columns.empty


def test_an_emodel_without_its_main_pair_is_reported():
    (warning,) = missing_main_pairs(combos(THALAMUS, CORTEX, CORTEX), [])
    assert warning == (
        "VPL: it has no bpo_holding_current and no bpo_threshold_current, so currents that megate "
        "measured are taken; name its main pair in select.currents (it has "
        "bpo_holding_current_dep, bpo_holding_current_hyp, bpo_threshold_dep, bpo_threshold_hyp)"
    )
    warnings = missing_main_pairs(combos(THALAMUS, CORTEX), [HYP])  # a rule for all e-models
    assert [warning.partition(",")[0] for warning in warnings] == [
        "L5: it has no bpo_holding_current_hyp and no bpo_threshold_hyp"
    ]


@pytest.mark.parametrize(
    "values",
    [CORTEX, None, {"bpo_holding_current": -0.5}, {"bpo_rin": 100.0}, CORTEX | {"bpo_rin": 1.0}],
)
def test_an_emodel_with_its_main_pair_or_without_currents_is_not_reported(values: dict | None):
    assert missing_main_pairs(combos(values), []) == []


def test_released_combinations_that_were_not_measured_are_counted():
    """Of these, the second and the third: not measured, or with another current. The fourth has no
    threshold current, and the last one is not released."""
    table = pd.DataFrame(
        {
            "passed": [True, True, True, True, False],
            "holding_current": [-0.1, -0.1, -0.1, None, -0.1],
            "threshold_current": [0.1, 0.1, None, None, 0.1],
            "measured_at_current": [-0.1, None, -0.2, None, None],
            "no_threshold": [None, None, None, "it spikes", None],
        }
    )
    (warning,) = not_measured(table)
    assert warning.startswith(
        "2 released combinations have no input resistance (1 of them no holding or threshold "
        "current): "
    )
    assert not_measured(table.iloc[[0, 3, 4]]) == []
