"""Write a file or a folder that appears whole or not at all."""

import os
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from megate.files.writing import writing


@contextmanager
def written_whole(path: Path) -> Iterator[Path]:
    """Give a path beside `path` to write to; what was written takes its place at the end, and is
    gone if something failed. The folder is made. A link in its place goes, and what it leads to
    stays as it is.

    Raises:
        NotWrittenError: `path` cannot be written, for want of room or permission.
    """
    partial = _partial(path)
    with writing(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            yield partial
            partial.replace(path)
        finally:
            partial.unlink(missing_ok=True)


@contextmanager
def folder_written_whole(path: Path) -> Iterator[Path]:
    """Give a new folder beside `path` to write to; it takes the place of `path` and all that was in
    it at the end, and is gone if something failed.

    Raises:
        NotWrittenError: as `written_whole`.
    """
    partial = _partial(path)
    with writing(path):
        partial.mkdir(parents=True)
        try:
            yield partial
            _remove([path])
            partial.replace(path)
        finally:
            shutil.rmtree(partial, ignore_errors=True)


@contextmanager
def folder_written_once(path: Path) -> Iterator[Path]:
    """As `folder_written_whole`, but a folder that is there at the end stays: another process was
    faster.

    Raises:
        NotWrittenError: as `written_whole`.
    """
    partial = _partial(path)
    with writing(path):
        shutil.rmtree(partial, ignore_errors=True)  # of a process of this number that was killed
        partial.mkdir(parents=True)
        try:
            yield partial
            try:
                partial.rename(path)
            except OSError:
                if not path.is_dir():
                    raise
        finally:
            shutil.rmtree(partial, ignore_errors=True)


@contextmanager
def new_or_none(*paths: Path) -> Iterator[None]:
    """Remove these files and folders, and again if something failed."""
    _remove(paths)
    try:
        yield
    except BaseException:
        _remove(paths)
        raise


def _remove(paths: Iterable[Path]) -> None:
    for path in paths:
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)


def write_text(path: Path, text: str) -> None:
    """Write a text file that appears whole or not at all."""
    with written_whole(path) as partial:
        partial.write_text(text)


def _partial(path: Path) -> Path:
    return path.with_name(f".{path.name}.{os.getpid()}.partial")
