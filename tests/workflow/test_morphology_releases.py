"""The morphology release: looked through before anything is simulated; of several folders and
formats."""

import json
import os
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from cells import h5_of
from runs import Outcome, Project, copy_prepared, copy_project
from small_project import EXEMPLAR, SmallProject

pytestmark = pytest.mark.slow

BROKEN = {
    "cut": ("1 1 0 0 0 8 -1\n2 3 8 0 0 1 7\n", "does not load: line 2: the parent 7 is not in the"),
    "headless": ("1 3 5 0 0 1 -1\n2 3 50 0 0 1 1\n", "has no soma"),
    "thin": ("1 1 0 0 0 8 -1\n2 3 8 0 0 1 1\n3 3 60 0 0 0 2\n", "1 of 2 points have a diameter th"),
    "empty": ("", "is empty"),
}


def break_some(project: SmallProject) -> None:
    for name, (text, _) in BROKEN.items():
        (project.root / "morphologies" / f"{name}.swc").write_text(text)


def table_of(project: SmallProject) -> pd.DataFrame:
    table = pd.read_csv(project.results / "morphologies.tsv", sep="\t", keep_default_na=False)
    return table.set_index("morph_name")


def warn(project: SmallProject) -> None:
    config = project.root / "megate.yaml"
    config.write_text(
        config.read_text().replace("prepare:", "prepare:\n  check_morphologies: warn")
    )


def said_once(outcome: Outcome, text: str) -> bool:
    return len(re.findall(re.escape(text), outcome.output)) == 1


@pytest.fixture
def example_copy(tmp_path: Path) -> Project:
    return copy_project(tmp_path)


@pytest.fixture
def project(tmp_path: Path) -> SmallProject:
    return SmallProject(tmp_path, ["fine", *BROKEN], "pass")


def test_broken_morphologies_stop_the_run_with_one_message(project: SmallProject):
    break_some(project)
    stopped = project.snakemake()
    assert stopped.returncode != 0
    assert "Traceback" not in stopped.output
    assert not list(project.results.glob("scores/**/*.parquet"))
    assert said_once(stopped, "megate: 4 of 6 morphologies have problems (all are in results/morph")
    for name, (_, problem) in BROKEN.items():
        assert said_once(stopped, f"  - {name} (morphologies/{name}.swc): {problem}")
    table = table_of(project)
    assert set(table.index) == {EXEMPLAR, "fine", *BROKEN}
    assert set(table.index[table["status"] == "problem"]) == set(BROKEN)
    # mended, the same command goes on
    for name in BROKEN:
        cell = (project.root / "morphologies" / "fine.swc").read_text()
        (project.root / "morphologies" / f"{name}.swc").write_text(cell)
    assert project.snakemake().returncode == 0
    assert set(table_of(project)["status"]) == {"ok"}
    assert "warning" not in (project.results / "release" / "summary.txt").read_text()


def test_with_warn_they_are_simulated_all_the_same(project: SmallProject):
    break_some(project)
    warn(project)
    warned = project.snakemake()
    assert warned.returncode == 0, warned.output
    assert said_once(warned, "  - headless (morphologies/headless.swc): has no soma")
    line = "4 of 6 morphologies have problems (all are in results/morphologies.tsv)"
    assert f"\nwarning: {line}\n" in (project.results / "release" / "summary.txt").read_text()
    assert said_once(warned, f"warning: {line}")
    assert pd.read_parquet(project.shard("fine"))["status"].unique().tolist() == ["scored"]
    for name in BROKEN:
        assert project.shard(name).exists()


def simulate(project: SmallProject) -> Outcome:
    return project.snakemake("--until", "score_combo")


def test_new_morphologies_are_looked_at_and_none_is_simulated_twice(tmp_path: Path):
    project = SmallProject(tmp_path, ["fine", "new"], "pass")
    neurondb = project.root / "morphologies" / "neuronDB.xml"
    with_new = neurondb.read_text()
    entry = re.search("<morphology><name>new<.*?</morphology>", with_new).group()
    neurondb.write_text(with_new.replace(entry, ""))
    assert simulate(project).returncode == 0
    before = project.shard("fine").stat().st_mtime_ns

    neurondb.write_text(with_new)
    cell = project.root / "morphologies" / "new.swc"
    text = cell.read_text()
    cell.write_text(text.replace("120 0 0 0.8", "120 0 0 0"))
    for _ in range(2):  # it stays broken
        stopped = simulate(project)
        assert stopped.returncode != 0
        assert "1 of 3 morphologies have problems" in stopped.output
        assert not project.shard("new").exists()
    cell.write_text(text)
    mended = simulate(project)
    assert mended.planned["score_combo"] == 1, mended.output
    assert set(table_of(project)["status"]) == {"ok"}
    # what is remembered may be lost
    (project.results / "morphologies.tsv").unlink()
    project.shard("new").unlink()
    assert simulate(project).planned["score_combo"] == 1
    assert set(table_of(project).index) == {EXEMPLAR, "fine", "new"}
    assert project.shard("fine").stat().st_mtime_ns == before
    # also if nothing is simulated: the release and its hoc need it
    (project.results / "morphologies.tsv").unlink()
    outcome = project.snakemake()
    assert outcome.returncode == 0 and "score_combo" not in outcome.planned
    assert set(table_of(project).index) == {EXEMPLAR, "fine", "new"}


APICAL = """\
        recordings = [ephys.recordings.CompRecording("apical", location, "v")
                      for location in self.apical_locations]
        self.bap = ephys.protocols.SweepProtocol("apical", [], recordings)

    def run(
"""


def test_an_emodel_that_records_at_apical_points_needs_them(example_copy: Project):
    project = example_copy
    project.keep("TPC")
    project.edit(
        "example/emodels/cADpyr_TPC/setup/protocols.py",
        "    def run(\n        self,\n        cell_model",
        APICAL + "        self,\n        cell_model",
    )
    path = project.inputs / "morphologies" / "apical_points_isec.json"
    points = json.loads(path.read_text())
    path.write_text(json.dumps(points | {"tpc140301-A2": None, "tpc140406_1": 5}))
    stopped = project.snakemake()
    assert stopped.returncode != 0
    assert not list(project.results.glob("scores/**/*.parquet"))
    folder = "config/example/morphologies"
    assert said_once(stopped, "e-model cADpyr_TPC: its morphologies lack what it needs:")
    assert (
        f"  - tpc140301-A2 ({folder}/tpc140301-A2.asc): has no entry in apical_points_isec.json"
        in stopped.output
    )
    assert (
        f"  - tpc140406_1 ({folder}/tpc140406_1.asc): its entry in apical_points_isec.json is 5, "
        "but it has 5 apical sections (the first is 0)"
    ) in stopped.output
    project.edit("config.yaml", "use_apical_points: true", "use_apical_points: false")
    assert project.snakemake("--until", "prepare_emodel").returncode == 0


def test_a_release_of_a_folder_for_each_extension_and_of_h5_files(
    example: tuple[Project, Outcome], tmp_path: Path
):
    """Some of the example with .asc files as .h5 and in other folders: the same release."""
    project = copy_prepared(example[0], tmp_path)
    names = ["tpc140301-A1", "tpc140301-A2", "tpc140402_1", "tpc140309-B2"]
    names += ["lbc140501-1", "lbc140501-2", "lbc140507.1"]
    project.keep_morphologies(*names)
    release = project.inputs / "morphologies"
    folders = {extension: release / extension for extension in ("asc", "swc", "h5")}
    for folder in folders.values():
        folder.mkdir()
    stays = {"tpc140301-A1", "lbc140501-1"}  # exemplars have the extension of final.json
    for path in [*release.glob("*.asc"), *release.glob("*.swc")]:
        if path.suffix == ".asc" and path.stem not in stays:
            h5_of(path).rename(folders["h5"] / f"{path.stem}.h5")
            path.unlink()
        else:
            path.rename(folders[path.suffix[1:]] / path.name)
    (release / "neuronDB.xml").rename(folders["asc"] / "neuronDB.xml")
    (release / "apical_points_isec.json").rename(folders["swc"] / "apical_points_isec.json")
    places = "{" + ", ".join(f"{each}: example/morphologies/{each}" for each in folders) + "}"
    for key in ("  morph_path", "rep_morph_path"):
        project.edit("config.yaml", f"{key}: example/morphologies\n", f"{key}: {places}\n")
    finished = project.snakemake()
    assert finished.returncode == 0, finished.output

    table = table_of(project)
    endings = table["file"].map(lambda file: Path(file).suffix).value_counts()
    assert endings.to_dict() == {
        ".h5": 4,
        ".asc": 2,
        ".swc": 3,
    }
    expected, found = (
        pd.read_parquet(results / "scores.parquet").set_index(["job", "feature"])
        for results in (example[0].results, project.results)
    )
    expected = expected[expected.index.get_level_values("job").isin(found.index.levels[0])]
    assert list(found.index) == list(expected.index)
    assert (found["status"] == expected["status"]).all()
    # docs/inputs.md says where the differences come from
    off = (found["score"] - expected["score"]).abs().dropna()
    assert len(off) == 138
    assert (off.quantile([0.5, 0.9]) < [1e-3, 0.1]).all()
    for current in ("holding_current", "threshold_current"):
        np.testing.assert_allclose(found[current], expected[current], rtol=0.01)
    released, of_example = (
        (each.results / "release" / "extneurondb.dat").read_text().splitlines()
        for each in (project, example[0])
    )
    assert released == [line for line in of_example if line.split()[0] in names]
    assert not list(project.root.rglob("*megate-morphology*"))
    os.utime(folders["h5"] / "tpc140402_1.h5")
    again = project.snakemake()
    assert (again.returncode, again.planned) == (0, {})
