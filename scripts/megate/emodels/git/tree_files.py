"""Take the files of a git tree out, as they were committed, without trusting the tree."""

import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path, PurePosixPath

from megate.core.errors import MegateError, listing
from megate.emodels.git.git_repository import MAX_BYTES, Mirror, TreeEntry
from megate.files.atomic import folder_written_once

MAX_FILES = 100_000
_LINK, _NO_FILES = "120000", ("040000", "160000")
_LONGEST = (200, 1000)  # bytes of a name, and of a path in the tree
_LARGE_FILE = b"version https://git-lfs.github.com/spec/"


def take_out(mirror: Mirror, tree: str, folder: Path, time: int) -> None:
    """Write a tree's files to a new `folder`, which appears whole or not at all. All their times
    are `time` (s since 1970), so that they are the same whenever this is done. Submodules are
    left out, as by `git archive`.

    Raises:
        MegateError: the tree is too large, has names or links that lead out of it, or files that
            lie elsewhere (Git LFS).
    """
    entries = _checked(mirror.entries(tree))
    files = [entry for entry in entries if entry.mode != _LINK]
    links = [entry for entry in entries if entry.mode == _LINK]
    with folder_written_once(folder) as partial:
        _write_files(partial, files, mirror.contents(entry.blob for entry in files))
        # at last, so that no file is written through one
        _make_links(partial, links, mirror.contents(entry.blob for entry in links))
        for path in [partial, *partial.rglob("*")]:
            os.utime(path, (time, time), follow_symlinks=False)


def _checked(entries: Iterable[TreeEntry]) -> list[TreeEntry]:
    """The files and links among them.

    Raises:
        MegateError: one cannot be taken out; there are too many, or too large ones.
    """
    kept: list[TreeEntry] = []
    size = 0
    for number, entry in enumerate(entries):
        size += entry.size
        if number == MAX_FILES or size > MAX_BYTES:
            raise MegateError(
                f"it has more than {MAX_FILES:,} files and folders, or more than "
                f"{MAX_BYTES / 1e9:g} GB"
            )
        if entry.mode not in _NO_FILES:
            kept.append(entry)
    problems = [f"{entry.path!r}" for entry in kept if not _stays_inside(entry.path)]
    if problems:
        raise MegateError("it has files whose names cannot be used:" + listing(problems))
    twice = sorted(_twice(kept))
    if twice:
        raise MegateError("it has files twice:" + listing([repr(path) for path in twice]))
    return kept


def _stays_inside(path: str) -> bool:
    """Whether a path, as a tree has it, names a file below the folder that the tree becomes."""
    parts = path.split("/")
    longest_name, longest_path = _LONGEST
    return (
        path.isprintable()
        and len(os.fsencode(path)) <= longest_path
        and all(part not in ("", ".", "..") and part.lower() != ".git" for part in parts)
        and all(len(os.fsencode(part)) <= longest_name for part in parts)
    )


def _twice(entries: Sequence[TreeEntry]) -> set[str]:
    """Paths that stand there twice, or once as a file and once as a folder."""
    seen: set[str] = set()
    twice = {entry.path for entry in entries if entry.path in seen or seen.add(entry.path)}
    folders = {str(folder) for path in seen for folder in PurePosixPath(path).parents}
    return twice | (seen & folders)


def _write_files(
    folder: Path, files: Sequence[TreeEntry], contents: Iterator[bytes | None]
) -> None:
    elsewhere = []
    for entry, content in zip(files, contents, strict=True):
        if content is None:
            raise MegateError(f"{entry.path}: the repository lacks what it holds")
        if content.startswith(_LARGE_FILE):
            elsewhere.append(entry.path)
            continue
        path = folder / entry.path
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("xb") as file:
            file.write(content)
        path.chmod(0o444)  # what is changed is changed in the repository
    if elsewhere:
        raise MegateError(
            "it has files that lie elsewhere (Git LFS), which megate does not fetch:"
            + listing(elsewhere)
        )


def _make_links(folder: Path, links: Sequence[TreeEntry], contents: Iterator[bytes | None]) -> None:
    outside = []
    for entry, content in zip(links, contents, strict=True):
        path = folder / entry.path
        path.parent.mkdir(parents=True, exist_ok=True)
        with suppress(ValueError, OSError):  # a target that no file system takes: no link
            path.symlink_to(os.fsdecode(content or b""))
    for entry in links:
        target = Path(os.path.realpath(folder / entry.path))
        if not target.is_relative_to(folder.resolve()):
            outside.append(f"{entry.path} -> {(folder / entry.path).readlink()}")
    if outside:
        raise MegateError("it has links that lead out of the e-model's folder:" + listing(outside))
