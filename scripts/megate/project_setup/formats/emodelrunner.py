"""Packages of EModelRunner, as Blue Brain's portals hand out. A package is a cell: an e-model and a
morphology.

Its .ini files name parameters, protocols, features and the morphology. They become a package
without code, for the built-in evaluator.
"""

import configparser
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from megate.builtin.checks import inserted_mechanisms
from megate.builtin.names import (
    GLOBAL,
    HOLDING_CURRENT,
    TAPER,
    TAPER_ONLY,
    THRESHOLD_CURRENT,
    levels_of,
)
from megate.builtin.package import RECIPES, read_params
from megate.core.errors import MegateError, brief
from megate.emodels.mechanisms import mechanism_name
from megate.files.readers import read_json_object, read_text
from megate.inputs.final_json import read_final_json
from megate.morphologies.release import APICAL_POINTS
from megate.project_setup.formats.found import FoundEmodel

DESCRIPTION = (
    "package of EModelRunner: a .ini file in the folder or its config/ with "
    "unoptimized_params_path, features_path and prot_path"
)

_KEY = "unoptimized_params_path"
_MAX_MB = 1
_AXONS = {"sscx": TAPER, "thalamus": TAPER_ONLY}
"""Type of a package -> how EModelRunner replaces the axon."""
_DEFAULTS = {
    "Package": {"type": "sscx"},
    "Cell": {"celsius": "34", "v_init": "-80"},
    "Protocol": {"apical_point_isec": "-1"},
    "Morphology": {"do_replace_axon": "True", "mtype": ""},
    "Sim": {"cvode_active": "False", "dt": "0.025"},
    "Paths": {"memodel_dir": ".", "params_path": "%(memodel_dir)s/config/params/final.json"},
}
"""What EModelRunner takes where a key is missing."""


@dataclass(frozen=True)
class _Ini:
    """A .ini file and the files that it names."""

    path: Path
    values: configparser.ConfigParser
    files: Mapping[str, Path]
    params: dict[str, Any]
    protocols: dict[str, Any]

    def get(self, section: str, key: str, kind: str = "get") -> Any:
        """A value, by a function of ConfigParser."""
        return _value(self.values, self.path, section, key, kind)


def recognised(folder: Path) -> bool:
    """Whether the folder has a .ini file of EModelRunner."""
    return bool(_ini_files(folder))


def emodels_in(folder: Path) -> list[FoundEmodel]:
    """The e-model of the package. Of several .ini files, the first is taken whose protocols have
    all that the features file names.

    Raises:
        MegateError: a file is missing or malformed, a key is missing, no .ini file has protocols
            for the features, or the package is for synaptic plasticity.
    """
    paths = _ini_files(folder)
    problems = []
    for path in paths:
        ini = _read(path, folder)
        features = read_json_object(ini.files["features_path"], "features", _MAX_MB)
        missing = [
            name
            for name in features
            if not name.startswith("_")
            and name not in ini.protocols
            and not name.startswith(("RinHoldCurrent", "Threshold"))
        ]
        if not missing:
            return [_found(ini, folder, len(paths) > 1)]
        problems.append(
            f"{path}: [Paths] prot_path: {ini.files['prot_path']} has no protocol "
            f"{brief(missing[0])}, for which features_path has features"
        )
    raise MegateError(problems[0])


def _ini_files(folder: Path) -> list[Path]:
    paths = sorted([*folder.glob("*.ini"), *folder.glob("config/*.ini")])
    return [path for path in paths if path.is_file() and _KEY in path.read_text(errors="replace")]


def _read(path: Path, folder: Path) -> _Ini:
    values = configparser.ConfigParser()
    values.read_dict(_DEFAULTS)
    try:
        values.read_string(read_text(path, "EModelRunner's configuration", _MAX_MB))
    except configparser.Error as error:
        raise MegateError(f"{path}: {' '.join(str(error).split())}") from None
    kind = _value(values, path, "Package", "type")
    if kind not in _AXONS:
        raise MegateError(
            f"{path}: [Package] type: {brief(kind)} found, expected {' or '.join(_AXONS)}; other "
            "packages have no features to score"
        )
    files = {
        key: folder / _value(values, path, "Paths", key)
        for key in ("features_path", _KEY, "prot_path", "params_path", "morph_path")
    }
    emodel = _value(values, path, "Cell", "emodel")
    for key, file in files.items():
        if not file.is_file():
            raise MegateError(f"{path}: [Paths] {key}: file not found: {file}")
    params = read_params(files[_KEY], emodel)
    protocols = read_json_object(files["prot_path"], "protocols", _MAX_MB)
    return _Ini(path, values, files, params, protocols)


def _value(
    values: configparser.ConfigParser, path: Path, section: str, key: str, kind: str = "get"
) -> Any:
    try:
        return getattr(values, kind)(section, key)
    except (configparser.NoOptionError, configparser.NoSectionError):
        raise MegateError(f"{path}: [{section}] has no {key!r}") from None
    except (configparser.Error, ValueError) as error:
        raise MegateError(f"{path}: [{section}] {key}: {' '.join(str(error).split())}") from None


def _found(ini: _Ini, folder: Path, several: bool) -> FoundEmodel:
    emodel, files = ini.get("Cell", "emodel"), ini.files
    final = read_final_json(files["params_path"], [emodel])[emodel]
    morphology = files["morph_path"].name
    recipe: dict[str, Any] = {
        "params": f"config/params/{files[_KEY].name}",
        "protocol": f"config/protocols/{files['prot_path'].name}",
        "features": f"config/features/{files['features_path'].name}",
        "morph_modifiers": [_AXONS[ini.get("Package", "type")]],
    }
    if not ini.get("Morphology", "do_replace_axon", "getboolean"):
        recipe["morph_modifiers"] = []
    fixed = not ini.get("Sim", "cvode_active", "getboolean")
    dt = ini.get("Sim", "dt", "getfloat") if fixed else None
    written = {str(RECIPES): _json({emodel: recipe})}
    copied = {
        recipe["protocol"]: files["prot_path"],
        recipe["features"]: files["features_path"],
        f"morphologies/{morphology}": files["morph_path"],
    }
    changed = list(_set_globals(ini))
    if changed:
        written[recipe["params"]] = _json(ini.params)
    else:
        copied[recipe["params"]] = files[_KEY]
    inserted = inserted_mechanisms(ini.params)
    for mod in sorted(folder.glob("mechanisms/*.mod")):
        if mechanism_name(mod) in inserted:
            copied[f"mechanisms/{mod.name}"] = mod
    point = ini.get("Protocol", "apical_point_isec", "getint")
    if point >= 0:
        points = {files["morph_path"].stem: point}
        written[f"morphologies/{APICAL_POINTS}"] = _json(points)
    level = levels_of(ini.protocols)[-1]
    cell = _cell_info(folder)
    mtype = ini.get("Morphology", "mtype")
    return FoundEmodel(
        name=emodel,
        folder=folder,
        files=[],
        written=written,
        copied=copied,
        exemplar=f"morphologies/{morphology}",
        params=final.params,
        fitness=final.fitness if final.morph_path.name == morphology else {},
        etype=cell.get("e-type"),
        mtype=cell.get("m-type") or (mtype if mtype.strip("_") else None),
        assumed=[
            *([f"protocols are those of {ini.path.name}, the first that fits"] * several),
            *changed,
            *_assumptions(dt, morphology, final.morph_path.name, point, level),
        ],
        currents=(HOLDING_CURRENT + level, THRESHOLD_CURRENT + level) if level else None,
    )


def _assumptions(
    dt: float | None, morphology: str, optimised: str, point: int, level: str
) -> Iterator[str]:
    if morphology != optimised:
        yield (
            f"the exemplar is {morphology}; the e-model was optimised on {optimised}, which the "
            "package does not have, so the optimisation's scores are not compared"
        )
    if point >= 0:
        yield (
            f"its exemplar's apical point is in section {point}; to score recordings on the way to "
            f"the apical point, add an {APICAL_POINTS} to your morphologies"
        )
    if dt is not None:
        yield (
            "time steps are variable (CVODE), as in the optimisation of Blue Brain's e-models; for "
            f'those of the .ini file, add "dt": {dt:g} to {RECIPES} (simulations take 3 to 10 '
            "times as long)"
        )
    if level:
        yield (
            "of two holding and threshold currents, those at the hyperpolarised voltage are "
            "released (select.currents)"
        )


def _set_globals(ini: _Ini) -> Iterator[str]:
    """Set the global parameters that EModelRunner takes from the .ini file. Tell the changes."""
    for parameter in ini.params["parameters"].get(GLOBAL, ()):
        name = parameter["name"]
        if name not in ("v_init", "celsius"):
            continue
        value = ini.get("Cell", name, "getfloat")
        if value != parameter["val"]:
            yield (
                f"{name} is {value:g}, as in {ini.path.name}; {ini.files[_KEY].name} has "
                f"{parameter['val']}"
            )
            parameter["val"] = value


def _cell_info(folder: Path) -> dict[str, str]:
    path = folder / "cell_info.json"
    found = read_json_object(path, "cell's types", _MAX_MB) if path.is_file() else {}
    return {key: value for key, value in found.items() if isinstance(value, str)}


def _json(content: Any) -> str:
    return json.dumps(content, indent=2) + "\n"
