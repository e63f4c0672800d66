"""Messages for files that cannot be written."""

import errno
import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from megate.core.errors import MegateError, listing

DISK_FULL = (errno.ENOSPC, errno.EDQUOT)
# of a machine that lacks processes, memory or open files, or of a network file system
TEMPORARY = (
    *(errno.EAGAIN, errno.ENOMEM, errno.EMFILE, errno.ENFILE),
    *(errno.EIO, errno.ESTALE, errno.ETIMEDOUT),
)
_FULL = {
    errno.ENOSPC: "make room",
    errno.EDQUOT: "make room, or have your quota raised",
    errno.EFBIG: "raise the largest size that a file may have (ulimit -f)",
}
_FORBIDDEN = (errno.EACCES, errno.EPERM, errno.EROFS)
_IN_THE_WAY = (errno.ENOTDIR, errno.EISDIR, errno.EEXIST)
_ADVICE = (
    _FULL
    | dict.fromkeys(_FORBIDDEN, "make it writable, or choose other `results`")
    | dict.fromkeys(_IN_THE_WAY, "move away what is in its place")
)


class NotWrittenError(MegateError):
    """A file could not be written because of a full disk or a missing permission."""


def not_written(path: Path | str, error: OSError) -> NotWrittenError:
    """Return the error for a `path` that could not be written, with the reason and what to do."""
    reason = os.strerror(error.errno).lower() if error.errno else str(error)
    advice = _ADVICE.get(error.errno or 0, "fix this")
    return NotWrittenError(
        f"cannot write {path}: {reason}; {advice}, and start the same command again"
    )


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """Turn errors from writing `path` (a file, or a folder with files) into a message.

    Raises:
        NotWrittenError: naming the file below `path` if the error has one, else `path`. Errors
            about files elsewhere, and errors that do not come from writing, are not changed.
    """
    try:
        yield
    except OSError as error:
        where = path if error.filename is None else Path(os.fsdecode(error.filename))
        if error.errno not in _ADVICE or not _is_below(where, path.parent):
            raise
        raise not_written(where if _is_below(where, path) else path, error) from error


def _is_below(path: Path, folder: Path) -> bool:
    return path.absolute().is_relative_to(folder.absolute())


def explained(error: OSError) -> NotWrittenError | None:
    """Return the message for an error outside of `writing`; None if it may have another cause."""
    name = error.filename2 or error.filename or "a file"
    if error.errno in _FULL or error.errno == errno.EROFS:
        return not_written(name, error)
    if error.errno in _FORBIDDEN:
        return NotWrittenError(
            f"cannot open {name}: {os.strerror(error.errno).lower()}; change its permissions, and "
            "start the same command again"
        )
    return None


def check_folders(folders: Iterable[Path | str]) -> None:
    """Raise a `MegateError` if folders cannot be created because they, or a parent, are a file."""
    _refuse(folders, lambda place: not place.is_dir(), " is a file, expected a folder")


def check_writable(folders: Iterable[Path | str]) -> None:
    """Raise a `MegateError` if folders, or the nearest parents of new folders, are not writable."""
    _refuse(
        folders,
        lambda place: not os.access(place, os.W_OK | os.X_OK),
        ": no permission to write in this folder",
    )


def _refuse(folders: Iterable[Path | str], is_wrong: Callable[[Path], bool], problem: str) -> None:
    places = {
        next(place for place in (path, *path.parents) if os.path.lexists(place)): None
        for path in map(Path, folders)
    }
    problems = [f"{place}{problem}" for place in places if is_wrong(place)]
    if problems:
        raise MegateError(
            "results cannot be written; fix this, or choose another folder (`results`):"
            + listing(problems)
        )
