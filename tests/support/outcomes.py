"""A small outcome of me-gating, as the three files that the report reads."""

from pathlib import Path

import pandas as pd
import pyarrow as pa

from megate.scores.currents import ADAPTED
from megate.scores.shards import SCHEMA, write_table

TRACEBACK = "Traceback (most recent call last):\n  File x\nNrnError: no <axon> & no soma"

# combo, morphology, m-type, e-model, reason, tightest feature, score, limit, margin
COMBOS = [
    (1, "a", "L5_TPC", "pyr", "passed", "S.f", 1.0, 4.0, 0.75),
    (2, "b", "L5_TPC", "pyr", "passed", "S.g", 4.75, 5.0, 0.05),
    (3, "c", "L5_TPC", "pyr", "over_limit", "S.g", 15.0, 5.0, -2.0),
    (4, "d", "L4_TPC", "pyr", "over_limit", "S.g", 6.0, 5.0, -0.2),
    (5, "e", "L4_TPC", "pyr", "simulation_error", None, None, None, None),
    (6, "f", "L4_TPC", "pyr", "missing_score", "S.f", None, 4.0, None),
    (7, "a", "L5_BP", "bac", "simulation_error", None, None, None, None),
]

COVERAGE = (
    "layer\tfullmtype\tetype\tcells\tmorphologies\tcombinations\treleased\temodels\n"
    "5\tL4_TPC\tcAD\t\t3\t3\t0\t\n"
    "5\tL5_BP\tcAD\t\t1\t1\t0\t\n"
    "6\tL6_BP\tNA\t\t0\t0\t0\t\n"
    "5\tL5_TPC\tcAD\t\t3\t3\t2\tpyr\n"
)

# of the gated features: S.f (limit 4), S.g (limit 5); S.skip is not gated, S.open is open
SCORES = {
    1: {"S.f": 1.0, "S.g": 1.0, "S.skip": 9.0, "S.open": 250.0},
    2: {"S.f": 2.0, "S.g": 4.75, "S.skip": 9.0, "S.open": 0.0},
    3: {"S.f": 5.0, "S.g": 15.0, "S.skip": 9.0, "S.open": 0.0},
    4: {"S.f": 3.0, "S.g": 6.0, "S.skip": 9.0, "S.open": 0.0},
    5: {None: None},
    6: {"S.f": None, "S.g": 1.0, "S.skip": 9.0, "S.open": 0.0},
    7: {None: None},
}
MEDIANS = {1: 1.0, 2: 2.0, 3: 5.0, 4: 3.0, 6: 0.5}
LIMITS = {"S.f": 4.0, "S.g": 5.0, "S.open": 1250.0}


def write_results(root: Path, combos: list[tuple] = COMBOS, dictionaries: bool = True) -> None:
    """Write decisions.parquet, combos.parquet, scores.parquet and coverage.tsv into `root`."""
    rows, jobs, runs = [], [], []
    for number, morph, mtype, emodel, reason, feature, score, limit, margin in combos:
        own = {
            "combo": number,
            "combo_name": f"{emodel}_{mtype}_5_{morph}",
            "morph_name": morph,
            "layer": "5",
            "fullmtype": mtype,
            "etype": "cAD",
            "emodel": emodel,
            "passed": reason == "passed",
            "reason": reason,
            "n_failed": int(reason != "passed"),
            "stopped_at": None,
            "limiting_feature": feature,
            "limiting_feature_score": score,
            "limiting_feature_limit": limit,
            "margin": margin,
            "borderline": margin is not None and abs(margin) < 0.1,
            "median_score": MEDIANS.get(number),
            "holding_current": None if reason == "simulation_error" else -0.125,
            "threshold_current": None if reason == "simulation_error" else 0.5,
            "input_resistance": None if reason == "simulation_error" else 100.0,
            "holding_voltage": None if reason == "simulation_error" else -83.0,
            "resting_potential": None if reason == "simulation_error" else -75.0,
            **dict.fromkeys(ADAPTED),
        }
        for name, value in SCORES[number].items():
            gated = name in LIMITS
            rows.append(
                own
                | {
                    "feature": name,
                    "score": value,
                    "limit": LIMITS.get(name),
                    "rule": 1 if gated else None,
                    "gated": gated,
                    "feature_passed": value is not None and value <= LIMITS[name]
                    if gated
                    else None,
                    "uncomputable_in_exemplar": name == "S.open",
                }
            )
        jobs.append({"combo": number, "job": f"{emodel}/{morph}", "emodel": emodel})
        runs.extend(run_row(f"{emodel}/{morph}", reason, runtime=10.0 * number))
    table = pd.DataFrame(rows).astype(
        {"score": float, "limit": float, "rule": float, "feature_passed": "boolean"}
    )
    if dictionaries:
        table = table.astype({name: "category" for name in table if table[name].dtype == object})
    write_table(root / "decisions.parquet", pa.Table.from_pandas(table, preserve_index=False))
    write_table(root / "combos.parquet", pa.Table.from_pandas(pd.DataFrame(jobs)))
    write_table(root / "scores.parquet", pa.Table.from_pylist(runs, SCHEMA))
    (root / "coverage.tsv").write_text(COVERAGE)


def run_row(job: str, reason: str, runtime: float) -> list[dict]:
    """The rows of scores.parquet of a simulation: one if it raised, else two."""
    raised = reason == "simulation_error"
    row = {
        "job": job,
        "emodel": job.split("/")[0],
        "original_emodel": job.split("/")[0],
        "morph_name": job.split("/")[1],
        "emodel_sha256": "0",
        "status": "raised" if raised else "scored",
        "exception": TRACEBACK if raised else None,
        "holding_current": None if raised else -0.125,
        "threshold_current": None if raised else 0.5,
        "runtime_s": runtime,
        "cpu_s": runtime - 1,
        "solve_cpu_s": None if raised else (runtime - 1) / 2,
        "peak_memory_mb": 100 + runtime,
        "host": "here",
        "versions": "megate 0",
    }
    return [row] if raised else [row | {"feature": "S.f"}, row | {"feature": "S.g"}]
