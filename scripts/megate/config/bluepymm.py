"""BluePyMM's configuration files (prepare.json, run.json, select.json), as megate's sections."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from megate.config.schema import Source
from megate.core.errors import MegateError, brief, listing, run_checks, unknown_keys
from megate.core.names import path_problem
from megate.files.readers import read_json_object


@dataclass(frozen=True)
class _File:
    """One of BluePyMM's files: megate's section for its keys, keys that are `taken` with the same
    name and meaning, and keys without a meaning here (versions, and paths of outputs)."""

    section: str
    taken: set[str]
    unused: set[str]


_FILES = {
    "prepare": _File(
        "prepare",
        {
            "recipe_path", "circuitmvd3_path", "morph_path", "rep_morph_path", "unrep_morph_path",
            "emodels_dir", "emodels_repo", "emodels_githash", "emodel_etype_map_path",
            "final_json_path", "skip_repaired_exemplar", "template",
        },
        {
            "version", "tmp_dir", "output_dir", "emodels_hoc_dir", "scores_db",
            "make_template_name_compatible",
        },
    ),
    "run": _File("scoring", {"use_apical_points"}, {"version", "output_dir", "scores_db"}),
    "select": _File(
        "select",
        {
            "megate_thresholds", "to_skip_features", "skip_repaired_exemplar", "check_opt_scores",
            "select_perc_best", "make_names_neuron_compliant", "plot_emodels_per_morphology",
        },
        {
            "version", "output_dir", "emodels_hoc_dir", "scores_db", "pdf_filename",
            "extneurondb_filename", "mecombo_emodel_filename",
        },
    ),
}  # fmt: skip
PHASES = tuple(_FILES)
REPLACED = {phase: _FILES[phase].taken for phase in ("prepare", "select")}
"""Keys of megate's sections that BluePyMM's files have; others may be given beside them."""


def read_bluepymm(project: str | Mapping[str, str], phases: Sequence[str] = PHASES) -> list[Source]:
    """Read a BluePyMM project's configuration.

    Args:
        project: absolute path of the folder with the three files, or the files by phase
        phases: those to read; the other files may be missing

    Returns:
        Each file's settings, in the sections of megate's configuration. Relative paths count from
        the file's folder.

    Raises:
        MegateError: a file is missing or malformed, a key is unknown or not supported.
    """
    paths = _paths(project, phases)
    return run_checks(partial(_read_phase, phase, path) for phase, path in paths.items())


def _paths(project: Any, phases: Sequence[str]) -> dict[str, Path]:
    """The files by phase."""
    files = " and ".join(f"{phase}.json" for phase in phases)
    texts = list(project.values()) if isinstance(project, Mapping) else [project]
    if not all(isinstance(text, str) for text in texts):
        raise MegateError(
            f"bluepymm: found {brief(project)}, expected a folder with {files}, or these files"
        )
    for text in texts:
        if problem := path_problem(text):
            raise MegateError(f"bluepymm: {brief(text)} {problem}")
    if isinstance(project, Mapping):
        missing = [repr(phase) for phase in phases if phase not in project]
        if missing:
            raise MegateError(
                f"bluepymm: found {brief(dict(project))} without {' and '.join(missing)}, "
                f"expected {files}"
            )
        return {phase: Path(project[phase]) for phase in phases}
    if not Path(project).is_dir():
        raise MegateError(f"bluepymm: directory not found: {project}")
    return {phase: Path(project) / f"{phase}.json" for phase in phases}


def _read_phase(phase: str, path: Path) -> Source:
    file = _FILES[phase]
    settings = read_json_object(path, f"BluePyMM's {phase} configuration")
    known = file.taken | file.unused
    problems = unknown_keys([key for key in settings if key not in known], known)
    if problems:
        raise MegateError(f"{path}:{listing(problems)}")
    taken = {key: value for key, value in settings.items() if key in file.taken}
    return Source(str(path), {file.section: taken} if taken else {}, path.parent)
