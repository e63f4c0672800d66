"""Files that cannot be written: one sentence for the user, in place of a traceback."""

import errno
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from megate.core.errors import MegateError, listing

_FULL = {
    errno.ENOSPC: "make room",
    errno.EDQUOT: "make room, or have your quota raised",
    errno.EFBIG: "raise the largest size that a file may have (ulimit -f)",
}
_FORBIDDEN = dict.fromkeys(
    (errno.EACCES, errno.EPERM, errno.EROFS), "make it writable, or choose other `results`"
)
_IN_THE_WAY = dict.fromkeys(
    (errno.ENOTDIR, errno.EISDIR, errno.EEXIST), "move away what is in its place"
)
_ADVICE = _FULL | _FORBIDDEN | _IN_THE_WAY


class NotWrittenError(MegateError):
    """A file could not be written, for a reason outside megate: a full disk, no permission."""


def disk_is_full(error: BaseException) -> bool:
    """Whether this is what a full disk, or a used up quota, raises."""
    return isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT)


def not_written(path: Path | str, error: OSError) -> NotWrittenError:
    """That `path` could not be written, why, and what to do."""
    reason = os.strerror(error.errno).lower() if error.errno else str(error)
    advice = _ADVICE.get(error.errno, "mend that")
    return NotWrittenError(
        f"cannot write {path}: {reason}; {advice}, and start the same command again"
    )


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """Within this, `path` (a file, or a folder with files) is written.

    Raises:
        NotWrittenError: it cannot be, naming the file where the error does, else `path`. Errors
            that have nothing to do with writing there stay what they are.
    """
    try:
        yield
    except OSError as error:
        where = None if error.filename is None else Path(os.fsdecode(error.filename))
        elsewhere = where is not None and not where.absolute().is_relative_to(
            path.parent.absolute()
        )
        if error.errno not in _ADVICE or elsewhere:
            raise
        below = where is not None and where.absolute().is_relative_to(path.absolute())
        raise not_written(where if below else path, error) from error


def explained(error: OSError) -> NotWrittenError | None:
    """What an error means that was raised where nobody said what was being written; None if it
    need not come from writing."""
    name = error.filename2 or error.filename or "a file"
    if error.errno in _FULL or error.errno == errno.EROFS:
        return not_written(name, error)
    if error.errno in _FORBIDDEN:
        return NotWrittenError(
            f"cannot open {name}: {os.strerror(error.errno).lower()}; change who may read and "
            "write it, and start the same command again"
        )
    return None


def check_folders(folders: Iterable[Path | str]) -> None:
    """Refuse folders in whose place, or in the place of whose parents, there is a file.

    Raises:
        MegateError: naming the files.
    """
    places = dict.fromkeys(_nearest(Path(folder)) for folder in folders)
    _refuse([f"{place} is a file, expected a folder" for place in places if not place.is_dir()])


def check_writable(folders: Iterable[Path | str]) -> None:
    """Refuse folders that cannot be written to. Those that are not there yet will be made.

    Raises:
        MegateError: naming those that lack permission.
    """
    places = dict.fromkeys(_nearest(Path(folder)) for folder in folders)
    _refuse(
        [
            f"{place}: no permission to write in this folder"
            for place in places
            if not os.access(place, os.W_OK | os.X_OK)
        ]
    )


def _nearest(path: Path) -> Path:
    """The path itself or the nearest folder above it that is there."""
    return next(place for place in (path, *path.parents) if os.path.lexists(place))


def _refuse(problems: list[str]) -> None:
    if problems:
        raise MegateError(
            "results cannot be written; mend this, or choose another folder (`results`):"
            + listing(problems)
        )
