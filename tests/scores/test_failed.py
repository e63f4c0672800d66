"""Which simulations failed, and the command that lists them or has them run again."""

import os
from pathlib import Path

import pytest

from megate import cli
from megate.core.errors import MegateError
from megate.scores.failed import describe_failed, forget, read_failed, select_failed
from megate.scores.gather import gather
from megate.scores.shards import JobResult, write_shard

TRACEBACK = 'Traceback (most recent call last):\n  File "x"\nValueError: no axon\n'


def shard(results: Path, job: str, status: str, exception: str | None = None) -> Path:
    emodel, morph_name = job.split("/")
    path = results / "scores" / f"{job}.parquet"
    write_shard(
        path,
        JobResult(
            job=job,
            emodel=emodel,
            original_emodel=emodel,
            morph_name=morph_name,
            emodel_sha256="",
            status=status,
            exception=exception,
            runtime_s=12.0,
            cpu_s=10.0,
            peak_memory_mb=100.0,
            host="here",
            versions="",
            features=[{"feature": "f", "score": 1.0}] if status == "scored" else [],
        ),
    )
    return path


@pytest.fixture
def results(tmp_path: Path) -> Path:
    """Five simulations, gathered; after that one more has ended, one has come to scores, and one
    shard has been removed."""
    shards = [
        shard(tmp_path, "E/good", "scored"),
        shard(tmp_path, "E/bad", "raised", TRACEBACK),
        shard(tmp_path, "E/mended", "raised", TRACEBACK),
        shard(tmp_path, "F/slow", "timeout", "stopped after 3600 s"),
        shard(tmp_path, "F/gone", "crashed", "ended by signal SIGSEGV"),
    ]
    gather(shards, tmp_path / "scores.parquet")
    shards[-1].unlink()
    later = (tmp_path / "scores.parquet").stat().st_mtime + 1
    for path in (
        shard(tmp_path, "F/new", "raised", TRACEBACK),
        shard(tmp_path, "E/mended", "scored"),
    ):
        os.utime(path, (later, later))
    return tmp_path


def test_what_failed_is_told_as_the_shards_are_now(results: Path):
    table = read_failed(results)
    assert table[["job", "status", "reason"]].to_numpy().tolist() == [
        ["E/bad", "raised", "ValueError: no axon"],
        ["F/new", "raised", "ValueError: no axon"],
        ["F/slow", "timeout", "stopped after 3600 s"],
    ]


def test_without_the_gathered_table_all_shards_are_read(results: Path):
    before = read_failed(results)
    (results / "scores.parquet").unlink()
    assert read_failed(results).equals(before)


def test_no_run_is_named(tmp_path: Path):
    with pytest.raises(MegateError, match=f"no simulations in {tmp_path}/scores"):
        read_failed(tmp_path)


def test_an_unreadable_shard_is_named(results: Path):
    path = results / "scores" / "E" / "torn.parquet"
    path.write_bytes(b"PAR1")
    later = (results / "scores.parquet").stat().st_mtime + 1
    os.utime(path, (later, later))
    with pytest.raises(MegateError, match=r"torn\.parquet: unreadable; delete it"):
        read_failed(results)


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
def test_the_choice(results: Path, choice: dict, jobs: list[str]):
    assert select_failed(read_failed(results), **choice)["job"].tolist() == jobs


@pytest.mark.parametrize("choice", [{"emodels": ["G"]}, {"jobs": ["E/good"]}])
def test_a_choice_of_nothing_is_named(results: Path, choice: dict):
    with pytest.raises(MegateError, match="no simulation of it is without scores"):
        select_failed(read_failed(results), **choice)


def test_the_list_has_counts_by_reason_and_every_simulation(results: Path):
    assert list(describe_failed(read_failed(results))) == [
        "3 simulations without scores: 2 raised, 1 timeout",
        "       2  raised: ValueError: no axon",
        "       1  timeout: stopped after 3600 s",
        "",
        "E/bad: raised after 12 s: ValueError: no axon",
        "F/new: raised after 12 s: ValueError: no axon",
        "F/slow: timeout after 12 s: stopped after 3600 s",
    ]


def test_forgetting_removes_shards_and_traces_of_the_chosen(results: Path):
    traces = results / "traces" / "F" / "slow.parquet"
    traces.parent.mkdir(parents=True)
    traces.touch()
    forget(results, select_failed(read_failed(results), statuses=["timeout"]))
    assert not traces.exists()
    assert {path.stem for path in results.glob("scores/*/*.parquet")} == {
        "good", "bad", "mended", "new",
    }  # fmt: skip


def test_the_command_lists(results: Path, capsys: pytest.CaptureFixture[str]):
    assert cli.main(["failed", "--results", str(results), "--status", "timeout"]) == 0
    assert capsys.readouterr().out.startswith("1 simulations without scores: 1 timeout\n")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["failed", "--results", "nowhere"], "found no simulations in nowhere/scores"),
        (["rerun", "--results", "{results}"], "Snakemake's options are missing"),
        (["failed", "--results", "{results}", "--emodel", "G"], "e-model 'G': no simulation"),
    ],
)
def test_the_command_says_what_is_wrong(
    arguments: list[str], message: str, results: Path, capsys: pytest.CaptureFixture[str]
):
    assert cli.main([text.format(results=results) for text in arguments]) == 1
    assert message in capsys.readouterr().err
    assert len(read_failed(results)) == 3


def test_a_dry_run_removes_nothing(results: Path, capsys: pytest.CaptureFixture[str]):
    assert cli.main(["rerun", "--results", str(results), "--", "--cores", "1", "-n"]) == 0
    assert "dry run: nothing is removed" in capsys.readouterr().out
    assert len(read_failed(results)) == 3
