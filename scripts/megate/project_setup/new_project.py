"""Make a project: from morphologies and e-models, or as a copy of the example."""

import json
import os
import shutil
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from megate.core.errors import MegateError, brief, listing
from megate.core.names import emodel_name_problem, input_problem, label_problem
from megate.core.paths import REPOSITORY
from megate.core.wording import counted, first_few
from megate.files.atomic import folder_written_whole
from megate.inputs.neurondb import read_neurondb
from megate.morphologies.release import neurons_problem
from megate.project_setup.config_text import THRESHOLDS, config_text
from megate.project_setup.etypes import TypedEmodel, Types, types_of
from megate.project_setup.formats.found import FoundEmodel
from megate.project_setup.morphologies import FoundMorphologies, find_morphologies
from megate.project_setup.recognise import recognise
from megate.scores.currents import KEYS

CONFIG = "megate.yaml"
_EXAMPLE = REPOSITORY / "config"
_RECIPE, _NEURONDB, _EMODELS = "recipe.yaml", "neurondb.dat", "emodels"
_MAP, _FINAL = "emodel_etype_map.json", "final.json"


@dataclass(frozen=True)
class Request:
    """What a project is made from.

    Attributes:
        morphologies: their folder
        emodels: folders of e-models
        types: file with layers and m-types
        layer, mtype: of all morphologies
        etype: of all e-models
        thresholds: a key of `config_text.THRESHOLDS`
    """

    morphologies: Path
    emodels: Sequence[Path]
    types: Path | None = None
    layer: str | None = None
    mtype: str | None = None
    etype: str | None = None
    thresholds: str = "default"


@dataclass(frozen=True)
class NewProject:
    """A project that was made.

    Attributes:
        written: its files, relative to the folder, but those of e-models
        morphologies: their number
        types_from: where their layers and m-types come from
        emodels: name -> folder that it was taken from
        assumed: what the user should check, one line each
    """

    folder: Path
    written: list[str]
    morphologies: int
    types_from: str
    emodels: dict[str, Path]
    assumed: list[str]

    @property
    def config(self) -> Path:
        """Its configuration."""
        return self.folder / CONFIG


def copy_example(folder: Path) -> NewProject:
    """Make a project of the embedded example.

    Raises:
        MegateError: the folder exists, or cannot be written.
    """
    folder = _new_folder(folder)
    if not _EXAMPLE.is_dir():
        raise MegateError(f"the example is not found: {_EXAMPLE}; install megate from its folder")
    text = (_EXAMPLE / "config.yaml").read_text().replace("example/", "")
    text = text.replace(
        "\nresults: results\n", f"\nresults: {json.dumps(str(folder / 'results'))}\n"
    )
    with folder_written_whole(folder) as partial:
        shutil.copytree(_EXAMPLE / "example", partial, dirs_exist_ok=True)
        (partial / CONFIG).write_text(text)
    emodels = json.loads((folder / _EMODELS / _FINAL).read_text())
    written = sorted(path.name for path in folder.iterdir())
    sources = {name: _EXAMPLE / "example" / _EMODELS / name for name in emodels}
    neurondb = folder / "morphologies" / "neuronDB.xml"
    return NewProject(folder, written, len(read_neurondb(neurondb)), str(neurondb), sources, [])


def make_project(folder: Path, request: Request) -> NewProject:
    """Make a project from morphologies and e-models. The folder appears complete or not at all.

    Raises:
        MegateError: the folder exists; morphologies, their types, e-models or their exemplars are
            missing or cannot be used.
    """
    folder = _new_folder(folder)
    _check_options(request)
    morphologies = find_morphologies(
        request.morphologies.absolute(), _absolute(request.types), request.layer, request.mtype
    )
    found = [each for path in request.emodels for each in recognise(path.absolute())]
    _check_names(found)
    types = types_of(morphologies.table, found, request.etype)
    exemplars = [_with_exemplar(each.found, morphologies) for each in types.emodels]
    emodels = [
        replace(each, found=emodel)
        for each, (emodel, _) in zip(types.emodels, exemplars, strict=True)
    ]
    assumed = [*morphologies.assumed, *types.assumed]
    assumed += [text for _, text in exemplars if text]
    if types.left_out:
        left_out = counted(len(types.left_out), "morphology", "morphologies")
        assumed.append(f"{left_out} without an e-model: {first_few(types.left_out)}")
    config, about = _config(folder, request, morphologies, types)
    files = {
        CONFIG: config_text(config),
        _RECIPE: _recipe_text(types),
        f"{_EMODELS}/{_MAP}": _json(_map_of(emodels)),
        f"{_EMODELS}/{_FINAL}": _json(_finals_of(emodels)),
    }
    if morphologies.neurondb is None:
        files[_NEURONDB] = _neurondb_text(morphologies)
    with folder_written_whole(folder) as partial:
        for emodel in emodels:
            _copy_emodel(emodel.found, partial / _EMODELS / emodel.found.name)
        for name, text in files.items():
            (partial / name).write_text(text, encoding="utf-8")
    number = morphologies.table["morph_name"].nunique() - len(types.left_out)
    sources = {each.found.name: each.found.folder for each in emodels}
    return NewProject(folder, list(files), number, morphologies.source, sources, [*assumed, *about])


def _absolute(path: Path | None) -> Path | None:
    return None if path is None else path.absolute()


def _new_folder(folder: Path) -> Path:
    """The absolute path of a folder that does not exist, or is empty."""
    folder = Path(os.path.abspath(folder.expanduser()))  # noqa: PTH100 (links stay links)
    if problem := input_problem(str(folder)):
        raise MegateError(f"{brief(str(folder))} {problem}; choose another folder")
    if problem := neurons_problem(folder):
        raise MegateError(f"{folder}: {problem}")
    if folder.is_dir() and not any(folder.iterdir()):
        return folder
    if os.path.lexists(folder):
        raise MegateError(
            f"{folder} exists, and megate init overwrites nothing; choose another folder, or "
            "remove this one"
        )
    return folder


def _check_options(request: Request) -> None:
    if request.mtype is not None and request.layer is None:
        raise MegateError(
            "--mtype is given without --layer; give both, for morphologies that are all of one type"
        )
    if request.mtype is not None and request.types is not None:
        raise MegateError("both --types and --mtype are given; give one of them")
    if request.etype is not None and (problem := label_problem(request.etype, "e-type")):
        raise MegateError(f"--etype: {problem}")


def _check_names(emodels: Iterable[FoundEmodel]) -> None:
    """Raise for names that cannot be used, or that two e-models have."""
    folders: dict[str, Path] = {}
    problems = []
    for each in emodels:
        if problem := emodel_name_problem(each.name):
            problems.append(f"{each.folder}: {problem}")
        elif each.name in folders:
            problems.append(f"{each.name} is in {folders[each.name]} and in {each.folder}")
        folders.setdefault(each.name, each.folder)
    if problems:
        raise MegateError(f"--emodel: each e-model needs a name of its own:{listing(problems)}")


def _with_exemplar(
    emodel: FoundEmodel, morphologies: FoundMorphologies
) -> tuple[FoundEmodel, str | None]:
    """The e-model with its exemplar among its files, and what was assumed."""
    path = Path(emodel.exemplar)
    if path in emodel.files or emodel.exemplar in {*emodel.copied, *emodel.written}:
        return emodel, None
    for folder in morphologies.release.folders:
        if (folder / path.name).is_file():
            copied = {**emodel.copied, emodel.exemplar: folder / path.name}
            text = f"e-model {emodel.name}: its exemplar {path.name} is the file in {folder}"
            return replace(emodel, copied=copied), text
    raise MegateError(
        f"e-model {emodel.name}: its exemplar {path.name} (the morphology that it was optimised "
        f"on) is not found: neither {emodel.folder / path} nor in "
        f"{morphologies.release.folders[0]}"
    )


def _config(
    folder: Path, request: Request, morphologies: FoundMorphologies, types: Types
) -> tuple[dict[str, Any], list[str]]:
    """The configuration, and what was assumed for it."""
    assumed = []
    unrepaired = [
        name
        for name in dict.fromkeys(Path(each.found.exemplar).name for each in types.emodels)
        if not _has_exemplar(name, morphologies)
    ]
    if unrepaired:
        assumed.append(
            "skip_repaired_exemplar: true, because the morphologies have no repaired exemplar "
            f"{', '.join(unrepaired)}"
        )
    apical = morphologies.release.has_apical_points
    if not apical:
        assumed.append(
            f"use_apical_points: false, because {request.morphologies} has no "
            "apical_points_isec.json"
        )
    prepare: dict[str, Any] = {"recipe_path": _RECIPE}
    if types.left_out:
        prepare["morphologies_without_recipe"] = "warn"
    prepare["morph_path"] = morphologies.place
    if morphologies.neurondb is None:
        prepare["neurondb_path"] = _NEURONDB
    elif morphologies.neurondb.parent not in morphologies.release.folders:
        prepare["neurondb_path"] = morphologies.neurondb
    prepare |= {
        "rep_morph_path": morphologies.place,
        "skip_repaired_exemplar": bool(unrepaired),
        "emodels_dir": _EMODELS,
        "emodel_etype_map_path": _MAP,
        "final_json_path": _FINAL,
        "check_morphologies": "convert",
    }
    evaluator = _evaluator(types.emodels)
    scoring = {"evaluator": evaluator} if evaluator else {}
    limit = THRESHOLDS[request.thresholds]
    select: dict[str, Any] = {
        "megate_thresholds": [{"features": [".*"], "megate_threshold": limit}],
        "to_skip_features": [],
        "check_opt_scores": False,
    }
    if currents := _currents(types.emodels):
        select["currents"] = currents
    config = {
        "results": folder / "results",
        "prepare": prepare,
        "scoring": scoring | {"use_apical_points": apical, "timeout_s": 3600},
        "select": select,
    }
    return config, assumed


def _has_exemplar(file_name: str, morphologies: FoundMorphologies) -> bool:
    """Whether the release has an exemplar, with a type and as a file of the same format."""
    known = Path(file_name).stem in set(morphologies.table["morph_name"])
    try:
        return known and morphologies.release.place_of(file_name).is_file()
    except MegateError:  # no folder for its extension
        return False


def _evaluator(emodels: Iterable[TypedEmodel]) -> str | None:
    """`scoring.evaluator`, which is the same for all e-models of a project."""
    names = {each.found.name: each.found.evaluator for each in emodels}
    if len(set(names.values())) > 1:
        needs = [f"{name}: {evaluator or 'auto'}" for name, evaluator in names.items()]
        raise MegateError(
            "--emodel: these e-models need different settings of scoring.evaluator; make a project "
            f"for each:{listing(needs)}"
        )
    return next(iter(names.values()))


def _currents(emodels: Iterable[TypedEmodel]) -> list[dict[str, Any]]:
    """`select.currents`, for e-models with several pairs."""
    return [
        {"emodel": [each.found.name]} | dict(zip(KEYS, each.found.currents, strict=True))
        for each in emodels
        if each.found.currents
    ]


def _recipe_text(types: Types) -> str:
    head = "# The e-types of each layer and m-type. megate does not use their shares.\n"
    lines = [head + "version: v2.0\nneurons:"]
    for (layer, mtype), etypes in types.recipe.groupby(["layer", "fullmtype"])["etype"]:
        share = 1 / len(etypes)
        shares = ", ".join(f"{_quoted(name)}: {share:.4g}" for name in etypes)
        lines.append(
            f"  - traits: {{layer: {_quoted(layer)}, mtype: {_quoted(mtype)}, etype: {{{shares}}}}}"
        )
    return "\n".join(lines) + "\n"


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def _neurondb_text(morphologies: FoundMorphologies) -> str:
    rows = morphologies.table[["morph_name", "layer", "fullmtype"]].drop_duplicates()
    lines = [f"{row.morph_name} {row.layer} {row.fullmtype}" for row in rows.itertuples()]
    return "# morphology, layer, m-type\n" + "\n".join(lines) + "\n"


def _map_of(emodels: Iterable[TypedEmodel]) -> dict[str, Any]:
    return {
        each.found.name: {
            "mm_recipe": each.found.name,
            "layer": each.layers,
            "etype": "|".join(map(_escaped, each.etypes)),
            "mtype": each.mtype,
        }
        for each in emodels
    }


def _escaped(name: str) -> str:
    """A name as a regular expression (without the escapes that `re.escape` adds to "-" and "#")."""
    return "".join(f"\\{letter}" if letter in ".+()" else letter for letter in name)


def _finals_of(emodels: Iterable[TypedEmodel]) -> dict[str, Any]:
    return {
        each.found.name: {
            "main_path": each.found.name,
            "morph_path": each.found.exemplar,
            "params": each.found.params,
            "fitness": each.found.fitness,
        }
        for each in emodels
    }


def _json(content: Mapping[str, Any]) -> str:
    return json.dumps(content, indent=2, ensure_ascii=False) + "\n"


def _copy_emodel(emodel: FoundEmodel, target: Path) -> None:
    sources = {str(path): emodel.folder / path for path in emodel.files} | emodel.copied
    for place, source in sources.items():
        (target / place).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, target / place)
    for place, text in emodel.written.items():
        (target / place).parent.mkdir(parents=True, exist_ok=True)
        (target / place).write_text(text, encoding="utf-8")
