"""The morphology folders of a project: release, repaired and unrepaired exemplars."""

from pathlib import Path

from megate.config.config import Config
from megate.emodels.exemplar import Exemplar, find_exemplar
from megate.inputs.etype_map import MapEntry
from megate.inputs.final_json import FinalEmodel
from megate.morphologies.release import APICAL_POINTS, MorphologyDirectory, MorphologyRelease


class Morphologies:
    """The morphology folders of a project. Each folder is listed once, although the release and the
    exemplars often share it.

    Attributes:
        release: the morphologies of the combinations
    """

    def __init__(self, config: Config) -> None:
        prepare = config.inputs
        self._use_apical_points = config.scoring.use_apical_points
        self._skip_repaired = prepare.skip_repaired_exemplar
        self._folders: dict[Path, MorphologyDirectory] = {}
        self.release = MorphologyRelease(prepare.morph_path, self._folder)
        self._repaired = MorphologyRelease(prepare.rep_morph_path, self._folder)
        unrepaired = prepare.unrep_morph_path
        self._unrepaired = None if unrepaired is None else self._folder(unrepaired)

    def _folder(self, path: Path) -> MorphologyDirectory:
        return self._folders.setdefault(path, MorphologyDirectory(path))

    def exemplar(self, entry: MapEntry, final: FinalEmodel, package: Path) -> Exemplar:
        """The exemplar of an e-model, as `find_exemplar` finds it."""
        return find_exemplar(
            entry, final, package, self._repaired, self._unrepaired, self._skip_repaired
        )

    def apical_points(self, folder: Path) -> dict[str, int]:
        """Section index of the apical point of each morphology in `folder`; empty without
        `use_apical_points`. A folder without a file of its own has the release's, as in BluePyMM,
        which reads one file for all rows."""
        if not self._use_apical_points:
            return {}
        morphologies = self._folder(folder)
        has_own = morphologies.has(APICAL_POINTS)
        return (morphologies if has_own else self.release).apical_points

    @property
    def without_apical_points(self) -> Path | None:
        """The release's first folder, if `use_apical_points` is set and the release has no apical
        points."""
        missing = self._use_apical_points and not self.release.has_apical_points
        return self.release.folders[0] if missing else None
