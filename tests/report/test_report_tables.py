"""The report's tables: what the three files say, one row per combination, feature and run."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from outcomes import COMBOS, write_results

from megate.report.html import tables as report_tables
from megate.report.html.tables import Outcome, read_outcome, read_runs


def read(root: Path) -> Outcome:
    runs = read_runs(root / "scores.parquet")
    return read_outcome(root / "decisions.parquet", root / "combos.parquet", runs)


@pytest.mark.parametrize("dictionaries", [True, False])
@pytest.mark.parametrize("batch", [1, 3, 1000])
def test_each_combination_once_with_what_its_run_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, dictionaries: bool, batch: int
):
    monkeypatch.setattr(report_tables, "_BATCH", batch)
    write_results(tmp_path, dictionaries=dictionaries)
    combos = read(tmp_path).combos
    assert combos["combo"].tolist() == combos.index.tolist() == [1, 2, 3, 4, 5, 6, 7]
    assert combos["reason"].tolist() == [row[4] for row in COMBOS]
    assert combos["passed"].dtype == bool
    assert combos["job"].tolist() == [f"{row[3]}/{row[1]}" for row in COMBOS]
    assert combos["message"].dropna().to_dict() == dict.fromkeys(
        (5, 7), "NrnError: no <axon> & no soma"
    )
    assert combos.loc[1, "threshold_current"] == 0.5
    medians = [1.0, 2.0, 5.0, 3.0, np.nan, 0.5, np.nan]
    np.testing.assert_array_equal(combos["median_score"], medians)


def test_features_are_the_gated_ones(tmp_path: Path):
    write_results(tmp_path)
    features = read(tmp_path).features
    assert len(features) == 5 * 3
    assert set(features["feature"]) == {"S.f", "S.g", "S.open"}
    assert features.loc[features["combo"] == 3, "feature_passed"].tolist() == [False, False, True]
    assert features["uncomputable_in_exemplar"].sum() == 5
    assert set(features["emodel"]) == {"pyr"}


def test_rows_of_an_emodel(tmp_path: Path):
    write_results(tmp_path)
    outcome = read(tmp_path)
    assert outcome.of_emodel("bac").combos.index.tolist() == [7]
    assert outcome.of_emodel("bac").features.empty
    assert len(outcome.of_emodel("pyr").features) == 15


def test_no_combinations(tmp_path: Path):
    write_results(tmp_path)
    for name in ("decisions", "combos"):
        path = tmp_path / f"{name}.parquet"
        pd.read_parquet(path).iloc[:0].to_parquet(path, index=False)
    outcome = read(tmp_path)
    assert outcome.combos.empty
    assert outcome.features.empty


def test_each_run_once(tmp_path: Path):
    write_results(tmp_path)
    runs = read_runs(tmp_path / "scores.parquet")
    assert runs["job"].tolist() == [f"{row[3]}/{row[1]}" for row in COMBOS]
    assert runs["cpu_s"].tolist() == [9, 19, 29, 39, 49, 59, 69]
