"""Make a large project with scores, for megate and BluePyMM.

Ten e-models, each for an e-type of its own; 60 m-types in six layers, each with three or four
e-types, which makes 200 me-types, about as many as in a cortical microcircuit; 62 features. Scores
are drawn with a fixed seed so that about three in four combinations pass. Some simulations raised,
some lack a score, some have features that could not be computed. Nothing is simulated; the
morphologies are empty files.
"""

import json
import sqlite3
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import yaml
from lxml import etree

REPOSITORY = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(REPOSITORY / "scripts"))

from megate.config.config import Config, load_config  # noqa: E402
from megate.config.schema import Source  # noqa: E402
from megate.files.readers import read_yaml_mapping  # noqa: E402
from megate.project.combinations import SCHEMA as COMBOS  # noqa: E402
from megate.project.project import Project  # noqa: E402
from megate.scores.shards import SCHEMA as SCORES  # noqa: E402
from megate.scores.shards import write_table  # noqa: E402

SEED = 20141
EMODELS = [f"cell{number:02d}_{kind}" for number, kind in enumerate(["pyr", "int"] * 5)]
ETYPES = ["cADpyr", "bAC", "bIR", "bNAC", "bSTUT", "cAC", "cIR", "cNAC", "cSTUT", "dNAC"]
EVERY = 3  # an m-type has every third e-type
LAYERS = {"L1": ["1"], "L23": ["2", "3"], "L4": ["4"], "L5": ["5"], "L6": ["6"]}
KINDS = ["TPC", "BPC", "IPC", "LBC", "MC", "NGC"]
MTYPES = [
    (f"{prefix}_{kind}", subtype, layers)
    for prefix, layers in LAYERS.items()
    for kind in KINDS
    for subtype in "AB"
]
FEATURES = [
    *(
        f"mm.Step_{percent}.soma.v.{feature}"
        for percent in (120, 150, 200, 280)
        for feature in (
            "AHP_depth",
            "AP_amplitude",
            "APlast_amp",
            "ISI_CV",
            "inv_first_ISI",
            "inv_second_ISI",
            "inv_third_ISI",
            "inv_time_to_first_spike",
            "mean_frequency",
            "time_to_last_spike",
            "voltage_after_stim",
            "voltage_base",
        )
    ),
    *(
        f"mm.APWaveform.soma.v.{feature}"
        for feature in ("AHP_depth", "AP1_amp", "AP2_amp", "AP_duration_half_width")
    ),
    *(f"mm.IV.soma.v.{feature}" for feature in ("voltage_deflection", "sag_ratio1")),
    "mm.RMP.soma.v.Spikecount",
    "mm.RMP.soma.v.voltage_base",
    "mm.Rin.soma.v.ohmic_input_resistance",
    "mm.RinHoldCurrent.soma.v.bpo_holding_current",
    "mm.Threshold.soma.v.bpo_threshold_current",
    "mm.bAP.soma.v.Spikecount",
    "mm.bAP.dend1.v.maximum_voltage_from_voltagebase",
    "mm.bAP.dend2.v.maximum_voltage_from_voltagebase",
]
SELECT = {
    "megate_thresholds": [
        {"features": [".*"], "megate_threshold": 5},
        {"features": [".*voltage_base", ".*voltage_after_stim"], "megate_threshold": 4},
        {"emodel": ["cell0[0-4]_.*"], "features": [".*Step_280.*"], "megate_threshold": 6},
        {
            "fullmtype": ["L5_.*"],
            "etype": ["c.*"],
            "features": [".*ISI.*"],
            "megate_threshold": 4.5,
        },
    ],
    "to_skip_features": [".*bAP.*", ".*bpo_.*"],
    "make_names_neuron_compliant": True,
}
UNCOMPUTABLE = 250.0
TRACEBACK = (
    'Traceback (most recent call last):\n  File "setup/evaluator.py", line 71, in create\n'
    "    raise ValueError('no axon')\nValueError: no axon\n"
)
OUTPUTS = {"results": "results", "bluepymm": "output_select", "hoc": "results/release/emodels_hoc"}


def make_project(folder: Path, number: int) -> None:
    """Write, in an empty `folder`, a project of about `number` combinations and its results.

    Files: the inputs; megate.yaml, results/combos.parquet, results/scores.parquet, the e-models'
    hoc; select.json and scores.sqlite for BluePyMM.
    """
    random = np.random.default_rng(SEED)
    fitness = {name: dict(zip(FEATURES, _exemplar(random), strict=True)) for name in EMODELS}
    names = _morphologies(folder / "morphologies", max(number * EVERY // len(EMODELS), 60), random)
    _emodels(folder / "emodels", fitness, names)
    _recipe(folder / "recipe.yaml")
    combos = Project(_config(folder)).combos
    results = folder / OUTPUTS["results"]
    write_table(
        results / "combos.parquet",
        pa.Table.from_pandas(combos, schema=COMBOS, preserve_index=False),
    )
    jobs = _jobs(combos, random)
    scores = _scores(jobs, fitness, random)
    write_table(results / "scores.parquet", pa.concat_tables(_tidy(jobs, scores)))
    hoc = folder / OUTPUTS["hoc"]
    hoc.mkdir(parents=True)
    for emodel in EMODELS:
        (hoc / f"{emodel}.hoc").write_text(f"begintemplate {emodel}\nendtemplate {emodel}\n")
    _sqlite(folder / "scores.sqlite", combos, jobs, scores)
    select = SELECT | {
        "scores_db": "scores.sqlite",
        "emodels_hoc_dir": OUTPUTS["hoc"],
        "pdf_filename": f"{OUTPUTS['bluepymm']}/megating.pdf",
        "output_dir": OUTPUTS["bluepymm"],
    }
    (folder / "select.json").write_text(json.dumps(select, indent=1))


def _morphologies(folder: Path, rows: int, random: np.random.Generator) -> list[str]:
    """A release of `rows` entries; some morphologies of layers 2 and 3 are listed in both."""
    folder.mkdir(parents=True)
    database = etree.Element("neurondb")
    listing = etree.SubElement(database, "listing")
    names: list[str] = []
    written = 0
    while written < rows:
        mtype, subtype, layers = MTYPES[len(names) % len(MTYPES)]
        name = f"{len(names):06d}-{mtype}_idA_-_Scale_x1.000_y{random.uniform(0.9, 1.1):.3f}"
        names.append(name)
        both = len(layers) > 1 and random.random() < 0.2 and written + 1 < rows
        for layer in layers if both else [layers[len(names) % len(layers)]]:
            entry = etree.SubElement(listing, "morphology")
            for tag, text in zip(
                ("name", "mtype", "msubtype", "layer"), (name, mtype, subtype, layer), strict=True
            ):
                etree.SubElement(entry, tag).text = text
            written += 1
        (folder / f"{name}.asc").touch()
    etree.ElementTree(database).write(folder / "neuronDB.xml")
    (folder / "apical_points_isec.json").write_text("{}")
    return names


def _emodels(folder: Path, fitness: dict[str, dict[str, float]], names: list[str]) -> None:
    """Packages without code: each with its exemplar, one of the release's morphologies."""
    final, entries = {}, {}
    for number, (emodel, etype) in enumerate(zip(EMODELS, ETYPES, strict=True)):
        package, exemplar = folder / emodel, f"{names[7 * number % len(names)]}.asc"
        for part in ("setup/__init__.py", exemplar):
            (package / part).parent.mkdir(parents=True, exist_ok=True)
            (package / part).touch()
        final[f"{emodel}_original"] = {
            "params": {"g": 0.1 * (number + 1)},
            "fitness": fitness[emodel],
            "morph_path": exemplar,
            "main_path": emodel,
        }
        entries[f"{emodel}_original"] = {
            "mm_recipe": emodel,
            "etype": etype,
            "layer": sorted({layer for layers in LAYERS.values() for layer in layers}),
        }
    (folder / "final.json").write_text(json.dumps(final))
    (folder / "map.json").write_text(json.dumps(entries))


def _recipe(path: Path) -> None:
    neurons = [
        {
            "traits": {
                "layer": layer,
                "mtype": f"{mtype}:{subtype}",
                "etype": dict.fromkeys(ETYPES[number % EVERY :: EVERY], 0.25),
            }
        }
        for number, (mtype, subtype, layers) in enumerate(MTYPES)
        for layer in layers
    ]
    path.write_text(json.dumps({"version": "v2.0", "neurons": neurons}))  # JSON is YAML


def _config(folder: Path) -> Config:
    """Write megate.yaml, and load it."""
    settings = {
        "results": OUTPUTS["results"],
        "prepare": {
            "recipe_path": "recipe.yaml",
            "morph_path": "morphologies",
            "rep_morph_path": "morphologies",
            "emodels_dir": "emodels",
            "emodel_etype_map_path": "map.json",
            "final_json_path": "final.json",
        },
        "select": SELECT,
    }
    path = folder / "megate.yaml"
    path.write_text(yaml.safe_dump(settings))
    schema = REPOSITORY / "workflow" / "schemas" / "config.schema.yaml"
    return load_config([Source(str(path), read_yaml_mapping(path, "config"), folder)], schema)


def _exemplar(random: np.random.Generator) -> list[float]:
    return np.abs(random.normal(scale=0.7, size=len(FEATURES))).tolist()


def _jobs(combos: pd.DataFrame, random: np.random.Generator) -> pd.DataFrame:
    """One row per simulation: names, whether it raised, its currents (nA)."""
    columns = ["job", "emodel", "original_emodel", "morph_name"]
    jobs = combos[columns].drop_duplicates("job").reset_index(drop=True)
    exemplars = combos.loc[combos["is_exemplar"], "job"]
    jobs["is_exemplar"] = jobs["job"].isin(exemplars)
    jobs["raised"] = (random.random(len(jobs)) < 0.005) & ~jobs["is_exemplar"]
    jobs["holding_current"] = np.where(jobs["raised"], np.nan, -random.uniform(0, 0.2, len(jobs)))
    jobs["threshold_current"] = np.where(jobs["raised"], np.nan, random.uniform(0.1, 1, len(jobs)))
    return jobs


def _scores(
    jobs: pd.DataFrame, fitness: dict[str, dict[str, float]], random: np.random.Generator
) -> np.ndarray:
    """Scores, job x feature; NaN: missing."""
    shape = (len(jobs), len(FEATURES))
    quality = random.lognormal(sigma=0.4, size=(len(jobs), 1))
    scores = np.abs(random.normal(scale=quality * random.uniform(0.6, 1.8, shape[1]), size=shape))
    scores[random.random(shape) < 0.0005 * quality] = UNCOMPUTABLE
    incomplete = random.random(len(jobs)) < 0.002
    scores[incomplete, random.integers(shape[1], size=incomplete.sum())] = np.nan
    for row, job in enumerate(jobs.itertuples()):
        if job.is_exemplar:
            original = job.original_emodel.removesuffix("_original")
            scores[row] = list(fitness[original].values())
    repaired = jobs["is_exemplar"] & ~jobs["job"].str.contains("@unrepaired")
    scores[repaired] = np.abs(random.normal(scale=0.8, size=(repaired.sum(), shape[1])))
    scores[jobs["raised"]] = np.nan
    return scores


def _tidy(jobs: pd.DataFrame, scores: np.ndarray) -> Iterator[pa.Table]:
    """The gathered scores, e-model by e-model."""
    for emodel in jobs["emodel"].unique():
        rows = jobs[jobs["emodel"] == emodel]
        long = rows.loc[rows.index.repeat(np.where(rows["raised"], 1, len(FEATURES)))]
        raised = long["raised"].to_numpy()
        number = len(long)
        values = np.full(number, np.nan)
        values[~raised] = scores[rows.index[~rows["raised"]]].ravel()
        features = np.full(number, None, dtype=object)
        features[~raised] = np.tile(np.array(FEATURES, dtype=object), (~rows["raised"]).sum())
        columns = {name: long[name] for name in ("job", "emodel", "original_emodel", "morph_name")}
        columns |= {name: long[name] for name in ("holding_current", "threshold_current")}
        constant = {
            "emodel_sha256": "0" * 64,
            "runtime_s": 80.0,
            "cpu_s": 79.5,
            "build_cpu_s": 0.7,
            "solve_cpu_s": 70.0,
            "features_cpu_s": 1.1,
            "peak_memory_mb": 300.0,
            "sweeps": 29,
            "cells_built": 1,
            "solver_steps": 1_000_000,
            "host": "node01",
            "versions": "megate 0, Python 3",
        }
        columns |= {name: np.full(number, value) for name, value in constant.items()}
        columns |= {
            "status": np.where(raised, "raised", "scored"),
            "exception": np.where(raised, TRACEBACK, None),
            "feature": features,
            "score": values,
            "value": 2.0 * values,
            "exp_mean": np.where(raised, np.nan, 1.0),
            "exp_std": np.where(raised, np.nan, 2.0),
        }
        arrays = [pa.array(columns[field.name], field.type, from_pandas=True) for field in SCORES]
        yield pa.table(arrays, schema=SCORES)


def _sqlite(path: Path, combos: pd.DataFrame, jobs: pd.DataFrame, scores: np.ndarray) -> None:
    """BluePyMM's two tables, as its `run` leaves them."""
    row_of_job = pd.Series(jobs.index, index=jobs["job"])
    row = row_of_job[combos["job"]].to_numpy()
    raised = jobs["raised"].to_numpy()
    texts = ["null" if raised[n] else _json(scores[n]) for n in range(len(jobs))]
    extra = [
        json.dumps({name: getattr(job, name) for name in ("holding_current", "threshold_current")})
        for job in jobs.itertuples()
    ]
    path_of = combos["morph_path"].map(Path)
    table = combos[
        [
            "layer",
            "fullmtype",
            "mtype",
            "msubtype",
            "etype",
            "morph_name",
            "emodel",
            "original_emodel",
        ]
    ].assign(
        morph_ext=np.where(combos["is_exemplar"], ".asc", None),
        morph_dir=[str(path.parent) for path in path_of],
        scores=[texts[n] for n in row],
        opt_scores=combos["opt_scores"],
        exception=np.where(raised[row], TRACEBACK, None),
        to_run=0,
        is_exemplar=combos["is_exemplar"].astype(int),
        is_repaired=combos["is_repaired"].astype(int),
        is_original=combos["is_original"].astype(int),
        extra_values=["null" if raised[n] else extra[n] for n in row],
    )
    with sqlite3.connect(path) as database:
        table.to_sql("scores", database, index_label="index")
        values = pd.DataFrame(scores[row], columns=FEATURES)
        values.to_sql("score_values", database, index=False)


def _json(scores: np.ndarray) -> str:
    return json.dumps(dict(zip(FEATURES, scores.tolist(), strict=True)))
