"""Make a large release to measure the graph: inputs, and results without simulating.

Twenty e-models, two for each of ten e-types; fifty m-types in five layers, each with five of the
e-types: ten combinations per morphology. The morphologies are small. The shards have the
size of simulations with 62 features.
"""

import json
import sys
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path

import numpy as np
import yaml
from lxml import etree

REPOSITORY = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(REPOSITORY / "scripts"))

from megate.config.config import load_config  # noqa: E402
from megate.config.schema import Source  # noqa: E402
from megate.emodels.manifest import Manifest  # noqa: E402
from megate.files.readers import read_yaml_mapping  # noqa: E402
from megate.project.project import Project  # noqa: E402
from megate.scores.shards import JobResult, write_shard  # noqa: E402

EMODELS = [f"cell{number:02d}" for number in range(20)]
ETYPES = ["bAC", "bIR", "bNAC", "bSTUT", "cAC", "cADpyr", "cIR", "cNAC", "cSTUT", "dNAC"]
LAYERS = ["1", "23", "4", "5", "6"]
MTYPES = [(f"L{layer}_{kind}", layer) for kind in "ABCDEFGHIJ" for layer in LAYERS]
CELL = """\
("CellBody" (Color Red) (CellBody) (-5 -5 0 1) (5 -5 0 1) (5 5 0 1) (-5 5 0 1))
((Dendrite) (5 0 0 2) (50 0 0 2))
"""
PER_MTYPE = 5  # e-types
PER_MORPHOLOGY = PER_MTYPE * len(EMODELS) // len(ETYPES)
FEATURES = [
    f"mm.Step_{percent}.soma.v.feature{number:02d}"
    for percent in (150, 280)
    for number in range(31)
]


def make_inputs(folder: Path, number: int) -> None:
    """Write, in an empty `folder`, the inputs of a project of `number` combinations, and
    megate.yaml."""
    release, emodels = folder / "morphologies", folder / "emodels"
    release.mkdir()
    database = etree.Element("neurondb")
    for count in range(number // PER_MORPHOLOGY):
        mtype, layer = MTYPES[count % len(MTYPES)]
        name = f"rat_2014{count:06d}_{mtype}_idA_x1.000"
        (release / f"{name}.asc").write_text(f"{CELL}; {name}\n")
        entry = etree.SubElement(database, "morphology")
        for tag, text in (("name", name), ("mtype", mtype), ("msubtype", ""), ("layer", layer)):
            etree.SubElement(entry, tag).text = text
    etree.ElementTree(database).write(release / "neuronDB.xml")
    (release / "apical_points_isec.json").write_text("{}")
    exemplar = "rat_2014000000_L1_A_idA_x1.000"
    final, entries = {}, {}
    for count, emodel in enumerate(EMODELS):
        package = emodels / emodel
        (package / "setup").mkdir(parents=True)
        (package / "setup" / "__init__.py").touch()
        (package / f"{exemplar}.asc").write_text(CELL)
        final[emodel] = {
            "params": {"g": 0.1},
            "fitness": {},
            "morph_path": f"{exemplar}.asc",
            "main_path": emodel,
        }
        etype = ETYPES[count % len(ETYPES)]
        entries[emodel] = {"mm_recipe": emodel, "etype": etype, "layer": LAYERS}
    (emodels / "final.json").write_text(json.dumps(final))
    (emodels / "map.json").write_text(json.dumps(entries))
    neurons = [
        {
            "traits": {
                "layer": layer,
                "mtype": mtype,
                "etype": {ETYPES[(count + k) % len(ETYPES)]: 0.2 for k in range(PER_MTYPE)},
            }
        }
        for count, (mtype, layer) in enumerate(MTYPES)
    ]
    recipe = {"version": "v2.0", "neurons": neurons}
    (folder / "recipe.yaml").write_text(json.dumps(recipe))  # JSON is YAML
    settings = {
        "prepare": {
            "recipe_path": "recipe.yaml",
            "morph_path": "morphologies",
            "rep_morph_path": "morphologies",
            "emodels_dir": "emodels",
            "emodel_etype_map_path": "map.json",
            "final_json_path": "final.json",
        },
        "select": {
            "megate_thresholds": [{"features": [".*"], "megate_threshold": 5}],
            "check_opt_scores": False,
        },
    }
    (folder / "megate.yaml").write_text(yaml.safe_dump(settings))


def project_in(folder: Path) -> Project:
    """The project whose inputs `make_inputs` wrote."""
    path = folder / "megate.yaml"
    schema = REPOSITORY / "workflow" / "schemas" / "config.schema.yaml"
    source = Source(str(path), read_yaml_mapping(path, "config"), folder)
    return Project(load_config([source], schema))


def make_results(folder: Path, processes: int) -> int:
    """Write prepared e-models, their hoc and all shards, without simulating.

    Returns:
        Number of simulations.
    """
    results = folder / "results"
    hoc = results / "release" / "emodels_hoc"
    hoc.mkdir(parents=True)
    for emodel in EMODELS:
        (results / "emodels" / emodel / "package").mkdir(parents=True)
        manifest = Manifest(emodel, emodel, {"g": 0.1}, FEATURES, [], [], "0" * 64)
        manifest.write(results / "emodels" / emodel / "emodel.json")
        (hoc / f"{emodel}.hoc").write_text(f"begintemplate {emodel}\nendtemplate {emodel}\n")
    jobs = project_in(folder).jobs
    names = [(name, job.morph_name) for name, job in jobs.items()]
    parts = [names[n::processes] for n in range(processes)]
    with ProcessPoolExecutor(processes) as pool:
        list(pool.map(partial(_simulate, results / "scores"), range(processes), parts))
    return len(names)


def _simulate(scores: Path, seed: int, jobs: list[tuple[str, str]]) -> None:
    """Write shards with random scores, of which nine in ten pass."""
    random = np.random.default_rng(seed)
    for name, morph_name in jobs:
        emodel = name.partition("/")[0]
        limit = 0.99 if random.random() < 0.9 else 6.0
        values = random.uniform(0, limit, len(FEATURES)).tolist()
        result = JobResult(
            job=name,
            emodel=emodel,
            original_emodel=emodel,
            morph_name=morph_name,
            emodel_sha256="0" * 64,
            status="scored",
            runtime_s=30.0,
            cpu_s=29.5,
            peak_memory_mb=300.0,
            host="node01",
            versions="megate 0, Python 3, neuron 9, bluepyopt 1, efel 5, numpy 2",
            holding_current=-0.1,
            threshold_current=0.4,
            build_cpu_s=0.7,
            solve_cpu_s=27.0,
            features_cpu_s=0.2,
            sweeps=29,
            cells_built=1,
            solver_steps=1_000_000,
            features=[
                {
                    "feature": feature,
                    "score": value,
                    "value": 2 * value,
                    "exp_mean": 1.0,
                    "exp_std": 2.0,
                }
                for feature, value in zip(FEATURES, values, strict=True)
            ],
        )
        write_shard(scores / f"{name}.parquet", result)
