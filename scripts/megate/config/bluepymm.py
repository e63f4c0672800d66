"""BluePyMM's configuration files (prepare.json, run.json, select.json), as megate's sections."""

import os
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from megate.config.git_address import absolute_address
from megate.core.errors import MegateError, brief, listing, make_all, unknown_key
from megate.core.names import path_problem
from megate.files.readers import read_json_object

PHASES = ("prepare", "run", "select")
_PATHS = {
    "recipe_path", "circuitmvd3_path", "morph_path", "rep_morph_path", "unrep_morph_path",
    "emodels_dir", "template",
}  # fmt: skip

# Keys that megate takes over, by file: key -> section of megate's config.
_TAKEN = {
    "prepare": dict.fromkeys(
        (
            *sorted(_PATHS),
            "emodels_repo",
            "emodels_githash",
            "emodel_etype_map_path",
            "final_json_path",
            "skip_repaired_exemplar",
        ),
        "prepare",
    ),
    "run": {"use_apical_points": "scoring"},
    "select": dict.fromkeys(
        (
            "megate_thresholds",
            "to_skip_features",
            "skip_repaired_exemplar",
            "check_opt_scores",
            "select_perc_best",
            "make_names_neuron_compliant",
            "plot_emodels_per_morphology",
        ),
        "select",
    ),
}
# Keys of BluePyMM without meaning here: its version, and where it puts what it writes.
_UNUSED = {
    "prepare": {
        "version", "tmp_dir", "output_dir", "emodels_hoc_dir", "scores_db",
        "make_template_name_compatible",
    },
    "run": {"version", "output_dir", "scores_db"},
    "select": {
        "version", "output_dir", "emodels_hoc_dir", "scores_db", "pdf_filename",
        "extneurondb_filename", "mecombo_emodel_filename",
    },
}  # fmt: skip


def read_bluepymm(
    project: str | Mapping[str, str], phases: Sequence[str] = PHASES
) -> list[tuple[Path, dict[str, Any]]]:
    """Read a BluePyMM project's configuration.

    Args:
        project: absolute path of the folder of the three files, or the files by phase
        phases: those to read; the others' files need not be there

    Returns:
        Each file's path, with its settings in the sections of megate's config; paths are
        absolute, relative ones having counted from the file's folder.

    Raises:
        MegateError: a file is missing or malformed, a key is unknown or not supported.
    """
    paths = _paths(project, phases)
    settings = make_all(partial(_read_phase, phase, path) for phase, path in paths.items())
    return list(zip(paths.values(), settings, strict=True))


def _paths(project: Any, phases: Sequence[str]) -> dict[str, Path]:
    """The files by phase."""
    files = " and ".join(f"{phase}.json" for phase in phases)
    texts = list(project.values()) if isinstance(project, Mapping) else [project]
    if not all(isinstance(text, str) for text in texts):
        raise MegateError(
            f"bluepymm: found {brief(project)}, expected a folder with {files}, or these files"
        )
    missing = [phase for phase in phases if phase not in project]
    if isinstance(project, Mapping) and missing:
        raise MegateError(
            f"bluepymm: found {brief(dict(project))} without {' and '.join(map(repr, missing))}, "
            f"expected {files}"
        )
    for text in texts:
        problem = path_problem(text)
        if problem:
            raise MegateError(f"bluepymm: {brief(text)} {problem}")
    if isinstance(project, Mapping):
        return {phase: Path(project[phase]) for phase in phases}
    if not Path(project).is_dir():
        raise MegateError(f"bluepymm: directory not found: {project}")
    return {phase: Path(project) / f"{phase}.json" for phase in phases}


def _read_phase(phase: str, path: Path) -> dict[str, Any]:
    settings = read_json_object(path, f"BluePyMM's {phase} configuration")
    _refuse_unknown_keys(phase, path, settings)
    sections: dict[str, Any] = {}
    for key, value in settings.items():
        section = _TAKEN[phase].get(key)
        if section is not None:
            if key in _PATHS and isinstance(value, str):
                value = os.path.abspath(path.parent / value)  # noqa: PTH100 (links stay links)
            if key == "emodels_repo" and isinstance(value, str):
                value = absolute_address(value, path.parent)
            sections.setdefault(section, {})[key] = value
    return sections


def _refuse_unknown_keys(phase: str, path: Path, settings: Mapping[str, Any]) -> None:
    known = set(_TAKEN[phase]) | _UNUSED[phase]
    problems = [unknown_key(key, known) for key in settings if key not in known]
    if problems:
        raise MegateError(f"{path}:{listing(problems)}")
