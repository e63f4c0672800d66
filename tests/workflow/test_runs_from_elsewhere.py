"""Snakemake records settings in the folder that it is started in."""

from pathlib import Path

import pytest
from runs import Project, snakemake


@pytest.mark.slow
def test_a_run_from_another_folder_stops_as_it_would_not_see_changed_settings(
    project: Project, tmp_path: Path
):
    assert project.snakemake("combos").returncode == 0
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()

    def start(results: Path, *arguments: str, cwd: Path = elsewhere):
        config = project.root / "config" / "config.yaml"
        given = f"results={results}"
        return snakemake("--configfile", str(config), "--config", given, *arguments, cwd=cwd)

    for results, cwd in ((project.results, elsewhere), (project.results, project.root)):
        stopped = start(results, "--dry-run", cwd=cwd)
        assert stopped.returncode != 0
        assert f"were started in {project.root}, with results: results;" in stopped.output
    again = project.snakemake("combos")
    assert again.returncode == 0 and "Nothing to be done" in again.output
    moved = project.results.rename(tmp_path / "moved")
    assert start(moved, "--dry-run").returncode == 0
    start(moved, "combos", "--forcerun", "combos")
    assert start(moved, "--dry-run").returncode == 0
