"""A project of the small e-model: each morphology with a behaviour of its own."""

import json
from pathlib import Path

import yaml
from runs import Outcome, snakemake
from small_emodel import DATA, PARAMS, small_package

EXEMPLAR = "exemplar"


class SmallProject:
    """Morphologies that are all the same cell, by name; the e-model treats them as `fault` says."""

    def __init__(self, root: Path, morphologies: list[str], fault: str, **scoring: object) -> None:
        self.root = root
        self.results = root / "results"
        emodels = root / "emodels"
        small_package(emodels, fault).rename(emodels / "small")
        (emodels / "cell.swc").unlink()
        release = root / "morphologies"
        release.mkdir()
        names = [EXEMPLAR, *morphologies]
        for name in names:
            (release / f"{name}.swc").write_text((DATA / "small_emodel" / "cell.swc").read_text())
        (release / "neuronDB.xml").write_text(
            "<neurondb><listing>"
            + "".join(
                f"<morphology><name>{name}</name><mtype>M</mtype><msubtype/><layer>1</layer>"
                "</morphology>"
                for name in names
            )
            + "</listing></neurondb>\n"
        )
        (release / "apical_points_isec.json").write_text("{}\n")
        traits = {"layer": 1, "mtype": "M", "etype": {"E": 1.0}}
        recipe = {"version": "v2.0", "neurons": [{"traits": traits}]}
        (root / "recipe.yaml").write_text(yaml.safe_dump(recipe))
        final = {
            "params": PARAMS,
            "fitness": {},
            "morph_path": f"{EXEMPLAR}.swc",
            "main_path": "small",
        }
        (emodels / "final.json").write_text(json.dumps({"small": final}))
        entry = {"mm_recipe": "small", "etype": "E", "layer": ["1"]}
        (emodels / "map.json").write_text(json.dumps({"small": entry}))
        config = {
            "prepare": {
                "recipe_path": "recipe.yaml",
                "morph_path": "morphologies",
                "rep_morph_path": "morphologies",
                "unrep_morph_path": "morphologies",
                "emodels_dir": "emodels",
                "emodel_etype_map_path": "map.json",
                "final_json_path": "final.json",
            },
            "scoring": scoring,
            "select": {
                "megate_thresholds": [{"features": [".*"], "megate_threshold": 5}],
                "check_opt_scores": False,
            },
        }
        (root / "megate.yaml").write_text(yaml.safe_dump(config))

    @classmethod
    def at(cls, root: Path) -> "SmallProject":
        """A project that is there already."""
        project = cls.__new__(cls)
        project.root, project.results = root, root / "results"
        return project

    def snakemake(self, *arguments: str, privileged: bool = True) -> Outcome:
        return snakemake(
            *arguments, "--configfile", "megate.yaml", cwd=self.root, privileged=privileged
        )

    def shard(self, morphology: str) -> Path:
        return self.results / "scores" / "small" / f"{morphology}.parquet"
