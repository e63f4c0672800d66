"""Disks that become full and folders that may not be written to: one message, nothing half-written,
no result that a simulation would not have had with room; and the next call does what is missing."""

from pathlib import Path

import pandas as pd
import pytest
import yaml
from runs import Outcome
from small_disk import fill, need_permissions, small_disk
from small_project import EXEMPLAR, SmallProject

pytestmark = pytest.mark.slow

FULL = r"no space left on device; make room, and start the same command again"
RELEASE_FILES = {
    "extneurondb.dat",
    "extra_data",
    "failures.tsv",
    "mecombo_emodel.tsv",
    "mecombo_release.json",
    "megating.pdf",
    "summary.txt",
}


def change(project: SmallProject, section: str, **settings: object) -> None:
    path = project.root / "megate.yaml"
    config = yaml.safe_load(path.read_text())
    config[section].update(settings)
    path.write_text(yaml.safe_dump(config))


def messages(outcome: Outcome) -> list[str]:
    assert outcome.returncode != 0
    assert "Traceback" not in outcome.output
    return [line for line in outcome.output.splitlines() if line.startswith("megate: ")]


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()} - {"filler"}


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> SmallProject:
    """A finished project with its hoc files and the log of changed names."""
    project = SmallProject(tmp_path_factory.mktemp("small"), ["a-1"], "")
    change(project, "select", make_names_neuron_compliant=True)
    outcome = project.snakemake("all", "combos_hoc")
    assert outcome.returncode == 0, outcome.output
    return project


# room for some of the release's files, of one page each, and for all but the whole report
@pytest.mark.parametrize("kilobytes", [16, 24, 48])
def test_the_disk_is_full_in_the_middle_of_a_release(
    kilobytes: int, project: SmallProject, tmp_path: Path
):
    release = project.results / "release"
    before = release.rename(project.results / f"release_{kilobytes}")
    try:
        with small_disk(release, kilobytes):
            (release / "emodels_hoc").mkdir()
            hoc = before / "emodels_hoc" / "small.hoc"
            (release / "emodels_hoc" / "small.hoc").symlink_to(hoc)
            (release / "combos_hoc").mkdir()
            (release / "log_neuron_compliance.csv").touch()
            outcome = project.snakemake("--rerun-triggers", "mtime")
            (message,) = messages(outcome)
            assert message.startswith("megate: cannot write results/release")
            assert message.endswith(FULL)
            assert outcome.planned == {"aggregate": 1, "circuit": 1, "report_pages": 1, "all": 1}
            assert names(release) == {"emodels_hoc"}
    finally:
        release.rmdir()
        before.rename(release)


def test_a_release_is_complete_once_there_is_room(project: SmallProject):
    release = project.results / "release"
    (release / "summary.txt").unlink()
    assert project.snakemake().returncode == 0
    assert names(release) >= RELEASE_FILES


def test_the_disk_is_full_while_hoc_files_are_written(project: SmallProject):
    folder = project.results / "release" / "combos_hoc"
    assert project.snakemake("combos_hoc").returncode == 0
    (folder / "combos_hoc.tsv").unlink()
    for path in folder.rglob("*"):
        if path.is_file():
            path.unlink()
    (folder / "small").rmdir()
    with small_disk(folder, 12):  # room for one of two
        (folder / "filler").touch()  # Snakemake would remove an empty folder
        (message,) = messages(project.snakemake("combos_hoc"))
        assert message.startswith("megate: cannot write ")
        assert ".hoc: " in message
        assert message.endswith(FULL)
        assert names(folder) == set()
    assert project.snakemake("combos_hoc").returncode == 0
    assert len(list(folder.rglob("*.hoc"))) == 2


@pytest.mark.parametrize("what", ["scores", "traces"])
def test_the_disk_is_full_while_scores_or_traces_are_written(what: str, tmp_path: Path):
    project = SmallProject(tmp_path, ["a"], "", keep_traces=True)
    folder = project.results / what
    with small_disk(folder, 64):
        (folder / "small").mkdir()
        fill(folder)
        found = messages(project.snakemake("--keep-going"))
        assert len(found) == 2
        for message in found:
            assert f"results/{what}/small/" in message
            assert message.endswith(FULL)
        assert not list(folder.glob("small/*"))
    outcome = project.snakemake("--until", "score_combo")
    assert outcome.returncode == 0, outcome.output
    assert outcome.planned["score_combo"] == 2
    for morphology in ("a", EXEMPLAR):
        assert set(pd.read_parquet(project.shard(morphology))["status"]) == {"scored"}
        assert (project.results / "traces" / "small" / f"{morphology}.parquet").exists()


def test_a_release_folder_that_may_not_be_written_to_is_found_first(tmp_path: Path):
    project = SmallProject(tmp_path, [], "")
    release = project.results / "release"
    release.mkdir(parents=True)
    need_permissions(release)
    release.chmod(0o555)
    outcome = project.snakemake(privileged=False)
    assert messages(outcome) == [
        "megate: results cannot be written; fix this, or choose another folder (`results`):"
    ]
    assert "  - results/release: no permission to write in this folder" in outcome.output
    assert names(project.results) == {"release"}  # nothing was prepared or simulated
    assert project.snakemake("--dry-run", privileged=False).returncode == 0
    release.chmod(0o755)
    assert project.snakemake("--until", "prepare_emodel", privileged=False).returncode == 0


def test_a_file_in_place_of_the_release_is_found_first(tmp_path: Path):
    project = SmallProject(tmp_path, [], "")
    project.results.mkdir()
    (project.results / "release").write_text("mine")
    outcome = project.snakemake()
    assert len(messages(outcome)) == 1
    assert "  - results/release is a file, expected a folder" in outcome.output
    assert (project.results / "release").read_text() == "mine"
