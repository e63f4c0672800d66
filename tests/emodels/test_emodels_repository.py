"""git.repository: e-models on branches, recorded commits, and runs without the origin."""

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from git_repositories import Repository
from loading import Load, message_of

from megate.config.config import Config, Prepare, Scoring, Select
from megate.core.errors import MegateError
from megate.emodels.git.repository import EmodelsRepository
from megate.emodels.prepare import emodel_sha256
from megate.inputs.final_json import read_final_json
from megate.project.project import Project
from megate.release.provenance import facts

NAMES = ["pyr", "bc"]
RECIPE = """
version: v2.0
neurons:
- traits: {layer: 5, mtype: L5_TPC, etype: {cADpyr: 1.0}}
- traits: {layer: 5, mtype: L5_LBC, etype: {cNAC: 1.0}}
"""
MAP = {
    "pyr": {"mm_recipe": "pyr", "etype": "cADpyr", "layer": ["5"]},
    "bc": {"mm_recipe": "bc", "etype": "cNAC", "layer": ["5"]},
    "unused": {"mm_recipe": "unused", "etype": "cNAC", "layer": ["1"]},
}


def entry(**changes: Any) -> dict[str, Any]:
    return {"params": {"cm": 1.0}, "fitness": {"f": 1.0}, "morph_path": "m.swc"} | changes


FINAL = {
    "pyr": entry(branch="pyr/a", main_path="package"),
    "bc": entry(branch="bc", main_path="package"),
    "unused": entry(branch="gone"),
}


@pytest.fixture
def origin(tmp_path: Path) -> Repository:
    """e-type map and final.json in opt/ of main, a package in opt/package of each branch."""
    made = Repository(tmp_path / "repository")
    made.commit({"opt/map.json": json.dumps(MAP), "opt/final.json": json.dumps(FINAL)})
    for branch in ("pyr/a", "bc"):
        made.branch(branch)
        files = {"setup/__init__.py": "", "m.swc": "", "about.txt": branch}
        made.commit({f"opt/package/{name}": text for name, text in files.items()})
    made.switch("main")
    return made


@pytest.fixture
def config(origin: Repository, tmp_path: Path) -> Config:
    morphs = tmp_path / "morphs"
    morphs.mkdir()
    (morphs / "neuronDB.xml").write_text(
        "<neurondb>"
        "<morphology><name>m</name><mtype>L5_TPC</mtype><msubtype/><layer>5</layer></morphology>"
        "<morphology><name>n</name><mtype>L5_LBC</mtype><msubtype/><layer>5</layer></morphology>"
        "</neurondb>"
    )
    for name in ("m", "n"):
        (morphs / f"{name}.swc").touch()
    (tmp_path / "recipe.yaml").write_text(RECIPE)
    prepare = Prepare(
        recipe_path=tmp_path / "recipe.yaml",
        morph_path=morphs,
        rep_morph_path=morphs,
        emodels_repo=str(origin.root),
        emodels_githash="main",
        emodel_etype_map_path=Path("opt/map.json"),
        final_json_path=Path("opt/final.json"),
    )
    return Config(str(tmp_path / "results"), prepare, Scoring(use_apical_points=False), Select())


def planned(config: Config) -> tuple[Project, list[str]]:
    """The project as the planning process reads it, and what it says about fetching."""
    said: list[str] = []
    return Project(config, said.append), said


def with_prepare(config: Config, **changes: Any) -> Config:
    return replace(config, prepare=replace(config.prepare, **changes))


def revisions(config: Config) -> dict[str, Any]:
    return json.loads((Path(config.results) / "emodels_repo" / "revisions.json").read_text())


def commits(config: Config) -> dict[str, str]:
    return {name: emodel["commit"] for name, emodel in revisions(config)["emodels"].items()}


def ask_anew(config: Config) -> None:
    (Path(config.results) / "emodels_repo" / "revisions.json").unlink()


def files(project: Project) -> dict[str, tuple[Path, ...]]:
    return {name: tuple(emodel.files) for name, emodel in project.emodels.items()}


def test_each_emodel_is_the_folder_of_its_branch(config: Config, origin: Repository) -> None:
    project, said = planned(config)
    assert [text.partition(" ")[0] for text in said] == ["cloning"]
    assert str(origin.root) in said[0]
    assert list(project.emodels) == NAMES
    for name, branch in (("pyr", "pyr/a"), ("bc", "bc")):
        emodel = project.emodels[name]
        assert (emodel.source / "about.txt").read_text() == branch
        assert [path.name for path in emodel.files] == ["about.txt", "m.swc", "__init__.py"]
        assert emodel.source.is_relative_to(config.results)
        assert emodel.exemplar.unrepaired == emodel.source / "m.swc"


def test_the_commits_are_on_record(config: Config, origin: Repository) -> None:
    planned(config)
    found = revisions(config)
    assert found["repository"] == str(origin.root)
    assert found["emodels_githash"] == "main"
    assert found["commit"] == origin.git("rev-parse", "main")
    assert found["date"] == "2017-07-14T02:41:00+00:00"
    assert list(found["emodels"]) == NAMES
    for name, branch in (("pyr", "pyr/a"), ("bc", "bc")):
        emodel = found["emodels"][name]
        assert emodel["branch"] == branch
        assert emodel["commit"] == origin.git("rev-parse", branch)
        assert emodel["folder"] == "opt/package"
        assert emodel["tree"] == origin.git("rev-parse", f"{branch}:opt/package")


def test_the_record_counts_and_the_repository_is_not_touched(
    config: Config, origin: Repository
) -> None:
    first, _ = planned(config)
    before = revisions(config)
    for branch in ("main", "bc"):
        origin.switch(branch)
        origin.commit({"opt/package/about.txt": "newer"})
    origin.root.rename(origin.root.with_name("moved"))
    second, said = planned(config)
    assert said == []
    assert files(second) == files(first)
    assert revisions(config) == before
    assert files(Project(config)) == files(first)  # in a job


def test_without_the_record_the_newest_commits_are_taken(
    config: Config, origin: Repository
) -> None:
    first, _ = planned(config)
    old = commits(config)
    origin.switch("bc")
    new = origin.commit({"opt/package/about.txt": "newer"})
    ask_anew(config)
    second, said = planned(config)
    assert [text.partition(" ")[0] for text in said] == ["fetching"]
    assert commits(config) == {"pyr": old["pyr"], "bc": new}
    assert files(second)["pyr"] == files(first)["pyr"]
    assert set(files(second)["bc"]).isdisjoint(files(first)["bc"])
    assert (second.emodels["bc"].source / "about.txt").read_text() == "newer"


def test_a_commit_that_changes_something_else_changes_nothing(
    config: Config, origin: Repository
) -> None:
    first, _ = planned(config)
    origin.switch("bc")
    new = origin.commit({"README": "", "opt/other": ""})
    ask_anew(config)
    second, _ = planned(config)
    assert commits(config)["bc"] == new
    assert files(second) == files(first)


def test_another_revision_is_looked_up(config: Config, origin: Repository) -> None:
    old = origin.git("rev-parse", "main")
    planned(config)
    changed = FINAL | {"bc": entry(branch="bc", main_path="package", params={"cm": 2.0})}
    origin.commit({"opt/final.json": json.dumps(changed)})
    origin.git("tag", "v2")
    project, said = planned(with_prepare(config, emodels_githash="v2"))
    assert len(said) == 1
    assert project.emodels["bc"].final.params == {"cm": 2.0}
    project, _ = planned(with_prepare(config, emodels_githash=old[:10]))
    assert project.emodels["bc"].final.params == {"cm": 1.0}
    assert revisions(config)["commit"] == old


def test_another_repository_is_looked_up(
    config: Config, origin: Repository, tmp_path: Path
) -> None:
    planned(config)
    shutil.copytree(origin.root, tmp_path / "fork")
    origin.switch("bc")
    origin.commit({"opt/package/about.txt": "newer"})
    project, said = planned(with_prepare(config, emodels_repo=str(tmp_path / "fork")))
    assert len(said) == 1 and str(tmp_path / "fork") in said[0]
    assert revisions(config)["repository"] == str(tmp_path / "fork")
    assert (project.emodels["bc"].source / "about.txt").read_text() == "bc"


def test_a_record_makes_another_run_the_same(
    config: Config, origin: Repository, tmp_path: Path
) -> None:
    """Later, in another folder, after new commits and an amended one."""
    first, _ = planned(config)
    origin.git("config", "uploadpack.allowAnySHA1InWant", "true")
    for branch, amend in (("bc", []), ("pyr/a", ["--amend"])):
        origin.switch(branch)
        (origin.root / "opt" / "package" / "about.txt").write_text("newer")
        origin.git("commit", "--all", "--message", "newer", *amend)
    again = replace(config, results=str(tmp_path / "again"))
    folder = tmp_path / "again" / "emodels_repo"
    folder.mkdir(parents=True)
    shutil.copy(Path(config.results) / "emodels_repo" / "revisions.json", folder)
    second, said = planned(again)
    assert [text.partition(" ")[0] for text in said] == ["cloning"]
    assert commits(again) == commits(config)
    contents = [
        {
            name: emodel_sha256(emodel.source, emodel.files, {})
            for name, emodel in project.emodels.items()
        }
        for project in (first, second)
    ]
    assert contents[0] == contents[1]


def test_commits_that_are_gone_are_named(
    config: Config, origin: Repository, tmp_path: Path
) -> None:
    planned(config)
    old = commits(config)["bc"]
    origin.switch("bc")
    origin.git("commit", "--amend", "--message", "another")
    origin.git("config", "uploadpack.allowAnySHA1InWant", "false")
    origin.git("reflog", "expire", "--expire=now", "--all")
    origin.git("gc", "--prune=now", "--quiet")
    shutil.rmtree(Path(config.results) / "emodels_repo" / "mirror.git")
    with pytest.raises(MegateError, match=f"bc: .* no longer contains commit {old}, .*revisions"):
        planned(config)


def test_a_commit_in_the_record_may_be_chosen(config: Config, origin: Repository) -> None:
    """With the tree of another commit beside it."""
    old = origin.git("rev-parse", "bc")
    origin.switch("bc")
    origin.commit({"opt/package/about.txt": "newer"})
    planned(config)
    path = Path(config.results) / "emodels_repo" / "revisions.json"
    path.write_text(path.read_text().replace(commits(config)["bc"], old))
    project, said = planned(config)
    assert said == []
    assert (project.emodels["bc"].source / "about.txt").read_text() == "bc"
    assert (Project(config).emodels["bc"].source / "about.txt").read_text() == "bc"


def test_nothing_is_on_record_until_all_is_well(config: Config, origin: Repository) -> None:
    """After a fix in the repository, the same command takes the new commit."""
    origin.switch("bc")
    (origin.root / "opt" / "package" / "setup" / "__init__.py").unlink()
    origin.commit()
    with pytest.raises(MegateError, match="bc: its package has no"):
        planned(config)
    assert not (Path(config.results) / "emodels_repo" / "revisions.json").exists()
    origin.commit({"opt/package/setup/__init__.py": ""})
    planned(config)
    assert commits(config)["bc"] == origin.git("rev-parse", "bc")


def test_an_emodel_that_comes_into_use_joins_the_record(
    config: Config, origin: Repository, tmp_path: Path
) -> None:
    first = with_prepare(config, recipe_path=tmp_path / "first.yaml")
    first.prepare.recipe_path.write_text(
        RECIPE.replace("L5_LBC, etype: {cNAC", "L5_LBC, etype: {cADpyr")
    )
    assert list(planned(first)[0].emodels) == ["pyr"]
    assert list(commits(config)) == ["pyr"]
    origin.switch("bc")
    origin.commit({"opt/package/about.txt": "newer"})
    project, said = planned(config)
    assert said == []  # as the repository was when it was read
    assert (project.emodels["bc"].source / "about.txt").read_text() == "bc"
    assert list(commits(config)) == NAMES


def test_deleted_files_are_exported_again(config: Config) -> None:
    first, _ = planned(config)
    times = {path: path.stat().st_mtime for of in files(first).values() for path in of}
    for name in ("packages", "files"):
        shutil.rmtree(Path(config.results) / "emodels_repo" / name)
    with pytest.raises(MegateError, match="a job does not fetch; start the run again"):
        Project(config)
    second, said = planned(config)
    assert said == []
    assert {path: path.stat().st_mtime for of in files(second).values() for path in of} == times
    shutil.rmtree(Path(config.results) / "emodels_repo" / "mirror.git")
    Project(config)  # a job reads the exported files
    assert len(planned(config)[1]) == 1


def test_a_job_does_not_fetch(config: Config) -> None:
    with pytest.raises(MegateError, match="a job does not fetch"):
        Project(config)
    assert not Path(config.results).exists()


def test_final_json_and_map_beside_the_package_are_no_part_of_it(
    config: Config, origin: Repository
) -> None:
    final = {name: {**FINAL[name], "main_path": "."} for name in FINAL}
    origin.commit({"opt/final.json": json.dumps(final)})
    for branch in ("pyr/a", "bc"):
        origin.switch(branch)
        texts = {
            "final.json": "of the branch",
            "map.json": "",
            "m.swc": "",
            "setup/__init__.py": "",
        }
        origin.commit({f"opt/{name}": text for name, text in texts.items()})
    project, _ = planned(config)
    for emodel in project.emodels.values():
        names = {path.name for path in emodel.files}
        assert "about.txt" in names
        assert not {"final.json", "map.json"} & names


def test_at_the_top_of_the_repository(config: Config, tmp_path: Path) -> None:
    other = Repository(tmp_path / "other")
    final = {name: {**FINAL[name], "main_path": "."} for name in FINAL}
    other.commit({"map.json": json.dumps(MAP), "final.json": json.dumps(final)})
    for branch in ("pyr/a", "bc"):
        other.branch(branch)
        other.commit({"setup/__init__.py": "", "m.swc": ""})
    project, _ = planned(
        with_prepare(
            config,
            emodels_repo=str(other.root),
            emodel_etype_map_path=Path("map.json"),
            final_json_path=Path("final.json"),
        )
    )
    assert list(project.emodels) == NAMES


def finals(**changes: Any) -> Callable[[Repository], None]:
    """Commit a final.json in which the entries of both e-models have these changes."""

    def change(origin: Repository) -> None:
        content = {name: {**FINAL[name], **changes} for name in NAMES}
        origin.commit({"opt/final.json": json.dumps(content)})

    return change


def bad_links(origin: Repository) -> None:
    for branch in ("pyr/a", "bc"):
        origin.switch(branch)
        (origin.root / "opt" / "package" / "out").symlink_to("/etc")
        origin.commit()


@pytest.mark.parametrize(
    ("spoil", "expected"),
    [
        (finals(branch=None), "no 'branch' in final.json"),
        (finals(branch=5), "no 'branch' in final.json"),
        (finals(branch=""), "no 'branch' in final.json"),
        (finals(branch="none"), "there is no branch 'none'"),
        (finals(branch="--upload-pack=x"), "there is no branch '--upload-pack=x'"),
        (finals(branch="\ud800\u001b"), "there is no branch '\\ud800\\x1b'"),
        (finals(main_path="none"), "has no folder 'opt/none'"),
        (finals(main_path="package/m.swc"), "has no folder 'opt/package/m.swc'"),
        (bad_links, "a link or name that is not safe: 'out' is a link to an absolute path"),
    ],
)
def test_what_is_wrong_is_said_of_all_emodels(
    spoil: Callable[[Repository], None], expected: str, config: Config, origin: Repository
) -> None:
    spoil(origin)
    with pytest.raises(MegateError) as caught:
        planned(config)
    message = str(caught.value)
    assert message.startswith(f"e-models of {config.results}/emodels_repo/files/")
    assert f"final.json, in {origin.root}:\n  - pyr: " in message
    assert message.count(expected) == 2
    message.encode()


def test_a_revision_that_is_not_there_is_named(config: Config) -> None:
    with pytest.raises(MegateError, match=r"emodels_githash: .* has no commit, tag or branch 'v9'"):
        planned(with_prepare(config, emodels_githash="v9"))


@pytest.mark.parametrize("key", ["emodel_etype_map_path", "final_json_path"])
def test_a_file_that_is_not_there_is_named(key: str, config: Config) -> None:
    with pytest.raises(MegateError, match=r"has no file opt/none\.json at main \(commit"):
        planned(with_prepare(config, **{key: Path("opt/none.json")}))


def test_a_malformed_file_is_named(config: Config, origin: Repository) -> None:
    origin.commit({"opt/map.json": "{"})
    with pytest.raises(MegateError, match=r"emodels_repo/files/.*/opt/map\.json is not valid JSON"):
        planned(config)


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (lambda found: found.pop("commit"), "'commit' is missing"),
        (lambda found: found.update(commit="--all"), "commit: '--all'"),
        (lambda found: found.update(commit="f" * 99_999), "ffff'"),
        (lambda found: found.update(date=5), "date: 5 found, expected a string"),
        (lambda found: found.update(emodels=[]), "emodels: [] found, expected"),
        (lambda found: found["emodels"].update(bc=None), "emodels.bc: None found"),
        (lambda found: found["emodels"]["bc"].update(tree="x"), "emodels.bc.tree: 'x'"),
    ],
)
def test_a_malformed_record_is_named(
    change: Callable[[dict], object], expected: str, config: Config
) -> None:
    planned(config)
    path = Path(config.results) / "emodels_repo" / "revisions.json"
    found = revisions(config)
    change(found)
    path.write_text(json.dumps(found))
    with pytest.raises(MegateError) as caught:
        planned(config)
    assert str(caught.value).startswith(f"recorded revisions: {path}: ")
    assert expected in str(caught.value)
    assert len(str(caught.value)) < 1000


@pytest.mark.parametrize("key", ["emodel_etype_map_path", "final_json_path"])
@pytest.mark.parametrize(
    ("where", "path"),
    [("repo", "../x.json"), ("repo", "/x.json"), ("repo", "a\nb"), ("dir", "/x.json")],
)
def test_paths_do_not_leave_the_repository(key: str, where: str, path: str, load: Load) -> None:
    settings = dict.fromkeys(["recipe_path", "morph_path", "rep_morph_path"], "x")
    settings |= {"emodel_etype_map_path": "m.json", "final_json_path": "f.json", key: path}
    source = (
        {"emodels_repo": "r", "emodels_githash": "main"}
        if where == "repo"
        else {"emodels_dir": "d"}
    )
    message = message_of(load, {"prepare": settings | source})
    assert f"config: prepare: {key}: " in message or f"prepare.{key}: 'a\\nb' has" in message


def test_a_relative_repository_counts_from_the_file(load: Load, tmp_path: Path) -> None:
    settings = dict.fromkeys(["recipe_path", "morph_path", "rep_morph_path"], "x")
    settings |= {"emodel_etype_map_path": "m.json", "final_json_path": "f.json"}
    settings |= {"emodels_repo": "../emodels.git", "emodels_githash": "main"}
    config = load({"prepare": settings})
    assert config.prepare.emodels_repo == str(tmp_path.parent / "emodels.git")
    project = tmp_path / "project"
    project.mkdir()
    (project / "prepare.json").write_text(json.dumps(settings))
    (project / "run.json").write_text("{}")
    (project / "select.json").write_text('{"megate_thresholds": []}')
    config = load({"bluepymm": "project"})
    assert config.prepare.emodels_repo == str(tmp_path / "emodels.git")
    assert config.prepare.emodels_githash == "main"


def test_the_reports_first_page_says_which_commits(config: Config, tmp_path: Path) -> None:
    import pandas as pd

    planned(config)
    table = tmp_path / "table.parquet"
    pd.DataFrame({"a": [1]}).to_parquet(table)
    found = facts(config.plain(), table, table)
    emodels = [text for label, text in found if label.startswith("e-model")]
    record = revisions(config)
    assert emodels[0] == (
        f"{record['repository']} at main, commit {record['commit']} (2017-07-14T02:41:00+00:00)"
    )
    assert emodels[1].startswith(f"pyr: branch pyr/a, commit {commits(config)['pyr'][:12]} (2017")
    labels = [label for label, _ in found]
    assert labels.count("parameters") == labels.count("e-type map") == 1


def test_without_git_a_job_reads_what_is_there(
    config: Config, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    planned(config)
    monkeypatch.setenv("PATH", str(tmp_path))
    source = EmodelsRepository(config.prepare, Path(config.results))
    found = source.folders(read_final_json(source.final_path, NAMES))
    assert [(folder / "about.txt").read_text() for folder in found.values()] == ["pyr/a", "bc"]
    with pytest.raises(MegateError, match="needs the program git"):
        planned(config)
