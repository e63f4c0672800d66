"""Packages as EModelRunner reads them: .ini files, and the files that they name."""

import json
import shutil
from pathlib import Path

from config_emodel import MORPHOLOGIES, NAME, Files, with_mechanisms

MORPHOLOGY = "tpc140301-A2.asc"

INI = f"""[Package]
type = sscx

[Paths]
features_path = config/features/cell.json
unoptimized_params_path = config/params/cell.json
prot_path = config/protocols/cell.json
memodel_dir = .
params_path = %(memodel_dir)s/config/params/final.json
morph_path = morphology/{MORPHOLOGY}

[Morphology]
mtype = L5_TPC
do_replace_axon = True

[Cell]
celsius = 34
v_init = -80
emodel = {NAME}

[Sim]
dt = 0.025
cvode_active = False

[Protocol]
apical_point_isec = 6
"""


def write(folder: Path, files: Files, ini: str = INI, morph_path: str = "elsewhere/x.asc") -> Path:
    """Write a package; `morph_path` is that of its final.json."""
    for kind in ("params", "protocols", "features"):
        path = folder / "config" / kind / "cell.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(getattr(files, kind)))
    final = {"params": files.values, "fitness": {".RMP.x": 1.0}, "morph_path": morph_path}
    (folder / "config/params/final.json").write_text(json.dumps({NAME: final}))
    (folder / "config/cell.ini").write_text(ini)
    (folder / "morphology").mkdir()
    shutil.copyfile(MORPHOLOGIES / MORPHOLOGY, folder / "morphology" / MORPHOLOGY)
    return with_mechanisms(folder)
