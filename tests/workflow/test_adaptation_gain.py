"""Adaptation of AIS and soma, on variants of the example's morphologies: the small form of
benchmarks/adaptation.py."""

import json
from pathlib import Path

import pandas as pd
import pytest
from runs import Project, copy_project
from variants import add_variants

pytestmark = pytest.mark.slow

ADAPTED = ["AIS_scaler", "soma_scaler", "rho_axon", "rho", "at_limit"]


def released(project: Project) -> set[str]:
    decisions = pd.read_parquet(project.results / "decisions.parquet")
    return set(decisions.loc[decisions["passed"], "combo_name"])


def test_adaptation_releases_more(tmp_path: Path):
    project = copy_project(tmp_path)
    project.keep("TPC")
    add_variants(project.inputs / "morphologies", number=2, seed=15)
    outcome = project.snakemake()
    assert outcome.returncode == 0, outcome.output
    without = released(project)
    scores = pd.read_parquet(project.results / "scores.parquet")
    assert scores[ADAPTED].isna().to_numpy().all()

    project.edit("config.yaml", "\nadapt: false\n", "\nadapt: true\n")
    outcome = project.snakemake()
    assert outcome.returncode == 0, outcome.output
    adapted = pd.read_parquet(project.results / "scores.parquet")
    combos = pd.read_parquet(project.results / "combos.parquet")
    exemplars = set(combos.loc[combos["is_exemplar"], "job"])
    before, after = (
        table.loc[table["job"].isin(exemplars), ["job", "feature", "score"]].reset_index(drop=True)
        for table in (scores, adapted)
    )
    assert len(before) > 0
    pd.testing.assert_frame_equal(before, after, check_exact=True)

    jobs = adapted[adapted["AIS_scaler"].notna()].drop_duplicates("job")
    assert not exemplars & set(jobs["job"])
    within = jobs[~jobs["at_limit"].astype(bool)]
    assert len(within) >= 5
    assert within[["AIS_scaler", "soma_scaler"]].stack().between(0.8, 1.2).all()
    measured = json.loads((project.results / "adaptation" / "cADpyr_TPC.json").read_text())
    for ratio in ("rho_axon", "rho"):
        assert (within[ratio] / measured[ratio] - 1).abs().max() < 0.05
    assert len(released(project)) > len(without)
