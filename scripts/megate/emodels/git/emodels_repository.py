"""E-models in a git repository, each on a branch of its own.

In its folder, a copy of the repository (mirror.git), the commits that are taken (revisions.json),
and what they hold: files/<commit>/ has e-type map and final.json, packages/<e-model>/<tree>/ a
package. A package is known by its tree, git's id of what it holds: a commit that changes something
else changes nothing here.

Only the process that plans a run fetches and writes. Jobs read what is there.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from megate.config.config import Prepare
from megate.config.git_address import shown_address
from megate.core.errors import MegateError, listing
from megate.core.names import file_name
from megate.emodels.git.git_repository import Mirror, is_commit_id
from megate.emodels.git.revisions import FILE_NAME, EmodelRevision, Revisions, iso_date
from megate.emodels.git.tree_files import take_out
from megate.files.atomic import written_whole
from megate.inputs.final_json import FinalEmodel

FOLDER = "emodels_repo"  # of the results
OnFetch = Callable[[str], None]
_SHORT = 12


@dataclass(frozen=True)
class _Place:
    """Where an e-model is to be found: the folder of a branch."""

    branch: str
    folder: str


class EmodelsRepository:
    """E-type map, final.json and e-models of the configuration's ``emodels_repo``.

    Attributes:
        map_path, final_path: the two files, as they are at ``emodels_githash``

    Raises (on construction):
        MegateError: the repository cannot be read, or lacks the revision or the files.
    """

    def __init__(self, prepare: Prepare, results: Path, on_fetch: OnFetch | None = None) -> None:
        """
        Args:
            results: the run's folder
            on_fetch: called with what is about to be fetched, in a sentence; None where nothing may
                be fetched or written
        """
        self._folder = results.absolute() / FOLDER
        self._shown = shown_address(prepare.emodels_repo)
        self._asked = prepare.emodels_githash
        self._on_fetch = on_fetch
        self._mirror = Mirror(self._folder / "mirror.git", prepare.emodels_repo)
        self._fetched = False
        self._final_json = PurePosixPath(prepare.final_json_path)
        self._map = PurePosixPath(prepare.emodel_etype_map_path)
        self.revisions = self._recorded() or self._looked_up()
        self.map_path = self._file(self._map)
        self.final_path = self._file(self._final_json)

    def folders(self, finals: Mapping[str, FinalEmodel]) -> dict[str, Path]:
        """The folders of these e-models' packages.

        Args:
            finals: entries of final.json, by original name

        Raises:
            MegateError: the repository cannot be read; or listing all that have no branch or no
                folder there, or files that cannot be taken out.
        """
        if self._on_fetch is not None:
            self._take_out_all(finals)
        known = self.revisions.emodels
        folders = {name: self._package(name, known[name].tree) for name in finals if name in known}
        lacking = [name for name in finals if name not in folders or not folders[name].is_dir()]
        if lacking:
            self._refuse_to_fetch(f"no package of {', '.join(lacking)}")
        return folders

    def common(self, final: FinalEmodel, package: Path) -> list[Path]:
        """What the package's folder has of e-type map and final.json, which are no part of it."""
        folder = self._final_json.parent / final.main_path
        files = (self._map, self._final_json)
        return [package / path.relative_to(folder) for path in files if path.is_relative_to(folder)]

    def record(self) -> None:
        """Keep the commits for the next run, and for this one's jobs."""
        if self._on_fetch is not None:
            self.revisions.write(self._folder / FILE_NAME)

    # ---- which commits -----------------------------------------------------------------------

    def _recorded(self) -> Revisions | None:
        """The revisions on record, if they are those of what the configuration asks for."""
        path = self._folder / FILE_NAME
        if not path.is_file():
            return None
        recorded = Revisions.read(path)
        asked = (recorded.repository, recorded.emodels_githash)
        return recorded if asked == (self._shown, self._asked) else None

    def _looked_up(self) -> Revisions:
        self._fetch(f"there is no record of commits for {self._asked} of this repository yet")
        if is_commit_id(self._asked):
            self._need([self._asked])
        commit = self._mirror.resolve(self._asked)
        if commit is None:
            raise MegateError(
                f"config: prepare.emodels_githash: {self._shown} has no commit, tag or branch "
                f"{self._asked!r}"
            )
        date = iso_date(self._mirror.commit_times([commit])[commit])
        return Revisions(self._shown, self._asked, commit, date, {})

    def _take_out_all(self, finals: Mapping[str, FinalEmodel]) -> None:
        """Find the e-models' commits, those on record first, and take out their packages."""
        places, problems = self._places(finals)
        known = self.revisions.emodels
        pinned = {
            name: known[name].commit
            for name, place in places.items()
            if name in known and known[name].branch == place.branch
        }
        self._need([self.revisions.commit, *pinned.values()])
        others = {place.branch for name, place in places.items() if name not in pinned}
        if not self._fetched and any(self._mirror.branch(branch) is None for branch in others):
            self._fetch("it has branches that are not here yet")
        commits = {
            name: pinned.get(name) or self._mirror.branch(place.branch)
            for name, place in places.items()
        }
        found = [name for name, commit in commits.items() if commit]
        trees = self._mirror.trees([(commits[name], places[name].folder) for name in found])
        trees = dict(zip(found, trees, strict=True))
        times = self._mirror.commit_times(commits[name] for name in found) if found else {}
        for name, place in places.items():
            try:
                known[name] = self._taken_out(name, place, commits[name], trees.get(name), times)
            except MegateError as error:
                problems.append(f"{name}: {error}")
        if problems:
            raise MegateError(
                f"e-models of {self.final_path}, in {self._shown}:{listing(problems)}"
            )

    def _places(self, finals: Mapping[str, FinalEmodel]) -> tuple[dict[str, _Place], list[str]]:
        """Where the e-models are, and those for which final.json does not say so."""
        places, problems = {}, []
        for name, final in finals.items():
            folder = str(self._final_json.parent / final.main_path)
            if not final.branch:
                problems.append(f"{name}: no 'branch' in final.json")
            elif not folder.isprintable():
                problems.append(f"{name}: main_path {folder!r} cannot be used")
            else:
                places[name] = _Place(final.branch, folder)
        return places, problems

    def _taken_out(
        self,
        name: str,
        place: _Place,
        commit: str | None,
        tree: str | None,
        times: Mapping[str, int],
    ) -> EmodelRevision:
        if commit is None:
            raise MegateError(f"there is no branch {place.branch!r}")
        where = f"branch {place.branch!r} (commit {commit[:_SHORT]})"
        if tree is None:
            raise MegateError(f"{where} has no folder {place.folder!r}")
        package = self._package(name, tree)
        if not package.is_dir():
            try:
                take_out(self._mirror, tree, package, times[commit])
            except MegateError as error:
                raise MegateError(f"{where}, folder {place.folder!r}: {error}") from error
        return EmodelRevision(place.branch, commit, iso_date(times[commit]), place.folder, tree)

    # ---- what is in the folder ---------------------------------------------------------------

    def _package(self, name: str, tree: str) -> Path:
        return self._folder / "packages" / file_name(name) / tree[:_SHORT]

    def _file(self, path: PurePosixPath) -> Path:
        """A file of the repository, as it is at the commit of e-type map and final.json."""
        commit = self.revisions.commit
        target = self._folder / "files" / commit[:_SHORT] / path
        if not target.is_file():
            self._need([commit])
            content = next(self._mirror.contents([f"{commit}:{path}"]))
            if content is None:
                raise MegateError(
                    f"emodels_repo: {self._shown} has no file {path} at {self._asked} (commit "
                    f"{commit[:_SHORT]})"
                )
            with written_whole(target) as partial:
                partial.write_bytes(content)
        return target

    def _need(self, commits: Sequence[str]) -> None:
        """See that commits are in the copy, and fetch them if need be."""
        if self._on_fetch is None:
            self._refuse_to_fetch(f"no commit {', '.join(commits)}")
        lacking = self._lacking(commits)
        if lacking and not self._fetched:
            self._fetch(f"commit {lacking[0][:_SHORT]} is not here yet")
            lacking = self._lacking(commits)
        if lacking:
            try:
                self._mirror.fetch_commits(lacking)
            except MegateError as error:
                raise MegateError(
                    f"emodels_repo: {self._shown} has these commits no longer:{listing(lacking)}\n"
                    f"They are asked for by emodels_githash or {self._folder / FILE_NAME}; without "
                    "that file, the newest ones are taken"
                ) from error

    def _lacking(self, commits: Sequence[str]) -> list[str]:
        if not self._mirror.exists:
            return list(commits)
        wanted = list(dict.fromkeys(commits))
        found = self._mirror.objects(f"{commit}^{{commit}}" for commit in wanted)
        return [commit for commit, there in zip(wanted, found, strict=True) if there is None]

    def _fetch(self, reason: str) -> None:
        if self._on_fetch is None:
            self._refuse_to_fetch(reason)
        if self._mirror.exists:
            self._on_fetch(f"fetching from {self._shown}: {reason}")
            self._mirror.fetch()
        else:
            self._on_fetch(f"cloning {self._shown} into {self._mirror.path}, once")
            self._mirror.clone()
        self._fetched = True

    def _refuse_to_fetch(self, reason: str) -> None:
        raise MegateError(
            f"{self._folder}: {reason}, and a job does not fetch; start the run again"
        )
