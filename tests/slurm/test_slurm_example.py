"""The example on a Slurm cluster, with the command as it stands in the documentation."""

import math
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest
from cluster import Cluster
from runs import EXAMPLE_JOBS, REPOSITORY, Outcome, Project, planned_jobs
from slurm_runs import started

pytestmark = pytest.mark.slow

# what a simulation gave, not what it took
GIVEN = [
    "job",
    "emodel_sha256",
    "status",
    "holding_current",
    "threshold_current",
    "feature",
    "score",
]
GIVEN += ["value", "exp_mean", "exp_std"]
BUNDLE = 10  # of the profile


def copy_repository(root: Path) -> None:
    """Copy what git has or would take, as a clone would have it."""
    names = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=REPOSITORY,
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    for name in filter(None, names.split("\0")):
        if (source := REPOSITORY / name).exists():
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, root / name, follow_symlinks=False)


def given(results: Path) -> pd.DataFrame:
    tables = [pd.read_parquet(path) for path in (results / "scores").glob("*/[!.]*.parquet")]
    return pd.concat(tables)[GIVEN].sort_values(["job", "feature"], ignore_index=True)


def test_the_example_is_scored_as_on_one_machine(
    cluster: Cluster, example: tuple[Project, Outcome], tmp_path: Path
):
    assert example[1].returncode == 0, example[1].output
    root = tmp_path / "megate"
    copy_repository(root)
    before = cluster.submissions()
    with started(cluster, "--profile", "slurm", cwd=root) as run:
        assert run.wait(400) == 0, run.output
    assert planned_jobs(run.output) == EXAMPLE_JOBS
    assert (root / "results" / "release" / "mecombo_emodel.tsv").stat().st_size > 0
    assert re.search(r"^17 combinations: 12 passed", run.output, re.M)
    assert cluster.jobs("running", "pending") == []

    here = given(example[0].results)
    pd.testing.assert_frame_equal(given(root / "results"), here, check_exact=True)

    # a Slurm job for each step that is not local, and one for up to ten simulations
    counts = here.drop_duplicates("job")["job"].str.split("/").str[0].value_counts()
    bundles = sum(math.ceil(count / BUNDLE) for count in counts)
    steps = (
        "prepare_emodel",
        "emodel_hoc",
        "gather_scores",
        "aggregate",
        "circuit",
        "report_pages",
    )
    expected = bundles + sum(EXAMPLE_JOBS[rule] for rule in steps)
    assert cluster.submissions() - before == expected


@pytest.mark.parametrize(("accounts", "asked"), [(True, "sacct"), (False, "squeue")])
def test_states_are_asked_for_where_the_site_has_them(accounts: bool, asked: str, tmp_path: Path):
    """The plugin takes sacct if there is one, also where it does not work, and then waits for
    ever."""
    sacct = tmp_path / "sacct"
    sacct.write_text(f"#!/bin/sh\nexit {0 if accounts else 1}\n")
    sacct.chmod(0o755)
    code = (
        "from snakemake.cli import parse_args\n"
        "print(parse_args(['--profile', 'slurm'])[1].slurm_status_command)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=REPOSITORY,
        env=os.environ | {"PATH": f"{tmp_path}:{os.environ['PATH']}"},
        capture_output=True,
        text=True,
    )
    assert done.stdout.split() == [asked], done.stderr
