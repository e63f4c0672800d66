"""Which simulations failed, and the command that lists them or runs them again."""

import os
from pathlib import Path

import pytest
from run_files import TRACEBACK, write_result

from megate import cli
from megate.core.errors import MegateError
from megate.core.paths import Paths
from megate.scores.failed import describe_failed, read_failed, remove_results, select_failed
from megate.scores.gather import gather


def shard(paths: Paths, job: str, status: str, exception: str | None = None) -> Path:
    features: dict[str, float | None] = {"f": 1.0} if status == "scored" else {}
    return write_result(paths, job, features, status, exception=exception)


@pytest.fixture
def paths(tmp_path: Path) -> Paths:
    """Five simulations, gathered; after that one more has ended, one has come to scores, and one
    shard has been removed."""
    paths = Paths(tmp_path)
    shards = [
        shard(paths, "E/good", "scored"),
        shard(paths, "E/bad", "raised", TRACEBACK),
        shard(paths, "E/mended", "raised", TRACEBACK),
        shard(paths, "F/slow", "timeout", "stopped after 3600 s"),
        shard(paths, "F/gone", "crashed", "ended by signal SIGSEGV"),
    ]
    gather(shards, paths.scores)
    shards[-1].unlink()
    later = paths.scores.stat().st_mtime + 1
    for path in (
        shard(paths, "F/new", "raised", TRACEBACK),
        shard(paths, "E/mended", "scored"),
    ):
        os.utime(path, (later, later))
    return paths


def test_what_failed_is_told_as_the_shards_are_now(paths: Paths):
    table = read_failed(paths)
    assert table[["job", "status", "reason"]].to_numpy().tolist() == [
        ["E/bad", "raised", "ValueError: no axon"],
        ["F/new", "raised", "ValueError: no axon"],
        ["F/slow", "timeout", "stopped after 3600 s"],
    ]


def test_without_the_gathered_table_all_shards_are_read(paths: Paths):
    before = read_failed(paths)
    paths.scores.unlink()
    assert read_failed(paths).equals(before)


def test_no_run_is_named(tmp_path: Path):
    with pytest.raises(MegateError, match=f"no results of a run found in {tmp_path};"):
        read_failed(Paths(tmp_path))


def test_an_unreadable_shard_is_named(paths: Paths):
    path = paths.shard("E/torn")
    path.write_bytes(b"PAR1")
    later = paths.scores.stat().st_mtime + 1
    os.utime(path, (later, later))
    with pytest.raises(MegateError, match=r"torn\.parquet: cannot be read; delete it"):
        read_failed(paths)


@pytest.mark.parametrize(
    ("choice", "jobs"),
    [
        ({}, ["E/bad", "F/new", "F/slow"]),
        ({"statuses": ["timeout", "memory"]}, ["F/slow"]),
        ({"statuses": ["crashed"]}, []),
        ({"emodels": ["F"]}, ["F/new", "F/slow"]),
        ({"jobs": ["*/new", "E/bad"]}, ["E/bad", "F/new"]),
        ({"emodels": ["F"], "jobs": ["*/new", "E/bad"], "statuses": ["raised"]}, ["F/new"]),
    ],
)
def test_the_choice(paths: Paths, choice: dict, jobs: list[str]):
    assert select_failed(read_failed(paths), **choice)["job"].tolist() == jobs


@pytest.mark.parametrize("choice", [{"emodels": ["G"]}, {"jobs": ["E/good"]}])
def test_a_choice_of_nothing_is_named(paths: Paths, choice: dict):
    with pytest.raises(MegateError, match="no failed simulation matches"):
        select_failed(read_failed(paths), **choice)


def test_the_list_has_counts_by_reason_and_every_simulation(paths: Paths):
    assert list(describe_failed(read_failed(paths))) == [
        "3 failed simulations: 2 raised, 1 timeout",
        "       2  raised: ValueError: no axon",
        "       1  timeout: stopped after 3600 s",
        "",
        "E/bad: raised after 12 s: ValueError: no axon",
        "F/new: raised after 12 s: ValueError: no axon",
        "F/slow: timeout after 12 s: stopped after 3600 s",
    ]


def test_reasons_that_differ_in_names_and_numbers_are_counted_together(tmp_path: Path):
    paths = Paths(tmp_path)
    for name, status, number in (
        ("a", "crashed", 1),
        ("b", "raised", 2),
        ("dend-C1", "crashed", 3),
    ):
        text = f"killed\nLast lines of the output:\nNEURON: bad point {number} in /x/{name}.asc"
        shard(paths, f"E/{name}", status, text)
    shard(paths, "E/other", "crashed", "killed\nLast lines of the output:\nNEURON: bad section")
    assert list(describe_failed(read_failed(paths)))[1:4] == [
        "       2  crashed: killed; NEURON: bad point 1 in /x/a.asc",
        "       1  crashed: killed; NEURON: bad section",
        "       1  raised: killed; NEURON: bad point 2 in /x/b.asc",
    ]


def test_shards_and_traces_of_the_chosen_are_removed(paths: Paths):
    traces = paths.traces("F/slow")
    traces.parent.mkdir(parents=True)
    traces.touch()
    remove_results(paths, select_failed(read_failed(paths), statuses=["timeout"]))
    assert not traces.exists()
    assert {path.stem for path in paths.shards.glob("*/*.parquet")} == {
        "good", "bad", "mended", "new",
    }  # fmt: skip


def test_the_command_lists(paths: Paths, capsys: pytest.CaptureFixture[str]):
    assert cli.main(["failed", "--results", str(paths.results), "--status", "timeout"]) == 0
    assert capsys.readouterr().out.startswith("1 failed simulation: 1 timeout\n")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["failed", "--results", "nowhere"], "no results of a run found in nowhere;"),
        (["rerun"], "options of snakemake are missing"),
        (["rerun", "--results", "{results}", "--", "--cores", "1"], "writes to results; add"),
        (["rerun", "--", "--cores", "1", "--config", "reslts={results}"], "unknown key 'reslts'"),
        (
            ["failed", "--results", "{results}", "--emodel", "G"],
            "e-model 'G': no failed simulation",
        ),
    ],
)
def test_the_command_says_what_is_wrong(
    arguments: list[str], message: str, paths: Paths, capsys: pytest.CaptureFixture[str]
):
    assert cli.main([text.format(results=paths.results) for text in arguments]) == 1
    assert message in capsys.readouterr().err
    assert len(read_failed(paths)) == 3


def test_a_dry_run_removes_nothing(paths: Paths, capsys: pytest.CaptureFixture[str]):
    run = ["--cores", "1", "--config", f"results={paths.results}"]
    assert cli.main(["rerun", "--", *run, "-n"]) == 0
    assert "dry run: nothing was removed" in capsys.readouterr().out
    assert len(read_failed(paths)) == 3
