"""The command line: help, exit statuses, JSON on the standard output and nothing else."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from runs import REPOSITORY, Outcome, Project

from megate import cli
from megate.cli.main import COMMANDS
from megate.core.paths import Paths

NAMES = [command.NAME for command in COMMANDS]


@pytest.fixture
def results(example: tuple[Project, Outcome]) -> Path:
    return example[0].results


def answer(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, str, str]:
    """Exit status, and what a command prints."""
    status = cli.main([str(each) for each in arguments])
    printed = capsys.readouterr()
    return status, printed.out, printed.err


@pytest.mark.parametrize("name", NAMES)
def test_help_has_an_example_and_every_option_a_text(
    name: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("COLUMNS", "100")
    with pytest.raises(SystemExit) as exited:
        cli.main([name, "--help"])
    assert exited.value.code == 0
    text = capsys.readouterr().out
    assert f"\n    megate {name}" in text
    assert "--json" in text
    command = COMMANDS[NAMES.index(name)]
    assert not command.HELP.endswith(".")
    lines = command.DESCRIPTION.splitlines()
    assert max(len(line) for line in lines if not line.startswith("  - ")) <= 100


def test_every_command_is_in_the_general_help(capsys: pytest.CaptureFixture[str]):
    with pytest.raises(SystemExit):
        cli.main(["--help"])
    text = capsys.readouterr().out
    assert all(f"\n    {name} " in text for name in NAMES)
    assert "Exit status: 0" in text


@pytest.mark.parametrize("arguments", [[], ["why"], ["status", "--nothing"], ["nothing"]])
def test_wrong_usage(arguments: list[str]):
    with pytest.raises(SystemExit) as exited:
        cli.main(arguments)
    assert exited.value.code == 2


def test_options_of_snakemake_come_after_two_dashes(capsys: pytest.CaptureFixture[str]):
    with pytest.raises(SystemExit) as exited:
        cli.main(["rerun", "--cores", "2"])
    assert exited.value.code == 2
    errors = capsys.readouterr().err
    assert errors.startswith("usage: megate rerun ")
    assert errors.endswith("arguments: --cores; give options of snakemake after --\n")


def test_words_to_choose_from_are_shown_as_they_are_typed(capsys: pytest.CaptureFixture[str]):
    with pytest.raises(SystemExit):
        cli.main(["failed", "--status", "foo"])
    assert "<" not in capsys.readouterr().err


def test_status(results: Path, capsys: pytest.CaptureFixture[str]):
    status, text, _ = answer(capsys, "status", "--results", results)
    assert status == 0
    rows = [line.split() for line in text.splitlines()]
    assert ["e-models", "2", "2", "0", "0", "0", "0", "0"] in [row[:8] for row in rows]
    assert ["simulations", "15", "14", "1", "0", "0", "0", "0"] in [row[:8] for row in rows]
    assert "no reconstructed axon" in text
    status, text, errors = answer(capsys, "status", "--results", results, "--json")
    document = json.loads(text)
    assert (status, errors) == (0, "")
    assert document["combinations"] == {"passed": 12, "over_limit": 4, "simulation_error": 1}
    assert all(file["changed"] for file in document["files"].values())
    assert not any(file["older_than"] for file in document["files"].values())


def test_why(results: Path, capsys: pytest.CaptureFixture[str]):
    arguments = ("why", "cADpyr_TPC/tpc140305-A1", "--results", results)
    status, text, _ = answer(capsys, *arguments)
    assert status == 0
    assert "not released: over limit" in text
    assert "3 of 18 gated features do not pass" in text
    # 30 +- 8 Hz in config/features.json; a score is a distance in SD
    (found,) = json.loads(answer(capsys, *arguments, "--json")[1])
    worst = found["features"][0]
    assert (worst["exp_mean"], worst["exp_std"]) == (30.0, 8.0)
    assert worst["score"] == pytest.approx(abs(worst["value"] - 30) / 8)
    assert worst["margin"] == pytest.approx((worst["limit"] - worst["score"]) / worst["limit"])


def test_why_of_a_failed_simulation(results: Path, capsys: pytest.CaptureFixture[str]):
    (found,) = json.loads(answer(capsys, "why", "tpc140312-B1", "--results", results, "--json")[1])
    assert (found["reason"], found["status"]) == ("simulation_error", "raised")
    assert "no reconstructed axon" in found["message"]
    assert Path(found["log"]).is_file()


def test_why_of_nothing(results: Path, capsys: pytest.CaptureFixture[str]):
    status, text, errors = answer(capsys, "why", "tpc140305-A", "--results", results, "--json")
    assert (status, text) == (1, "")
    assert errors.startswith("megate: ")
    assert "the nearest names are tpc140305-A1" in errors


def test_failed_and_rerun_as_json(results: Path, capsys: pytest.CaptureFixture[str]):
    status, text, _ = answer(capsys, "failed", "--results", results, "--json")
    (failed,) = json.loads(text)
    assert (status, failed["job"], failed["status"]) == (0, "cADpyr_TPC/tpc140312-B1", "raised")
    run = ("--cores", "1", "--dry-run", "--config", f"results={results}")
    again = ("rerun", "--json", "--", *run)
    status, text, _ = answer(capsys, *again)
    assert (status, json.loads(text)) == (0, {"dry_run": True, "simulations": [failed]})
    assert Paths(results).shard(failed["job"]).is_file()


def test_rerun_of_a_workflow_that_has_megate_as_a_module(
    results: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
):
    """`--results` counts from the working directory, also with `--directory`."""
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "Snakefile").touch()
    monkeypatch.chdir(results.parent)
    run = ["--cores", "1", "-n", "--snakefile", str(tmp_path / "Snakefile")]
    run += ["--directory", str(tmp_path / "elsewhere")]
    assert cli.main(["rerun", "--results", results.name, "--", *run]) == 0
    assert "cADpyr_TPC/tpc140312-B1: raised" in capsys.readouterr().out


def test_a_reader_that_ends(results: Path):
    """`megate status | head`: no traceback."""
    command = f"{sys.executable} -m megate.cli status --results '{{}}' | true"
    done = subprocess.run(
        ["bash", "-c", command.format(str(results).replace("'", "'\\''"))],
        env={"PYTHONPATH": str(REPOSITORY / "scripts"), "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stderr == ""
