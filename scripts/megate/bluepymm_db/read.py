"""Read BluePyMM's scores.sqlite, the result of its `prepare` and `run`.

Table `scores` has a row per combination and exemplar, with its scores as a JSON object; table
`score_values` has the same rows in the same order, with a column per feature.
"""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa

from megate.bluepymm_db.read_results import RESULTS, read_results
from megate.core.errors import MegateError
from megate.core.names import check_emodel_name, file_name
from megate.files.sqlite_file import (
    Convert,
    SqliteFile,
    flag_of,
    is_number_or_null,
    json_object_of,
    label_of,
    reading,
    refusals,
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
        The combinations (`megate.project.combinations.SCHEMA`), and the scores: one row per
        (job, feature), with the columns of `megate.scores.shards.SCHEMA` that decisions need,
        strings as dictionaries, jobs in the order of the combinations. NULL and NaN scores are
        null.

    Raises:
        MegateError: naming file, table, row and column, what was found and what was expected.
    """
    with reading(path, "scores_db") as db:
        columns = db.columns("scores")
        missing = [name for name in COLUMNS if name not in columns and name not in _OPTIONAL]
        if missing:
            found = f"the columns {', '.join(columns)}" if columns else "no such table"
            raise MegateError(
                f"{db.place('scores')}: found {found}; expected BluePyMM's, which has "
                f"{', '.join(missing)} too"
            )
        _refuse_unfinished(db)
        combos = _Rows(db, columns).combos()
        names = list(zip(_names(combos), combos["morph_path"], strict=True))
        jobs, scores = read_results(db, names)
    combos = combos.assign(job=jobs, combo=range(len(combos)))
    table = pa.Table.from_pandas(combos[SCHEMA.names], schema=SCHEMA, preserve_index=False)
    return table.to_pandas(), scores


def _refuse_unfinished(db: SqliteFile) -> None:
    """Raise if a combination has not been run."""
    rows = enumerate(db.select("scores", ["to_run"]))
    waiting = [row for row, (value,) in rows if flag_of(value, db.place("scores", row, "to_run"))]
    if waiting:
        raise MegateError(
            f"{db.place('scores', waiting[0], 'to_run')}: found 1, expected 0: {len(waiting)} "
            "combinations have not been run; let `bluepymm run` finish"
        )


class _Rows:
    """The rows of table `scores`, without their results."""

    def __init__(self, db: SqliteFile, columns: list[str]) -> None:
        names = [name for name in COLUMNS if name in columns and name not in RESULTS]
        rows = list(db.select("scores", names))
        if not rows:
            raise MegateError(f"{db.place('scores')}: found no rows, expected combinations")
        self._db = db
        self._values = dict(zip(names, zip(*rows, strict=True), strict=True))
        self._exemplar = self._column("is_exemplar", flag_of)
        if all(self._exemplar):
            raise MegateError(
                f"{db.place('scores')}: found exemplars only, expected combinations too "
                "(is_exemplar 0)"
            )

    def _place(self, row: int, column: str) -> str:
        return self._db.place("scores", row, column)

    def _column(
        self, name: str, convert: Convert, optional: Callable[[int], bool] = lambda row: False
    ) -> list[Any]:
        """A column's values, converted. NULL is allowed in rows for which `optional` is true."""
        known: dict[Any, Any] = {None: None}
        converted, problems = [], []
        for row, value in enumerate(self._values[name]):
            if value is None and not optional(row):
                problems.append(f"{self._place(row, name)}: found NULL, expected a value")
            elif value not in known:
                try:
                    known[value] = convert(value, self._place(row, name))
                except MegateError as error:
                    problems.append(str(error))
            converted.append(known.get(value))
        self._db.refuse(problems)
        return converted

    def _column_or_nulls(self, name: str, convert: Convert) -> pd.Series:
        if name not in self._values:
            return pd.Series([None] * len(self._exemplar), dtype=object)
        return pd.Series(self._column(name, convert, lambda row: True), dtype=object)

    def combos(self) -> pd.DataFrame:
        """The columns of `megate.project.combinations.SCHEMA`, without `combo` and `job`."""
        # exemplars have no layer, and no types if repaired exemplars are skipped
        of_combination = self._exemplar.__getitem__
        names = {"emodel": "e-model name", "original_emodel": "e-model name"}
        names |= {"morph_name": "morphology name"}
        columns = {name: self._column(name, label_of(what)) for name, what in names.items()}
        for name, what in (("layer", "layer"), ("fullmtype", "m-type")):
            columns[name] = self._column(name, label_of(what), of_combination)
        for name in ("is_repaired", "is_original"):
            columns[name] = self._column(name, flag_of)
        columns |= {"is_exemplar": self._exemplar, "etype": self._column("etype", text_of)}
        rows = pd.DataFrame(columns, dtype=object)
        rows[["mtype", "msubtype"]] = self._types(rows["fullmtype"])
        rows["morph_path"] = self._paths(rows["morph_name"])
        repaired = rows["is_repaired"].tolist()
        rows["opt_scores"] = self._column(
            "opt_scores", _opt_scores, lambda row: not self._exemplar[row] or repaired[row]
        )
        self._db.refuse(self._problems(rows))
        return rows

    def _types(self, fullmtype: pd.Series) -> pd.DataFrame:
        """m-type and its subtype; without columns for them, from the full name."""
        parts = fullmtype.str.partition(":")
        mtype = self._column_or_nulls("mtype", label_of("m-type"))
        # BluePyMM has the exemplars' subtype in `msubtype`, the combinations' in `submtype`
        exemplars = self._column_or_nulls("msubtype", text_of)
        combinations = self._column_or_nulls("submtype", text_of)
        subtype = exemplars.where(exemplars.notna(), combinations)
        return pd.DataFrame(
            {
                "mtype": mtype.where(mtype.notna(), parts[0]),
                "msubtype": subtype.where(subtype.notna(), parts[2]),
            }
        )

    def _paths(self, morph_names: pd.Series) -> list[str]:
        extensions = self._column_or_nulls("morph_ext", text_of)
        rows = zip(self._column("morph_dir", text_of), morph_names, extensions, strict=True)
        return [str(Path(folder, name + (extension or ".asc"))) for folder, name, extension in rows]

    def _problems(self, rows: pd.DataFrame) -> Iterator[str]:
        """Messages about invalid names and e-models with two parameter sets."""
        is_exemplar, is_original = (
            rows[key].astype(bool) for key in ("is_exemplar", "is_original")
        )
        for row in rows.index[is_original & ~is_exemplar]:
            yield (
                f"{self._place(row, 'is_original')}: found 1 for a combination, expected 0; only "
                "exemplars are also scored under their original name"
            )
        # the e-type of an exemplar is the e-type map's regular expression
        for row, etype in rows.loc[~is_exemplar, ["etype"]].drop_duplicates().itertuples(name=None):
            yield from refusals(label_of("e-type"), etype, self._place(row, "etype"))
        pairs = rows.loc[~is_original, ["emodel", "original_emodel"]].drop_duplicates()
        parameters: dict[str, str] = {}
        for row, emodel, original in pairs.itertuples(name=None):
            yield from refusals(check_emodel_name, emodel, self._place(row, "emodel"))
            if parameters.setdefault(emodel, original) != original:
                yield (
                    f"{self._place(row, 'original_emodel')}: found {original!r} for e-model "
                    f"{emodel!r}, expected {parameters[emodel]!r}, as in the rows before"
                )


def _opt_scores(value: Any, place: str) -> str:
    scores = json_object_of(value, place)
    if scores is None:
        raise MegateError(f"{place}: found null, expected a JSON object")
    for feature, score in scores.items():
        if score is None or not is_number_or_null(score):
            raise MegateError(f"{place}: {feature!r} is {score!r}, expected a number")
    return text_of(value, place)


def _names(combos: pd.DataFrame) -> list[str]:
    """The name of each row's job, as `megate.project.combinations` would form it."""
    own = combos[~combos["is_original"].astype(bool)]
    homes = dict(zip(own["original_emodel"], own["emodel"], strict=True))
    others = combos[~combos["is_exemplar"].astype(bool)]
    files = dict(zip(others["morph_name"], others["morph_path"], strict=True))
    folders = {str(Path(path).parent) for path in files.values()}
    names = []
    columns = ("morph_name", "morph_path", "emodel", "original_emodel", "is_exemplar")
    for morph, path, emodel, original, is_exemplar, is_repaired in zip(
        *(combos[column] for column in (*columns, "is_repaired")), strict=True
    ):
        home = homes.get(original, emodel)
        name = f"{home}/{file_name(morph)}"
        is_released = path == files.get(morph, path) and str(Path(path).parent) in folders
        if is_exemplar and not is_released:
            name += "@repaired" if is_repaired else "@unrepaired"
        names.append(name if emodel == home else f"{name}@original")
    return names
