"""A bare copy of a git repository: cloned once, fetched when asked, read without network.

Names of branches and tags are looked up in the list of them. None is an argument of git.
"""

import os
import re
import tarfile
import time
from collections.abc import Sequence
from contextlib import suppress
from functools import cached_property
from pathlib import Path
from tempfile import NamedTemporaryFile

from megate.config.git_address import is_folder, shown_address
from megate.core.errors import MegateError, listing
from megate.emodels.git.command import GitError, run_git
from megate.emodels.git.revisions import is_commit_id
from megate.files.atomic import folder_written_once

TIMEOUT_S = 600  # of what may take long: clone, fetch, archive
_REFS = ("+refs/heads/*:refs/heads/*", "+refs/tags/*:refs/tags/*")
_AS_COMMITTED = "* -text -eol -ident -filter -working-tree-encoding -export-ignore -export-subst\n"
_LFS_POINTER = b"version https://git-lfs.github.com/spec/"


class Mirror:
    """The copy, in the folder `path`, of the repository at `address`."""

    def __init__(self, path: Path, address: str) -> None:
        self.path = path
        self._address = address

    def update(self) -> None:
        """Clone the repository, or bring branches and tags up to date. All commits stay.

        Raises:
            GitError: the repository cannot be read.
        """
        self.__dict__.pop("_refs", None)
        if is_folder(self._address) and not Path(self._address).exists():
            raise GitError(f"emodels_repo: directory not found: {self._address}")
        try:
            if self.path.is_dir():
                self._fetch("--prune", refs=_REFS)
                return
            with folder_written_once(self.path) as partial:
                options = ("--bare", "--no-local", "--template=", "--quiet", "--")
                self._connect("clone", *options, self._address, str(partial))
                # the address may contain a password
                run_git("config", "--remove-section", "remote.origin", directory=partial)
        except GitError as error:
            raise GitError(
                f"emodels_repo: cannot read {shown_address(self._address)}: {error}"
            ) from error

    def _fetch(self, *options: str, refs: Sequence[str]) -> None:
        arguments = (*options, "--quiet", "--no-write-fetch-head", "--no-tags", "--", self._address)
        self._connect("fetch", *arguments, *refs, directory=self.path)

    def _connect(self, *arguments: str, directory: Path | None = None) -> None:
        run_git(*arguments, directory=directory, timeout_s=TIMEOUT_S, address=self._address)

    def has(self, commit: str) -> bool:
        """Whether the commit with this full id is here."""
        return self.path.is_dir() and self._id(f"{commit}^{{commit}}", "commit") is not None

    def obtain(self, commit: str) -> bool:
        """As `has`, but ask the server for a commit that no branch and no tag contains (any
        more)."""
        if not self.has(commit):
            with suppress(GitError):
                self._fetch(refs=[f"{commit}:refs/megate/{commit}"])
        return self.has(commit)

    @cached_property
    def _refs(self) -> dict[str, str]:
        """Branches (refs/heads/...) and tags (refs/tags/...): the commit of each."""
        if not self.path.is_dir():
            return {}
        columns = "--format=%(refname) %(objectname) %(*objectname)"
        lines = self._read("for-each-ref", columns).decode(errors="replace")
        words = (line.split() for line in lines.splitlines())
        return {name: ids[-1] for name, *ids in words}

    def branch(self, name: str) -> str | None:
        """The newest commit of a branch; None if there is no such branch."""
        return self._refs.get(f"refs/heads/{name}")

    def resolve(self, revision: str) -> str | None:
        """The commit that a tag, a branch or a commit's id (also its first digits) stands for, as
        for `git checkout` in a clone; None if there is none."""
        if is_commit_id(revision):
            return revision if self.obtain(revision) else None
        is_short_id = re.fullmatch("[0-9a-f]{4,64}", revision)
        found = (
            self._refs.get(f"refs/tags/{revision}")
            or self.branch(revision)
            or self.branch(revision.removeprefix("origin/"))
            or (revision if is_short_id else None)
        )
        return self._id(f"{found}^{{commit}}", "commit") if found else None

    def tree(self, commit: str, folder: str) -> str | None:
        """The id of a folder's content at a commit; None if there is no such folder. The path is
        relative to the repository, printable and without ``..``; ``.`` is all of it."""
        return self._id(f"{commit}:{'' if folder == '.' else folder}", "tree")

    def commit_time(self, commit: str) -> int:
        """When a commit was made, s since 1970; now, if it says a later time."""
        options = ("-1", "--no-show-signature", "--format=%ct")
        return min(int(self._read("log", *options, commit, "--")), int(time.time()))

    def _id(self, name: str, kind: str) -> str | None:
        """The full id of what git calls `name`; None if there is none of this kind."""
        answer = self._read("cat-file", "--batch-check", given=name + "\n").decode(errors="replace")
        found = re.fullmatch(rf"([0-9a-f]+) {kind} \d+\n", answer)
        return found and found[1]

    def _read(self, *arguments: str, given: str = "") -> bytes:
        try:
            return run_git(*arguments, directory=self.path, given=given)
        except GitError as error:
            raise MegateError(
                f"{self.path} is damaged; delete it, and megate will clone it again: {error}"
            ) from error

    def file(self, commit: str, path: str) -> bytes | None:
        """The content of a file at a commit; None if there is no such file. Links inside the
        repository are followed."""
        options = ("--batch", "--follow-symlinks")
        answer = self._read("cat-file", *options, given=f"{commit}:{path}\n")
        about, _, content = answer.partition(b"\n")
        return content[:-1] if re.fullmatch(rb"[0-9a-f]+ blob \d+", about) else None

    def export(self, tree: str, folder: Path, mtime: int) -> None:
        """Write the files of a tree, as they were committed, to a new `folder`, which appears whole
        or not at all. Submodules become empty folders. All files get the same `mtime` (s since
        1970) whenever they are exported.

        Raises:
            MegateError: a file is in Git LFS; a name or link leads out of the folder.
        """
        in_lfs = []
        (self.path / "info").mkdir(exist_ok=True)
        (self.path / "info" / "attributes").write_text(_AS_COMMITTED)
        with folder_written_once(folder) as partial, NamedTemporaryFile(dir=self.path) as archive:
            options = ("--format=tar", f"--output={archive.name}")
            run_git("archive", *options, tree, directory=self.path, timeout_s=TIMEOUT_S)
            try:
                with tarfile.open(archive.name) as tar:
                    tar.extractall(partial, filter="data")
            except tarfile.FilterError as error:
                raise MegateError(
                    f"it contains a link or name that is not safe: {error}"
                ) from error
            for path in [partial, *partial.rglob("*")]:
                if path.is_file() and not path.is_symlink():
                    path.chmod(0o444)  # edit the repository instead
                    with path.open("rb") as file:
                        if file.read(len(_LFS_POINTER)) == _LFS_POINTER:
                            in_lfs.append(str(path.relative_to(partial)))
                os.utime(path, (mtime, mtime), follow_symlinks=False)
            if in_lfs:
                raise MegateError(
                    "it contains files in Git LFS, which megate does not fetch:" + listing(in_lfs)
                )
