"""From a project of BluePyEModel and morphologies to a release."""

from importlib.util import find_spec
from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq
import pytest
from bluepyemodel_project import EMODEL, PARAMS, morphology, write_project
from runs import snakemake

from megate.processes.child import run_in_child
from megate.project_setup.new_project import Request, make_project

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(find_spec("bluepyemodel") is None, reason="BluePyEModel is not installed"),
]

LENGTHS = {"cell": 200.0, "same": 200.0, "long": 1500.0}
SEED = 2  # the best of final.json


def test_from_init_to_release(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = write_project(tmp_path / "ball")
    cells = tmp_path / "cells"
    cells.mkdir()
    for name, length in LENGTHS.items():
        (cells / f"{name}.swc").write_text(morphology(length))
    request = Request(morphologies=cells, emodels=[source], layer="1", mtype="M", etype="E")
    make_project(tmp_path / "project", request)
    outcome = snakemake("--configfile", "project/megate.yaml", cwd=tmp_path)
    assert outcome.returncode == 0, outcome.output

    results = tmp_path / "project" / "results"
    scores = pq.read_table(results / "scores.parquet").to_pandas()
    assert set(scores["status"]) == {"scored"}
    assert scores["versions"].str.contains("bluepyemodel ").all()
    decisions = pq.read_table(results / "decisions.parquet").to_pandas()
    passed = decisions[decisions["passed"]]["morph_name"]
    assert {"cell", "same"} <= set(passed)

    # BluePyEModel by itself scores the exemplar in the same way
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parents[1] / "support"))
    params = PARAMS | {"g_pas.all": SEED * PARAMS["g_pas.all"]}
    function = "bluepyemodel_child:scored_by_bluepyemodel"
    arguments = {"emodel": EMODEL, "params": params}
    theirs, _ = run_in_child(function, arguments, source, tmp_path / "log")
    for name in ("cell", "same"):
        own = scores[scores["morph_name"] == name]
        (_, exemplar), *_ = own.groupby("job", observed=True)
        assert dict(zip(exemplar["feature"], exemplar["score"], strict=True)) == theirs["scores"]

    # its currents are released, and its hoc
    table = pd.read_csv(
        results / "release" / "mecombo_emodel.tsv", sep="\t", float_precision="round_trip"
    )
    row = table[table["morph_name"] == "cell"].iloc[0]
    assert row["holding_current"] == theirs["bpo"]["bpo_holding_current"]
    assert row["threshold_current"] == theirs["bpo"]["bpo_threshold_current"]
    hoc = (results / "release" / "emodels_hoc" / f"{EMODEL}.hoc").read_text()
    assert "gkbar_hh" in hoc and "replace_axon" in hoc
