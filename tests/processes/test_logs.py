"""logs: lines in order, and no traceback where a message is enough."""

import errno
import logging
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from megate.core.errors import MegateError
from megate.processes.logs import job_log


@pytest.fixture(autouse=True)
def restored_logging() -> Iterator[None]:
    root = logging.getLogger()
    before = root.handlers[:], root.level
    yield
    root.handlers[:], root.level = before
    logging.captureWarnings(False)


def test_what_a_child_process_appends_is_kept(tmp_path: Path):
    path = tmp_path / "log"
    path.write_text("an earlier run\n")
    with job_log(path):
        logging.getLogger("a").info("before")
        with path.open("a") as child:
            child.write("printed by a child\n")
        logging.getLogger("a").info("after")
    lines = path.read_text().splitlines()
    assert [line.split()[-1] for line in lines] == ["before", "child", "after"]


def test_a_message_for_the_user_ends_the_job(tmp_path: Path, capsys: pytest.CaptureFixture):
    with pytest.raises(SystemExit) as caught, job_log(tmp_path / "log"):
        raise MegateError("recipe: file not found: x")
    assert caught.value.code == 1
    screen = capsys.readouterr().err
    assert screen == "megate: recipe: file not found: x\n"
    log = (tmp_path / "log").read_text()
    assert "recipe: file not found: x" in log
    assert "Traceback" not in log


def test_an_unexpected_error_leaves_its_traceback_in_the_log(tmp_path: Path):
    with pytest.raises(SystemExit), job_log(tmp_path / "log"):
        raise ZeroDivisionError("oops")
    assert "ZeroDivisionError: oops" in (tmp_path / "log").read_text()


def test_a_job_says_it_in_one_line(tmp_path: Path, capsys: pytest.CaptureFixture):
    with pytest.raises(SystemExit) as caught, job_log(tmp_path / "log"):
        Path("/dev/full").write_text("x")
    assert caught.value.code == 1
    screen = capsys.readouterr().err
    reason = os.strerror(errno.ENOSPC).lower()
    assert screen == (
        f"megate: cannot write a file: {reason}; make room, and start the same command again\n"
    )
    assert "Traceback" not in (tmp_path / "log").read_text()


def test_a_log_that_cannot_be_made(tmp_path: Path):
    with pytest.raises(SystemExit, match=r"megate: cannot write .*/no/log: "):  # noqa: SIM117
        with job_log(tmp_path / "no" / "log"):
            pass


def test_a_log_without_room_hides_nothing(tmp_path: Path, capsys: pytest.CaptureFixture):
    (tmp_path / "log").symlink_to("/dev/full")
    with pytest.raises(SystemExit), job_log(tmp_path / "log"):
        raise MegateError("recipe: file not found: x")
    assert capsys.readouterr().err == "megate: recipe: file not found: x\n"
