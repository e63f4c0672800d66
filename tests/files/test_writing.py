"""Full disks and missing permissions: one message, and no partial files."""

import errno
import os
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pytest
from small_disk import fill, need_permissions, small_disk, without_privileges

from megate.core.errors import MegateError
from megate.files.atomic import folder_written_whole, new_or_none, write_text, written_whole
from megate.files.writing import (
    NotWrittenError,
    check_folders,
    check_writable,
    explained,
    writing,
)
from megate.processes.child import run_in_child
from megate.scores.shards import write_table

FULL = f"{os.strerror(errno.ENOSPC).lower()}; make room, and start the same command again"
DENIED = os.strerror(errno.EACCES).lower()


def to_dev_full() -> None:
    """What a full disk says, without one."""
    Path("/dev/full").write_text("x")


@pytest.mark.parametrize("old", [None, "old"])
def test_a_file_appears_whole_or_not_at_all(old: str | None, tmp_path: Path):
    path = tmp_path / "file"
    if old:
        path.write_text(old)
    with pytest.raises(NotWrittenError) as caught, written_whole(path) as partial:
        partial.write_text("half")
        to_dev_full()
    assert str(caught.value) == f"cannot write {path}: {FULL}"
    assert [other.read_text() for other in tmp_path.iterdir()] == ([old] if old else [])


def test_a_folder_appears_whole_or_not_at_all(tmp_path: Path):
    path = tmp_path / "folder"
    path.mkdir()
    (path / "old").touch()
    with pytest.raises(NotWrittenError, match=f"cannot write {path}: {FULL}"):  # noqa: SIM117
        with folder_written_whole(path) as partial:
            (partial / "new").touch()
            to_dev_full()
    assert [str(other.relative_to(tmp_path)) for other in sorted(tmp_path.rglob("*"))] == [
        "folder",
        "folder/old",
    ]
    with folder_written_whole(path) as partial:
        (partial / "new").touch()
    assert [other.name for other in path.iterdir()] == ["new"]
    assert [other.name for other in tmp_path.iterdir()] == ["folder"]


def test_nothing_is_written_through_a_link(tmp_path: Path):
    """A link in the place of a result goes; what it leads to is not the run's to change."""
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "file").write_text("mine")
    file, folder, new = tmp_path / "file", tmp_path / "folder", tmp_path / "new"
    file.symlink_to(outside / "file")
    folder.symlink_to(outside)
    new.symlink_to(outside)
    write_text(file, "a result")
    with folder_written_whole(folder) as partial:
        (partial / "file").write_text("a result")
    with new_or_none(new):
        assert not new.is_symlink()
    for path in (file, folder):
        assert not path.is_symlink()
    assert file.read_text() == (folder / "file").read_text() == "a result"
    assert [path.read_text() for path in outside.iterdir()] == ["mine"]


def test_what_is_not_made_anew_is_gone(tmp_path: Path):
    old, folder, never = (tmp_path / name for name in ("old", "folder", "never"))
    folder.mkdir()
    for path in (old, folder / "file"):
        path.touch()
    with new_or_none(old, folder, never):
        assert not old.exists()
        old.write_text("new")
    assert [path.read_text() for path in tmp_path.iterdir()] == ["new"]
    with pytest.raises(ZeroDivisionError), new_or_none(old, folder, never):
        old.write_text("newer")
        folder.mkdir()
        raise ZeroDivisionError
    assert list(tmp_path.iterdir()) == []


def write_csv(path: Path) -> None:
    with written_whole(path) as partial:
        pd.DataFrame({"a": range(100_000)}).to_csv(partial)


WRITERS = {
    "text": lambda path: write_text(path, "x" * 100_000),
    "csv": write_csv,
    "parquet": lambda path: write_table(
        path, pa.table({"a": [os.urandom(16) for _ in range(10_000)]})
    ),
}


@pytest.mark.parametrize("kind", WRITERS)
def test_a_full_disk(kind: str, tmp_path: Path):
    with small_disk(tmp_path / "disk", 64):
        path = tmp_path / "disk" / "folder" / "file"
        with pytest.raises(NotWrittenError) as caught:
            WRITERS[kind](path)
        assert str(caught.value) == f"cannot write {path}: {FULL}"
        assert list(path.parent.iterdir()) == []


LIMITED = """
import resource, sys
from pathlib import Path
from megate.files.atomic import write_text
resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
write_text(Path(sys.argv[1]), "x" * 5000)
"""


def test_a_file_that_may_not_be_that_large(tmp_path: Path):
    path = tmp_path / "file"
    done = subprocess.run(
        [sys.executable, "-c", LIMITED, str(path)],
        env=os.environ | {"PYTHONPATH": str(Path(__file__).parents[2] / "scripts")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert f"cannot write {path}: {os.strerror(errno.EFBIG).lower()}; raise" in done.stderr
    assert list(tmp_path.iterdir()) == []


FORBIDDEN = """
import sys
from pathlib import Path
from megate.files.atomic import write_text
from megate.core.errors import MegateError
from megate.files.writing import check_writable
folder = Path(sys.argv[1])
for attempt in (lambda: write_text(folder / "file", "x"), lambda: write_text(folder / "a/b", "x"),
                lambda: check_writable([folder, folder / "below", folder.parent])):
    try:
        attempt()
    except MegateError as error:
        print(error)
"""


def test_a_folder_that_may_not_be_written_to(tmp_path: Path):
    folder = tmp_path / "folder"
    folder.mkdir()
    need_permissions(folder)
    folder.chmod(0o555)
    done = subprocess.run(
        [sys.executable, "-c", FORBIDDEN, str(folder)],
        env=os.environ | {"PYTHONPATH": str(Path(__file__).parents[2] / "scripts")},
        preexec_fn=without_privileges,
        capture_output=True,
        text=True,
        check=False,
    )
    folder.chmod(0o755)
    advice = "make it writable, or choose other `results`, and start the same command again"
    assert done.stdout.splitlines() == [
        f"cannot write {folder}/file: {DENIED}; {advice}",
        f"cannot write {folder}/a/b: {DENIED}; {advice}",
        "results cannot be written; fix this, or choose another folder (`results`):",
        f"  - {folder}: no permission to write in this folder",
    ]


def test_a_file_where_a_folder_should_be(tmp_path: Path):
    (tmp_path / "file").touch()
    with pytest.raises(NotWrittenError, match=r"cannot write .*/file/x: .*; move away what is in"):
        write_text(tmp_path / "file" / "x", "")
    with pytest.raises(MegateError) as caught:
        check_folders([tmp_path, tmp_path / "new", tmp_path / "file" / "x" / "y"])
    assert str(caught.value).splitlines()[1:] == [
        f"  - {tmp_path}/file is a file, expected a folder"
    ]
    check_folders([tmp_path, tmp_path / "new" / "newer"])
    check_writable([tmp_path, tmp_path / "new" / "newer"])


def test_errors_of_other_files_stay_what_they_are(tmp_path: Path):
    with pytest.raises(FileNotFoundError), writing(tmp_path / "file"):
        (tmp_path / "input").read_text()
    elsewhere = PermissionError(errno.EACCES, "no", "/somewhere/else")
    with pytest.raises(PermissionError), writing(tmp_path / "file"):
        raise elsewhere
    assert explained(FileNotFoundError(errno.ENOENT, "no", "x")) is None
    assert f"cannot open /somewhere/else: {DENIED}" in str(explained(elsewhere))


def test_a_file_below_a_folder_is_named(tmp_path: Path):
    with (
        pytest.raises(NotWrittenError, match=f"cannot write {tmp_path}/a.csv: "),
        writing(tmp_path),
    ):
        raise OSError(errno.EDQUOT, "no", str(tmp_path / "a.csv"))
    with (
        pytest.raises(NotWrittenError, match=f"cannot write {tmp_path}: {FULL}"),
        writing(tmp_path),
    ):
        to_dev_full()


def much(characters: int) -> str:
    """Runs in a child."""
    return "x" * characters


def full(file: str) -> None:
    """Runs in a child: a package that meets a full disk."""
    Path(file).write_text("x")


@pytest.fixture
def findable(monkeypatch: pytest.MonkeyPatch) -> None:
    here = Path(__file__).parent
    monkeypatch.setenv("PYTHONPATH", f"{here}{os.pathsep}{here.parent / 'support'}")


def test_a_child_that_cannot_write_has_no_result(findable: None, tmp_path: Path):
    module = Path(__file__).stem
    with pytest.raises(NotWrittenError, match=FULL):
        run_in_child(f"{module}:full", {"file": "/dev/full"}, tmp_path, tmp_path / "log")


def test_a_childs_reply_without_room(
    findable: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    module = Path(__file__).stem
    with small_disk(tmp_path / "tmp", 64):
        monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "tmp"))
        value, _ = run_in_child(f"{module}:much", {"characters": 1000}, tmp_path, tmp_path / "log")
        assert value == "x" * 1000
        with pytest.raises(NotWrittenError, match=rf"cannot write .*reply\.json: {FULL}"):
            run_in_child(f"{module}:much", {"characters": 200_000}, tmp_path, tmp_path / "log")
        fill(tmp_path / "tmp")
        with pytest.raises((NotWrittenError, OSError)) as caught:
            run_in_child(f"{module}:much", {"characters": 1}, tmp_path, tmp_path / "log")
        assert os.strerror(errno.ENOSPC).lower() in str(caught.value).lower()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["log", "tmp"]
