"""Import an earlier BluePyMM run: its scores and its e-models' hoc."""

import shutil
from collections.abc import Collection, Iterable
from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from megate.core.errors import MegateError, run_checks
from megate.core.names import check_emodel_name
from megate.core.vocabulary import Status
from megate.files.atomic import written_whole
from megate.files.sqlite_file import flag_of, reading, text_of
from megate.scores.shards import SCHEMA

_CHUNK = 100_000  # rows written at a time


def write_scores(path: Path, combos: pd.DataFrame, scores: pa.Table) -> None:
    """Write scores.parquet from the result of `megate.bluepymm_db.read.read_scores_db`. Columns
    that BluePyMM does not record (runtimes, versions, feature values...) are null."""
    schema = pa.schema([field.with_nullable(True) for field in SCHEMA])
    jobs = combos.drop_duplicates("job")  # in the order of the dictionary of jobs
    keys = ("emodel", "original_emodel", "morph_name")
    of_jobs = {key: pa.array(jobs[key], pa.string()) for key in keys}
    with (
        written_whole(path) as partial,
        pq.ParquetWriter(partial, schema, compression="zstd") as writer,
    ):
        for start in range(0, len(scores), _CHUNK):
            chunk = scores.slice(start, _CHUNK).combine_chunks()
            job: Any = chunk["job"].combine_chunks()
            known: dict[str, Any] = dict(zip(chunk.column_names, chunk.columns, strict=True))
            known |= {name: values.take(job.indices) for name, values in of_jobs.items()}
            scored = pc.is_null(chunk["exception"])
            known["status"] = pc.if_else(scored, Status.SCORED, Status.RAISED)
            null = pa.nulls(len(chunk))
            columns = [known.get(field.name, null).cast(field.type) for field in schema]
            writer.write_table(pa.table(columns, schema=schema))


def emodel_names(scores_db: Path) -> list[str]:
    """The e-models of a scores.sqlite, without original names, sorted.

    Raises:
        MegateError: the file cannot be read, or contains an invalid e-model name.
    """
    with reading(scores_db, "scores_db") as db:
        if not {"emodel", "is_original"} <= set(db.columns("scores")):
            return []  # `read_scores_db` reports what is wrong
        rows = dict.fromkeys(db.select("scores", ["emodel", "is_original"]))
        place = db.place("scores", column="emodel")
        names = {
            text_of(emodel, place) for emodel, original in rows if not flag_of(original, place)
        }
    return run_checks(partial(check_emodel_name, name, place) for name in sorted(names))


def hoc_names(directory: Path | None) -> list[str]:
    """The e-models with a hoc file in `directory`, from the files' names.

    Raises:
        MegateError: there is no hoc file, or a file's name is not a valid e-model name.
    """
    if directory is None:
        return []
    if not directory.is_dir():
        raise MegateError(f"emodels_hoc_dir: directory not found: {directory}")
    names = sorted(path.stem for path in directory.glob("*.hoc"))
    if not names:
        raise MegateError(
            f"emodels_hoc_dir: found no .hoc file in {directory}, expected one for each e-model"
        )
    place = f"emodels_hoc_dir: {directory}"
    return run_checks(partial(check_emodel_name, name, f"{place}/{name}.hoc") for name in names)


def copy_hoc(sources: Iterable[Path], targets: Iterable[Path], emodels: Collection[str]) -> None:
    """Copy the e-models' hoc files.

    Raises:
        MegateError: one of `emodels` (those of the combinations) has no file in `sources`.
    """
    pairs = list(zip(sources, targets, strict=True))
    lacking = sorted(set(emodels) - {source.stem for source, _ in pairs})
    if pairs and lacking:
        raise MegateError(
            f"emodels_hoc_dir: {pairs[0][0].parent} has no {', '.join(f'{e}.hoc' for e in lacking)}"
            "; expected a file for every e-model of scores_db"
        )
    for source, target in pairs:
        with written_whole(target) as partial:
            shutil.copyfile(source, partial)
