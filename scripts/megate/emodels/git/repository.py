"""E-models in a git repository, each on a branch of its own.

Below ``results/emodels_repo``: a copy of the repository (mirror.git), the commits that are used
(revisions.json), and files of these commits: files/<commit>/ has e-type map and final.json,
packages/<e-model>/<tree>/ an e-model's folder. A tree is git's id of a folder's content, so a
commit that changes other folders changes nothing here.

Only the process that plans a run fetches and writes. Jobs read.
"""

from collections.abc import Callable, Mapping
from pathlib import Path, PurePosixPath

from megate.config.config import Prepare
from megate.config.git_address import shown_address
from megate.core.errors import MegateError, listing
from megate.core.names import file_name
from megate.core.paths import Paths
from megate.emodels.git.command import GitError
from megate.emodels.git.mirror import Mirror
from megate.emodels.git.revisions import EmodelRevision, Revisions, iso_date
from megate.files.atomic import written_whole
from megate.inputs.final_json import FinalEmodel

OnFetch = Callable[[str], None]
_SHORT = 12  # digits of a commit or tree


class EmodelsRepository:
    """E-type map, final.json and e-models of the configuration's ``emodels_repo``.

    `map_path` and `final_path` are the two files, as they are at ``emodels_githash``.

    Raises (on construction):
        MegateError: the repository cannot be read, or lacks the revision or the files.
    """

    def __init__(self, prepare: Prepare, results: Path, on_fetch: OnFetch | None = None) -> None:
        """`on_fetch` is called with a sentence before each fetch. It is None in jobs, which must
        not fetch or write."""
        self._record = Paths(results.absolute()).revisions
        self._folder = self._record.parent
        address = prepare.emodels_repo or ""
        self._shown = shown_address(address)
        self._asked = prepare.emodels_githash or ""
        self._is_job = on_fetch is None
        self._on_fetch = on_fetch or (lambda text: None)
        self._mirror = Mirror(self._folder / "mirror.git", address)
        self._fetched = False
        self._final_json = PurePosixPath(prepare.final_json_path)
        self._map = PurePosixPath(prepare.emodel_etype_map_path)
        self.revisions = self._recorded() or self._newest()
        self.map_path = self._file(self._map)
        self.final_path = self._file(self._final_json)

    def folders(self, finals: Mapping[str, FinalEmodel]) -> dict[str, Path]:
        """The folders of these e-models' packages, by original name.

        Raises:
            MegateError: the repository cannot be read; or listing all e-models without branch,
                without folder, or with files that cannot be exported.
        """
        problems = []
        for name, final in () if self._is_job else finals.items():
            try:
                self.revisions.emodels[name] = self._exported(name, final)
            except GitError:  # no repository, no e-model
                raise
            except MegateError as error:
                problems.append(f"{name}: {error}")
        if problems:
            raise MegateError(
                f"e-models of {self.final_path}, in {self._shown}:{listing(problems)}"
            )
        known = self.revisions.emodels
        folders = {name: self._package(name, known[name].tree) for name in finals if name in known}
        missing = [name for name in finals if name not in folders or not folders[name].is_dir()]
        if missing:
            self._refuse_in_jobs(f"packages/ of {', '.join(missing)}")
        return folders

    def common(self, final: FinalEmodel, package: Path) -> list[Path]:
        """E-type map and final.json, if they are in the package's folder."""
        folder = self._final_json.parent / final.main_path
        files = (self._map, self._final_json)
        return [package / path.relative_to(folder) for path in files if path.is_relative_to(folder)]

    def record(self) -> None:
        """Write the commits, for the next run and for this run's jobs."""
        if not self._is_job:
            self.revisions.write(self._record)

    def _recorded(self) -> Revisions | None:
        """The recorded revisions, if they belong to this repository and ``emodels_githash``."""
        if not self._record.is_file():
            return None
        recorded = Revisions.read(self._record)
        is_same = (recorded.repository, recorded.emodels_githash) == (self._shown, self._asked)
        return recorded if is_same else None

    def _newest(self) -> Revisions:
        """Revisions of the newest commit of ``emodels_githash``, without e-models."""
        self._refuse_in_jobs(f"{self._record.name} for {self._asked} of this repository")
        self._fetch(f"no commits are recorded for {self._asked} of this repository")
        commit = self._mirror.resolve(self._asked)
        if commit is None:
            raise MegateError(
                f"config: prepare.emodels_githash: {self._shown} has no commit, tag or branch "
                f"{self._asked!r}"
            )
        date = iso_date(self._mirror.commit_time(commit))
        return Revisions(self._shown, self._asked, commit, date, {})

    def _exported(self, name: str, final: FinalEmodel) -> EmodelRevision:
        """Export an e-model's folder at the recorded commit; without one, at the newest."""
        folder = str(self._final_json.parent / final.main_path)
        if not final.branch:
            raise MegateError("no 'branch' in final.json")
        if not folder.isprintable():
            raise MegateError(f"main_path {folder!r} cannot be used")
        recorded = self.revisions.emodels.get(name)
        if recorded and recorded.branch == final.branch:
            commit = recorded.commit
            self._check_here(commit)
        else:
            if self._mirror.branch(final.branch) is None:
                self._fetch(f"branch {final.branch!r} is not here yet")
            commit = self._mirror.branch(final.branch) or ""
            if not commit:
                raise MegateError(f"there is no branch {final.branch!r}")
        where = f"branch {final.branch!r} (commit {commit[:_SHORT]})"
        tree = self._mirror.tree(commit, folder)
        if tree is None:
            raise MegateError(f"{where} has no folder {folder!r}")
        time = self._mirror.commit_time(commit)
        package = self._package(name, tree)
        if not package.is_dir():
            try:
                self._mirror.export(tree, package, time)
            except MegateError as error:
                raise MegateError(f"{where}, folder {folder!r}: {error}") from error
        return EmodelRevision(final.branch, commit, iso_date(time), folder, tree)

    def _package(self, name: str, tree: str) -> Path:
        return self._folder / "packages" / file_name(name) / tree[:_SHORT]

    def _file(self, path: PurePosixPath) -> Path:
        """A file of the repository, at the commit of e-type map and final.json."""
        commit = self.revisions.commit
        target = self._folder / "files" / commit[:_SHORT] / path
        if not target.is_file():
            self._refuse_in_jobs(str(target.relative_to(self._folder)))
            self._check_here(commit)
            content = self._mirror.file(commit, str(path))
            if content is None:
                raise MegateError(
                    f"emodels_repo: {self._shown} has no file {path} at {self._asked} (commit "
                    f"{commit[:_SHORT]})"
                )
            with written_whole(target) as partial:
                partial.write_bytes(content)
        return target

    def _check_here(self, commit: str) -> None:
        """Fetch a recorded commit if the copy does not contain it."""
        if self._mirror.has(commit):
            return
        self._fetch(f"commit {commit[:_SHORT]} is not here yet")
        if not self._mirror.obtain(commit):
            raise MegateError(
                f"{self._shown} no longer contains commit {commit}, which {self._record} names; "
                "delete this file to take the newest commits"
            )

    def _fetch(self, reason: str) -> None:
        """Bring the copy up to date, at most once in a process."""
        if self._fetched:
            return
        if self._mirror.path.is_dir():
            self._on_fetch(f"fetching from {self._shown}: {reason}")
        else:
            self._on_fetch(f"cloning {self._shown} into {self._mirror.path}, once")
        self._mirror.update()
        self._fetched = True

    def _refuse_in_jobs(self, missing: str) -> None:
        if self._is_job:
            raise MegateError(
                f"{self._folder}: {missing} is missing, and a job does not fetch; start the run "
                "again"
            )
