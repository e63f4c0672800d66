"""Exchange with BluePyMM: an old run's scores.sqlite is decided on here, and a run's scores go to
BluePyMM's own select."""

import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import yaml
from runs import Outcome, Project, snakemake
from scores_sqlite import combination, edit, exemplars, write_scores_sqlite

pytestmark = pytest.mark.slow

IMPORT_JOBS = {"import_scores": 1, "aggregate": 1, "circuit": 1, "report_pages": 1, "all": 1}


class OldRun:
    """A folder with scores.sqlite and a configuration that imports it."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.release = root / "results" / "release"
        raised = {"scores": "null", "exception": "Boom", "extra_values": "null"}
        of_e = {"original_emodel": "E_original"}
        of_f = {"emodel": "F", "etype": "cNAC", "fullmtype": "L4_LBC", "layer": "4", "submtype": ""}
        self.scores_db = write_scores_sqlite(
            root / "old.sqlite",
            [
                *exemplars(scores={"f": 2.0, "g": 0.5}, opt_scores={"f": 2.0, "g": 0.5}),
                # f may have 3 x 2.0, g 3
                combination("on_the_limit", **of_e, scores={"f": 6, "g": 3.0}),
                combination("over", **of_e, scores={"f": 6.1, "g": 0.1}),
                combination("raised", **of_e, **raised),
                combination("lacking", **of_e, scores={"f": 1.0, "g": None}),
                *exemplars(
                    "ex_f", **of_f | {"layer": None, "original_emodel": "F", "scores": {"h": 0.0}},
                    opt_scores={"h": 0.0},
                ),
                combination("1-good", **of_f, scores={"h": 0.5}, extra_values="null"),
            ],
        )  # fmt: skip
        edit(self.scores_db, "UPDATE scores SET opt_scores = NULL WHERE is_repaired = 1")
        self.settings: dict[str, Any] = {
            "scores_db": "old.sqlite",
            "select": {"megate_thresholds": [{"features": [".*"], "megate_threshold": 3}]},
        }

    def snakemake(self, *arguments: str) -> Outcome:
        (self.root / "megate.yaml").write_text(yaml.safe_dump(self.settings))
        return snakemake(*arguments, "--configfile", "megate.yaml", cwd=self.root, cores=1)

    def released(self) -> list[str]:
        return (self.release / "extneurondb.dat").read_text().splitlines()


@pytest.fixture
def old_run(tmp_path: Path) -> OldRun:
    return OldRun(tmp_path)


def test_an_old_run_is_decided_on(old_run: OldRun) -> None:
    """Its combinations and scores, these thresholds; then other thresholds, without reading it
    again."""
    outcome = old_run.snakemake()
    assert outcome.returncode == 0, outcome.output
    assert outcome.planned == IMPORT_JOBS
    assert old_run.released() == [
        "on_the_limit 5 L5_TPC:A cADpyr E_L5_TPC:A_5_on_the_limit",
        "1-good 4 L4_LBC cNAC F_L4_LBC_4_1-good",
    ]
    assert (old_run.release / "mecombo_emodel.tsv").read_text().splitlines() == [
        "morph_name\tlayer\tfullmtype\tetype\temodel\tcombo_name\tthreshold_current\t"
        "holding_current",
        "on_the_limit\t5\tL5_TPC:A\tcADpyr\tE\tE_L5_TPC:A_5_on_the_limit\t0.5\t-0.125",
        "1-good\t4\tL4_LBC\tcNAC\tF\tF_L4_LBC_4_1-good\t\t",
    ]
    failures = pd.read_csv(old_run.release / "failures.tsv", sep="\t", index_col="morph_name")
    assert failures["reason"].to_dict() == {
        "lacking": "missing_score",
        "over": "over_limit",
        "raised": "simulation_error",
    }
    assert not (old_run.root / "results" / "scores").exists()

    assert "the release has no hoc files: emodels_hoc_dir is not given" in outcome.output
    paths = json.loads((old_run.release / "mecombo_release.json").read_text())["output_paths"]
    assert set(paths) == {"extneurondb.dat", "mecombo_emodel.tsv"}

    old_run.settings["select"]["megate_thresholds"][0]["megate_threshold"] = 2.9
    outcome = old_run.snakemake()
    assert outcome.planned == {"aggregate": 1, "circuit": 1, "report_pages": 1, "all": 1}, (
        outcome.output
    )
    assert old_run.released() == ["1-good 4 L4_LBC cNAC F_L4_LBC_4_1-good"]


def test_a_bluepymm_project_of_which_only_select_is_left(old_run: OldRun) -> None:
    """select.json decides, the e-models' hoc is taken over; inputs are not asked for."""
    select = {"megate_thresholds": [{"features": [".*"], "megate_threshold": 2.9}]}
    (old_run.root / "select.json").write_text(json.dumps(select | {"check_opt_scores": False}))
    hoc = old_run.root / "old_hoc"
    hoc.mkdir()
    for emodel in ("E", "F"):
        (hoc / f"{emodel}.hoc").write_text(f"begintemplate {emodel}\n")
    old_run.settings = {"bluepymm": ".", "scores_db": "old.sqlite", "emodels_hoc_dir": "old_hoc"}
    outcome = old_run.snakemake()
    assert outcome.returncode == 0, outcome.output
    assert outcome.planned == IMPORT_JOBS
    assert "has no hoc" not in outcome.output
    assert old_run.released() == ["1-good 4 L4_LBC cNAC F_L4_LBC_4_1-good"]
    copies = sorted((old_run.release / "emodels_hoc").iterdir())
    assert [(path.name, path.read_text()) for path in copies] == [
        ("E.hoc", "begintemplate E\n"),
        ("F.hoc", "begintemplate F\n"),
    ]
    paths = json.loads((old_run.release / "mecombo_release.json").read_text())["output_paths"]
    assert paths["emodels_hoc"] == str(old_run.release / "emodels_hoc")

    (hoc / "F.hoc").unlink()
    outcome = old_run.snakemake()
    assert outcome.returncode != 0
    assert "has no F.hoc; expected a file for every e-model of scores_db" in outcome.output
    assert "Traceback (most recent call last)" not in outcome.output


def change(**settings: Any) -> Any:
    return lambda old_run: old_run.settings.update(settings)


INPUTS = [
    f"{name}_path" for name in ("recipe", "morph", "rep_morph", "emodel_etype_map", "final_json")
]
# tests/checks has the others, without Snakemake
BAD = {
    "both": (
        change(prepare=dict.fromkeys([*INPUTS, "emodels_dir"], "x")),
        "config: both 'scores_db' and 'prepare' are given; ",
    ),
    "not run": (
        lambda old_run: edit(old_run.scores_db, "UPDATE scores SET to_run = 1 WHERE rowid = 3"),
        "scores_db: old.sqlite: table scores, row 2, column 'to_run': found 1, expected 0",
    ),
    "no threshold": (
        change(select={"megate_thresholds": [{"features": ["f", "h"], "megate_threshold": 3}]}),
        "e-model E: no rule of megate_thresholds matches these features",
    ),
    "other scores than the optimisation's": (
        lambda old_run: edit(
            old_run.scores_db,
            """UPDATE scores SET opt_scores = '{"f": 2.0, "g": 0.75}' WHERE opt_scores NOT NULL""",
        ),
        "the unrepaired exemplars' scores differ from final.json's fitness",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", BAD)
def test_bad_input(case: str, old_run: OldRun) -> None:
    spoil, message = BAD[case]
    spoil(old_run)
    outcome = old_run.snakemake()
    assert outcome.returncode != 0
    assert message.format(root=old_run.root) in outcome.output, outcome.output
    assert "Traceback (most recent call last)" not in outcome.output
    assert not (old_run.release / "extneurondb.dat").exists()


@pytest.fixture(scope="module")
def exported(example: tuple[Project, Outcome]) -> Project:
    """The example's run, with its scores.sqlite."""
    project, outcome = example
    assert outcome.returncode == 0, outcome.output
    outcome = project.snakemake("scores_db")
    assert outcome.returncode == 0, outcome.output
    assert outcome.planned == {"scores_db": 1}
    return project


@pytest.mark.skipif(
    importlib.util.find_spec("bluepymm") is None, reason="bluepymm is not installed (extra `test`)"
)
def test_bluepymm_releases_the_same(exported: Project, tmp_path: Path) -> None:
    """BluePyMM 0.9.11's own select, with the example's thresholds, on the exported scores."""
    settings = yaml.safe_load((exported.root / "config" / "config.yaml").read_text())
    conf = settings["select"] | {
        "scores_db": str(exported.results / "scores.sqlite"),
        "emodels_hoc_dir": str(exported.results / "release" / "emodels_hoc"),
        "pdf_filename": "out/megating.pdf",
        "output_dir": "out",
    }
    (tmp_path / "select.json").write_text(json.dumps(conf))
    run = subprocess.run(
        [sys.executable, "-c", "from bluepymm.main import main; main()", "select", "select.json"],
        cwd=tmp_path,
        env=os.environ | {"MPLBACKEND": "agg"},
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert run.returncode == 0, run.stdout + run.stderr
    for name in ("extneurondb.dat", "mecombo_emodel.tsv"):
        ours = (exported.results / "release" / name).read_bytes()
        assert (tmp_path / "out" / name).read_bytes() == ours, name
    assert len((tmp_path / "out" / "extneurondb.dat").read_text().splitlines()) > 5


def test_what_is_exported_and_imported_is_released_again(exported: Project, tmp_path: Path) -> None:
    """The same files, to the byte, of which only paths and dates differ, and what megate measures:
    scores.sqlite has the e-models' own currents only."""
    settings = yaml.safe_load((exported.root / "config" / "config.yaml").read_text())
    release = exported.results / "release"
    imported = {
        "scores_db": str(exported.results / "scores.sqlite"),
        "emodels_hoc_dir": str(release / "emodels_hoc"),
        "select": settings["select"],
    }
    (tmp_path / "megate.yaml").write_text(yaml.safe_dump(imported))
    outcome = snakemake("--configfile", "megate.yaml", cwd=tmp_path, cores=1)
    assert outcome.returncode == 0, outcome.output
    assert outcome.planned == IMPORT_JOBS
    again = tmp_path / "results" / "release"
    files = {path.relative_to(release) for path in release.rglob("*") if path.is_file()}
    same = {path for path in files if path.suffix in {".dat", ".tsv", ".csv", ".hoc"}}
    same -= {Path("circuit", name) for name in ("cells.tsv", "mecombo_emodel.tsv")}
    assert {"extneurondb.dat", "failures.tsv", "cADpyr_TPC.hoc"} <= {path.name for path in same}
    for path in sorted(same):
        assert (again / path).read_bytes() == (release / path).read_bytes(), path
    measured = ["input_resistance", "holding_voltage", "resting_potential"]
    before, after = (
        pd.read_parquet(folder / "decisions.parquet") for folder in (exported.results, again.parent)
    )
    assert after[measured].isna().all(axis=None)
    currents = ["holding_current", "threshold_current"]
    before.loc[before["emodel"] == "cNAC_LBC", currents] = np.nan  # it searches none
    pd.testing.assert_frame_equal(before.drop(columns=measured), after.drop(columns=measured))
