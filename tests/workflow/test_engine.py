"""The engine on the example: scores do not depend on how they come about."""

import json
import platform
import shutil
from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq
import pytest
from runs import Outcome, Project, copy_prepared

from megate.emodels.manifest import Manifest
from megate.processes.child import Limits
from megate.project.jobs import Job
from megate.simulation.run import score_job

RESULTS = ["job", "status", "holding_current", "threshold_current"]
RESULTS += ["sweeps", "cells_built", "solver_steps", "feature", "score", "value"]


def results(project: Project) -> pd.DataFrame:
    return pd.read_parquet(project.results / "scores.parquet")[RESULTS]


@pytest.mark.slow
@pytest.mark.parametrize("cores", [1, 4])
def test_scores_do_not_depend_on_the_number_of_cores(
    cores: int, example: tuple[Project, Outcome], tmp_path: Path
):
    project = copy_prepared(example[0], tmp_path, "cNAC_LBC")
    outcome = project.snakemake(cores=cores)
    assert outcome.returncode == 0, outcome.output
    assert outcome.planned["score_combo"] == 5
    assert "prepare_emodel" not in outcome.planned
    runtimes, before = (
        pd.read_parquet(each.results / "scores.parquet").groupby("job")["runtime_s"].first()
        for each in (project, example[0])
    )
    simulated = runtimes.index[runtimes != before]
    assert len(simulated) == 5 and simulated.str.startswith("cNAC_LBC/").all()
    pd.testing.assert_frame_equal(results(project), results(example[0]), check_exact=True)


@pytest.mark.parametrize("emodel", ["cADpyr_TPC", "cNAC_LBC"])
def test_a_kept_cell_gives_the_scores_of_fresh_ones(
    emodel: str, example: tuple[Project, Outcome], tmp_path: Path
):
    project, _ = example
    prepared = project.results / "emodels" / emodel
    name = {"cADpyr_TPC": "tpc140301-A2", "cNAC_LBC": "lbc140501-2"}[emodel]
    kept = pq.read_table(project.results / "scores" / emodel / f"{name}.parquet").to_pylist()
    release = project.inputs / "morphologies"
    apical_point = json.loads((release / "apical_points_isec.json").read_text()).get(name)
    path = release / f"{name}.asc"
    job = Job(f"{emodel}/{name}", emodel, emodel, emodel, name, path, apical_point)
    fresh = score_job(
        job,
        Manifest.read(prepared / "emodel.json"),
        prepared / "package",
        tmp_path / "log",
        Limits(),
        rebuild_cell=True,
    )
    assert (kept[0]["cells_built"], fresh.cells_built) == (1, fresh.sweeps)
    assert fresh.sweeps == kept[0]["sweeps"] > 1
    assert fresh.holding_current == kept[0]["holding_current"]
    assert fresh.threshold_current == kept[0]["threshold_current"]
    of_features = ("feature", "score", "value", "exp_mean", "exp_std")
    assert fresh.features == [{name: row[name] for name in of_features} for row in kept]


@pytest.mark.slow
def test_mechanisms_are_compiled_once_more_on_another_architecture(
    example: tuple[Project, Outcome], tmp_path: Path
):
    prepared = shutil.copytree(example[0].results / "emodels" / "cNAC_LBC", tmp_path / "prepared")
    there = prepared / "package" / platform.machine()
    there.rename(there.with_name("another"))
    path = example[0].inputs / "morphologies" / "lbc140501-2.asc"
    manifest = Manifest.read(prepared / "emodel.json")
    job = Job("cNAC_LBC/x", "cNAC_LBC", "cNAC_LBC", "cNAC_LBC", "x", path, None)
    log = tmp_path / "log"
    result = score_job(job, manifest, prepared / "package", log, Limits())
    assert result.status == "scored", result.exception
    made = {file: file.stat().st_mtime_ns for file in there.iterdir()}
    assert made
    score_job(job, manifest, prepared / "package", log, Limits())
    assert {file: file.stat().st_mtime_ns for file in there.iterdir()} == made
    assert not [path for path in (prepared / "package").glob(".*") if path.is_dir()]


def test_what_a_shard_tells(example: tuple[Project, Outcome]):
    jobs = pd.read_parquet(example[0].results / "scores.parquet").drop_duplicates("job")
    scored = jobs[jobs["status"] == "scored"]
    assert len(scored) == 14
    for table in scored.to_dict("records"):
        parts = table["build_cpu_s"] + table["solve_cpu_s"] + table["features_cpu_s"]
        assert 0 < parts < table["cpu_s"]
        assert 50 < table["peak_memory_mb"] < 1000
        assert table["solver_steps"] > 1000
        assert "neuron 9." in table["versions"]
        assert "bluepyopt 1." in table["versions"]
        assert len(table["emodel_sha256"]) == 64
        assert table["host"]
    assert (jobs["status"] == "raised").sum() == 1


@pytest.mark.slow
def test_traces_are_kept_on_demand(example: tuple[Project, Outcome], tmp_path: Path):
    project = copy_prepared(example[0], tmp_path)
    project.keep("LBC")
    project.edit("config.yaml", "  keep_traces: false", "  keep_traces: true")
    outcome = project.snakemake()
    assert outcome.returncode == 0, outcome.output
    scores = pd.read_parquet(project.results / "scores.parquet")
    for row in scores.itertuples():
        traces = pd.read_parquet(project.results / "traces" / f"{row.job}.parquet")
        trace = traces[traces["response"] == row.feature.rpartition(".")[0]]
        assert (trace["variable"] == "v").all()
        assert trace["t"].is_monotonic_increasing
        assert trace["t"].iloc[0] == 0
        if row.feature.endswith((".voltage_base", ".AHP_depth_abs")):
            assert trace["value"].min() - 0.01 <= row.value <= trace["value"].max()
