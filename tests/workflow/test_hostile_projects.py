"""Names that are allowed but nasty, links in the place of results, and hostile configurations,
through whole runs of Snakemake."""

import os
import re
from pathlib import Path

import pandas as pd
import pytest
from runs import Project
from small_project import SmallProject

NASTY = ["a#b%c~d(e)@f:g=h+i,j", "_%s%d", "0:1", "x" * 200]


@pytest.fixture
def nasty(tmp_path: Path) -> SmallProject:
    project = SmallProject(tmp_path / "p", NASTY, "", keep_traces=True)
    for file in ("recipe.yaml", "morphologies/neuronDB.xml"):
        path = project.root / file
        text = path.read_text()
        for old, new in (
            ("mtype: M", "mtype: 'M#%~(1)\u00f6@x:=+,y'"),
            ("<mtype>M<", "<mtype>M#%~(1)\u00f6@x:=+,y<"),
            ("E: 1.0", "'E%s#(~)': 1.0"),
            ("layer: 1", "layer: 'l#1%'"),
            ("<layer>1<", "<layer>l#1%<"),
        ):
            text = text.replace(old, new)
        path.write_text(text)
    path = project.root / "emodels" / "map.json"
    path.write_text('{"small": {"mm_recipe": "small", "etype": "E.*", "layer": ["l#1%"]}}')
    return project


@pytest.mark.slow
def test_nasty_names_arrive_everywhere_as_they_are(nasty: SmallProject) -> None:
    outcome = nasty.snakemake()
    assert outcome.returncode == 0, outcome.output
    release = nasty.results / "release"
    table = pd.read_csv(release / "mecombo_emodel.tsv", sep="\t", dtype=str)
    names = {"exemplar", *NASTY}
    assert set(table["morph_name"]) == names
    assert set(table["fullmtype"]) == {"M#%~(1)\u00f6@x:=+,y"}
    assert set(table["etype"]) == {"E%s#(~)"}
    assert set(table["layer"]) == {"l#1%"}
    rows = [line.split(" ") for line in (release / "extneurondb.dat").read_text().splitlines()]
    assert [len(row) for row in rows] == [5] * len(names)
    assert {row[0] for row in rows} == names
    again = nasty.snakemake()
    assert (again.returncode, again.planned) == (0, {})


@pytest.mark.slow
def test_results_are_not_written_through_links(tmp_path: Path) -> None:
    project = SmallProject(tmp_path / "p", ["a"], "")
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "file").write_text("mine")
    (project.results / "release").mkdir(parents=True)
    for name in ("release/extneurondb.dat", "release/mecombo_emodel.tsv", "scores.parquet"):
        (project.results / name).symlink_to(outside / "file")
    (project.results / "report").symlink_to(outside)
    outcome = project.snakemake()
    assert (outside / "file").read_text() == "mine"
    assert outcome.returncode == 0, outcome.output
    assert not (project.results / "release" / "extneurondb.dat").is_symlink()


CONFIGS = {
    "a key twice": (
        "results: a\nresults: b\n",
        r"config\.yaml:.*line 2: the key 'results' already occurs in line 1",
    ),
    "a very long text": (
        f"select: {{uncomputable_exemplar_feature: {'x' * 1_000_000}}}\nscores_db: a.sqlite\n",
        r"select\.uncomputable_exemplar_feature: '?xxx",
    ),
    "a pattern that is none": (
        "select: {to_skip_features: ['a{99999999999}']}\nscores_db: a.sqlite\n",
        r"to_skip_features\[0\]: .* is not a valid regular expression: .*",
    ),
    "control characters": (
        'scores_db: "a\\x1b[31m\\n.sqlite"\n',
        r"scores_db: '.*\\x1b\[31m\\n.sqlite' has characters that cannot be shown",
    ),
}


@pytest.mark.slow
@pytest.mark.parametrize("case", CONFIGS)
def test_a_hostile_configuration_costs_a_message(case: str, project: Project) -> None:
    content, message = CONFIGS[case]
    (project.root / "config" / "config.yaml").write_text(content)
    outcome = project.snakemake("--dry-run")
    assert outcome.returncode != 0
    assert re.search(message, outcome.output, re.S), outcome.output[-3000:]
    assert "Traceback" not in outcome.output
    assert "\x1b[31m\n" not in outcome.output
    assert len(outcome.output) < 10_000


@pytest.mark.slow
def test_giant_and_special_inputs_cost_a_message(project: Project) -> None:
    recipe = project.inputs / "recipe.yaml"
    neurondb = project.inputs / "morphologies" / "neuronDB.xml"
    kept = recipe.read_text()
    os.truncate(recipe, 5_000_000_000)
    outcome = project.snakemake("--dry-run")
    assert re.search(r"recipe: .*recipe\.yaml has 5,000\.0 MB, expected at most", outcome.output)
    recipe.write_text(kept)
    neurondb.unlink()
    os.mkfifo(neurondb)
    outcome = project.snakemake("--dry-run")
    assert re.search(r"neuronDB.*is not a regular file|neuronDB: file not found", outcome.output)
