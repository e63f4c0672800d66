"""Results as the HTML pages read them: combinations, scores and limits, simulations."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from outcomes import COMBOS, write_results

from megate.report.results import Results, read_results


def read(root: Path) -> Results:
    names = ("decisions.parquet", "combos.parquet", "scores.parquet", "coverage.tsv")
    return read_results(*(root / name for name in names))


@pytest.mark.parametrize("dictionaries", [True, False])
def test_each_combination_once_with_what_its_run_says(tmp_path: Path, dictionaries: bool):
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


@pytest.mark.parametrize("dictionaries", [True, False])
def test_scores_limits_and_outcomes_as_matrices(tmp_path: Path, dictionaries: bool):
    write_results(tmp_path, dictionaries=dictionaries)
    gates = read(tmp_path).gates["pyr"]
    assert gates.scores.index.tolist() == [1, 2, 3, 4, 5, 6]
    assert gates.scores.columns.tolist() == ["S.f", "S.g", "S.skip", "S.open"]
    assert gates.scores.loc[3].tolist() == [5.0, 15.0, 9.0, 0.0]
    np.testing.assert_array_equal(gates.scores.loc[6], [np.nan, 1.0, 9.0, 0.0])
    assert gates.scores.loc[5].isna().all()
    assert gates.limits.columns.tolist() == ["S.f", "S.g", "S.open"]
    assert gates.limits.loc[6].tolist() == [4.0, 5.0, 1250.0]
    assert gates.passed.loc[3].tolist() == [False, False, True]
    assert gates.passed.sum().tolist() == [3, 3, 5]
    assert gates.rules.loc[1].tolist() == [1, 1, 1]
    assert gates.uncomputable_in_exemplar == ["S.open"]


def test_rows_of_an_emodel(tmp_path: Path):
    write_results(tmp_path)
    results = read(tmp_path)
    assert results.combos_of("bac").index.tolist() == [7]
    assert list(results.gates) == ["bac", "pyr"]
    assert results.gates["bac"].scores.shape == (1, 0)
    assert results.gates["bac"].passed.shape == (1, 0)


def test_no_combinations(tmp_path: Path):
    write_results(tmp_path)
    for name in ("decisions", "combos"):
        path = tmp_path / f"{name}.parquet"
        pd.read_parquet(path).iloc[:0].to_parquet(path, index=False)
    results = read(tmp_path)
    assert results.combos.empty
    assert results.gates == {}


def test_each_run_once(tmp_path: Path):
    write_results(tmp_path)
    runs = read(tmp_path).runs
    assert runs["job"].tolist() == [f"{row[3]}/{row[1]}" for row in COMBOS]
    assert runs["cpu_s"].tolist() == [9, 19, 29, 39, 49, 59, 69]
