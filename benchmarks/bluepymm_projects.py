"""Write a configuration of megate as BluePyMM projects, one per e-model.

BluePyMM imports one package per project (that of the first row), reads morphologies from .asc files
only, and reads one apical_points_isec.json for all rows. So each e-model with code becomes a
separate project, with the combinations that BluePyMM can run.
"""

import json
import shutil
import sys
from pathlib import Path

import pandas as pd
import yaml
from lxml import etree

REPOSITORY = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(REPOSITORY / "scripts"))

from megate.config.config import Config, load_config  # noqa: E402
from megate.config.schema import Source  # noqa: E402
from megate.core.vocabulary import Evaluator  # noqa: E402
from megate.files.readers import read_yaml_mapping  # noqa: E402
from megate.project.project import Project  # noqa: E402


def bluepymm_projects(project: Path, folder: Path) -> list[Path]:
    """A BluePyMM project as it is, or one project per e-model of a configuration file of megate.

    Args:
        project: folder of a BluePyMM project, or a configuration file
        folder: new projects are written here
    """
    if project.is_dir():
        return [project]
    schema = REPOSITORY / "workflow" / "schemas" / "config.schema.yaml"
    source = Source(str(project), read_yaml_mapping(project, "config"), project.parent.absolute())
    config = load_config([source], schema)
    read = Project(config)
    with_code = sorted(
        name for name, emodel in read.emodels.items() if emodel.evaluator is Evaluator.CODE
    )
    return [_project(config, read.combos, emodel, folder) for emodel in with_code]


def _project(config: Config, combos: pd.DataFrame, emodel: str, folder: Path) -> Path:
    """Write the project of one e-model."""
    root = folder / emodel
    rows = combos[combos["emodel"] == emodel]
    exemplars = rows[rows["is_exemplar"] & rows["is_repaired"]]
    rows = rows[~rows["is_exemplar"] & rows["morph_path"].str.endswith(".asc")]
    _morphologies(root / "morphologies", rows, config.prepare.morph_path)
    # any layer: of the exemplars' release, only names and m-types are looked up
    exemplars = exemplars.assign(layer=rows["layer"].iloc[0])
    _morphologies(root / "exemplars", exemplars, config.prepare.rep_morph_path)
    emodels = root / "emodels"
    shutil.copytree(config.prepare.emodels_dir[0], emodels)
    for name in (config.prepare.final_json_path, config.prepare.emodel_etype_map_path):
        entries = json.loads((emodels / name).read_text())
        kept = {key: value for key, value in entries.items() if key in set(rows["original_emodel"])}
        (emodels / name).write_text(json.dumps(kept))
    neurons = [
        {"traits": {"layer": layer, "mtype": mtype, "etype": dict.fromkeys(sorted(etypes), 1.0)}}
        for (layer, mtype), etypes in rows.groupby(["layer", "fullmtype"])["etype"].agg(set).items()
    ]
    (root / "recipe.yaml").write_text(yaml.safe_dump({"version": "v2.0", "neurons": neurons}))
    prepare = {
        "recipe_path": "recipe.yaml",
        "morph_path": "morphologies",
        "rep_morph_path": "exemplars",
        "emodels_dir": "emodels",
        "emodel_etype_map_path": str(config.prepare.emodel_etype_map_path),
        "final_json_path": str(config.prepare.final_json_path),
    }
    select = {
        "megate_thresholds": config.select.megate_thresholds,
        "to_skip_features": config.select.to_skip_features,
        "check_opt_scores": False,
    }
    outputs = {"tmp_dir": "tmp", "output_dir": "output", "scores_db": "output/scores.sqlite"}
    hoc = {"emodels_hoc_dir": "output/emodels_hoc"}
    release = {"pdf_filename": "release/megating.pdf", "output_dir": "release"}
    for name, content in (
        ("prepare", prepare | outputs | hoc),
        ("run", {"output_dir": "output", "scores_db": outputs["scores_db"]}),
        ("select", select | {"scores_db": outputs["scores_db"]} | hoc | release),
    ):
        (root / f"{name}.json").write_text(json.dumps(content, indent=1))
    return root


def _morphologies(folder: Path, rows: pd.DataFrame, source: Path) -> None:
    """Write a morphology release with the morphologies of `rows`."""
    folder.mkdir(parents=True)
    database = etree.Element("neurondb")
    listing = etree.SubElement(database, "listing")
    for row in rows.drop_duplicates(["morph_name", "layer", "fullmtype"]).itertuples():
        entry = etree.SubElement(listing, "morphology")
        for tag, text in (
            ("name", row.morph_name),
            ("mtype", row.mtype),
            ("msubtype", row.msubtype),
            ("layer", row.layer),
        ):
            etree.SubElement(entry, tag).text = text
        shutil.copy(row.morph_path, folder)
    etree.ElementTree(database).write(folder / "neuronDB.xml")
    shutil.copy(source / "apical_points_isec.json", folder)
