"""Where e-models come from: directories or a git repository, with e-type map and final.json."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TypeAlias

from megate.config.config import Config, Prepare
from megate.core.errors import run_checks
from megate.emodels.git.repository import EmodelsRepository, OnFetch
from megate.inputs.etype_map import MapEntry, read_etype_maps
from megate.inputs.final_json import FinalEmodel, read_final_json


@dataclass(frozen=True)
class Package:
    """An e-model's files, as the user provides them. `common` are e-type map and final.json, which
    do not belong to the package, if they are in its folder."""

    final: FinalEmodel
    final_path: Path
    folder: Path
    common: list[Path]


class EmodelsDirectory:
    """E-models in one directory, with the attributes and methods of `EmodelsRepository`."""

    def __init__(self, directory: Path, prepare: Prepare) -> None:
        self.map_path = directory / prepare.emodel_etype_map_path
        self.final_path = directory / prepare.final_json_path

    def folders(self, finals: Mapping[str, FinalEmodel]) -> dict[str, Path]:
        """The folders of the packages; they need not exist."""
        return {name: self.final_path.parent / final.main_path for name, final in finals.items()}

    def common(self, final: FinalEmodel, package: Path) -> list[Path]:
        """E-type map and final.json, wherever they are."""
        return [self.map_path, self.final_path]

    def record(self) -> None:
        """Do nothing: there is nothing to record about a directory."""


EmodelSource: TypeAlias = EmodelsDirectory | EmodelsRepository


def emodel_sources(config: Config, on_fetch: OnFetch | None = None) -> list[EmodelSource]:
    """The sources that a configuration names, in its order, without duplicates.

    Raises:
        MegateError: a repository cannot be read.
    """
    prepare = config.prepare
    if prepare is None:  # the scores are imported
        return []
    if prepare.emodels_repo:
        return [EmodelsRepository(prepare, Path(config.results), on_fetch)]
    return [EmodelsDirectory(path, prepare) for path in dict.fromkeys(prepare.emodels_dir)]


class EmodelSources:
    """All of a configuration's e-models; `entries` are those of all e-type maps.

    Raises (on construction):
        MegateError: a source cannot be read, a map is wrong, or two maps have the same e-model.
    """

    def __init__(self, config: Config, on_fetch: OnFetch | None = None) -> None:
        self._sources = emodel_sources(config, on_fetch)
        maps = read_etype_maps([source.map_path for source in self._sources])
        self._names = [{entry.original_emodel for entry in entries} for entries in maps]
        self.entries: list[MapEntry] = [entry for entries in maps for entry in entries]

    def packages(self, entries: Sequence[MapEntry]) -> dict[str, Package]:
        """The packages of the e-models that these entries name, by original name.

        Raises:
            MegateError: listing the e-models that are missing or wrong in final.json, or missing in
                the repository, of all sources.
        """
        asked = [entry.original_emodel for entry in entries]
        found = run_checks(
            partial(_packages, source, [name for name in asked if name in own])
            for source, own in zip(self._sources, self._names, strict=True)
        )
        return {name: package for packages in found for name, package in packages.items()}

    def record(self) -> None:
        """Write which e-models these are, after everything was checked."""
        for source in self._sources:
            source.record()


def _packages(source: EmodelSource, names: Sequence[str]) -> dict[str, Package]:
    finals = read_final_json(source.final_path, names)
    folders = source.folders(finals)
    return {
        name: Package(final, source.final_path, folders[name], source.common(final, folders[name]))
        for name, final in finals.items()
    }
