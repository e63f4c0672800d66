"""`megate rerun`: failed simulations run again, and no others."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest
from runs import REPOSITORY, planned_jobs
from small_project import SmallProject

pytestmark = pytest.mark.slow

FAULT = """
    import os
    if place == "create" and morphology in ("one", "two") and not os.path.exists({mended!r}):
        raise ValueError("no luck today")
"""
STEPS = ["score_combo", "gather_scores", "aggregate", "circuit", "report_pages", "all"]
AGAIN = dict.fromkeys(STEPS, 1)


def megate(project: SmallProject, *arguments: str) -> tuple[str, dict[str, int]]:
    """What the command prints, and the jobs that Snakemake plans."""
    environment = os.environ | {"PYTHONPATH": str(REPOSITORY / "scripts")}
    done = subprocess.run(
        [sys.executable, "-m", "megate.cli", *arguments],
        cwd=project.root,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    return done.stdout, planned_jobs(done.stdout)


@pytest.fixture
def project(tmp_path: Path) -> SmallProject:
    """Two of three morphologies raise, as long as there is no file `mended`."""
    fault = FAULT.format(mended=str(tmp_path / "mended"))
    project = SmallProject(tmp_path, ["one", "two", "good"], fault)
    assert project.snakemake().returncode == 0
    return project


def outcomes(project: SmallProject) -> dict[str, str]:
    decisions = pd.read_parquet(project.results / "decisions.parquet")
    return dict(zip(decisions["morph_name"], decisions["reason"], strict=True))


def test_only_what_failed_runs_again_and_is_aggregated(project: SmallProject):
    listed, _ = megate(project, "failed")
    assert listed.splitlines()[0] == "2 failed simulations: 2 raised"
    assert re.search(r"^small/one: raised after \d+ s: ValueError: no luck today$", listed, re.M)
    assert {outcomes(project)[name] for name in ("one", "two")} == {"simulation_error"}
    good = project.shard("good").stat().st_mtime_ns

    (project.root / "mended").touch()
    snakemake = ["--", "--cores", "1", "--configfile", "megate.yaml"]
    _, planned = megate(project, "rerun", "--job", "small/one", *snakemake)
    assert planned == AGAIN
    assert outcomes(project)["one"] != "simulation_error"
    assert outcomes(project)["two"] == "simulation_error"
    _, planned = megate(project, "rerun", "--status", "raised", *snakemake)
    assert planned == AGAIN
    assert "simulation_error" not in outcomes(project).values()
    assert project.shard("good").stat().st_mtime_ns == good
    assert megate(project, "failed")[0] == "0 failed simulations\n"
