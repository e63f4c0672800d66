"""The commands `megate init` and `megate check`: what they print, and their exit status."""

import json
import shlex
import shutil
from pathlib import Path

import pytest
import yaml

from megate import cli

EXAMPLE = Path(__file__).resolve().parents[2] / "config" / "example"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A folder with a copy of the example's interneurons, as a project; its configuration."""
    shutil.copytree(EXAMPLE, tmp_path / "project")
    recipe = tmp_path / "project" / "recipe.yaml"
    content = yaml.safe_load(recipe.read_text())
    content["neurons"] = [each for each in content["neurons"] if "LBC" in each["traits"]["mtype"]]
    recipe.write_text(yaml.safe_dump(content))
    config = tmp_path / "project" / "config.yaml"
    text = (EXAMPLE.parent / "config.yaml").read_text().replace("example/", "")
    text = text.replace("results: results", f"results: {tmp_path / 'results'}")
    config.write_text(
        text.replace("morphologies_without_recipe: error", "morphologies_without_recipe: warn")
    )
    return config


def test_init(tmp_path: Path, capsys: pytest.CaptureFixture, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    inputs = ["--morphologies", str(EXAMPLE / "morphologies")]
    inputs += ["--emodel", str(EXAMPLE / "emodels/cNAC_LBC"), "--layer", "5", "--mtype", "LBC"]
    assert cli.main(["init", "mine", *inputs, "--etype", "cNAC"]) == 0
    printed = capsys.readouterr().out
    assert f"made {tmp_path / 'mine'}" in printed
    assert "13 morphologies; layers and m-types: layer 5 and m-type LBC for all" in printed
    assert "e-model cNAC_LBC: for all m-types; no morphology has its own, .*_LBC" in printed
    assert "13 combinations, 14 simulations, 1 e-model\nall checks passed" in printed
    command = shlex.split(printed.splitlines()[-1])
    assert command[-2:] == ["--configfile", "mine/megate.yaml"]
    assert Path(command[command.index("--snakefile") + 1]).is_file()

    assert cli.main(["init", "mine", *inputs]) == 1
    assert "overwrites nothing" in capsys.readouterr().err


def test_init_as_json_tells_what_the_checks_found(tmp_path: Path, capsys) -> None:
    cells = tmp_path / "cells"
    cells.mkdir()
    (cells / "hollow.swc").write_text("1 1 0 0 0 5 -1\n2 3 5 0 0 nan 1\n")
    inputs = ["--morphologies", str(cells), "--emodel", str(EXAMPLE / "emodels/cNAC_LBC")]
    types = ["--layer", "5", "--mtype", "L5_LBC", "--json"]
    assert cli.main(["init", str(tmp_path / "mine"), *inputs, *types]) == 1
    about = json.loads(capsys.readouterr().out)
    assert about["configfile"] == str(tmp_path / "mine" / "megate.yaml")
    assert about["emodels"] == {"cNAC_LBC": str(EXAMPLE / "emodels/cNAC_LBC")}
    assert any("skip_repaired_exemplar: true" in text for text in about["assumed"])
    (remark,) = (each for each in about["check"]["remarks"] if each["serious"])
    assert remark["check"] == "morphologies"
    assert "hollow" in remark["message"]
    assert not about["check"]["passed"]
    assert (tmp_path / "mine" / "megate.yaml").is_file()  # to be used once the file is mended


def test_check(project: Path, tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    assert cli.main(["check", "--configfile", str(project)]) == 0
    printed = capsys.readouterr().out
    assert "warning: left out: morphologies whose layer and m-type the recipe" in printed
    assert "8 combinations, 5 simulations, 1 e-model\nall checks passed" in printed
    assert (tmp_path / "results" / "morphologies.tsv").is_file()


def test_all_problems_are_listed(project: Path, capsys: pytest.CaptureFixture) -> None:
    folder = project.parent
    cell = folder / "morphologies" / "lbc140507.1.asc"
    cell.write_text(cell.read_text().replace(")", "", 1))
    features = folder / "emodels/cNAC_LBC/config/features/lbc.json"
    features.write_text(features.read_text().replace("mean_frequency", "mean_freqency"))
    mod = folder / "emodels/cNAC_LBC/mechanisms/NaW96.mod"
    mod.write_text(mod.read_text() + "\nthis is no NMODL\n")  # found when it is compiled
    text = project.read_text().replace('features: [".*"]', 'features: [".*amplitude"]')
    project.write_text(text)
    assert cli.main(["check", "--configfile", str(project), "--json"]) == 1
    found = json.loads(capsys.readouterr().out)
    serious = [(each["check"], each["message"]) for each in found["remarks"] if each["serious"]]
    assert [check for check, _ in serious] == ["morphologies", "e-models"]
    assert "lbc140507.1" in serious[0][1]
    assert "mean_freqency" in serious[1][1]

    features.write_text(features.read_text().replace("mean_freqency", "mean_frequency"))
    assert cli.main(["check", "--configfile", str(project)]) == 1
    assert "no rule of megate_thresholds matches these features" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("change", "check", "text"),
    [
        (("timeout_s: 3600", "timeout_s: soon"), "configuration", "scoring.timeout_s: 'soon'"),
        (("recipe_path: recipe", "recipe_path: no"), "inputs", "recipe: file not found"),
    ],
)
def test_what_cannot_be_read(
    change: tuple[str, str], check: str, text: str, project: Path, capsys: pytest.CaptureFixture
) -> None:
    project.write_text(project.read_text().replace(*change))
    assert cli.main(["check", "--configfile", str(project), "--json"]) == 1
    found = json.loads(capsys.readouterr().out)
    (remark,) = found["remarks"]
    assert remark["check"] == check
    assert text in remark["message"]
    assert found["combinations"] is None


def test_rules_that_match_nothing(project: Path, capsys: pytest.CaptureFixture) -> None:
    rule = '- {emodel: ["cNAC"], features: [".*"], megate_threshold: 3}'
    key = "  megate_thresholds:\n"
    project.write_text(project.read_text().replace(key, f"{key}    {rule}\n"))
    assert cli.main(["check", "--configfile", str(project)]) == 0
    found = "warning: megate_thresholds, rule 1: no combination has emodel ['cNAC']"
    assert found in capsys.readouterr().out


def test_settings_on_the_command_line(project: Path, capsys: pytest.CaptureFixture) -> None:
    options = ["check", "--configfile", str(project), "--config", "scoring={timeout_s: soon}"]
    assert cli.main(options) == 1
    assert "--config: scoring.timeout_s: 'soon'" in capsys.readouterr().out
    assert cli.main(["check", "--config", "select.borderline_margin=3"]) == 1
    assert "for keys of a section 'SECTION={KEY: VALUE}'" in capsys.readouterr().err


def test_the_examples_configuration_is_the_default(
    tmp_path: Path, capsys: pytest.CaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert cli.main(["check"]) == 0
    printed = capsys.readouterr().out
    assert printed.startswith(f"configuration: {EXAMPLE.parent / 'config.yaml'}\n")
    assert "17 combinations, 15 simulations, 2 e-models\nall checks passed" in printed
