"""BluePyMM's three configuration files, unchanged, in place of config.yaml."""

import json
from pathlib import Path

import pytest
from runs import EXAMPLE_JOBS, REPOSITORY, Outcome, snakemake


@pytest.fixture
def bluepymm(tmp_path: Path) -> Path:
    """A BluePyMM project with the example's inputs, whose files name output paths of their own."""
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "inputs").symlink_to(REPOSITORY / "config" / "example")
    prepare = {
        "version": "1.0",
        "recipe_path": "./inputs/recipe.yaml",
        "morph_path": "./inputs/morphologies",
        "rep_morph_path": "./inputs/morphologies",
        "emodels_dir": "./inputs/emodels",
        "emodel_etype_map_path": "emodel_etype_map.json",
        "final_json_path": "final.json",
        "tmp_dir": "./tmp",
        "output_dir": "output/",
        "emodels_hoc_dir": "output/emodels_hoc",
        "scores_db": "output/scores.sqlite",
    }
    run = {"version": "1.0", "output_dir": "output/", "scores_db": "output/scores.sqlite"}
    select = {
        "version": "1.0",
        "scores_db": "./output/scores.sqlite",
        "emodels_hoc_dir": "./output/emodels_hoc",
        "pdf_filename": "output_select/megating.pdf",
        "output_dir": "output_select",
        "check_opt_scores": False,
        "to_skip_features": [],
        "megate_thresholds": [{"features": [".*"], "megate_threshold": 5}],
    }
    for phase, settings in (("prepare", prepare), ("run", run), ("select", select)):
        (folder / f"{phase}.json").write_text(json.dumps(settings))
    return folder


def dry_run(cwd: Path, *arguments: str) -> Outcome:
    return snakemake("--dry-run", *arguments, cwd=cwd)


def test_a_folder(bluepymm: Path, tmp_path: Path):
    outcome = dry_run(tmp_path, "--config", "bluepymm=project")
    assert outcome.planned == EXAMPLE_JOBS, outcome.output
    assert " results/release/extneurondb.dat," in outcome.output
    assert "output_select" not in outcome.output


@pytest.mark.slow
def test_results_go_where_the_configuration_says(bluepymm: Path, tmp_path: Path):
    outcome = dry_run(tmp_path, "--config", f"bluepymm={bluepymm}", "results=elsewhere")
    assert outcome.planned == EXAMPLE_JOBS, outcome.output
    assert " elsewhere/release/extneurondb.dat," in outcome.output


@pytest.mark.slow
def test_files_of_any_name(bluepymm: Path, tmp_path: Path):
    (bluepymm / "select.json").rename(bluepymm / "strict.json")
    (tmp_path / "conf").mkdir()
    (tmp_path / "conf" / "mine.yaml").write_text(
        "bluepymm:\n"
        "  prepare: ../project/prepare.json\n"
        "  run: ../project/run.json\n"
        "  select: ../project/strict.json\n"
    )
    outcome = dry_run(tmp_path, "--configfile", "conf/mine.yaml")
    assert outcome.planned == EXAMPLE_JOBS, outcome.output


@pytest.mark.slow
def test_a_missing_or_misspelt_part_is_named(bluepymm: Path, tmp_path: Path):
    select = json.loads((bluepymm / "select.json").read_text())
    (bluepymm / "select.json").write_text(json.dumps(select | {"to_skip_feature": []}))
    outcome = dry_run(tmp_path, "--config", "bluepymm=project")
    assert outcome.returncode != 0
    assert "select.json:\n  - unknown key 'to_skip_feature'" in outcome.output
    assert "'to_skip_features'" in outcome.output

    (bluepymm / "run.json").unlink()
    outcome = dry_run(tmp_path, "--config", "bluepymm=project")
    assert "run configuration: file not found" in outcome.output
    outcome = dry_run(tmp_path, "--config", "bluepymm=nowhere")
    assert "bluepymm: directory not found" in outcome.output
    assert "Traceback" not in outcome.output
