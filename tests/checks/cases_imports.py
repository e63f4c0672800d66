"""Checks of an earlier run whose scores are imported."""

from broken import IMPORT, Case
from folder import SCORES_DB

_TABLE = "old/scores.sqlite: table scores"
_VALUES = "old/scores.sqlite: table score_values"


def _set(column: str, value: str, rows: str = "= 6") -> str:
    """SQL that sets a column in rows (from 1: 4 of exemplars, 2 of combinations)."""
    return f"UPDATE scores SET {column} = {value} WHERE rowid {rows}"


def _bad(what: str, statement: str, names: tuple[str, ...]) -> Case:
    return Case(what, lambda p: p.as_import(statement), names, IMPORT)


ROWS = [
    Case(
        "no such file",
        lambda p: p.configure(None, prepare=None, scores_db=SCORES_DB),
        ("config: scores_db", "old/scores.sqlite", "not found"),
    ),
    Case(
        "scores of an earlier run beside inputs",
        lambda p: p.configure(None, scores_db=SCORES_DB),
        ("config", "'scores_db'", "'prepare'", "remove one of them"),
    ),
    Case(
        "results of another run would be overwritten",
        lambda p: (
            p.as_import().configure(None, results=str(p.path / "results")),
            (p.path / "results" / "scores").mkdir(parents=True),
        ),
        ("config: results", "another run", "choose another folder"),
    ),
    Case(
        "file that is no SQLite file",
        lambda p: p.as_import().write(SCORES_DB, "layer fullmtype etype\n" * 100),
        ("scores_db", "old/scores.sqlite", "SQLite"),
    ),
    Case(
        "name that cannot be an e-model's in scores.sqlite",
        lambda p: p.as_import(_set("emodel", "'cNAC-LBC'")),
        (_TABLE, "'emodel'", "'cNAC-LBC'", "digits and _"),
    ),
    Case(
        "name that is no text in scores.sqlite",
        lambda p: p.as_import(_set("emodel", "x'00'")),
        (_TABLE, "'emodel'", "b'\\x00'", "a string"),
    ),
    _bad(
        "no table of combinations",
        "DROP TABLE scores",
        (_TABLE, "no such table", "morph_name"),
    ),
    _bad(
        "table without a column",
        "ALTER TABLE scores DROP COLUMN to_run",
        (_TABLE, "to_run"),
    ),
    _bad(
        "combinations have not been run",
        _set("to_run", "1", ">= 5"),
        (_TABLE, "row 4", "'to_run'", "found 1", "2 combinations", "bluepymm run"),
    ),
    _bad(
        "flag that is none",
        _set("to_run", "'later'"),
        (_TABLE, "row 5", "'to_run'", "'later'", "0 or 1"),
    ),
    _bad(
        "no rows",
        "DELETE FROM scores",
        (_TABLE, "no rows", "combinations"),
    ),
    _bad(
        "exemplars only",
        "DELETE FROM scores WHERE rowid > 4",
        (_TABLE, "exemplars only", "is_exemplar"),
    ),
    _bad(
        "value that is NULL",
        _set("etype", "NULL"),
        (_TABLE, "row 5", "'etype'", "NULL", "a value"),
    ),
    _bad(
        "two names that cannot be used",
        _set("morph_name", "'../' || morph_name", ">= 5"),
        (
            "old/scores.sqlite",
            "table scores, row 4",
            "table scores, row 5",
            "'morph_name'",
            "'../m1'",
            "'../m2'",
            "letters",
        ),
    ),
    _bad(
        "e-type that cannot be used",
        _set("etype", "'c NAC'"),
        (_TABLE, "row 5", "'etype'", "'c NAC'", "letters"),
    ),
    _bad(
        "combination under its e-model's original name",
        _set("is_original", "1"),
        (_TABLE, "row 5", "'is_original'", "found 1", "expected 0"),
    ),
    _bad(
        "e-model with two sets of parameters",
        _set("original_emodel", "'E_other'"),
        (_TABLE, "row 5", "'original_emodel'", "'E_other'", "'E'", "'E_original'"),
    ),
    _bad(
        "exemplar without the optimisation's scores",
        _set("opt_scores", "'null'", "= 3"),
        (_TABLE, "row 2", "'opt_scores'", "null", "a JSON object"),
    ),
    _bad(
        "optimisation's score that is no number",
        _set("opt_scores", """'{"f": "low"}'""", "= 3"),
        (_TABLE, "row 2", "'opt_scores'", "'f'", "'low'", "a number"),
    ),
]

RESULTS = [
    _bad(
        "scores that are no JSON",
        _set("scores", """'{"f": 1.0,'"""),
        (_TABLE, "row 5", "'scores'", """'{"f": 1.0,'""", "a JSON object"),
    ),
    _bad(
        "scores that are no object",
        _set("scores", "'[1.0, 2.0]'"),
        (_TABLE, "row 5", "'scores'", "'[1.0, 2.0]'", "a JSON object"),
    ),
    _bad(
        "score that is no number",
        _set("scores", """'{"f": "low", "g": 2.0}'"""),
        (_TABLE, "row 5", "'scores'", "'f'", "'low'", "a number"),
    ),
    _bad(
        "current that is no number",
        _set("extra_values", """'{"holding_current": "-0.1 nA"}'"""),
        (_TABLE, "row 5", "'extra_values'", "holding_current", "'-0.1 nA'", "a number", "nA"),
    ),
    _bad(
        "table of scores with fewer rows",
        "DELETE FROM score_values WHERE rowid = 6",
        (_VALUES, "5 rows", "expected 6", "table scores"),
    ),
    _bad(
        "no table of scores",
        "DROP TABLE score_values",
        ("old/scores.sqlite", "table score_values", "no such table", "a column per feature"),
    ),
    _bad(
        "the two tables differ",
        "UPDATE score_values SET g = 2.5 WHERE rowid = 6",
        (_VALUES, "row 5", "'g'", "found 2.5", "expected 2.0", "table scores"),
    ),
]

HOC = [
    Case(
        "hoc of an earlier run without its scores",
        lambda p: p.configure(None, emodels_hoc_dir="old/hoc"),
        ("config: emodels_hoc_dir", "'scores_db' is not given"),
    ),
    Case(
        "no such folder of hoc",
        lambda p: p.as_import().configure(None, emodels_hoc_dir="old/hoc"),
        ("emodels_hoc_dir", "old/hoc", "not found"),
    ),
    Case(
        "folder without hoc",
        lambda p: p.as_import().configure(None, emodels_hoc_dir="old"),
        ("emodels_hoc_dir", "old", "no .hoc"),
    ),
    Case(
        "hoc of a name that cannot be an e-model's",
        lambda p: (
            p.as_import().write("old/hoc/cNAC-LBC.hoc", ""),
            p.configure(None, emodels_hoc_dir="old/hoc"),
        ),
        ("emodels_hoc_dir", "old/hoc/cNAC-LBC.hoc", "'cNAC-LBC'", "digits and _"),
    ),
    Case(
        "two e-models without hoc",
        lambda p: (
            p.as_import(emodel="F").write("old/hoc/G.hoc", ""),
            p.configure(None, emodels_hoc_dir="old/hoc"),
        ),
        ("emodels_hoc_dir", "old/hoc", "E.hoc", "F.hoc"),
        IMPORT,
    ),
]
