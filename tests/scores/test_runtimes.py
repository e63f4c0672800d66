"""Long simulations first."""

from pathlib import Path

import pyarrow as pa
import pytest

from megate.scores.runtimes import mean_runtimes, priority, read_runtimes


def test_runtimes_are_means_over_simulations_that_came_to_scores():
    rows = [  # e-model, job, status, CPU time; a row per feature
        ("a", "a/1", "scored", 10.0),
        ("a", "a/1", "scored", 10.0),
        ("a", "a/1", "scored", 10.0),
        ("a", "a/2", "scored", 40.0),
        ("a", "a/3", "timeout", 3600.0),
        ("b", "b/1", "raised", 1.0),
    ]
    columns = ("emodel", "job", "status", "cpu_s")
    table = pa.Table.from_pylist([dict(zip(columns, row, strict=True)) for row in rows])
    assert mean_runtimes(table) == {"a": 25.0}


def test_larger_morphologies_and_slower_emodels_go_first():
    runtimes = {"slow": 100.0, "quick": 2.0}
    order = sorted(
        [("quick", 100_000), ("slow", 100_000), ("slow", 400_000), ("new", 100_000)],
        key=lambda job: priority(*job, runtimes),
        reverse=True,
    )
    assert order == [("slow", 400_000), ("slow", 100_000), ("new", 100_000), ("quick", 100_000)]


@pytest.mark.parametrize("size", [0, 1, 10**6, 10**12])
def test_priorities_stay_below_that_of_preparing(size: int):
    assert 0 <= priority("any", size, {}) < 100


@pytest.mark.parametrize("text", [None, "", "[]", "{", '{"a": null}', '{"a": "x"}', "3"])
def test_runtimes_that_do_not_read_are_none(text: str | None, tmp_path: Path):
    path = tmp_path / "runtimes.json"
    if text is not None:
        path.write_text(text)
    assert read_runtimes(path) == {}


def test_runtimes_are_read(tmp_path: Path):
    path = tmp_path / "runtimes.json"
    path.write_text('{"a": 1.5}')
    assert read_runtimes(path) == {"a": 1.5}
