"""Find the simulations whose scales other limits do not change."""

import json
from collections.abc import Iterable, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from megate.adaptation.emodel import EmodelAdaptation
from megate.core.errors import MegateError


def kept_limits(scores: Path, folder: Path, limits: Sequence[float]) -> dict[str, list[float]]:
    """The simulations whose scales would be the same with `limits`, with the limits that they were
    run with.

    Args:
        scores: scores.parquet
        folder: the folder of the exemplars' files, <emodel>.json

    Returns:
        job -> limits; without simulations that were run with `limits`, or were not adapted
    """
    columns = ["job", "adaptation"]
    try:
        rows = pq.read_table(scores, columns=columns, read_dictionary=columns).to_pandas()
    except (OSError, pa.ArrowException):  # no scores yet, or those of an earlier version
        return {}
    exemplars: dict[str, EmodelAdaptation | None] = {}
    found = {}
    for job, text in rows.dropna().drop_duplicates("job").itertuples(index=False, name=None):
        recorded = json.loads(text)
        if recorded["limits"] == list(limits):
            continue
        emodel = job.partition("/")[0]
        if emodel not in exemplars:
            exemplars[emodel] = _read(folder / f"{emodel}.json")
        exemplar = exemplars[emodel]
        if exemplar is not None and same_scales(exemplar, recorded["steps"], limits):
            found[job] = recorded["limits"]
    return found


def _read(path: Path) -> EmodelAdaptation | None:
    try:
        return EmodelAdaptation.read(path)
    except (MegateError, OSError, TypeError):  # none yet, or that of another version
        return None


def same_scales(
    exemplar: EmodelAdaptation, steps: Iterable[tuple[str, float, float]], limits: Sequence[float]
) -> bool:
    """Whether the search for the scales of a cell has the same steps with other limits. A step is
    "ais" or "soma", the wanted resistance (MOhm), and the scale."""
    fits = {part.key: exemplar.resistance_of(part) for part in exemplar.parts}
    return all(
        part in fits and fits[part].scale_for(resistance, limits)[0] == scale
        for part, resistance, scale in steps
    )
