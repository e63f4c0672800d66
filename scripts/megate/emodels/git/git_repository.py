"""A bare copy of a git repository: made once, brought up to date when asked, read without network.

Names of branches and tags are looked up in git's list of them: none is ever an argument.
"""

import re
import subprocess
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from io import BufferedReader
from pathlib import Path

from megate.config.git_address import is_folder, shown_address
from megate.core.errors import MegateError
from megate.emodels.git.git_program import GitError, git, git_started
from megate.files.atomic import folder_written_once

CLONE_TIMEOUT_S = 600
MAX_BYTES = 10**9
_ID = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
_SHORT_ID = re.compile(r"[0-9a-f]{4,64}")
_REFS = ["+refs/heads/*:refs/heads/*", "+refs/tags/*:refs/tags/*"]


@dataclass(frozen=True)
class TreeEntry:
    """A file of a tree, or a folder (mode 040000), a link (120000), another repository (160000).

    Attributes:
        path: relative to the tree
        blob: id of its content
        size: bytes
    """

    path: str
    mode: str
    blob: str
    size: int


def is_commit_id(text: object) -> bool:
    """Whether it is the full id of a commit."""
    return isinstance(text, str) and bool(_ID.fullmatch(text))


class Mirror:
    """The copy, in the folder `path`, of the repository at `address`."""

    def __init__(self, path: Path, address: str) -> None:
        self.path = path
        self._address = address

    @property
    def exists(self) -> bool:
        """Whether it is there, whole."""
        return self.path.is_dir()

    def clone(self) -> None:
        """Make it. Where another process makes it at the same time, one of the two stays.

        Raises:
            MegateError: with git's own words.
        """
        with folder_written_once(self.path) as partial:
            self._fetch("clone", "--bare", "--no-local", "--template=", "--quiet", "--", to=partial)
            # the address may have a password, and is given for each fetch
            git("config", "--remove-section", "remote.origin", directory=partial)

    def fetch(self) -> None:
        """Bring all branches and tags up to date; what they have left behind stays.

        Raises:
            MegateError: with git's own words.
        """
        options = ["--quiet", "--prune", "--no-write-fetch-head", "--no-tags"]
        self._fetch("fetch", *options, "--", refs=_REFS)

    def fetch_commits(self, commits: Sequence[str]) -> None:
        """Fetch commits that no branch and no tag leads to (any more).

        Raises:
            MegateError: the server does not have them, or does not give them away so.
        """
        refs = [f"{commit}:refs/megate/{commit}" for commit in commits]
        self._fetch("fetch", "--quiet", "--no-write-fetch-head", "--no-tags", "--", refs=refs)

    def _fetch(self, *arguments: str, to: Path | None = None, refs: Sequence[str] = ()) -> None:
        self.__dict__.pop("_refs", None)
        if is_folder(self._address) and not Path(self._address).exists():
            raise MegateError(f"emodels_repo: directory not found: {self._address}")
        try:
            git(
                *arguments,
                self._address,
                *([] if to is None else [str(to)]),
                *refs,
                directory=self.path if to is None else None,
                timeout_s=CLONE_TIMEOUT_S,
                address=self._address,
            )
        except GitError as error:
            raise MegateError(
                f"emodels_repo: cannot read {shown_address(self._address)}: {error}"
            ) from error

    @cached_property
    def _refs(self) -> dict[str, str]:
        """Branches (refs/heads/...) and tags (refs/tags/...), with the commits they stand for."""
        lines = git(
            "for-each-ref",
            "--format=%(refname) %(objecttype) %(objectname) %(*objecttype) %(*objectname)",
            directory=self.path,
        )
        refs = {}
        for line in lines.decode(errors="surrogateescape").split("\n"):
            name, *rest = line.split(" ")
            for kind, commit in zip(rest[::2], rest[1::2], strict=True):
                if kind == "commit":
                    refs[name] = commit
        return refs

    def branch(self, name: str) -> str | None:
        """The commit at the end of a branch; None if there is no such branch."""
        return self._refs.get(f"refs/heads/{name}")

    def resolve(self, revision: str) -> str | None:
        """The commit that a commit's id (also the start of one), a tag or a branch stands for, in
        the order that `git checkout` has in a clone. None if there is none."""
        if is_commit_id(revision):
            return revision if self.has(revision) else None
        for name in (
            f"refs/tags/{revision}",
            f"refs/heads/{revision}",
            f"refs/heads/{revision.removeprefix('origin/')}",
        ):
            if name in self._refs:
                return self._refs[name]
        if not _SHORT_ID.fullmatch(revision):
            return None
        return next(self.objects([f"{revision}^{{commit}}"]))

    def has(self, commit: str) -> bool:
        """Whether the commit with this (full) id is there."""
        return next(self.objects([f"{commit}^{{commit}}"])) is not None

    def trees(self, places: Sequence[tuple[str, str]]) -> list[str | None]:
        """The ids of folders' trees at commits; None where there is no such commit or folder.

        Args:
            places: (commit, folder); a folder is relative to the repository, and printable text
                without ``..``; ``.`` is all
        """
        names = [f"{commit}:{'' if folder == '.' else folder}" for commit, folder in places]
        return list(self.objects(names, "tree"))

    def objects(self, names: Iterable[str], kind: str = "commit") -> Iterator[str | None]:
        """The full ids of what git calls by these names; None where there is none of this kind."""
        with git_started("cat-file", "--batch-check", directory=self.path) as process:
            for name in names:
                words = self._asked(process, name)
                yield words[0] if words[1:2] == [kind] else None

    def commit_times(self, commits: Iterable[str]) -> dict[str, int]:
        """When commits were made, s since 1970; not later than now, whatever they say.

        Args:
            commits: full ids, of commits that are there
        """
        options = ["--no-walk", "--no-show-signature", "--no-color", "--format=%H %ct"]
        lines = git("log", *options, *sorted(set(commits)), "--", directory=self.path).decode()
        pairs = (line.split(" ") for line in lines.splitlines())
        now = int(time.time())
        return {commit: min(int(when or 0), now) for commit, when in pairs}

    def entries(self, tree: str) -> Iterator[TreeEntry]:
        """All that a tree has, in all its folders. A hostile one has no end: stop in time."""
        listing = ["ls-tree", "-r", "-t", "-z", "-l", "--full-tree", tree]
        with git_started(*listing, directory=self.path) as process:
            for record in _records(process.stdout):
                about, path = record.split(b"\t", 1)
                mode, _, blob, size = about.decode().split()
                size = int(size) if size.isdigit() else 0
                yield TreeEntry(path.decode(errors="surrogateescape"), mode, blob, size)
            if process.wait(timeout=60):
                raise MegateError(f"{self.path} is damaged; delete it: it is cloned anew")

    def contents(self, names: Iterable[str]) -> Iterator[bytes | None]:
        """What files hold, as it was committed: no filter of git's (LFS, line ends) has a part in
        it. None for one that is not there, or not a file.

        Args:
            names: blobs' ids, or commit:path; links inside the repository are followed
        """
        options = ["--batch", "--follow-symlinks"]
        with git_started("cat-file", *options, directory=self.path) as process:
            for name in names:
                words = self._asked(process, name)
                content = None
                if words[-1].isdigit() and len(words) <= 3:  # else "... missing", or the like
                    if int(words[-1]) > MAX_BYTES:
                        raise MegateError(f"a file of {int(words[-1]) / 1e9:.1f} GB is too large")
                    content = process.stdout.read(int(words[-1]))
                    process.stdout.read(1)  # the line's end
                yield content if words[1:2] == ["blob"] else None

    def _asked(self, process: subprocess.Popen, name: str) -> list[str]:
        """The first line of the answer of `git cat-file --batch`: <id> <kind> <size>, or, in place
        of id and kind, why there is none."""
        words = []
        with suppress(BrokenPipeError):
            process.stdin.write(name.encode(errors="surrogateescape") + b"\n")
            process.stdin.flush()
            words = process.stdout.readline().decode(errors="replace").split()
        if not words:
            raise MegateError(f"{self.path} is damaged; delete it: it is cloned anew")
        return words


def _records(stream: BufferedReader) -> Iterator[bytes]:
    """What ends with NUL each."""
    rest = b""
    while chunk := stream.read1(1 << 16):
        *records, rest = (rest + chunk).split(b"\0")
        yield from records
