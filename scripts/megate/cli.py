"""The command `megate`: what failed in a run, and those simulations once more.

    megate failed [--results FOLDER] [--status ...] [--emodel ...] [--job ...]
    megate rerun  [the same]  -- <options of snakemake>

Everything else is Snakemake's.
"""

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

import pandas as pd
from snakemake.cli import parse_args

from megate.core.errors import MegateError
from megate.core.vocabulary import NOT_SCORED
from megate.scores.failed import describe_failed, forget, read_failed, select_failed

SNAKEFILE = Path(__file__).resolve().parents[2] / "Snakefile"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; gives its exit status."""
    options = _parser().parse_args(arguments)
    try:
        results = Path(options.results)
        failed = select_failed(read_failed(results), options.status, options.emodel, options.job)
        print("\n".join(describe_failed(failed)))
        if options.command == "rerun":
            _rerun(results, failed, options.snakemake)
    except MegateError as error:
        print(f"megate: {error}", file=sys.stderr)
        return 1
    return 0


def _rerun(results: Path, failed: pd.DataFrame, snakemake: Sequence[str]) -> None:
    """Remove the shards, and become Snakemake."""
    if not snakemake:
        raise MegateError(
            "rerun: Snakemake's options are missing; expected, for example, -- --cores 8"
        )
    if not SNAKEFILE.is_file():
        raise MegateError(f"rerun: there is no {SNAKEFILE}; install megate from its folder (-e)")
    options = ["--snakefile", str(SNAKEFILE), *snakemake]
    if parse_args(options)[1].dryrun:  # which also ends where options are wrong
        print("dry run: nothing is removed; these simulations would run again")
        return
    forget(results, failed)
    sys.stdout.flush()
    command = [sys.executable, "-m", "snakemake", *options]
    os.execv(sys.executable, command)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="megate", description="What failed in a run, and those simulations once more."
    )
    commands = parser.add_subparsers(dest="command", required=True)
    about = "list the simulations that came to no scores, with reasons and counts"
    commands.add_parser("failed", parents=[_choice()], help=about, description=about)
    about = "run them once more, and aggregate; options of snakemake follow after --"
    rerun = commands.add_parser("rerun", parents=[_choice()], help=about, description=about)
    rerun.add_argument("snakemake", nargs="*", metavar="-- OPTIONS", help="of snakemake")
    return parser


def _choice() -> argparse.ArgumentParser:
    """The options that both commands have: which simulations."""
    choice = argparse.ArgumentParser(add_help=False)
    choice.add_argument(
        "--results", default="results", metavar="FOLDER", help="the run's (default: results)"
    )
    choice.add_argument(
        "--status", nargs="+", choices=NOT_SCORED, default=[], help="only those that ended so"
    )
    choice.add_argument(
        "--emodel", nargs="+", default=[], metavar="NAME", help="only those of these e-models"
    )
    choice.add_argument(
        "--job",
        nargs="+",
        default=[],
        metavar="NAME",
        help="only these (e-model/morphology); * stands for anything",
    )
    return choice


if __name__ == "__main__":
    sys.exit(main())
