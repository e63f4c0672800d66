"""List the failed simulations of a run."""

import argparse
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from megate.cli.output import add_json, add_results, print_json, print_lines
from megate.core.paths import Paths
from megate.core.vocabulary import NOT_SCORED

if TYPE_CHECKING:  # other commands start faster without pandas
    import pandas as pd

NAME = "failed"
HELP = "list the failed simulations, with reasons and counts"
DESCRIPTION = """\
List the failed simulations of a run, with reasons and counts. It also works during a run.

    megate failed --status timeout crashed
    megate failed --emodel "cADpyr*" --json"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The results, and which of the failed simulations."""
    add_results(parser)
    add_selection(parser)


def add_selection(parser: argparse.ArgumentParser) -> None:
    """Options that select simulations; `rerun` has them, too."""
    several = partial(parser.add_argument, nargs="+", default=[])
    about = "only simulations with one of these statuses"
    several("--status", choices=[str(status) for status in NOT_SCORED], help=about)
    several(
        "--emodel",
        metavar="NAME",
        help="only simulations of these e-models (* matches anything)",
    )
    about = "only these simulations (e-model/morphology; * matches anything)"
    several("--job", metavar="NAME", help=about)
    add_json(parser)


def run(options: argparse.Namespace) -> int:
    """Print the list."""
    from megate.scores.failed import describe_failed

    failed = selected(Paths(Path(options.results)), options)
    if options.json:
        print_json(failed.to_dict("records"))
    else:
        print_lines(describe_failed(failed))
    return 0


def selected(paths: Paths, options: argparse.Namespace) -> "pd.DataFrame":
    """The failed simulations that the options select, as by `select_failed`.

    Raises:
        MegateError: as `read_failed` and `select_failed`.
    """
    from megate.scores.failed import read_failed, select_failed

    return select_failed(read_failed(paths), options.status, options.emodel, options.job)
