"""List the failed simulations of a run."""

import argparse
from functools import partial
from pathlib import Path

import pandas as pd

from megate.core.paths import Paths
from megate.core.vocabulary import NOT_SCORED
from megate.scores.failed import describe_failed, read_failed, select_failed

NAME = "failed"
HELP = "list the failed simulations, with reasons and counts"
DESCRIPTION = """\
List the failed simulations of a run, with reasons and counts. It also works during a run.

    megate failed --status timeout crashed"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options that select simulations; `rerun` has them, too."""
    about = "folder of the run's results (default: results)"
    parser.add_argument("--results", default="results", metavar="FOLDER", help=about)
    several = partial(parser.add_argument, nargs="+", default=[])
    about = "only simulations with one of these statuses"
    several("--status", choices=NOT_SCORED, help=about)
    several("--emodel", metavar="NAME", help="only simulations of these e-models")
    about = "only these simulations (e-model/morphology; * matches anything)"
    several("--job", metavar="NAME", help=about)


def run(options: argparse.Namespace) -> int:
    """Print the list."""
    print("\n".join(describe_failed(selected(options))))
    return 0


def selected(options: argparse.Namespace) -> pd.DataFrame:
    """The failed simulations that the options select, as by `select_failed`.

    Raises:
        MegateError: as `read_failed` and `select_failed`.
    """
    failed = read_failed(Paths(Path(options.results)))
    return select_failed(failed, options.status, options.emodel, options.job)
