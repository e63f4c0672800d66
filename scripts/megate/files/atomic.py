"""Write files and folders that appear complete or not at all."""

import secrets
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from megate.files.writing import writing


@contextmanager
def written_whole(path: Path) -> Iterator[Path]:
    """Give a temporary path beside `path` that replaces it (also a link) at the end, or is removed
    if an error is raised. Missing folders are created.

    Raises:
        NotWrittenError: `path` cannot be written (disk full, no permission).
    """
    with _partial(path) as partial:
        yield partial
        partial.replace(path)


@contextmanager
def folder_written_whole(path: Path) -> Iterator[Path]:
    """As `written_whole`, for a folder: it replaces `path` and all its content."""
    with _partial(path) as partial:
        partial.mkdir()
        yield partial
        _remove([path])
        partial.replace(path)


@contextmanager
def folder_written_once(path: Path) -> Iterator[Path]:
    """As `folder_written_whole`, but a folder that exists at the end is kept: another process has
    written it meanwhile."""
    with _partial(path) as partial:
        partial.mkdir()
        yield partial
        try:
            partial.rename(path)
        except OSError:
            if not path.is_dir():
                raise
            _remove([partial])


@contextmanager
def new_or_none(*paths: Path) -> Iterator[None]:
    """Remove these files and folders first, and also if an error is raised."""
    _remove(paths)
    try:
        yield
    except BaseException:
        _remove(paths)
        raise


def write_text(path: Path, text: str) -> None:
    """Write a text file that appears complete or not at all."""
    with written_whole(path) as partial:
        partial.write_text(text)


@contextmanager
def _partial(path: Path) -> Iterator[Path]:
    # (process numbers are not unique: other machines may write the same file)
    partial = path.with_name(f".{path.name}.{secrets.token_hex(4)}.partial")
    with writing(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        with new_or_none(partial):
            yield partial


def _remove(paths: Iterable[Path]) -> None:
    for path in paths:
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
