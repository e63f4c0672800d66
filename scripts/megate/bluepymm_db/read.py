"""Read BluePyMM's scores.sqlite, the result of its `prepare` and `run`.

Table `scores` has a row per combination and exemplar, with its scores as a JSON object; table
`score_values` has the same rows in the same order, with a column per feature.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa

from megate.bluepymm_db.read_results import RESULTS, read_results
from megate.core.errors import MegateError
from megate.core.names import check_emodel_name, file_name, label_problem
from megate.files.sqlite_file import (
    Convert,
    SqliteFile,
    check_numbers,
    flag_of,
    json_object_of,
    label_of,
    reading,
    text_of,
)
from megate.project.combinations import SCHEMA

COLUMNS = {
    "index": "INTEGER", "layer": "TEXT", "fullmtype": "TEXT", "mtype": "TEXT", "msubtype": "TEXT",
    "etype": "TEXT", "morph_name": "TEXT", "morph_ext": "TEXT", "emodel": "TEXT",
    "original_emodel": "TEXT", "morph_dir": "TEXT", "scores": "TEXT", "opt_scores": "TEXT",
    "exception": "TEXT", "to_run": "INTEGER", "is_exemplar": "INTEGER", "is_repaired": "INTEGER",
    "is_original": "INTEGER", "submtype": "TEXT", "extra_values": "TEXT",
}  # fmt: skip
"""Columns of table `scores` with their SQLite types, in the order of BluePyMM 0.9.11."""

# Some versions of BluePyMM do not write these; other columns contain the same.
_OPTIONAL = {"index", "mtype", "msubtype", "submtype", "morph_ext"}


def read_scores_db(path: Path) -> tuple[pd.DataFrame, pa.Table]:
    """Read a scores.sqlite.

    Rows of the same e-model, parameters and morphology file with the same results share a job.

    Returns:
        The combinations (`megate.project.combinations.SCHEMA`), and the scores (see
        `read_results`), jobs in the order of the combinations.

    Raises:
        MegateError: naming file, table, row and column, what was found and what was expected.
    """
    with reading(path, "scores_db") as db:
        combos = _Rows(db).combos()
        names = list(zip(_names(combos), combos["morph_path"], strict=True))
        jobs, scores = read_results(db, names)
    combos = combos.assign(job=jobs, combo=range(len(combos)))
    table = pa.Table.from_pandas(combos[SCHEMA.names], schema=SCHEMA, preserve_index=False)
    return table.to_pandas(), scores


class _Rows:
    """The rows of table `scores`, without their results."""

    def __init__(self, db: SqliteFile) -> None:
        columns = db.columns("scores")
        place = db.place("scores")
        if missing := [name for name in COLUMNS if name not in columns and name not in _OPTIONAL]:
            found = f"the columns {', '.join(columns)}" if columns else "no such table"
            raise MegateError(
                f"{place}: found {found}; expected BluePyMM's, which has {', '.join(missing)} too"
            )
        names = [name for name in COLUMNS if name in columns and name not in RESULTS]
        self._db = db
        self._rows = pd.DataFrame(list(db.select("scores", names)), columns=names, dtype=object)
        if self._rows.empty:
            raise MegateError(f"{place}: found no rows, expected combinations")
        waiting = self._rows.index[self._flags("to_run")]
        if len(waiting):
            raise MegateError(
                f"{db.place('scores', waiting[0], 'to_run')}: found 1, expected 0: {len(waiting)} "
                "combinations have not been run; let `bluepymm run` finish"
            )
        self._is_exemplar = self._flags("is_exemplar")
        if self._is_exemplar.all():
            raise MegateError(
                f"{place}: found exemplars only, expected combinations too (is_exemplar 0)"
            )

    def _place(self, row: int, column: str) -> str:
        return self._db.place("scores", row, column)

    def _column(self, name: str, convert: Convert, required: bool | pd.Series = True) -> pd.Series:
        """A column's values, converted; NULL if there is no such column. NULL is allowed in rows
        that are not `required`."""
        values = self._rows.get(name, pd.Series(None, index=self._rows.index, dtype=object))
        missing = values.index[values.isna() & required]
        problems = [f"{self._place(row, name)}: found NULL, expected a value" for row in missing]
        known = {}
        for row, value in values.dropna().drop_duplicates().items():
            try:
                known[value] = convert(value, self._place(row, name))
            except MegateError as error:
                problems.append(str(error))
        self._db.refuse(problems)
        return pd.Series([known.get(value) for value in values], dtype=object)

    def _flags(self, name: str) -> pd.Series:
        return self._column(name, flag_of).astype(bool)

    def combos(self) -> pd.DataFrame:
        """The columns of `megate.project.combinations.SCHEMA`, without `combo` and `job`."""
        # exemplars have no layer, and no types if repaired exemplars are skipped
        of_combination = ~self._is_exemplar
        fullmtype = self._column("fullmtype", label_of("m-type"), of_combination)
        is_repaired = self._flags("is_repaired")
        # BluePyMM has the exemplars' subtype in `msubtype`, the combinations' in `submtype`
        subtype = self._column("msubtype", text_of, False)
        subtype = subtype.fillna(self._column("submtype", text_of, False))
        parts = fullmtype.str.partition(":")
        rows = pd.DataFrame(
            {
                "emodel": self._column("emodel", label_of("e-model name")),
                "original_emodel": self._column("original_emodel", label_of("e-model name")),
                "morph_name": self._column("morph_name", label_of("morphology name")),
                "layer": self._column("layer", label_of("layer"), of_combination),
                "fullmtype": fullmtype,
                "mtype": self._column("mtype", label_of("m-type"), False).fillna(parts[0]),
                "msubtype": subtype.fillna(parts[2]),
                "etype": self._column("etype", text_of),
                "is_exemplar": self._is_exemplar,
                "is_repaired": is_repaired,
                "is_original": self._flags("is_original"),
                "opt_scores": self._column(
                    "opt_scores", _opt_scores, self._is_exemplar & ~is_repaired
                ),
            }
        )
        extensions = self._column("morph_ext", text_of, False)
        files = rows["morph_name"] + [extension or ".asc" for extension in extensions]
        folders = self._column("morph_dir", text_of)
        rows["morph_path"] = [str(Path(*path)) for path in zip(folders, files, strict=True)]
        self._db.refuse(self._problems(rows))
        return rows

    def _problems(self, rows: pd.DataFrame) -> Iterator[str]:
        """Messages about invalid names and e-models with two parameter sets."""
        for row in rows.index[rows["is_original"] & ~rows["is_exemplar"]]:
            yield (
                f"{self._place(row, 'is_original')}: found 1 for a combination, expected 0; only "
                "exemplars are also scored under their original name"
            )
        # the e-type of an exemplar is the e-type map's regular expression
        etypes = rows.loc[~rows["is_exemplar"], "etype"].drop_duplicates()
        for row, etype in etypes.items():
            if problem := label_problem(etype, "e-type"):
                yield f"{self._place(row, 'etype')}: {problem}"
        pairs = rows.loc[~rows["is_original"], ["emodel", "original_emodel"]].drop_duplicates()
        parameters: dict[str, str] = {}
        for row, emodel, original in pairs.itertuples(name=None):
            if emodel not in parameters:
                try:
                    check_emodel_name(emodel, self._place(row, "emodel"))
                except MegateError as error:
                    yield str(error)
            if parameters.setdefault(emodel, original) != original:
                yield (
                    f"{self._place(row, 'original_emodel')}: found {original!r} for e-model "
                    f"{emodel!r}, expected {parameters[emodel]!r}, as in the rows before"
                )


def _opt_scores(value: Any, place: str) -> str:
    scores = json_object_of(value, place)
    if scores is None:
        raise MegateError(f"{place}: found null, expected a JSON object")
    check_numbers(scores, place, "a number")
    return text_of(value, place)


def _names(combos: pd.DataFrame) -> Iterator[str]:
    """The name of each row's job, as `megate.project.combinations` would form it."""
    own = combos[~combos["is_original"]]
    homes = dict(zip(own["original_emodel"], own["emodel"], strict=True))
    others = combos[~combos["is_exemplar"]]
    files = dict(zip(others["morph_name"], others["morph_path"], strict=True))
    folders = {str(Path(path).parent) for path in files.values()}
    for row in combos.itertuples():
        home = homes.get(row.original_emodel, row.emodel)
        is_released = (
            row.morph_path == files.get(row.morph_name, row.morph_path)
            and str(Path(row.morph_path).parent) in folders
        )
        kind = "" if is_released else "@repaired" if row.is_repaired else "@unrepaired"
        name = f"{home}/{file_name(row.morph_name)}" + (kind if row.is_exemplar else "")
        yield name if row.emodel == home else f"{name}@original"
