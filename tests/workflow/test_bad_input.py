"""Bad input: one clear message, before anything is simulated, and no Python traceback."""

import json
import re
from collections.abc import Callable, Iterable
from typing import Any

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
FINAL = "emodels/final.json"
NEURONDB = "morphologies/neuronDB.xml"

FOUND_WHEN_READ = {
    "recipe is missing": (remove("recipe.yaml"), r"recipe: file not found: .*recipe\.yaml"),
    "malformed YAML": (write("recipe.yaml", "neurons: [\n"), r"recipe\.yaml is not valid YAML"),
    "malformed XML": (write(NEURONDB, "<neurondb><listing>"), r"neuronDB\.xml is not valid XML"),
    "malformed JSON": (write(FINAL, '{"cNAC_LBC": '), r"final\.json is not valid JSON"),
    "unknown config key": (
        edit("config.yaml", "to_skip_features", "to_skip_featurs"),
        r"config\.yaml.*unknown key 'to_skip_featurs' in 'select'.*'to_skip_features'",
    ),
    "malformed config": (
        edit("config.yaml", "prepare:", "prepare: ["),
        r"config/config\.yaml|Config file",
    ),
    "recipe of another version": (
        edit("example/recipe.yaml", "v2.0", "v1.0"),
        r"recipe\.yaml: version is 'v1\.0', expected 'v2\.0'",
    ),
    "percentage 0": (
        lambda project: (
            (project.inputs / "recipe.xml").write_text(
                '<recipe><NeuronTypes><Layer id="5" percentage="0">'
                '<StructuralType id="L5_LBC" percentage="100">'
                '<ElectroType id="cNAC" percentage="100"/>'
                "</StructuralType></Layer></NeuronTypes></recipe>"
            ),
            project.edit("config.yaml", "recipe.yaml", "recipe.xml"),
        ),
        r"recipe\.xml:.*line 1: <Layer> '5': percentage is '0'",
    ),
    "morphology without recipe row": (
        edit("example/recipe.yaml", "mtype: L5_TPC:A", "mtype: L5_TPC:X"),
        r"tpc140301-A1: layer '5', m-type 'L5_TPC:A'",
    ),
    "types without e-model": (
        lambda project: edit_json(project, MAP, lambda m: m["cNAC_LBC"].update(etype="cNAC")),
        r"no e-model.*layer '5', m-type 'L5_LBC', e-type 'dNAC'",
    ),
    "e-model missing in final.json": (
        lambda project: edit_json(project, FINAL, lambda f: f.pop("cNAC_LBC")),
        r"final\.json: .*final\.json:.*e-model 'cNAC_LBC' is missing",
    ),
    "morphology file missing": (
        remove("morphologies/tpc140402_1.asc"),
        r"without a \.asc, \.swc or \.h5 file in .*morphologies:.*tpc140402_1",
    ),
    "exemplar missing": (
        remove("emodels/cNAC_LBC/morphologies/lbc140501-1.swc"),
        r"e-model cNAC_LBC: unrepaired exemplar not found: .*lbc140501-1\.swc",
    ),
    "invalid regex in the map": (
        lambda project: edit_json(project, MAP, lambda m: m["cNAC_LBC"].update(mtype="(")),
        r"emodel_etype_map\.json:.*cNAC_LBC: mtype '\(' is not a valid regular expression",
    ),
    "invalid regex in the thresholds": (
        edit("config.yaml", '- features: [".*"]', '- features: ["*"]'),
        r"config\.yaml: select\.megate_thresholds\[0\]\.features\[0\]: .* is not a valid reg",
    ),
    "name that leaves the folder": (
        edit(f"example/{NEURONDB}", "<name>tpc140402_1<", "<name>../tpc140402_1<"),
        r"neuronDB\.xml:.*line \d+: morphology name '\.\./tpc140402_1' cannot be used",
    ),
    "mechanism that is missing": (
        remove("emodels/cNAC_LBC/mechanisms/KdG07.mod"),
        r"cNAC_LBC: it inserts 'KdG07', which no \.mod file",
    ),
    "parameter without value": (
        lambda project: edit_json(
            project, FINAL, lambda f: f["cNAC_LBC"]["params"].pop("g_pas.all")
        ),
        r"cNAC_LBC: final\.json has no value for the parameter 'g_pas\.all'",
    ),
    "no package": (
        remove("emodels/cADpyr_TPC/setup/__init__.py"),
        r"cADpyr_TPC: its package has no code \(setup/__init__\.py\) and no .*recipes\.json",
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
    "mechanism that is missing": (
        "TPC",
        remove("emodels/cADpyr_TPC/mechanisms/KmP08.mod"),
        r"e-model cADpyr_TPC .*inserts 'KmP08', which no \.mod file",
    ),
    "no apical points": (
        "TPC",
        remove("morphologies/apical_points_isec.json"),
        r"e-model cADpyr_TPC .*takes apical points.*no .*morphologies/apical_points_isec\.json",
    ),
    "feature without threshold": (
        "LBC",
        edit("config.yaml", '- features: [".*"]', '- features: ["mm.R.*"]'),
        r"e-model cNAC_LBC: no rule of megate_thresholds matches these features.*AP_amplitude",
    ),
    "template that does not render": (
        "LBC",
        lambda project: (
            (project.inputs / "template.jinja2").write_text("{{ cell.name }}"),
            project.edit(
                "config.yaml", "# template: my_cell", "template: example/template.jinja2 # my_cell"
            ),
        ),
        r"hoc template .*template\.jinja2: 'cell' is undefined",
    ),
}


def check(outcome: Outcome, message: str, project: Project) -> None:
    assert outcome.returncode != 0
    assert re.search(message, outcome.output, re.S), outcome.output
    assert "Traceback (most recent call last)" not in outcome.output
    assert not list(project.root.glob("results/scores/**/*.parquet"))


# the others are in the quick tier without Snakemake: tests/checks
QUICK = {
    "recipe is missing",
    "unknown config key",
    "malformed config",
    "types without e-model",
    "morphology file missing",
    "package that does not import",
    "feature without threshold",
}


def tiers(cases: Iterable[str]) -> list[Any]:
    return [pytest.param(c, marks=[] if c in QUICK else [pytest.mark.slow]) for c in cases]


@pytest.mark.parametrize("case", tiers(FOUND_WHEN_READ))
def test_found_when_the_project_is_read(case: str, project: Project):
    spoil, message = FOUND_WHEN_READ[case]
    spoil(project)
    outcome = project.snakemake("--dry-run")
    check(outcome, message, project)
    assert not outcome.planned


@pytest.mark.parametrize("case", tiers(FOUND_WHEN_PREPARED))
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
