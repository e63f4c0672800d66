"""A real disk that is soon full, and processes for which permissions count."""

import ctypes
import errno
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

_PR_CAPBSET_DROP, _CAP_DAC_OVERRIDE = 24, 1  # <linux/prctl.h>, <linux/capability.h>


@contextmanager
def small_disk(folder: Path, kilobytes: int) -> Iterator[None]:
    """Mount an empty file system of this size at `folder`; skips the test where that is not
    permitted. Pages of 4 KiB: that is what the smallest file takes."""
    folder.mkdir(parents=True, exist_ok=True)
    command = ["mount", "-t", "tmpfs", "-o", f"size={kilobytes}k", "tmpfs", str(folder)]
    if os.geteuid() != 0:
        pytest.skip("only root may mount a small disk")
    mounted = subprocess.run(command, capture_output=True, text=True, check=False)
    if mounted.returncode != 0:
        pytest.skip(f"no small disk: {mounted.stderr.strip()}")
    try:
        yield
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


def fill(folder: Path) -> Path:
    """Fill the disk that `folder` is on, which must be a small one; the file that does."""
    path = folder / "filler"
    with path.open("wb", buffering=0) as file:
        while True:
            try:
                file.write(bytes(1024))
            except OSError as error:
                assert error.errno == errno.ENOSPC
                return path


def without_privileges() -> None:
    """Let permissions count for the program that this process starts next, also if it is root's."""
    if os.geteuid() == 0:
        ctypes.CDLL(None, use_errno=True).prctl(_PR_CAPBSET_DROP, _CAP_DAC_OVERRIDE, 0, 0, 0)


def need_permissions(folder: Path) -> None:
    """Skip the test where permissions do not count whatever is done."""
    folder.chmod(0o555)
    try:
        code = f"open({str(folder / 'probe')!r}, 'w')"
        command = [sys.executable, "-c", code]
        probe = subprocess.run(
            command, preexec_fn=without_privileges, capture_output=True, check=False
        )
        if probe.returncode == 0:
            pytest.skip("permissions do not count here")
    finally:
        folder.chmod(0o755)
        (folder / "probe").unlink(missing_ok=True)
