"""The oldest supported version of NEURON gives the same scores as the newest, to the last bit."""

import os
import subprocess
import sys
import sysconfig
from pathlib import Path

import pandas as pd
import pytest
from runs import REPOSITORY, Outcome, Project

pytestmark = pytest.mark.slow

NEURON_8 = "8.2.7"


@pytest.fixture
def python(tmp_path: Path) -> Path:
    """A Python with NEURON 8 and, otherwise, the libraries of this one."""
    folder = tmp_path / "venv"
    subprocess.run([sys.executable, "-m", "venv", folder], check=True)
    python = folder / "bin" / "python"
    install = [python, "-m", "pip", "install", "--quiet", "--no-deps", f"neuron=={NEURON_8}"]
    if subprocess.run(install, check=False).returncode != 0:
        pytest.skip(f"NEURON {NEURON_8} cannot be installed here")
    site = next(folder.glob("lib/python*/site-packages"))
    (site / "zz_others.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return python


def test_scores_are_the_same_bits(python: Path, project: Project, example: tuple[Project, Outcome]):
    project.keep("LBC")
    snakemake = [python, "-m", "snakemake", "--snakefile", REPOSITORY / "Snakefile"]
    scripts = str(REPOSITORY / "scripts")
    run = subprocess.run(
        [*snakemake, "--cores", "2", "--configfile", "config/config.yaml"],
        cwd=project.root,
        env=os.environ | {"PYTHONPATH": scripts},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    scores = pd.read_parquet(project.results / "scores.parquet")
    assert scores["versions"].str.contains(f"neuron {NEURON_8},", regex=False).all()
    expected = pd.read_parquet(example[0].results / "scores.parquet")
    columns = ["job", "feature", "value", "score", "holding_current", "solver_steps"]
    both = scores[columns].merge(expected[columns], on=["job", "feature"], suffixes=("", "_9"))
    assert len(both) == len(scores) > 50
    for column in columns[2:]:
        pd.testing.assert_series_equal(
            both[column],
            both[f"{column}_9"],
            check_names=False,
            check_dtype=False,
            check_exact=True,
        )
