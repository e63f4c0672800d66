"""E-models that are a hoc, mechanisms and a morphology, as portals publish them."""

from pathlib import Path

from megate.core.errors import MegateError
from megate.core.vocabulary import Evaluator
from megate.core.wording import first_few
from megate.emodels.hoc_package import MECHANISM_FOLDERS, Hoc, has_hoc, read_hoc
from megate.emodels.kinds import evaluator_of
from megate.emodels.prepare import package_files
from megate.project_setup.formats.found import FoundEmodel

DESCRIPTION = (
    "a hoc only: a .hoc file with a NEURON template in the folder or its hoc/, mechanisms/ (or "
    "mod/) and a morphology, without setup/ and config/"
)

_MORPHOLOGY_FOLDERS = ("morphology", "morphologies", ".")
_FORMATS = (".asc", ".swc", ".h5")


def recognised(folder: Path) -> bool:
    """Whether the folder has a hoc, and nothing else that an e-model can be run from."""
    return has_hoc(folder) and evaluator_of(folder, "auto") is Evaluator.HOC


def emodels_in(folder: Path) -> list[FoundEmodel]:
    """The e-model of the hoc. It has the name of its template.

    Raises:
        MegateError: there are several hoc templates, or the template takes other arguments; the
            folder has no morphology, or several and none is the hoc's default.
    """
    hoc = read_hoc(folder, folder.name)
    exemplar = _exemplar(folder, hoc)
    files = [path.relative_to(folder) for path in package_files(folder)]
    return [
        FoundEmodel(
            name=hoc.template,
            folder=folder,
            files=[
                path
                for path in files
                if path.parts[0] in MECHANISM_FOLDERS or folder / path in (hoc.path, exemplar)
            ],
            written={},
            copied={},
            exemplar=str(exemplar.relative_to(folder)),
            params={},
            fitness={},
            etype=None,
            mtype=None,
            assumed=_assumed(hoc, exemplar),
        )
    ]


def _exemplar(folder: Path, hoc: Hoc) -> Path:
    """The morphology that the e-model was optimised on."""
    found = [
        path
        for place in _MORPHOLOGY_FOLDERS
        for path in sorted((folder / place).glob("*"))
        if path.suffix.lower() in _FORMATS and path.is_file()
    ]
    expected = f"expected one .asc, .swc or .h5 file in {' or '.join(_MORPHOLOGY_FOLDERS[:2])}"
    if not found:
        raise MegateError(f"{folder}: no morphology for the hoc {hoc.path.name}; {expected}")
    default = [path for path in found if path.name == hoc.default_morphology]
    if len(found) > 1 and not default:
        names = first_few(str(path.relative_to(folder)) for path in found)
        raise MegateError(
            f"{folder}: {len(found)} morphologies ({names}), {expected}, the one that the e-model "
            "was optimised on"
        )
    return (default or found)[0]


def _assumed(hoc: Hoc, exemplar: Path) -> list[str]:
    lines = [
        f"it was optimised on {exemplar.name}: megate's tests compare each cell with this "
        "exemplar, with the tolerances of scoring.hoc_tests"
    ]
    if hoc.default_morphology not in (None, exemplar.name):
        lines.append(
            f"the hoc's own morphology is {hoc.default_morphology}, which is not in the folder"
        )
    if lacking := {"celsius", "v_init"} - hoc.global_parameters.keys():
        lines.append(
            f"the hoc does not say {' and '.join(sorted(lacking))}; set scoring.hoc_tests.celsius "
            "and v_init_mV (34 and -80)"
        )
    if hoc.needed_attributes:
        lines.append("AIS_scaler and soma_scaler are 1 for all cells")
    return lines
