"""Rules combos and import_scores: write the table of combinations."""

from collections.abc import Sequence
from pathlib import Path

import pandas as pd
import pyarrow as pa

from megate.bluepymm_db.import_scores import copy_hoc, write_scores
from megate.bluepymm_db.read import read_scores_db
from megate.config.config import Config
from megate.project.combinations import SCHEMA
from megate.project.project import Project
from megate.scores.shards import write_table


def write_combos(path: Path, config: Config) -> None:
    """Write the combinations and exemplar rows of a project.

    Raises:
        MegateError: an input file is not as it should be.
    """
    _write(path, Project(config).combos)


def import_scores(
    scores_db: Path, hoc: Sequence[Path], combos: Path, scores: Path, copied_hoc: Sequence[Path]
) -> None:
    """Write combinations and scores of an earlier BluePyMM run, and copy its hoc.

    Args:
        scores_db: its scores.sqlite
        hoc: its e-models' hoc; may be empty
        combos: file for the combinations
        scores: file for the scores
        copied_hoc: a file for each of `hoc`

    Raises:
        MegateError: scores.sqlite is not as it should be, or an e-model has no hoc.
    """
    table, imported = read_scores_db(scores_db)
    copy_hoc(hoc, copied_hoc, set(table.loc[~table["is_exemplar"], "emodel"]))
    _write(combos, table)
    write_scores(scores, table, imported)


def _write(path: Path, combos: pd.DataFrame) -> None:
    write_table(path, pa.Table.from_pandas(combos, schema=SCHEMA, preserve_index=False))
