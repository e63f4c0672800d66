"""Files of a run, as its rules write them, without running anything."""

from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from megate.core.paths import Paths
from megate.project.combinations import SCHEMA as COMBOS
from megate.scores.shards import JobResult, write_shard

TRACEBACK = 'Traceback (most recent call last):\n  File "x"\nValueError: no axon\n'

SCORED_LOG = """\
2026-11-27 19:42:03,867 INFO    E on /release/morphology.asc
Max threshold current: 0.444662
2026-11-27 19:42:40,545 INFO    62 scores in 36.7 s; CPU time 17.1 s: NEURON 13.8 s (22 sweeps, \
21406 steps), cells 0.6 s (1 built), features 0.3 s; memory 107 MB
"""
BEGUN_LOG = "2026-11-27 19:42:03,867 INFO    E on /release/morphology.asc\nMax threshold\n"


def write_combos(paths: Paths, combos: pd.DataFrame) -> None:
    """Write combos.parquet (`tables.combos_table`)."""
    paths.results.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.Table.from_pandas(combos, COMBOS, preserve_index=False), paths.combos)


def write_result(
    paths: Paths,
    job: str,
    features: dict[str, float | None] | None = None,
    status: str = "scored",
    **columns: object,
) -> Path:
    """Write a shard. A feature of score s has the mean 10, the SD 2 and the value 10 + 2 s."""
    emodel, morph_name = job.split("/")
    rows = [
        {
            "feature": feature,
            "score": score,
            "value": None if score is None else 10 + 2 * score,
            "exp_mean": 10.0,
            "exp_std": 2.0,
        }
        for feature, score in (features or {}).items()
    ]
    path = paths.shard(job)
    write_shard(
        path,
        JobResult(
            job=job,
            emodel=emodel,
            original_emodel=emodel,
            morph_name=morph_name,
            emodel_sha256="",
            status=status,
            runtime_s=12.0,
            cpu_s=10.0,
            peak_memory_mb=100.0,
            host="here",
            versions="",
            features=rows,
            **columns,
        ),
    )
    return path


def write_log(paths: Paths, job: str, text: str, rule: str = "score_combo") -> Path:
    """Write the log of a job."""
    path = paths.log(f"{rule}/{job}")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path
