"""Bad input: one clear message, before anything is simulated, and no Python traceback.

These are examples, through Snakemake. tests/checks has every bad input, without Snakemake.
"""

import json
import re
from collections.abc import Callable

import pytest
from runs import Outcome, Project


def edit_json(project: Project, file: str, change: Callable[[dict], object]) -> None:
    path = project.inputs / file
    content = json.loads(path.read_text())
    change(content)
    path.write_text(json.dumps(content))


def write(file: str, text: str) -> Callable[[Project], object]:
    return lambda project: (project.inputs / file).write_text(text)


def remove(file: str) -> Callable[[Project], object]:
    return lambda project: (project.inputs / file).unlink()


def edit(file: str, old: str, new: str) -> Callable[[Project], object]:
    return lambda project: project.edit(file, old, new)


MAP = "emodels/emodel_etype_map.json"

FOUND_WHEN_READ = {
    "recipe is missing": (remove("recipe.yaml"), r"recipe: file not found: .*recipe\.yaml"),
    "unknown config key": (
        edit("config.yaml", "to_skip_features", "to_skip_featurs"),
        r"config\.yaml.*unknown key 'to_skip_featurs' in 'select'.*'to_skip_features'",
    ),
    "malformed config": (
        edit("config.yaml", "prepare:", "prepare: ["),
        r"config/config\.yaml|Config file",
    ),
    "types without e-model": (
        lambda project: edit_json(project, MAP, lambda m: m["cNAC_LBC"].update(etype="cNAC")),
        r"no e-model.*layer '5', m-type 'L5_LBC', e-type 'dNAC'",
    ),
    "morphology file missing": (
        remove("morphologies/tpc140402_1.asc"),
        r"without a \.asc, \.swc or \.h5 file in .*morphologies:.*tpc140402_1",
    ),
}

FOUND_WHEN_PREPARED = {
    "package that does not import": (
        "TPC",
        write("emodels/cADpyr_TPC/setup/evaluator.py", "import json\nimport no_such_module\n"),
        r"e-model cADpyr_TPC: its package does not work: .*setup/evaluator\.py, line 2: "
        r"ModuleNotFoundError: No module named 'no_such_module'",
    ),
    "mechanisms that do not compile": (
        "LBC",
        edit("example/emodels/cNAC_LBC/mechanisms/NaW96.mod", "PARAMETER {", "PARAMETER {{ oops"),
        r"e-model cNAC_LBC .*its mechanisms do not compile; nrnivmodl says:.*NaW96\.mod",
    ),
    "feature without threshold": (
        "LBC",
        edit("config.yaml", '- features: [".*"]', '- features: ["mm.R.*"]'),
        r"e-model cNAC_LBC: no rule of megate_thresholds matches these features.*AP_amplitude",
    ),
}


def check(outcome: Outcome, message: str, project: Project) -> None:
    assert outcome.returncode != 0
    assert re.search(message, outcome.output, re.S), outcome.output
    assert "Traceback (most recent call last)" not in outcome.output
    assert not list(project.root.glob("results/scores/**/*.parquet"))


@pytest.mark.parametrize("case", FOUND_WHEN_READ)
def test_found_when_the_project_is_read(case: str, project: Project):
    spoil, message = FOUND_WHEN_READ[case]
    spoil(project)
    outcome = project.snakemake("--dry-run")
    check(outcome, message, project)
    assert not outcome.planned


@pytest.mark.parametrize(
    "case",
    [
        pytest.param(case, marks=pytest.mark.slow if "compile" in case else [])
        for case in FOUND_WHEN_PREPARED
    ],
)
def test_found_before_anything_is_simulated(case: str, project: Project):
    kind, spoil, message = FOUND_WHEN_PREPARED[case]
    project.keep(kind)  # another e-model would be scored while this one is prepared
    spoil(project)
    check(project.snakemake(), message, project)


def test_a_missing_configuration_file_is_named(project: Project):
    (project.root / "config" / "config.yaml").unlink()
    outcome = project.snakemake("--dry-run")
    assert outcome.returncode != 0
    assert "config/config.yaml" in outcome.output
