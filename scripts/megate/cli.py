"""The command `megate`: list the failed simulations of a run, and run them again.

    megate failed [--results FOLDER] [--status ...] [--emodel ...] [--job ...]
    megate rerun  [the same options]  -- <options of snakemake>

For everything else, run snakemake itself.
"""

import argparse
import os
import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import pandas as pd
from snakemake.cli import parse_args

from megate.core.errors import MegateError
from megate.core.paths import Paths
from megate.core.vocabulary import NOT_SCORED
from megate.scores.failed import describe_failed, read_failed, remove_results, select_failed

SNAKEFILE = Path(__file__).resolve().parents[2] / "Snakefile"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command, and return its exit status."""
    options = _parser().parse_args(arguments)
    try:
        paths = Paths(Path(options.results))
        failed = select_failed(read_failed(paths), options.status, options.emodel, options.job)
        print("\n".join(describe_failed(failed)))
        if options.command == "rerun":
            _rerun(paths, failed, options.snakemake)
    except MegateError as error:
        print(f"megate: {error}", file=sys.stderr)
        return 1
    return 0


def _rerun(paths: Paths, failed: pd.DataFrame, snakemake: Sequence[str]) -> None:
    """Remove the results of simulations, and replace this process with Snakemake."""
    if not snakemake:
        raise MegateError(
            "rerun: options of snakemake are missing; give them after --, for example: -- --cores 8"
        )
    if not SNAKEFILE.is_file():
        raise MegateError(
            f"rerun: file not found: {SNAKEFILE}; install megate from its folder (pip install -e)"
        )
    options = ["--snakefile", str(SNAKEFILE), *snakemake]
    if parse_args(options)[1].dryrun:  # (it exits if options are wrong)
        print("dry run: nothing was removed; these simulations would run again")
        return
    remove_results(paths, failed)
    sys.stdout.flush()
    os.execv(sys.executable, [sys.executable, "-m", "snakemake", *options])


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="megate", description="List the failed simulations of a run, and run them again."
    )
    commands = parser.add_subparsers(dest="command", required=True)
    about = "list the failed simulations, with reasons and counts"
    commands.add_parser("failed", parents=[_choice()], help=about, description=about)
    about = "run the failed simulations again, then aggregate; give options of snakemake after --"
    rerun = commands.add_parser("rerun", parents=[_choice()], help=about, description=about)
    rerun.add_argument("snakemake", nargs="*", metavar="-- OPTIONS", help="options of snakemake")
    return parser


def _choice() -> argparse.ArgumentParser:
    """The options of both commands, which select simulations."""
    choice = argparse.ArgumentParser(add_help=False)
    about = "folder of the run's results (default: results)"
    choice.add_argument("--results", default="results", metavar="FOLDER", help=about)
    several = partial(choice.add_argument, nargs="+", default=[])
    about = "only simulations with one of these statuses"
    several("--status", choices=NOT_SCORED, help=about)
    several("--emodel", metavar="NAME", help="only simulations of these e-models")
    about = "only these simulations (e-model/morphology; * matches anything)"
    several("--job", metavar="NAME", help=about)
    return choice


if __name__ == "__main__":
    sys.exit(main())
