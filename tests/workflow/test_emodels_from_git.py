"""The example's e-models in a git repository, each on its branch."""

import json
import re
import shutil
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import pytest
from git_repositories import Repository
from runs import EXAMPLE_JOBS, REPOSITORY, Outcome, Project, copy_project, jobs_by_name, snakemake

pytestmark = pytest.mark.slow

EMODELS = ["cADpyr_TPC", "cNAC_LBC"]
MORPHOLOGIES = ["tpc140301-A1", "tpc140301-A2", "lbc140501-1", "lbc140507.1"]
ORIGIN = 'emodels_repo: "../../origin"\n  emodels_githash: main'

# What a project that was moved runs, with its results.
ANOTHER_PLACE = dict.fromkeys(["combos", "aggregate", "circuit", "report_pages", "all"], 1)


@dataclass(frozen=True)
class Finished:
    """A finished run of the project, and the repository, which may be elsewhere."""

    project: Project
    origin: Repository
    outcome: Outcome

    @property
    def record(self) -> Path:
        return self.project.results / "emodels_repo" / "revisions.json"

    def copy(self, root: Path) -> "Finished":
        """The same where a test may change it; its repository is another."""
        shutil.copytree(self.project.root.parent, root)
        origin = Repository(root / "origin")
        return Finished(Project(root / "project"), origin, self.outcome)


def example_repository(root: Path) -> Repository:
    """e-type map and final.json on main; each e-model's package on the branch that final.json
    names."""
    origin = Repository(root)
    emodels = REPOSITORY / "config" / "example" / "emodels"
    for name in ("final.json", "emodel_etype_map.json"):
        shutil.copy(emodels / name, root)
    origin.commit()
    for emodel in EMODELS:
        origin.branch(emodel)
        left_out = shutil.ignore_patterns("x86_64", "aarch64", "__pycache__")
        shutil.copytree(emodels / emodel, root / emodel, ignore=left_out)
        origin.commit()
    origin.switch("main")
    return origin


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Finished:
    """The example with some of its morphologies, run with the repository."""
    root = tmp_path_factory.mktemp("git") / "all"
    origin = example_repository(root / "origin")
    project = copy_project(root / "project")
    project.edit("config.yaml", "emodels_dir: example/emodels", ORIGIN)
    shutil.rmtree(project.inputs / "emodels")
    project.keep_morphologies(*MORPHOLOGIES)
    return Finished(project, origin, project.snakemake())


def test_it_is_cloned_and_run(finished: Finished):
    outcome = finished.outcome
    assert outcome.returncode == 0, outcome.output
    assert outcome.planned == EXAMPLE_JOBS | {"score_combo": 6}
    said = re.findall(r"^megate: (?:cloning|fetching).*$", outcome.output, re.M)
    mirror = finished.project.results / "emodels_repo" / "mirror.git"
    assert said == [f"megate: cloning {finished.origin.root} into {mirror}, once"]


def test_scores_and_release_are_those_of_the_directory(
    finished: Finished, example: tuple[Project, Outcome]
):
    directory, _ = example
    of_directory, of_repository = (
        pd.read_parquet(project.results / "scores.parquet")
        .sort_values(["job", "feature"])
        .reset_index(drop=True)[["job", "emodel_sha256", "status", "feature", "score", "value"]]
        for project in (directory, finished.project)
    )
    jobs = of_repository["job"].unique()
    assert len(jobs) == 6 and len(of_repository) > 80
    of_directory = of_directory[of_directory["job"].isin(jobs)].reset_index(drop=True)
    pd.testing.assert_frame_equal(of_directory, of_repository, check_exact=True)
    for name in ("extneurondb.dat", "mecombo_emodel.tsv"):
        of_directory, of_repository = (
            (project.results / "release" / name).read_text().splitlines()
            for project in (directory, finished.project)
        )
        left_out = [line for line in of_directory if line not in of_repository]
        assert [line for line in of_directory if line in of_repository] == of_repository
        assert not [line for line in left_out if line.split()[0] in MORPHOLOGIES]


def test_the_release_has_the_commits(finished: Finished):
    released = finished.project.results / "release" / "emodels_revisions.json"
    assert released.read_text() == finished.record.read_text()
    record = json.loads(released.read_text())
    assert record["commit"] == finished.origin.git("rev-parse", "main")
    assert {name: emodel["commit"] for name, emodel in record["emodels"].items()} == {
        name: finished.origin.git("rev-parse", name) for name in EMODELS
    }


def test_once_read_the_repository_is_not_needed(finished: Finished, tmp_path: Path):
    """Neither to plan, nor in jobs."""
    copy = finished.copy(tmp_path / "all")
    edit_address(copy, finished)
    shutil.rmtree(copy.origin.root)
    before = copy.record.read_bytes()
    assert copy.project.snakemake().planned == ANOTHER_PLACE
    assert copy.project.snakemake("--dry-run").planned == {}
    shard = copy.project.results / "scores" / "cNAC_LBC" / "lbc140501-1.parquet"
    shutil.rmtree(copy.project.results / "emodels" / "cNAC_LBC")
    shard.unlink()
    outcome = copy.project.snakemake()
    assert outcome.returncode == 0, outcome.output
    assert outcome.planned["prepare_emodel"] == 1
    assert "fetching" not in outcome.output
    assert shard.exists()
    assert copy.record.read_bytes() == before


def edit_address(copy: Finished, finished: Finished) -> None:
    """Have the copy's configuration and record name the copy's repository."""
    text = copy.record.read_text()
    assert str(finished.origin.root) in text
    copy.record.write_text(text.replace(str(finished.origin.root), str(copy.origin.root)))


def test_a_new_commit_that_is_asked_for_runs_its_emodel(finished: Finished, tmp_path: Path):
    copy = finished.copy(tmp_path / "all")
    edit_address(copy, finished)
    assert copy.project.snakemake().planned == ANOTHER_PLACE
    copy.origin.switch("cNAC_LBC")
    mechanism = "cNAC_LBC/mechanisms/KdG07.mod"
    text = (copy.origin.root / mechanism).read_text()
    commit = copy.origin.commit({mechanism: text + "\n"})
    copy.origin.switch("cADpyr_TPC")
    copy.origin.commit({"README": "of no e-model\n"})

    assert copy.project.snakemake("--dry-run").planned == {}
    copy.record.unlink()
    outcome = copy.project.snakemake("--dry-run")
    assert re.findall(r"^megate: (.*?) ", outcome.output, re.M) == ["fetching"]
    jobs = jobs_by_name(outcome)
    lbc = {
        f"score_combo cNAC_LBC/{path.stem}"
        for path in (copy.project.results / "scores" / "cNAC_LBC").iterdir()
        if not path.name.startswith(".")
    }
    assert len(lbc) == 3
    last_steps = {"combos", "gather_scores", "aggregate", "circuit", "report_pages", "all"}
    assert jobs == lbc | last_steps | {"prepare_emodel cNAC_LBC", "emodel_hoc cNAC_LBC"}
    assert json.loads(copy.record.read_text())["emodels"]["cNAC_LBC"]["commit"] == commit


def test_a_bluepymm_project(finished: Finished, tmp_path: Path):
    """Its prepare.json names the repository from its own folder."""
    folder = tmp_path / "project"
    folder.mkdir()
    (tmp_path / "origin").symlink_to(finished.origin.root)
    (folder / "inputs").symlink_to(REPOSITORY / "config" / "example")
    prepare = {
        "recipe_path": "inputs/recipe.yaml",
        "morph_path": "inputs/morphologies",
        "rep_morph_path": "inputs/morphologies",
        "emodels_repo": "../origin",
        "emodels_githash": finished.origin.git("rev-parse", "main"),
        "emodel_etype_map_path": "emodel_etype_map.json",
        "final_json_path": "./final.json",
        "tmp_dir": "tmp",
        "output_dir": "output",
    }
    select = {
        "check_opt_scores": False,
        "megate_thresholds": [{"features": [".*"], "megate_threshold": 5}],
    }
    for phase, settings in (("prepare", prepare), ("run", {}), ("select", select)):
        (folder / f"{phase}.json").write_text(json.dumps(settings))
    outcome = snakemake("--dry-run", "--config", "bluepymm=project", cwd=tmp_path)
    assert outcome.planned == EXAMPLE_JOBS, outcome.output
    record = json.loads((tmp_path / "results" / "emodels_repo" / "revisions.json").read_text())
    assert record["repository"] == str(tmp_path / "origin")
    assert list(record["emodels"]) == EMODELS


# tests/checks has others, without Snakemake
@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("ext::touch pwned", "'ext::touch pwned' found, expected a folder, user@host:path"),
        ("http://127.0.0.1:9/emodels.git", "cannot read http://127.0.0.1:9/emodels.git: fatal: "),
    ],
)
def test_what_is_no_repository_is_one_message(address: str, expected: str, project: Project):
    origin = ORIGIN.replace("../../origin", address)
    project.edit("config.yaml", "emodels_dir: example/emodels", origin)
    outcome = project.snakemake("--dry-run")
    assert outcome.returncode != 0
    assert re.search(expected, outcome.output)
    assert "Traceback" not in outcome.output
    assert not (project.root / "pwned").exists()
