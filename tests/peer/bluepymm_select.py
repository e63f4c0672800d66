"""Give a case to BluePyMM: its database, its `select`, what that left or how it stopped."""

import contextlib
import io
import json
import sqlite3
import warnings
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from unittest.mock import MagicMock

import matplotlib
import pandas as pd
from selection_cases import Case


def load() -> SimpleNamespace:
    """BluePyMM's modules. It sets Matplotlib's style when it is imported; that is undone."""
    with matplotlib.rc_context():
        from bluepymm.run_combos import calculate_scores
        from bluepymm.select_combos import main, reporting
    return SimpleNamespace(run=calculate_scores, select=main, reporting=reporting)


def select(
    bluepymm: SimpleNamespace, case: Case, folder: Path, plots: bool, mended: bool = True
) -> Exception | None:
    """Run BluePyMM's `select` on a case, into `folder`/release.

    Args:
        plots: draw its PDF too, which takes half a second
        mended: give pandas the method that `select_perc_best` calls and pandas 2 does not have

    Returns:
        What it stopped with, or None.
    """
    database = folder / "scores.sqlite"
    settings = case.select | {
        "scores_db": str(database),
        "emodels_hoc_dir": str(folder / "hoc"),
        "pdf_filename": str(folder / "release" / "megating.pdf"),
        "output_dir": str(folder / "release"),
        "plot_emodels_per_morphology": plots,
    }
    with quiet(), contextlib.ExitStack() as patches:
        if mended:
            patches.enter_context(_append())
        if not plots:
            patches.enter_context(_without_plots(bluepymm.reporting))
        try:
            write_database(case, database)
            bluepymm.run.expand_scores_to_score_values_table(str(database))
            bluepymm.select.select_combos_from_conf(settings, n_processes=1)
        except Exception as error:
            return error
    return None


def write_database(case: Case, path: Path) -> None:
    """The table `scores` as BluePyMM's `run` leaves it: a raised row's scores are JSON's null."""
    rows = []
    for row in case.rows:
        run = case.runs[row.job]
        raised = run.scores is None
        currents = {"holding_current": run.holding_current}
        currents["threshold_current"] = run.threshold_current
        rows.append(
            {
                "layer": row.layer,
                "fullmtype": row.fullmtype,
                "mtype": row.mtype,
                "msubtype": row.msubtype,
                "etype": row.etype,
                "morph_name": row.morph_name,
                "morph_ext": ".asc" if row.is_exemplar else None,
                "emodel": row.emodel,
                "original_emodel": row.original_emodel,
                "morph_dir": "morphologies",
                "scores": json.dumps(run.scores),
                "opt_scores": row.opt_scores,
                "exception": "Traceback: no axon" if raised else None,
                "to_run": False,
                "is_exemplar": row.is_exemplar,
                "is_repaired": row.is_repaired,
                "is_original": row.is_original,
                "extra_values": json.dumps(None if raised else currents),
            }
        )
    with contextlib.closing(sqlite3.connect(path)) as connection:
        pd.DataFrame(rows).to_sql("scores", connection, index_label="index")


def features_in_order(folder: Path) -> list[str]:
    """The columns of BluePyMM's table of scores."""
    with contextlib.closing(sqlite3.connect(folder / "scores.sqlite")) as connection:
        cursor = connection.execute("SELECT * FROM score_values LIMIT 0")
        return [column[0] for column in cursor.description]


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Without what it prints, its warnings, and changes of Matplotlib's settings."""
    with (
        contextlib.redirect_stdout(io.StringIO()),
        warnings.catch_warnings(),
        matplotlib.rc_context(),
    ):
        warnings.simplefilter("ignore")
        yield


@contextlib.contextmanager
def _append() -> Iterator[None]:
    def append(self: pd.DataFrame, other: pd.DataFrame) -> pd.DataFrame:
        return pd.concat([self, other])

    pd.DataFrame.append = append
    try:
        yield
    finally:
        del pd.DataFrame.append


@contextlib.contextmanager
def _without_plots(reporting: SimpleNamespace) -> Iterator[None]:
    """Nothing is drawn; all tables and files but the PDF are made as ever."""
    saved = {name: getattr(reporting, name) for name in ("plt", "pdf_file", "plot_stacked_bars")}
    try:
        for name in saved:
            setattr(reporting, name, MagicMock())
        yield
    finally:
        for name, value in saved.items():
            setattr(reporting, name, value)
