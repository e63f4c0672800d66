"""git.mirror and git.command: the copy of a real repository, and the files exported from it."""

import os
import re
import shutil
import stat
import subprocess
import time
from pathlib import Path

import pytest
from git_repositories import FIRST_DATE, Repository

from megate.core.errors import MegateError
from megate.emodels.git import mirror as mirror_module
from megate.emodels.git.command import GitError, run_git
from megate.emodels.git.mirror import Mirror


@pytest.fixture
def origin(tmp_path: Path) -> Repository:
    return Repository(tmp_path / "repository")


@pytest.fixture
def mirror(origin: Repository, tmp_path: Path) -> Mirror:
    return Mirror(tmp_path / "results" / "mirror.git", str(origin.root))


def exported(mirror: Mirror, commit: str, folder: Path, of: str = ".") -> Path:
    tree = mirror.tree(commit, of)
    assert tree
    mirror.export(tree, folder, mirror.commit_time(commit))
    return folder


# ---- the copy ------------------------------------------------------------------------------


def test_revisions(origin: Repository, mirror: Mirror) -> None:
    first = origin.commit({"a": "1"})
    assert not mirror.has(first) and mirror.branch("main") is None
    origin.git("tag", "light")
    origin.git("tag", "--annotate", "v1", "--message", "v1")
    second = origin.commit({"a": "2"})
    origin.branch("feature/x")
    third = origin.commit({"b": "3"})
    origin.git("tag", "main")  # a tag counts more than a branch, as for git checkout
    mirror.update()
    assert mirror.resolve(first) == first
    assert mirror.resolve(first[:8]) == first
    assert mirror.resolve("light") == mirror.resolve("v1") == first
    assert mirror.resolve("origin/main") == second == mirror.branch("main")
    assert mirror.resolve("main") == third
    assert mirror.resolve("feature/x") == mirror.branch("feature/x") == third
    assert mirror.branch("v1") is None
    assert mirror.commit_time(first) == FIRST_DATE + 60
    assert mirror.commit_time(second) == FIRST_DATE + 120
    assert mirror.has(first) and not mirror.has("0" * 40)


@pytest.mark.parametrize(
    "revision",
    ["gone", "0" * 40, "dead", "main~1", "main^", ":/work", "@{u}", "-x", "--all", "", "HEAD:a"],
)
def test_what_is_no_revision(revision: str, origin: Repository, mirror: Mirror) -> None:
    origin.commit({"a": "1"})
    mirror.update()
    assert mirror.resolve(revision) is None
    assert mirror.branch(revision) is None


def test_a_copy_changes_only_when_it_is_fetched(origin: Repository, mirror: Mirror) -> None:
    origin.commit({"a": "1"})
    origin.git("branch", "old")
    mirror.update()
    first = mirror.branch("main")
    second = origin.commit({"a": "2"})
    origin.git("branch", "--delete", "--force", "old")
    assert mirror.branch("main") == first
    mirror.update()
    assert mirror.branch("main") == second
    assert mirror.branch("old") is None
    assert mirror.has(first)


def test_commits_that_a_branch_has_left_behind_are_fetched(
    origin: Repository, mirror: Mirror
) -> None:
    left = origin.commit({"a": "1"})
    origin.git("commit", "--quiet", "--amend", "--message", "another")
    mirror.update()
    assert not mirror.has(left)
    origin.git("config", "uploadpack.allowAnySHA1InWant", "true")
    assert mirror.obtain(left)
    assert mirror.has(left)
    assert not mirror.obtain("1" * 40)
    mirror.update()
    assert mirror.has(left)


def test_where_another_process_is_faster_its_copy_stays(
    origin: Repository, mirror: Mirror, monkeypatch: pytest.MonkeyPatch
) -> None:
    origin.commit({"a": "1"})

    def slow_git(*arguments: str, **options: object) -> bytes:
        output = run_git(*arguments, **options)
        if arguments[0] == "clone":
            shutil.copytree(arguments[-1], mirror.path)
            (mirror.path / "of the other").touch()
        return output

    monkeypatch.setattr(mirror_module, "run_git", slow_git)
    mirror.update()
    assert (mirror.path / "of the other").exists()
    assert [path.name for path in mirror.path.parent.iterdir()] == ["mirror.git"]


def test_a_copy_that_fails_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "no repository").mkdir()
    mirror = Mirror(tmp_path / "results" / "mirror.git", str(tmp_path / "no repository"))
    with pytest.raises(MegateError, match=r"emodels_repo: cannot read .*no repository: fatal: "):
        mirror.update()
    assert list(mirror.path.parent.iterdir()) == []


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    mirror = Mirror(tmp_path / "mirror.git", str(tmp_path / "gone"))
    with pytest.raises(MegateError, match=f"directory not found: {tmp_path / 'gone'}"):
        mirror.update()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
def test_somebody_elses_repository(origin: Repository, mirror: Mirror) -> None:
    """git refuses to read it and names the setting that allows it."""
    origin.commit({"a": "1"})
    for path in [origin.root, *origin.root.rglob("*")]:
        os.chown(path, 65534, 65534)
    with pytest.raises(MegateError) as caught:
        mirror.update()
    assert "detected dubious ownership in repository" in str(caught.value)
    assert f"git config --global --add safe.directory {origin.root}" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_password_is_not_kept(
    origin: Repository, mirror: Mirror, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No file of the copy contains the address."""
    origin.commit({"a": "1"})
    mirror.update()
    origin.commit({"a": "2"})
    mirror.update()
    for path in mirror.path.rglob("*"):
        assert path.is_dir() or str(origin.root).encode() not in path.read_bytes(), path


def test_the_callers_environment_does_not_matter(
    origin: Repository, mirror: Mirror, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    commit = origin.commit({"a": "1"})
    other = Repository(tmp_path / "other")
    other.commit({"b": "2"})
    for name, value in {
        "GIT_DIR": other.root / ".git",
        "GIT_WORK_TREE": other.root,
        "GIT_INDEX_FILE": tmp_path / "index",
        "GIT_OBJECT_DIRECTORY": other.root / ".git" / "objects",
        "GIT_NAMESPACE": "x",
        "GIT_ALLOW_PROTOCOL": "none",
        "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": "core.bare",
        "GIT_CONFIG_VALUE_0": "no truth value",
    }.items():
        monkeypatch.setenv(name, str(value))
    mirror.update()
    assert mirror.branch("main") == commit


def test_no_hook_runs(origin: Repository, mirror: Mirror, tmp_path: Path) -> None:
    origin.commit({"a": "1"})
    mirror.update()
    for name in ("reference-transaction", "post-checkout", "update", "post-update"):
        hook = mirror.path / "hooks" / name
        hook.parent.mkdir(exist_ok=True)
        hook.write_text(f"#!/bin/sh\ntouch {tmp_path / 'ran'}\n")
        hook.chmod(0o755)
    origin.commit({"a": "2"})
    mirror.update()
    assert not (tmp_path / "ran").exists()
    # without megate, the hook runs
    subprocess.run(["git", "update-ref", "refs/heads/x", "main"], cwd=mirror.path, check=True)
    assert (tmp_path / "ran").exists()


def test_a_server_that_does_not_answer_is_given_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mirror_module, "TIMEOUT_S", 0.5)
    monkeypatch.setenv("GIT_SSH_COMMAND", "sleep 60;")
    mirror = Mirror(tmp_path / "mirror.git", "example.org:emodels")
    with pytest.raises(MegateError, match=r"example.org:emodels: git clone took longer than 0.5 s"):
        mirror.update()
    assert list(tmp_path.iterdir()) == []


def test_messages_of_git_are_shown_without_boilerplate(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GIT_SSH_COMMAND", "printf 'no \\033[31mroute' >&2; false")
    mirror = Mirror(tmp_path / "mirror.git", "example.org:emodels")
    with pytest.raises(MegateError) as caught:
        mirror.update()
    assert str(caught.value) == (
        "emodels_repo: cannot read example.org:emodels: no  [31mroutefatal: Could not read from "
        "remote repository."
    )


def test_without_git(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(MegateError, match=r"needs the program git, .* install it"):
        run_git("version")


def test_an_old_git_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = tmp_path / "git"
    program.write_text('#!/bin/sh\necho "error: unknown option \\`x\'" >&2\nexit 129\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    with pytest.raises(GitError, match=r"this git is too old; megate needs version 2\.29 or newer"):
        run_git("fetch", "--x")


def test_a_protocol_that_runs_programs_is_not_for_git_either(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also if the user's url.<x>.insteadOf turns an address into one."""
    ran = tmp_path / "ran"
    configuration = tmp_path / "gitconfig"
    configuration.write_text(
        f'[url "ext::touch {ran} %S "]\n insteadOf = https://example.org/\n'
        "[protocol]\n allow = always\n"
    )
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(configuration))
    mirror = Mirror(tmp_path / "mirror.git", "https://example.org/x")
    with pytest.raises(MegateError, match="transport 'ext' not allowed"):
        mirror.update()
    assert not ran.exists()


def test_a_damaged_copy_is_named(origin: Repository, mirror: Mirror) -> None:
    commit = origin.commit({"a": "1"})
    mirror.update()
    shutil.rmtree(mirror.path / "objects")
    with pytest.raises(MegateError, match=r"mirror\.git is damaged; delete it"):
        mirror.has(commit)


# ---- what is taken out ---------------------------------------------------------------------


def test_files_as_they_were_committed(origin: Repository, mirror: Mirror, tmp_path: Path) -> None:
    """Git attributes change no file. Their times are the commit's."""
    commit = origin.commit(
        {
            "package/.gitattributes": "* text eol=crlf ident filter=smudge export-subst\n"
            "left_out export-ignore\n",
            "package/a.txt": "$Id$ $Format:%H$\nline\n",
            "package/left_out": "1",
            "package/deep/er/größe.txt": "2",
            "else/b": "3",
        }
    )
    mirror.update()
    folder = exported(mirror, commit, tmp_path / "out", "package")
    found = {
        str(path.relative_to(folder)): path.read_text()
        for path in folder.rglob("*")
        if path.is_file()
    }
    assert found.pop(".gitattributes").startswith("* text")
    assert found == {
        "a.txt": "$Id$ $Format:%H$\nline\n",
        "left_out": "1",
        "deep/er/größe.txt": "2",
    }
    assert {path.stat().st_mtime for path in [folder, *folder.rglob("*")]} == {FIRST_DATE + 60}
    assert not (folder / "a.txt").stat().st_mode & stat.S_IWUSR


def test_no_filter_runs(
    origin: Repository, mirror: Mirror, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    configuration = tmp_path / "gitconfig"
    configuration.write_text(
        f'[filter "f"]\n smudge = touch {tmp_path / "ran"}\n required = true\n'
    )
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(configuration))
    commit = origin.commit({".gitattributes": "* filter=f\n", "a": "1"})
    mirror.update()
    assert (exported(mirror, commit, tmp_path / "out") / "a").read_text() == "1"
    assert not (tmp_path / "ran").exists()


def test_a_time_in_the_future_is_now(origin: Repository, mirror: Mirror) -> None:
    origin._date = int(time.time()) + 10**7
    commit = origin.commit({"a": "1"})
    mirror.update()
    assert abs(mirror.commit_time(commit) - time.time()) < 60


def test_no_folder(origin: Repository, mirror: Mirror) -> None:
    commit = origin.commit({"a/b": "1"})
    mirror.update()
    assert mirror.tree(commit, "a") == origin.git("rev-parse", f"{commit}:a")
    assert mirror.tree(commit, ".") == origin.git("rev-parse", f"{commit}^{{tree}}")
    for folder in ("gone", "a/b", "x tree 1"):
        assert mirror.tree(commit, folder) is None
    assert mirror.tree("0" * 40, ".") is None


def test_links_inside_stay_links(origin: Repository, mirror: Mirror, tmp_path: Path) -> None:
    (origin.root / "package" / "sub").mkdir(parents=True)
    (origin.root / "package" / "sub" / "up").symlink_to("../a.txt")
    (origin.root / "package" / "folder").symlink_to("sub")
    (origin.root / "package" / "dangling").symlink_to("nowhere")
    (origin.root / "package" / "loop").symlink_to("loop")
    commit = origin.commit({"package/a.txt": "1"})
    mirror.update()
    folder = exported(mirror, commit, tmp_path / "out", "package")
    assert (folder / "folder" / "up").read_text() == "1"
    assert (folder / "dangling").is_symlink()


@pytest.mark.parametrize(
    "target", ["/etc/passwd", "../../secret", "..", "sub/../../x", "sub/up/../../.."]
)
def test_links_that_lead_out_are_refused(
    target: str, origin: Repository, mirror: Mirror, tmp_path: Path
) -> None:
    (origin.root / "sub").mkdir()
    (origin.root / "sub" / "up").symlink_to("..")
    (origin.root / "link").symlink_to(target)
    commit = origin.commit({"a": "1"})
    mirror.update()
    with pytest.raises(MegateError, match="a link or name that is not safe: 'link' "):
        exported(mirror, commit, tmp_path / "out" / "x")
    assert list((tmp_path / "out").iterdir()) == []


@pytest.mark.parametrize("name", ["..", ".git", ".GIT"])
def test_odd_names_are_refused(
    name: str, origin: Repository, mirror: Mirror, tmp_path: Path
) -> None:
    listing = f"100644 blob {origin.blob('1')}\t{name}\n"
    inner = origin.tree(listing)
    commit = origin.commit_tree(f"040000 tree {inner}\tinner\n", "odd")
    mirror.update()
    with pytest.raises(MegateError, match=f"invalid path 'inner/{re.escape(name)}'"):
        exported(mirror, commit, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_submodules_are_left_out(origin: Repository, mirror: Mirror, tmp_path: Path) -> None:
    blob = origin.blob("1")
    commit = origin.commit_tree(f"100644 blob {blob}\ta\n160000 commit {'1' * 40}\tmodule\n", "odd")
    mirror.update()
    folder = exported(mirror, commit, tmp_path / "out")
    assert [path.name for path in folder.rglob("*") if path.is_file()] == ["a"]


def test_files_that_lie_elsewhere_are_named(
    origin: Repository, mirror: Mirror, tmp_path: Path
) -> None:
    pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 5\n"
    commit = origin.commit({"a": "1", "large.asc": pointer})
    mirror.update()
    with pytest.raises(MegateError, match=r"Git LFS.*:\n  - large\.asc$"):
        exported(mirror, commit, tmp_path / "out")


def test_contents(origin: Repository, mirror: Mirror) -> None:
    (origin.root / "link").symlink_to("d/b")
    (origin.root / "out").symlink_to("/etc/passwd")
    (origin.root / "dangling").symlink_to("gone")
    commit = origin.commit({"a": "", "d/b": "1\n2", "with space": "3"})
    mirror.update()
    expected = {"a": b"", "d/b": b"1\n2", "link": b"1\n2", "with space": b"3"}
    expected |= dict.fromkeys(["out", "dangling", "gone", "d", "d/b/c"])
    assert {name: mirror.file(commit, name) for name in expected} == expected


def test_errors_of_git_are_errors_for_the_user() -> None:
    assert issubclass(GitError, MegateError)
    assert run_git("version").startswith(b"git version")
