"""What runs when AIS and soma are adapted, and when the configuration of this changes.

The cells are those of the small e-model, which has no axon, so only the soma is scaled.
"""

import json
from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq
import pytest
import yaml
from runs import Outcome
from small_project import EXEMPLAR, SmallProject

pytestmark = pytest.mark.slow

SCALES = ["AIS_scaler", "soma_scaler"]
# lengths of the dendrites, um; the exemplar's is 112
LENGTHS = {"short": 100, "long": 120, "longer": 300}


@pytest.fixture
def project(tmp_path: Path) -> SmallProject:
    project = SmallProject(tmp_path / "project", list(LENGTHS), "")
    for name, length in LENGTHS.items():
        path = project.root / "morphologies" / f"{name}.swc"
        lines = path.read_text().splitlines()
        path.write_text("\n".join([*lines[:-1], f"6 3 {8 + length} 0 0 0.8 5"]) + "\n")
    return project


def run(project: SmallProject, adapt: object) -> Outcome:
    path = project.root / "megate.yaml"
    config = yaml.safe_load(path.read_text())
    path.write_text(yaml.safe_dump(config | {"adapt": adapt}))
    outcome = project.snakemake()
    assert outcome.returncode == 0, outcome.output
    return outcome


def scores(project: SmallProject) -> pd.DataFrame:
    table = pq.read_table(project.results / "scores.parquet").to_pandas()
    return table.set_index(["morph_name", "feature"]).sort_index()


def simulated(project: SmallProject) -> set[str]:
    """Morphologies whose last job simulated."""
    folder = project.results / "logs" / "score_combo" / "small"
    return {path.stem for path in folder.glob("*.log") if "scores in" in path.read_text()}


def test_adaptation_is_switched_on_and_off_and_its_limits_change(project: SmallProject):
    run(project, False)
    plain = scores(project)
    assert plain[SCALES].isna().all(axis=None)

    outcome = run(project, {"ais": False})
    assert outcome.planned["score_combo"] == len(LENGTHS)
    assert outcome.planned["adapt_emodel"] == 1
    adapted = scores(project)
    pd.testing.assert_frame_equal(adapted.loc[[EXEMPLAR]], plain.loc[[EXEMPLAR]])
    of_cell = adapted.drop(EXEMPLAR, level="morph_name").groupby("morph_name").first()
    assert (of_cell["AIS_scaler"] == 1).all()
    assert of_cell["at_limit"].to_dict() == {"short": False, "long": False, "longer": True}
    assert of_cell.loc["longer", "soma_scaler"] == 1.2
    assert of_cell.loc["short", "soma_scaler"] < 1 < of_cell.loc["long", "soma_scaler"] < 1.2
    exemplar = json.loads((project.results / "adaptation" / "small.json").read_text())
    within = of_cell[~of_cell["at_limit"].astype(bool)]
    assert within["rho"].to_numpy() == pytest.approx(exemplar["rho"], rel=0.01)
    changed = (adapted["score"] != plain["score"]).groupby("morph_name").any()
    assert changed.to_dict() == {EXEMPLAR: False} | dict.fromkeys(LENGTHS, True)

    outcome = run(project, {"ais": False, "limits": [0.7, 1.3]})
    assert outcome.planned["score_combo"] == 1  # the one at the limit
    wider = scores(project)
    assert wider.loc["longer", "soma_scaler"].iloc[0] == 1.3
    pd.testing.assert_frame_equal(wider.loc[["short", "long"]], adapted.loc[["short", "long"]])
    assert run(project, {"ais": False, "limits": [0.7, 1.3]}).planned == {}

    outcome = run(project, False)
    assert outcome.planned["score_combo"] == len(LENGTHS)
    assert simulated(project) == {EXEMPLAR}  # (in the first run)
    pd.testing.assert_frame_equal(scores(project), plain)


def test_limits_that_are_not_known_to_change_a_scale_simulate_nothing(project: SmallProject):
    run(project, {"ais": False, "limits": [0.7, 1.2]})
    before = simulated(project)
    (project.results / "scores.parquet").unlink()  # as after an interruption
    run(project, {"ais": False, "limits": [0.8, 1.3]})
    assert simulated(project) == before - {"short", "long"}
    assert run(project, {"ais": False, "limits": [0.8, 1.3]}).planned == {}
    # results without another part, as after a change of both that was interrupted
    path = project.results / "adaptation" / "small.json"
    exemplar = json.loads(path.read_text())
    path.write_text(json.dumps(exemplar | {"soma": None, "soma_resistance": None}))
    outcome = project.snakemake("--dry-run", "--config", "adapt={ais: false, limits: [0.7, 1.3]}")
    assert outcome.planned["score_combo"] == 3


def test_a_forced_simulation_keeps_the_result_without_adaptation(project: SmallProject):
    run(project, False)
    run(project, {"ais": False})
    outcome = project.snakemake("--forcerun", "score_combo")
    assert outcome.returncode == 0, outcome.output
    assert simulated(project) == {EXEMPLAR, *LENGTHS}
    run(project, False)
    assert simulated(project) == {EXEMPLAR}


def test_results_without_adaptation_are_kept_for_comparison(project: SmallProject):
    folder = project.results / "adaptation" / "unadapted" / "small"
    run(project, {"ais": False})
    assert not folder.exists() or not list(folder.iterdir())
    run(project, False)
    run(project, {"ais": False})
    assert {path.stem for path in folder.iterdir()} == set(LENGTHS)
    kept = pq.read_table(folder / "long.parquet").to_pandas()
    assert kept["soma_scaler"].isna().all()


def test_bundles_of_simulations_do_not_wait_for_each_other(project: SmallProject):
    """Cells are adapted to the exemplar, which is simulated first."""
    path = project.root / "megate.yaml"
    path.write_text(yaml.safe_dump(yaml.safe_load(path.read_text()) | {"adapt": {"ais": False}}))
    bundles = ("--executor", "slurm", "--jobs", "2", "--group-components", "score=10")
    outcome = project.snakemake(*bundles)  # there is no cluster
    assert outcome.planned["score_combo"] == len(LENGTHS) + 1, outcome.output
    assert "Job submission failed" in outcome.output
