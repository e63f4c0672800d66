"""Where a run is: as JSON and as text."""

import os
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from run_files import BEGUN_LOG, SCORED_LOG, TRACEBACK, write_combos, write_log, write_result
from tables import combo, combos_table, exemplar

from megate.core.paths import Paths
from megate.release.status import describe_status, read_status, status_document
from megate.scores.gather import gather


@pytest.fixture
def paths(tmp_path: Path) -> Paths:
    """A run in its middle: a release of before, and then another morphology."""
    paths = Paths(tmp_path)
    write_combos(paths, combos_table(exemplar(), *map(combo, "abc")))
    paths.manifest("E").parent.mkdir(parents=True)
    paths.manifest("E").write_text("{}")
    write_log(paths, "E/c", BEGUN_LOG)
    shards = [write_result(paths, f"E/{name}", {"f": 1.0}) for name in ("ex", "a")]
    gather(shards, paths.scores)
    decisions = pd.DataFrame(
        {"combo": [1, 1, 2, 2], "reason": ["passed", "passed", "over_limit", "over_limit"]}
    )
    pq.write_table(pa.Table.from_pandas(decisions), paths.decisions)
    for path in (paths.summary, paths.release_page):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    for number, path in enumerate(
        (paths.scores, paths.decisions, paths.summary, paths.release_page)
    ):
        os.utime(path, (1000 + number, 1000 + number))
    write_result(paths, "E/b", status="raised", exception=TRACEBACK)
    return paths


def test_document(paths: Paths):
    document = status_document(read_status(paths))
    simulations = document["simulations"]
    assert {name: simulations[name] for name in ("total", "done", "failed", "begun", "left")} == {
        "total": 4,
        "done": 2,
        "failed": 1,
        "begun": 1,
        "left": 0,
    }
    assert simulations["of_emodels"]["E"]["failed"] == 1
    assert simulations["causes"] == [
        {"status": "raised", "reason": "ValueError: no axon", "simulations": 1}
    ]
    assert [each["job"] for each in simulations["unfinished"]] == ["E/c"]
    assert document["emodels"]["done"] == 1
    assert document["combinations"] == {"passed": 1, "over_limit": 1}
    assert {name: file["older_than"] for name, file in document["files"].items()} == {
        "scores": "3 simulations",
        "decisions": "scores",
        "release": "scores",
        "report": "release",
    }


def test_up_to_date_and_missing(paths: Paths):
    later = paths.shard("E/b").stat().st_mtime + 1
    for path in (paths.scores, paths.decisions, paths.summary):
        os.utime(path, (later, later))
    paths.release_page.unlink()
    files = status_document(read_status(paths))["files"]
    assert {name: file["older_than"] for name, file in files.items()} == dict.fromkeys(files)
    assert files["report"]["changed"] is None


def test_text(paths: Paths):
    text = "\n".join(describe_status(read_status(paths)))
    assert "1 failed simulation (megate failed lists them):\n       1  raised: ValueError" in text
    assert "begun, without result: running on another machine, or interrupted:\n  E/c (" in text
    assert "1 passed, 1 over limit" in text


def test_text_of_a_run_without_results_yet(tmp_path: Path):
    paths = Paths(tmp_path)
    write_combos(paths, combos_table(exemplar(), combo("a"), combo("a", emodel="F")))
    write_log(paths, "E/a", SCORED_LOG)
    lines = list(describe_status(read_status(paths)))
    assert lines[2].split() == [
        *("total", "done", "failed", "running", "begun", "stopped", "left", "last", "result")
    ]
    assert lines[4].split() == ["simulations", "3", "0", "0", "0", "0", "0", "3"]
    assert [line.split() for line in lines[5:7]] == [
        ["E", "2", "0", "0", "0", "0", "0", "2"],
        ["F", "1", "0", "0", "0", "0", "0", "1"],
    ]
    assert sum("not yet" in line for line in lines) == 4
